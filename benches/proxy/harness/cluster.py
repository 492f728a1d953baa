"""The servers of the run: `tests/cluster/mariadb`, a primary and two replicas, taken down at the end."""

import os
import subprocess

from . import load, options, processes

SCRIPT = options.REPOSITORY / "tests" / "cluster" / "mariadb"
START_SECONDS = 180
CATCH_UP_SECONDS = 120
SPARE_CONNECTIONS = 300


class Cluster:
    """Use as a context: started on entering, ended on leaving, also when starting was interrupted."""

    login = load.Login("app", "secret", "test")
    monitor_user = "monitor"
    monitor_password = "secret"

    def __init__(self, directory, wanted):
        self.directory = directory / "servers"
        self.primary_port = wanted.base_port
        self.servers = [(f"db{n + 1}", wanted.base_port + n) for n in range(3)]
        self.connections = max([wanted.idle, *wanted.threads]) + SPARE_CONNECTIONS

    def __enter__(self):
        try:
            self._script("up", self.directory, self.primary_port)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.directory.exists():
            self._script("down", self.directory)

    def wait_replicas(self):
        """Until each replica has applied what the primary has in its binlog."""
        position = self.query(0, "SELECT @@gtid_binlog_pos")
        for number in range(1, len(self.servers)):
            answer = self.query(number, f"SELECT MASTER_GTID_WAIT('{position}', {CATCH_UP_SECONDS})")
            if answer != "0":
                raise processes.Failure(f"replica {number} did not catch up with {position}")

    def query(self, number, sql):
        done = subprocess.run(
            ["mariadb", "--no-defaults", "-S", self.directory / f"{number}.sock", "-uroot", "-BN", "-e", sql],
            capture_output=True, text=True, check=False, timeout=CATCH_UP_SECONDS + 10)
        if done.returncode != 0:
            raise processes.Failure(f"{sql}: {done.stderr.strip()}")
        return done.stdout.strip()

    def _script(self, *arguments):
        """In a session of its own, so that Ctrl-C cannot end it half-way through taking servers down."""
        done = subprocess.run(
            [SCRIPT, *map(str, arguments)], start_new_session=True, check=False, timeout=START_SECONDS,
            env=os.environ | {"MAX_CONNECTIONS": str(self.connections)},
            capture_output=True, text=True, errors="replace")
        if done.returncode != 0:
            raise processes.Failure(f"tests/cluster/mariadb {arguments[0]} failed\n{done.stderr}")

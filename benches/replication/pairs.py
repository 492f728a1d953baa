"""A primary and its replica, twice: ours, and MariaDB's with the same durability. Both behind one set of verbs.

Durability: the primaries sync their binary log with every commit, and the replicas theirs (`log_slave_updates`).
Ours syncs the relay log before it acknowledges, always. MariaDB's does so only with `sync_relay_log=1`, after
every event; its default is after every 10,000. Both are measured.
"""

import contextlib
import re
import shutil
import subprocess
import time

from harness import processes

import client

WAIT_SECONDS = 300
OURS = """
[server]
listen = ["127.0.0.1:{port}"]
data = "data"
server_id = {server_id}
[binlog]
sync = 1
[http]
listen = "off"
[log]
filter = "warn"
"""
MARIADB = """
[mariadbd]
datadir = {folder}/data
socket = {folder}/m.sock
pid-file = {folder}/pid
bind-address = 127.0.0.1
port = {port}
server-id = {server_id}
log-bin = binlog
log-slave-updates
gtid-strict-mode = 1
binlog-format = ROW
sync-binlog = 1
innodb-flush-log-at-trx-commit = 1
innodb-buffer-pool-size = 1G
innodb-log-file-size = 256M
max-connections = 500
skip-name-resolve
performance-schema = OFF
rpl-semi-sync-master-enabled = OFF
rpl-semi-sync-master-wait-point = AFTER_SYNC
rpl-semi-sync-slave-enabled = ON
slave-parallel-threads = {parallel_threads}
"""
# What MariaDB's replica applies with wherever nothing else is said; its default, 0, does not keep up with the primary.
PARALLEL_THREADS = 4


class Server:
    """One process: its port, its folder, a connection to it."""

    def __init__(self, stack, name, port, folder, command):
        self.name, self.port, self.folder = name, port, folder
        self.child = stack.enter_context(processes.Child(name, command, log=folder / "log"))
        self.child.wait_port(port)
        self.pid = self.child.pid
        self.connection = stack.enter_context(contextlib.closing(client.connect(port)))

    def sql(self, *statements):
        """Runs statements; gives the rows of the last."""
        for statement in statements:
            rows = client.rows(self.connection, statement)
        return rows

    def value(self, statement):
        return self.sql(statement)[0][0]

    def status(self, name):
        rows = self.sql(f"SHOW GLOBAL STATUS LIKE '{name}'")
        return rows[0][1] if rows else None


class Pair:
    """What the two kinds have in common."""

    def shell(self, target, text, stdin=None, timeout=WAIT_SECONDS):
        subprocess.run(["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{target.port}", "-uroot", "-e", text],
                       check=True, stdin=stdin, timeout=timeout)

    def catch_up(self, seconds=WAIT_SECONDS):
        """Until the replica shows all that the primary has; gives the seconds that it took."""
        began = time.monotonic()
        if not self.wait(self.replica.connection, self.position(), seconds):
            raise processes.Failure(f"{self.name}: the replica did not catch up in {seconds} s\n{self.trouble()}")
        return time.monotonic() - began

    def level(self):
        """The same between rounds, where its time counts for nothing."""
        self.catch_up()

    def trouble(self):
        row = self.replica.sql(f"SHOW {self.word} STATUS")
        return str(row)[:2000]

    def wait_connected(self):
        until = time.monotonic() + WAIT_SECONDS
        while not self.is_connected():
            if time.monotonic() > until:
                raise processes.Failure(f"{self.name}: the replica does not connect\n{self.trouble()}")
            time.sleep(0.02)


class Ours(Pair):
    """Two of our servers."""

    name, word = "anabranch", "REPLICA"
    policies = ("async", "semi_sync", "quorum", "full_sync")
    gtid = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}:\d+")

    def __init__(self, stack, binary, folder, port):
        self.stack, self.binary, self.folder, self.port, self.servers = stack, binary, folder, port, 0
        self.primary, self.replica = self.start(), self.start()
        self.follow(self.replica)
        self.wait_connected()

    def start(self):
        """One more server, empty."""
        self.servers += 1
        number = self.servers
        folder, port = self.folder / str(number), self.port + number - 1
        folder.mkdir(parents=True)
        (folder / "server.toml").write_text(OURS.format(port=port, server_id=number))
        return Server(self.stack, f"anabranch {number}", port, folder,
                      [self.binary, "server", "--config", folder / "server.toml"])

    def follow(self, replica):
        replica.sql(f"CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={self.primary.port},"
                    " SOURCE_USER='root', SOURCE_PASSWORD='', SOURCE_AUTO_POSITION=1", "START REPLICA")

    def is_connected(self):
        return self.primary.status("Rpl_semi_sync_source_clients") == "1"

    def set_policy(self, policy):
        self.primary.sql(f"SET GLOBAL anabranch_ack_policy = '{policy}'")

    def unacknowledged(self):
        return int(self.primary.status("Rpl_semi_sync_source_no_tx"))

    def track(self, connection):
        client.rows(connection, "SET session_track_gtids = 'OWN_GTID'")

    def position(self):
        return self.primary.value("SELECT @@global.gtid_executed").replace("\n", "")

    def wait(self, connection, gtids, seconds):
        return client.rows(connection, f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{gtids}', {seconds})")[0][0] == 0

    def stop_replica(self):
        self.replica.sql("STOP REPLICA")

    def start_replica(self):
        self.replica.sql("START REPLICA")


class MariaDb(Pair):
    """Two MariaDB servers. A policy is `async`, `semi_sync`, or `semi_sync, sync_relay_log=1`."""

    name, word = "mariadb", "SLAVE"
    policies = ("async", "semi_sync", "semi_sync, sync_relay_log=1")
    gtid = re.compile(rb"\d+-\d+-\d+")

    def __init__(self, stack, folder, port):
        self.stack, self.folder, self.port = stack, folder, port
        self.primary, self.replica = self.start(1), self.start(2)
        self.replica.sql(f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='root',"
                         " MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1", "START SLAVE")

    def start(self, number):
        folder, port = self.folder / str(number), self.port + number - 1
        folder.mkdir(parents=True)
        (folder / "my.cnf").write_text(MARIADB.format(folder=folder, port=port, server_id=number,
                                                       parallel_threads=PARALLEL_THREADS))
        with open(folder / "install.log", "wb") as log:
            subprocess.run(
                ["mariadb-install-db", f"--defaults-file={folder}/my.cnf", "--user=root", "--skip-log-bin",
                 "--auth-root-authentication-method=normal", "--skip-test-db"],
                stdout=log, stderr=log, check=True, timeout=WAIT_SECONDS)
        return Server(self.stack, f"mariadb {number}", port, folder,
                      [shutil.which("mariadbd") or "/usr/sbin/mariadbd", f"--defaults-file={folder}/my.cnf",
                       "--user=root"])

    def is_connected(self):
        return self.primary.status("Rpl_semi_sync_master_clients") == "1"

    def set_policy(self, policy):
        """The replica connects anew: only then it is asked, or not, to acknowledge."""
        semi_sync = policy.startswith("semi_sync")
        relay = 1 if policy.endswith("=1") else 10000
        self.replica.sql("STOP SLAVE IO_THREAD", f"SET GLOBAL sync_relay_log = {relay}")
        self.primary.sql(f"SET GLOBAL rpl_semi_sync_master_enabled = {int(semi_sync)}")
        self.replica.sql("START SLAVE IO_THREAD")
        if semi_sync:
            self.wait_connected()

    def unacknowledged(self):
        return int(self.primary.status("Rpl_semi_sync_master_no_tx"))

    def track(self, connection):
        client.rows(connection, "SET session_track_system_variables = 'last_gtid'")

    def position(self):
        return self.primary.value("SELECT @@gtid_binlog_pos")

    def wait(self, connection, gtids, seconds):
        return client.rows(connection, f"SELECT MASTER_GTID_WAIT('{gtids}', {seconds})")[0][0] == 0

    def level(self):
        self.replica.sql("SET GLOBAL sync_binlog = 0", "SET GLOBAL innodb_flush_log_at_trx_commit = 2")
        super().level()
        self.replica.sql("SET GLOBAL sync_binlog = 1", "SET GLOBAL innodb_flush_log_at_trx_commit = 1")

    def stop_replica(self):
        self.replica.sql("STOP SLAVE")

    def start_replica(self, parallel_threads=PARALLEL_THREADS):
        self.replica.sql(f"SET GLOBAL slave_parallel_threads = {parallel_threads}")
        self.replica.sql("START SLAVE")

"""A primary and two replicas of each kind, replicating through a relay that can hold the binary log back."""

import os
import subprocess

from harness import clients, load, processes, targets

import client
import pairs

LOGIN = load.Login("app", "secret", "bench")
MONITOR = ("root", "")
ROWS = 10_000
ACCOUNT = """
[proxy.authentication]
accounts = "config"
[[account]]
name = "app"
password = "secret"
plugin = "mysql_native_password"
"""
MYSQLD = "ANABRANCH_TEST_MYSQLD"


class Trio:
    """What turns a pair into a trio. `proxy` starts a proxy in front of it."""

    def complete(self, program, folder, port):
        """The second replica; then both go through the relay, and the table is there."""
        self.second = self.start_second()
        self.replicas = (self.replica, self.second)
        self.relay = self.stack.enter_context(clients.Relay(program, folder, port, self.primary.port))
        for replica in self.replicas:
            self.lead(replica, self.relay.port)
        self.primary.sql(
            "CREATE DATABASE bench", "CREATE TABLE bench.items (id INT PRIMARY KEY, v BIGINT NOT NULL)",
            "INSERT INTO bench.items VALUES " + ",".join(f"({row}, 0)" for row in range(1, ROWS + 1)),
            "CREATE USER 'app'@'%' IDENTIFIED BY 'secret'", "GRANT ALL ON bench.* TO 'app'@'%'",
            "CREATE DATABASE probe", "CREATE TABLE probe.p (id INT PRIMARY KEY, n BIGINT)",
            "INSERT INTO probe.p VALUES (0, 0), (1, 0), (2, 0), (3, 0)")
        self.level()
        for replica in self.replicas:
            replica.sql("SET GLOBAL read_only = 1")

    def level(self):
        """Both replicas have everything."""
        for replica in self.replicas:
            if not self.wait(replica.connection, self.position(), pairs.WAIT_SECONDS):
                raise processes.Failure(f"{self.name}: a replica did not catch up\n{self.trouble()}")

    def proxy(self, stack, binary, folder, port, connections):
        servers = [(f"db{number}", server.port) for number, server in enumerate((self.primary, *self.replicas), 1)]
        return targets.proxy(stack, binary, folder, f"proxy-{self.name}", port, servers, MONITOR, connections,
                             tables=ACCOUNT)


class Bundled(Trio, pairs.Ours):
    """Three of our servers."""

    name = "bundled"

    def __init__(self, stack, binary, program, folder, port):
        super().__init__(stack, binary, folder, port)
        self.complete(program, folder, port + 3)

    def start_second(self):
        second = self.start()
        self.follow(second)
        return second

    def lead(self, replica, port):
        replica.sql("STOP REPLICA", f"CHANGE REPLICATION SOURCE TO SOURCE_PORT={port}", "START REPLICA")


class MariaDb(Trio, pairs.MariaDb):
    """Three MariaDB servers."""

    def __init__(self, stack, _binary, program, folder, port):
        super().__init__(stack, folder, port)
        self.complete(program, folder, port + 3)

    def start_second(self):
        second = self.start(3)
        second.sql(f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={self.primary.port}, MASTER_USER='root',"
                   " MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1", "START SLAVE")
        return second

    def lead(self, replica, port):
        replica.sql("STOP SLAVE", f"CHANGE MASTER TO MASTER_PORT={port}", "START SLAVE")


class MySql(Trio, pairs.Ours):
    """Three MySQL servers, started by the command in the environment: `COMMAND DATADIR PORT OPTIONS…`."""

    name = "mysql"
    options = ("--gtid-mode=ON", "--enforce-gtid-consistency=ON", "--innodb-buffer-pool-size=64M")

    def __init__(self, stack, _binary, program, folder, port):
        self.stack, self.folder, self.port, self.servers = stack, folder, port, 0
        folder.mkdir(parents=True)
        self.primary, self.replica = self.start(), self.start()
        self.follow(self.replica)
        self.complete(program, folder, port + 3)

    def start(self):
        self.servers += 1
        number = self.servers
        port, data = self.port + number - 1, self.folder / str(number)
        folder = self.folder / f"log-{number}"
        folder.mkdir()
        command = [os.environ[MYSQLD], data, port, f"--server-id={number}", *self.options]
        return pairs.Server(self.stack, f"mysql {number}", port, folder, command)

    def follow(self, replica):
        replica.sql("RESET BINARY LOGS AND GTIDS",
                    f"CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={self.primary.port},"
                    " SOURCE_USER='root', SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1",
                    "START REPLICA")

    start_second, lead = Bundled.start_second, Bundled.lead


KINDS = {"bundled": Bundled, "mariadb": MariaDb, "mysql": MySql}


def present():
    """The kinds that can be started here."""
    return [kind for kind in KINDS if kind != "mysql" or MYSQLD in os.environ]

"""The first copy: an empty replica of a primary whose log no longer reaches back to the beginning.

Ours asks, hears that what it lacks is purged, and copies by itself. MariaDB's has no such thing: beside it is the
usual way by hand, `mariadb-dump --single-transaction` piped into `mariadb`.
"""

import subprocess
import time

from harness import load, processes

import client
import sysbench

DATABASE = "sbcopy"
LIMIT_S = 600


def measure(pairs, wanted):
    """The copies last, since the logs are purged."""
    tables, results = sysbench.Tables(1, wanted.copy_rows), []
    for pair in pairs:
        pair.set_policy("async")
        pair.primary.sql(f"DROP DATABASE IF EXISTS {DATABASE}", f"CREATE DATABASE {DATABASE}")
        load.prepare(load.Login("root", "", DATABASE), pair.primary.port, tables)
        pair.catch_up(LIMIT_S)
        seconds = {"anabranch": by_itself, "mariadb": by_dump}[pair.name](pair, wanted.copy_rows)
        results.append({"server": pair.name, "rows": wanted.copy_rows, "seconds": seconds})
    show(results)
    return results


def by_itself(pair, rows):
    newest = pair.primary.sql("FLUSH BINARY LOGS", "SHOW BINARY LOGS")[-1][0]
    pair.primary.sql(f"PURGE BINARY LOGS TO '{newest}'")
    empty = pair.start()
    began = time.monotonic()
    pair.follow(empty)
    while counted(empty.port) != rows:
        if time.monotonic() - began > LIMIT_S:
            raise processes.Failure(f"no copy within {LIMIT_S} s\n{empty.sql('SHOW REPLICA STATUS')}")
        time.sleep(0.02)
    return time.monotonic() - began


def counted(port):
    """Rows that are there; none while the tables are not."""
    connection = client.connect(port)
    try:
        return client.rows(connection, f"SELECT COUNT(*) FROM {DATABASE}.sbtest1")[0][0]
    except client.pymysql.MySQLError:
        return None
    finally:
        connection.close()


def by_dump(pair, rows):
    """Into the running replica, under another name: an empty server would do the same."""
    pair.replica.sql("CREATE DATABASE copied")
    own = ["--no-defaults", "-h127.0.0.1", "-uroot"]
    began = time.monotonic()
    with processes.Child("mariadb-dump", ["mariadb-dump", *own, f"-P{pair.primary.port}", "--single-transaction",
                                          DATABASE], stdout=subprocess.PIPE) as dump:
        subprocess.run(["mariadb", *own, f"-P{pair.replica.port}", "copied"], stdin=dump.process.stdout,
                       check=True, timeout=LIMIT_S)
    seconds = time.monotonic() - began
    if pair.replica.value("SELECT COUNT(*) FROM copied.sbtest1") != rows:
        raise processes.Failure("the dump was not whole")
    return seconds


def show(results):
    print(f"\nfirst copy of {results[0]['rows']} rows")
    for one in results:
        how = "by itself" if one["server"] == "anabranch" else "mariadb-dump | mariadb"
        print(f"  {one['server']:<10} {one['seconds']:8.2f} s   {how}", flush=True)
    if len(results) == 2:
        print(f"  ratio      {results[0]['seconds'] / results[1]['seconds']:8.2f}")

"""Connections for questions and for the probe, which needs the GTID that a commit's OK carries."""

import pymysql
from pymysql.constants import CLIENT


def connect(port):
    """Signed in as root; every statement commits by itself. Its OKs carry session state."""
    return pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True, read_timeout=600,
                           client_flag=CLIENT.SESSION_TRACK)


def rows(connection, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def committed(connection, statement, gtid):
    """Runs a statement that commits, and gives its GTID: `gtid` finds it in the OK, where PyMySQL leaves all after
    the counts as the message."""
    connection.query(statement)
    found = gtid.search(bytes(connection._result.message or b""))
    if not found:
        raise ValueError(f"no GTID in the OK: {connection._result.message}")
    return found[0].decode()

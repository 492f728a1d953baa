"""MySQL's own Python driver: text and prepared statements, types in and out, several results, errors.

Runs against the server at DB_HOST and DB_PORT in the schema DB_SCHEMA, which is there and empty. Prints a line
for each step; the last is `ok`. A step that fails ends the program.
"""

import datetime as dt
import os
from decimal import Decimal

import mysql.connector
from mysql.connector import errorcode

AT = {
    "host": os.environ["DB_HOST"],
    "port": int(os.environ["DB_PORT"]),
    "user": "root",
    "password": os.environ.get("DB_PASSWORD", ""),
    "database": os.environ["DB_SCHEMA"],
    "use_pure": True,
}
ROW = (
    -(2**63), 2**64 - 1, Decimal("-12345.678901"), 1.5, "Ärger 🐍", b"\x00\xff'\\", dt.date(2024, 2, 29),
    dt.datetime(2024, 2, 29, 23, 59, 59, 123456), dt.timedelta(hours=-100, minutes=-1), None, "b", {"x", "z"}, '{"a": [1, null]}',
)
TABLE = """CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, i BIGINT, u BIGINT UNSIGNED, d DECIMAL(20,6), f DOUBLE,
    s VARCHAR(50), x VARBINARY(50), da DATE, dt DATETIME(6), ti TIME, n INT, e ENUM('a','b'), st SET('x','y','z'), j JSON)"""
COLUMNS = "i, u, d, f, s, x, da, dt, ti, n, e, st, j"
STEPS = []


def step(function):
    STEPS.append(function)
    return function


def same(found, wanted):
    assert found == wanted, f"found {found!r}, not {wanted!r}"


def tidy(row):
    """A row as both protocols give it: prepared statements leave some texts as bytes."""
    plain = [bytes(value) if isinstance(value, bytearray) else value for value in row]
    return plain


@step
def rows(connection):
    cursor = connection.cursor()
    cursor.execute(TABLE)
    values = [*ROW[:11], "x,z", ROW[12]]
    marks = ", ".join(["%s"] * len(values))
    cursor.execute(f"INSERT INTO t ({COLUMNS}) VALUES ({marks})", values)
    same((cursor.lastrowid, cursor.rowcount), (1, 1))
    cursor.execute(f"SELECT {COLUMNS} FROM t")
    same(tidy(cursor.fetchone()), list(ROW))
    same(cursor.column_names, tuple(COLUMNS.split(", ")))
    connection.commit()


@step
def prepared(connection):
    cursor = connection.cursor(prepared=True)
    insert = f"INSERT INTO t ({COLUMNS}) VALUES ({', '.join('?' * len(ROW))})"
    for n in range(3):
        cursor.execute(insert, [n, *ROW[1:11], "x,z", ROW[12]])
    same(cursor.rowcount, 1)
    select = f"SELECT {COLUMNS} FROM t WHERE i >= ? AND da = ? ORDER BY i"
    for least, count in [(0, 3), (2, 1)]:
        cursor.execute(select, (least, ROW[6]))
        found = [tidy(row) for row in cursor.fetchall()]
        same(len(found), count)
        same(found[-1][1:10], list(ROW[1:10]))
    as_dicts = connection.cursor(prepared=True, dictionary=True)
    as_dicts.execute("SELECT COUNT(*) AS n, MAX(u) AS u FROM t WHERE s = ?", (ROW[4],))
    same(as_dicts.fetchone(), {"n": 4, "u": 2**64 - 1})
    same(as_dicts.fetchall(), [])
    connection.rollback()


@step
def many(connection):
    cursor = connection.cursor()
    cursor.executemany("INSERT INTO t (i, s) VALUES (%s, %s)", [(n, f"row {n}") for n in range(1000)])
    same(cursor.rowcount, 1000)
    cursor = connection.cursor(buffered=False)
    cursor.execute("SELECT i FROM t WHERE s LIKE 'row %' ORDER BY i DESC")
    same(cursor.fetchmany(3), [(999,), (998,), (997,)])
    same(len(cursor.fetchall()), 997)
    connection.commit()


@step
def several(connection):
    cursor = connection.cursor()
    found = []
    cursor.execute("SELECT 1; UPDATE t SET n = 1 WHERE i < 10 AND i >= 0; SELECT 2, 3")
    while True:
        found.append(cursor.fetchall() if cursor.with_rows else cursor.rowcount)
        if not cursor.nextset():
            break
    same(found, [[(1,)], 10, [(2, 3)]])


@step
def refusals(connection):
    cursor = connection.cursor()
    for number, sql in [
        (errorcode.ER_NO_SUCH_TABLE, "SELECT * FROM missing"),
        (errorcode.ER_DUP_ENTRY, "INSERT INTO t (id) VALUES (1)"),
        (errorcode.ER_PARSE_ERROR, "SELEC 1"),
        (errorcode.ER_TRUNCATED_WRONG_VALUE, "INSERT INTO t (da) VALUES ('2024-02-30')"),
    ]:
        try:
            cursor.execute(sql)
        except mysql.connector.Error as error:
            same(error.errno, number)
        else:
            raise AssertionError(f"{sql} was not refused")
    connection.get_warnings = True
    cursor.execute("SELECT 1 / 0")
    same(cursor.fetchall(), [(None,)])
    same(cursor.fetchwarnings(), [("Warning", 1365, "Division by 0")])
    connection.get_warnings = False


@step
def session(connection):
    connection.rollback()
    connection.start_transaction(isolation_level="READ COMMITTED", readonly=True)
    same(connection.in_transaction, True)
    connection.rollback()
    connection.cmd_reset_connection()
    connection.cmd_change_user(AT["user"], AT["password"], AT["database"])
    connection.ping(reconnect=False)
    same(connection.is_connected(), True)
    cursor = connection.cursor()
    cursor.execute("DROP TABLE t")


connection = mysql.connector.connect(**AT)
for each in STEPS:
    each(connection)
    print(each.__name__, flush=True)
connection.close()
print("ok")

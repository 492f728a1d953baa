"""mysql-connector-python, in pure Python: text and binary protocol, cursors, reset, change of user."""
import os

import mysql.connector
from mysql.connector.constants import ClientFlag

import scenarios
from transcript import CA, HOST, PASSWORD, PORT, SCHEMA, attempt, finish, rows, section, show


class Driver:
    name = "connector"
    Error = mysql.connector.Error

    def connect(self, user="app", password=PASSWORD, database=SCHEMA, tls=None, charset="utf8mb4", autocommit=False,
                local_infile=False, found_rows=False, multi=False):
        ssl = {None: {"ssl_disabled": True}, "on": {"ssl_disabled": False},
               "verify": {"ssl_disabled": False, "ssl_ca": CA, "ssl_verify_cert": True, "ssl_verify_identity": True}}[tls]
        flags = [ClientFlag.FOUND_ROWS if found_rows else -ClientFlag.FOUND_ROWS]
        options = {"database": database} if database else {}
        if charset != "utf8mb4":
            options["charset"] = charset
        else:
            options |= {"charset": charset, "collation": "utf8mb4_general_ci"}
        connection = mysql.connector.connect(host=HOST, port=PORT, user=user, password=password, autocommit=autocommit,
                                             client_flags=flags, allow_local_infile=local_infile, use_pure=True,
                                             connection_timeout=60, **options, **ssl)
        return connection

    def error(self, error):
        return f"{type(error).__name__} {getattr(error, 'errno', None)} {getattr(error, 'sqlstate', None)} {getattr(error, 'msg', None) or error}" \
            .replace(f"{HOST}:{PORT}", "SERVER")

    def lost(self, error):
        return "lost" if isinstance(error, (mysql.connector.Error, OSError)) else self.error(error)

    file_error = error

    def metadata(self, cursor):
        return cursor.description

    def status(self, connection):
        return connection.in_transaction

    def warning_count(self, cursor):
        return cursor.warning_count

    def info(self, connection):
        return connection.info_msg if hasattr(connection, "info_msg") else None

    def thread_id(self, connection):
        return connection.connection_id

    def call(self, connection, name, args):
        cursor = connection.cursor()
        result = cursor.callproc(name, args)
        return [result] + [(r.column_names, r.fetchall()) for r in cursor.stored_results()]

    def several(self, connection, text):
        cursor = connection.cursor()
        try:
            cursor.execute(text)
            while True:
                yield f"{cursor.rowcount} {cursor.lastrowid} {cursor.fetchall() if cursor.description else None}"
                if not cursor.nextset():
                    return
        except mysql.connector.Error as error:
            yield self.error(error)
            connection.rollback()

    def streaming_cursor(self, connection):
        return connection.cursor(buffered=False)

    def abandon(self, connection):
        connection._socket.close_connection()


def prepared(driver):
    section("prepared")
    connection = driver.connect(autocommit=True)
    cursor = connection.cursor(prepared=True)
    # its binary protocol does not read every type of the table (BIT, YEAR, TIME out of range)
    cursor.execute("SELECT id, ti, tu, si, i, iu, bi, bu, f, d, de, da, dt, dt6, ch, vc, vb, tx, bl, en, l1 FROM types WHERE id > ? ORDER BY id", (0,))
    print("metadata", driver.metadata(cursor))
    rows("all", cursor)
    plain = connection.cursor()
    plain.execute("CREATE TABLE prep (id INT PRIMARY KEY AUTO_INCREMENT, a BIGINT, d DOUBLE, s VARCHAR(100), b LONGBLOB, t DATETIME(6), e DECIMAL(20,5))")
    import datetime
    import decimal
    insert = "INSERT INTO prep (a, d, s, b, t, e) VALUES (?, ?, ?, ?, ?, ?)"
    for values in ((1, 1.25, "vär", b"\0\xff", datetime.datetime(2024, 2, 29, 1, 2, 3, 456), decimal.Decimal("1.5")),
                   (-2**63, -1e300, "\U0001f600", b"", datetime.datetime(1000, 1, 1), decimal.Decimal("-99999.99999")),
                   (None,) * 6):
        cursor.execute(insert, values)
        print("inserted", cursor.rowcount, cursor.lastrowid)
    cursor.executemany(insert, [(n, n / 4, str(n), bytes([n]), None, None) for n in range(20)])
    print("many", cursor.rowcount)
    for low in (0, 3, 100):
        cursor.execute("SELECT * FROM prep WHERE id > ? ORDER BY id LIMIT 5", (low,))
        rows("select", cursor)
    attempt("duplicate", lambda: cursor.execute("INSERT INTO prep (id) VALUES (?)", (1,)), driver.error)
    attempt("no table", lambda: cursor.execute("SELECT * FROM nowhere WHERE a = ?", (1,)), driver.error)
    attempt("syntax", lambda: cursor.execute("SELEC ?", (1,)), driver.error)
    blob = bytes(range(256)) * 80_000
    cursor.execute("INSERT INTO prep (id, b) VALUES (?, ?)", (1000, blob))
    # it does not read binary rows of more than one packet; sending them it does
    cursor.execute("SELECT LENGTH(b), MD5(b), SUBSTRING(b, 1, 16000000) FROM prep WHERE id = ?", (1000,))
    rows("20 MB " + show(blob), cursor)
    for statement in ("BEGIN", "INSERT INTO prep (id) VALUES (2000)", "SELECT COUNT(*) FROM prep", "ROLLBACK", "SELECT COUNT(*) FROM prep"):
        cursor.execute(statement)
        print(statement, cursor.fetchall() if cursor.description else None, connection.in_transaction)
    cursor.execute("SELECT ? + 1, @@sql_mode", (5,))
    rows("sql mode", cursor)
    connection.close()


def commands(driver):
    section("ping, reset, change of user")
    connection = driver.connect(autocommit=True)
    cursor = connection.cursor()
    cursor.execute("SET @x = 1, time_zone = '+03:00', sql_mode = ''")
    cursor.execute("CREATE TEMPORARY TABLE gone (a INT)")
    connection.ping()
    cursor.execute("SELECT @x, @@time_zone, @@sql_mode")
    rows("before", cursor)
    connection.cmd_reset_connection()
    cursor.execute("SELECT @x, @@time_zone = 'SYSTEM', @@sql_mode, @@character_set_client, DATABASE()")
    rows("reset", cursor)
    attempt("temporary table", lambda: cursor.execute("SELECT * FROM gone"), driver.error)
    cursor.execute("SET @x = 1, time_zone = '+03:00'")
    connection.cmd_change_user("reader", PASSWORD, SCHEMA)
    cursor.execute("SELECT CURRENT_USER(), DATABASE(), @x, @@time_zone")
    rows("changed", cursor)
    attempt("reader writes", lambda: cursor.execute("CREATE TABLE forbidden (a INT)"), driver.error)
    connection.cmd_change_user("nopass", "", "")
    cursor.execute("SELECT CURRENT_USER(), DATABASE()")
    rows("changed again", cursor)
    attempt("wrong password", lambda: connection.cmd_change_user("app", "wrong", SCHEMA), driver.error)
    connection = driver.connect(autocommit=True)
    attempt("unknown schema", lambda: connection.cmd_change_user("app", PASSWORD, "test_nowhere"), driver.error)
    connection = driver.connect(autocommit=True)
    attempt("statistics", lambda: sorted(connection.cmd_statistics())[:2] and None, driver.error)
    attempt("init db", lambda: connection.cmd_init_db("information_schema") and None, driver.error)
    print("now in", connection.database)
    attempt("shutdown", lambda: connection.cmd_shutdown(), driver.error)
    attempt("process kill", lambda: connection.cmd_process_kill(4294967290), driver.error)
    connection.cmd_query("SELECT 1")
    print(connection.get_rows()[0])
    connection.close()


if __name__ == "__main__":
    driver = Driver()
    scenarios.run_all(driver)
    if os.environ["DB_SCENARIO"] == "all":
        prepared(driver)
        commands(driver)
    finish()

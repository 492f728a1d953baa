"""What every Python driver is asked to do, through DB-API 2.0. `driver` adapts what DB-API leaves open."""
import os
import threading
import time

import bulk
from transcript import SCHEMA, attempt, rows, section, show

TYPES_TABLE = """CREATE TABLE types (
  id INT PRIMARY KEY AUTO_INCREMENT, ti TINYINT, tu TINYINT UNSIGNED, si SMALLINT, mi MEDIUMINT, i INT, iu INT UNSIGNED,
  bi BIGINT, bu BIGINT UNSIGNED, f FLOAT, d DOUBLE, de DECIMAL(65,30), bt BIT(10), da DATE, dt DATETIME, dt6 DATETIME(6),
  ts TIMESTAMP NULL, tm TIME, tm3 TIME(3), y YEAR, ch CHAR(10), vc VARCHAR(100), vb VARBINARY(20), b BINARY(4), tx TEXT,
  bl BLOB, en ENUM('a','b','c'), se SET('x','y','z'), js JSON, g GEOMETRY, l1 VARCHAR(20) CHARACTER SET latin1,
  UNIQUE KEY uq (i), KEY k (vc, da)) COMMENT 'every type'"""

TYPES_ROWS = [
    "(NULL,-128,255,-32768,-8388608,-2147483648,4294967295,-9223372036854775808,18446744073709551615,1.5,-2.5e300,"
    "12345678901234567890123456789012345.123456789012345678901234567891,b'1010101010','2024-02-29','2024-02-29 23:59:59',"
    "'2024-02-29 23:59:59.123456','2024-02-29 12:00:00','-838:59:59','12:34:56.789',2024,'char','v\u00e4r \U0001f600',x'00ff27',"
    "x'01',REPEAT('t',300),x'00010203','b','x,z','{\"a\": [1, 2]}',ST_GeomFromText('POINT(1 2)'),'gr\u00fc\u00df')",
    "(NULL" + ",NULL" * 30 + ")",
    "(NULL,0,0,0,0,0,0,0,0,0,0,0,b'0','1000-01-01','9999-12-31 23:59:59','1000-01-01','1970-01-02 00:00:01','00:00:00',"
    "'838:59:59.999',1901,'','','','','','','a','','[]',NULL,'')",
]


def connecting(driver):
    section("connect")
    err = driver.error
    for label, options in [
        ("plain", {}),
        ("tls", {"tls": "on"}),
        ("tls verified", {"tls": "verify"}),
        ("without a schema", {"database": None}),
        ("empty password", {"user": "nopass", "password": ""}),
        ("account that requires tls, with", {"user": "secure", "tls": "verify"}),
        ("account that requires tls, without", {"user": "secure"}),
        ("wrong password", {"password": "wrong"}),
        ("no password", {"password": ""}),
        ("password for an empty one", {"user": "nopass", "password": "x"}),
        ("unknown user", {"user": "nobody"}),
        ("unknown user over tls", {"user": "nobody", "tls": "verify"}),
        ("unknown schema", {"database": "test_nowhere"}),
        ("forbidden schema", {"user": "reader", "database": "mysql"}),
    ]:
        def go(options=options):
            connection = driver.connect(**options)
            cursor = connection.cursor()
            cursor.execute("SELECT DATABASE(), CURRENT_USER(), USER()")
            row = cursor.fetchone()
            # what SHOW STATUS LIKE 'Ssl_cipher' says is about the server's connection: with TLS towards the
            # proxy or without, it is as the proxy was told to speak to servers
            connection.close()
            return row
        attempt(label, go, err)
    connection = driver.connect()
    cursor = connection.cursor()
    attempt("USE unknown", lambda: cursor.execute("USE test_nowhere") and None, err)
    attempt("USE forbidden", lambda: cursor.execute("USE mysql") and None, err)
    cursor.execute("SELECT DATABASE()")
    rows("still there", cursor)
    cursor.execute("USE information_schema")
    cursor.execute("SELECT DATABASE()")
    rows("moved", cursor)
    connection.close()


def signing_in(driver):
    """What holds whatever plugin an account has."""
    section("signing in")
    for label, options in [
        ("plain", {}), ("plain again", {}), ("tls", {"tls": "on"}), ("tls verified", {"tls": "verify"}),
        ("another account over tls", {"user": "reader", "tls": "verify"}), ("another account", {"user": "reader"}),
        ("wrong password", {"password": "wrong"}), ("wrong password over tls", {"password": "wrong", "tls": "verify"}),
        ("no password", {"password": ""}), ("unknown schema", {"database": "test_nowhere"}), ("without a schema", {"database": None}),
    ]:
        def go(options=options):
            connection = driver.connect(**options)
            cursor = connection.cursor()
            cursor.execute("SELECT DATABASE(), CURRENT_USER(), USER()")
            row = cursor.fetchone()
            connection.close()
            return row
        attempt(label, go, driver.error)


def types(driver, connection):
    section("types as text")
    cursor = connection.cursor()
    cursor.execute(TYPES_TABLE)
    for row in TYPES_ROWS:
        cursor.execute("INSERT INTO types VALUES " + row)
        print("inserted", cursor.rowcount, "id", cursor.lastrowid)
    cursor.execute("SELECT * FROM types ORDER BY id")
    print("metadata", driver.metadata(cursor))
    rows("all", cursor)
    cursor.execute("SELECT t.vc AS alias, COUNT(*) c, t.i + 1.5, NULL, 'x' lit, MAX(de) FROM types t GROUP BY t.vc ORDER BY 1")
    print("metadata", driver.metadata(cursor))
    rows("expressions", cursor)
    cursor.execute("SELECT id FROM types WHERE id < 0")
    print("metadata", driver.metadata(cursor))
    rows("no rows", cursor)
    for statement in ("SHOW CREATE TABLE types", "SHOW FULL COLUMNS FROM types", "DESCRIBE types", "SHOW TABLES",
                      "SHOW COLLATION LIKE 'utf8mb4_general_ci'"):
        cursor.execute(statement)
        rows(statement, cursor)


def transactions(driver, connection):
    section("transactions")
    err = driver.error
    cursor = connection.cursor()
    other = driver.connect(autocommit=True)
    looker = other.cursor()

    def look(label):
        # a session sees what it wrote, and so all that was committed before: also on a replica
        looker.execute("REPLACE INTO looked VALUES (1)")
        looker.execute("SELECT GROUP_CONCAT(a ORDER BY a) FROM tx")
        print(label, "others see", show(looker.fetchone()[0]), "status", driver.status(connection))

    cursor.execute("CREATE TABLE tx (a INT PRIMARY KEY) ENGINE=InnoDB")
    cursor.execute("CREATE TABLE looked (a INT PRIMARY KEY)")
    connection.autocommit(False) if callable(connection.autocommit) else setattr(connection, "autocommit", False)
    cursor.execute("INSERT INTO tx VALUES (1)")
    look("open")
    cursor.execute("SELECT a FROM tx")
    rows("own", cursor)
    connection.commit()
    look("committed")
    cursor.execute("INSERT INTO tx VALUES (2)")
    connection.rollback()
    look("rolled back")
    cursor.execute("INSERT INTO tx VALUES (3)")
    cursor.execute("SAVEPOINT one")
    cursor.execute("INSERT INTO tx VALUES (4)")
    cursor.execute("ROLLBACK TO one")
    cursor.execute("INSERT INTO tx VALUES (5)")
    attempt("duplicate inside", lambda: cursor.execute("INSERT INTO tx VALUES (5)"), err)
    cursor.execute("RELEASE SAVEPOINT one")
    attempt("savepoint gone", lambda: cursor.execute("ROLLBACK TO one"), err)
    connection.commit()
    look("savepoints")
    cursor.execute("INSERT INTO tx VALUES (6)")
    cursor.execute("CREATE TABLE tx2 (a INT)")
    look("DDL commits")
    connection.rollback()
    look("after DDL")
    connection.autocommit(True) if callable(connection.autocommit) else setattr(connection, "autocommit", True)
    for begin in ("BEGIN", "START TRANSACTION READ ONLY", "START TRANSACTION WITH CONSISTENT SNAPSHOT",
                  "START TRANSACTION READ WRITE"):
        cursor.execute(begin)
        cursor.execute("SELECT COUNT(*) FROM tx")
        print(begin, show(cursor.fetchone()), driver.status(connection))
        attempt("write", lambda: cursor.execute("INSERT INTO tx VALUES (7)"), err)
        cursor.execute("SELECT COUNT(*) FROM tx")
        print("then", show(cursor.fetchone()), driver.status(connection))
        cursor.execute("ROLLBACK AND CHAIN" if begin == "BEGIN" else "ROLLBACK")
        print("ended", driver.status(connection))
        cursor.execute("ROLLBACK")
    cursor.execute("SET TRANSACTION READ ONLY")
    cursor.execute("BEGIN")
    attempt("write after SET TRANSACTION READ ONLY", lambda: cursor.execute("DELETE FROM tx"), err)
    cursor.execute("COMMIT")
    cursor.execute("SET SESSION TRANSACTION READ ONLY")
    cursor.execute("SELECT COUNT(*) FROM tx")
    rows("session read only", cursor)
    attempt("write in a read-only session", lambda: cursor.execute("INSERT INTO tx VALUES (8)"), err)
    cursor.execute("SET SESSION TRANSACTION READ WRITE")
    cursor.execute("SELECT @@tx_isolation, @@tx_read_only, @@autocommit, @@in_transaction")
    rows("variables", cursor)
    cursor.execute("BEGIN")
    cursor.execute("SELECT @@in_transaction")
    rows("in a transaction", cursor)
    cursor.execute("COMMIT RELEASE")
    attempt("after RELEASE", lambda: cursor.execute("SELECT 1"), driver.lost)
    other.close()


def locking(driver):
    section("locks: time-out, deadlock")
    err = driver.error
    one, two = driver.connect(autocommit=True), driver.connect(autocommit=True)
    a, b = one.cursor(), two.cursor()
    a.execute("CREATE TABLE locks (id INT PRIMARY KEY, v INT) ENGINE=InnoDB")
    a.execute("INSERT INTO locks VALUES (1, 0), (2, 0)")
    b.execute("SET innodb_lock_wait_timeout = 1")
    a.execute("BEGIN")
    a.execute("SELECT v FROM locks WHERE id = 1 FOR UPDATE")
    a.fetchall()
    attempt("waits too long", lambda: b.execute("UPDATE locks SET v = 1 WHERE id = 1"), err)
    attempt("nowait", lambda: b.execute("SELECT v FROM locks WHERE id = 1 FOR UPDATE NOWAIT"), err)
    b.execute("SELECT id FROM locks ORDER BY id FOR UPDATE SKIP LOCKED")
    rows("skip locked", b)
    b.execute("SET innodb_lock_wait_timeout = 20")
    b.execute("BEGIN")
    b.execute("UPDATE locks SET v = 2 WHERE id = 2")
    b.execute("INSERT INTO locks VALUES (3, 3), (4, 4)")

    # the lighter transaction is the victim: the one that only holds a read lock
    def cross():
        try:
            b.execute("UPDATE locks SET v = 2 WHERE id = 1")
        except Exception as error:
            print("the other one:", err(error))
    thread = threading.Thread(target=cross)
    thread.start()
    wait_for_blocked(driver)
    attempt("deadlock", lambda: a.execute("UPDATE locks SET v = 1 WHERE id = 2"), err)
    thread.join()
    print("status", driver.status(one), driver.status(two))
    b.execute("COMMIT")
    a.execute("SELECT * FROM locks ORDER BY id")
    rows("survivors", a)
    one.close()
    two.close()


def wait_for_blocked(driver):
    connection = driver.connect()
    cursor = connection.cursor()
    for _ in range(1000):
        cursor.execute("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'app' AND state = 'Updating'"
                       " FOR UPDATE")
        if cursor.fetchone()[0]:
            break
        time.sleep(0.01)
    connection.close()


def errors(driver, connection):
    section("errors and warnings")
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE errors (id INT PRIMARY KEY, v VARCHAR(5) NOT NULL, CHECK (id < 1000))")
    cursor.execute("INSERT INTO errors VALUES (1, 'one')")
    for statement in (
        "INSERT INTO errors VALUES (1, 'dup')", "SELEC 1", "SELECT * FROM nowhere", "SELECT nothing FROM errors",
        "INSERT INTO errors VALUES (2, NULL)", "INSERT INTO errors VALUES (2, 'too long')", "INSERT INTO errors VALUES (2)",
        "INSERT INTO errors VALUES (1000, 'chk')", "DROP TABLE nowhere", "CREATE TABLE errors (a INT)", "SELECT 1/0",
        "SELECT no_such_function(1)", "SELECT (SELECT id, v FROM errors)", "SELECT * FROM errors WHERE id = (SELECT 1 UNION SELECT 2)",
        "CREATE USER x", "SET GLOBAL max_connections = 10", "SET no_such = 1", "SELECT @@no_such", "KILL 4294967290", "",
        "-- only a comment", "SELECT 1; SELECT 2", "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'my own', MYSQL_ERRNO = 5000",
        "CALL no_such_procedure()", "SELECT BIGINT", "SELECT ~0 + 1", "EXECUTE nothing", "XA COMMIT 'nothing'",
        "UNLOCK TABLES", "SELECT 'sql' AS \"quoted\"",
    ):
        attempt(show(statement), lambda: perform(cursor, statement), driver.error)
    cursor.execute("SET SESSION sql_mode = ''")
    for statement in ("INSERT INTO errors VALUES (3, 'too long')", "SELECT 1/0, CAST('12x' AS INT)", "DROP TABLE IF EXISTS nowhere",
                      "SELECT CAST('2024-13-01' AS DATE)"):
        cursor.execute(statement)
        drain(cursor)
        print(show(statement), "warnings", driver.warning_count(cursor))
        cursor.execute("SHOW WARNINGS")
        rows("SHOW WARNINGS", cursor)
        cursor.execute("SELECT @@warning_count, @@error_count")
        rows("counts", cursor)
    cursor.execute("SET SESSION sql_mode = DEFAULT")


def perform(cursor, statement):
    cursor.execute(statement)
    drain(cursor)
    while cursor.nextset():
        drain(cursor)


def drain(cursor):
    if cursor.description:
        cursor.fetchall()


def counting(driver):
    section("affected, found, last id")
    for found in (False, True):
        connection = driver.connect(autocommit=True, found_rows=found)
        cursor = connection.cursor()
        cursor.execute("DROP TABLE IF EXISTS counts")
        cursor.execute("CREATE TABLE counts (id INT PRIMARY KEY AUTO_INCREMENT, v INT UNIQUE)")
        for statement in (
            "INSERT INTO counts (v) VALUES (1), (2), (3)", "UPDATE counts SET v = 1 WHERE v = 1", "UPDATE counts SET v = v + 10",
            "INSERT INTO counts (v) VALUES (11) ON DUPLICATE KEY UPDATE v = 14", "REPLACE INTO counts (id, v) VALUES (1, 12)",
            "INSERT IGNORE INTO counts (v) VALUES (12), (99)", "DELETE FROM counts WHERE v > 1000", "DELETE FROM counts WHERE v = 99",
            "INSERT INTO counts VALUES (18, 18)", "SELECT * FROM counts ORDER BY id",
        ):
            cursor.execute(statement)
            print("found" if found else "affected", show(statement), cursor.rowcount, cursor.lastrowid, driver.info(connection))
            drain(cursor)
            cursor.execute("SELECT LAST_INSERT_ID(), ROW_COUNT()")
            rows("functions", cursor)
        cursor.execute("SELECT SQL_CALC_FOUND_ROWS v FROM counts ORDER BY v LIMIT 1")
        drain(cursor)
        cursor.execute("SELECT FOUND_ROWS()")
        rows("found", cursor)
        cursor.execute("INSERT INTO counts (v) VALUES (50) RETURNING id, v")
        rows("returning", cursor)
        connection.close()


def session_state(driver, connection):
    section("what a session keeps")
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE kept (a INT)")

    def ask(statement):
        cursor.execute(statement)
        rows(statement, cursor)

    cursor.execute("SET time_zone = '+05:30', @x = 7, @y := 'why'")
    cursor.execute("SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'")
    for _ in range(5):
        ask("SELECT @@time_zone, @x, @y, @@sql_mode")
    ask("SELECT FROM_UNIXTIME(0), 'a\\' \"col\"" )
    ask('SELECT "a" FROM kept')
    cursor.execute("SET sql_mode = DEFAULT, time_zone = DEFAULT")
    cursor.execute("SET NAMES latin1")
    ask("SELECT @@character_set_client, @@character_set_connection, @@character_set_results, @@collation_connection")
    cursor.execute("SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci")
    ask("SELECT @@character_set_client, @@collation_connection, COLLATION('x')")
    cursor.execute("SET group_concat_max_len = 5, max_sort_length = 64, SESSION lock_wait_timeout = 77")
    for _ in range(3):
        ask("SELECT GROUP_CONCAT(seq) FROM seq_1_to_10")
    ask("SELECT @@lock_wait_timeout, @@max_sort_length")
    cursor.execute("SET STATEMENT group_concat_max_len = 3 FOR SELECT GROUP_CONCAT(seq) FROM seq_1_to_10")
    rows("set statement", cursor)
    ask("SELECT GROUP_CONCAT(seq) FROM seq_1_to_10")
    cursor.execute("SET timestamp = 1000000000, rand_seed1 = 1, rand_seed2 = 2")
    ask("SELECT UNIX_TIMESTAMP(), RAND()")
    cursor.execute("SET timestamp = DEFAULT")
    cursor.execute("CREATE TEMPORARY TABLE temp AS SELECT seq FROM seq_1_to_3")
    for _ in range(3):
        ask("SELECT SUM(seq) FROM temp")
    cursor.execute("DROP TEMPORARY TABLE temp")
    ask("SELECT @n := 1")
    ask("SELECT @n := @n + 1")
    ask("SELECT @n")
    ask("SELECT GET_LOCK('anabranch_test_" + driver.name + "', 1)")
    ask("SELECT IS_USED_LOCK('anabranch_test_" + driver.name + "') = CONNECTION_ID()")
    ask("SELECT RELEASE_LOCK('anabranch_test_" + driver.name + "')")
    cursor.execute("LOCK TABLES kept WRITE")
    cursor.execute("INSERT INTO kept VALUES (1)")
    ask("SELECT * FROM kept")
    attempt("not locked", lambda: cursor.execute("SELECT * FROM errors"), driver.error)
    cursor.execute("UNLOCK TABLES")
    cursor.execute("PREPARE p FROM 'SELECT ? + ? AS s'")
    cursor.execute("SET @a = 1, @b = 2")
    for _ in range(3):
        ask("EXECUTE p USING @a, @b")
    cursor.execute("PREPARE w FROM 'INSERT INTO kept VALUES (?)'")
    cursor.execute("EXECUTE w USING @b")
    ask("SELECT * FROM kept ORDER BY a")
    cursor.execute("DEALLOCATE PREPARE p")
    attempt("deallocated", lambda: cursor.execute("EXECUTE p USING @a, @b"), driver.error)
    cursor.execute("PREPARE b FROM 'BEGIN'")
    attempt("prepared BEGIN", lambda: cursor.execute("EXECUTE b"), driver.error)
    cursor.execute("INSERT INTO kept VALUES (9)")
    cursor.execute("ROLLBACK")
    ask("SELECT * FROM kept ORDER BY a")
    ask("SELECT DATABASE(), SCHEMA(), CURRENT_USER(), SESSION_USER(), VERSION() = @@version, CHARSET(USER())")
    ask("SELECT LAST_INSERT_ID(42)")
    ask("SELECT LAST_INSERT_ID()")
    cursor.execute("HANDLER kept OPEN")
    ask("HANDLER kept READ FIRST")
    cursor.execute("HANDLER kept CLOSE")
    ask("EXECUTE IMMEDIATE 'SELECT 1 AS one'")
    cursor.execute("XA START 'x1'")
    cursor.execute("INSERT INTO kept VALUES (77)")
    cursor.execute("XA END 'x1'")
    cursor.execute("XA PREPARE 'x1'")
    cursor.execute("XA ROLLBACK 'x1'")
    ask("SELECT COUNT(*) FROM kept")


def read_your_writes(driver, connection):
    section("read your writes")
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE ryw (id INT PRIMARY KEY, v INT)")
    wrong = 0
    for n in range(300):
        cursor.execute(f"INSERT INTO ryw VALUES ({n}, 0)")
        cursor.execute(f"SELECT COUNT(*) FROM ryw WHERE id = {n}")
        wrong += cursor.fetchone()[0] != 1
        cursor.execute(f"UPDATE ryw SET v = {n} WHERE id = {n}")
        cursor.execute(f"SELECT v FROM ryw WHERE id = {n}")
        wrong += cursor.fetchone()[0] != n
    print("stale reads", wrong)
    for n in range(20):
        cursor.execute(f"CREATE TABLE ryw_{n} (a INT)")
        cursor.execute(f"SELECT COUNT(*) FROM ryw_{n}")
        wrong += cursor.fetchone()[0] != 0
        cursor.execute(f"DROP TABLE ryw_{n}")
        try:
            cursor.execute(f"SELECT COUNT(*) FROM ryw_{n}")
            wrong += 1
        except driver.Error:
            pass
    print("stale catalogs", wrong)


def procedures(driver, connection):
    section("stored programs")
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE proc_t (a INT)")
    cursor.execute("CREATE PROCEDURE several(IN n INT, OUT twice INT, INOUT total INT) BEGIN"
                   " SELECT n AS first; SELECT seq, 'x' FROM seq_1_to_3; INSERT INTO proc_t VALUES (n);"
                   " SET twice = n * 2; SET total = total + n; SELECT COUNT(*) FROM proc_t; END")
    cursor.execute("CREATE PROCEDURE failing() BEGIN SELECT 1; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'in the middle'; SELECT 2; END")
    cursor.execute("CREATE FUNCTION writes(n INT) RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO proc_t VALUES (n); RETURN n; END")
    cursor.execute("CREATE FUNCTION pure(n INT) RETURNS INT DETERMINISTIC NO SQL RETURN n + 1")
    cursor.execute("CREATE FUNCTION looks() RETURNS INT READS SQL DATA RETURN (SELECT COUNT(*) FROM proc_t)")
    print("several", driver.call(connection, "several", (5, 0, 100)))
    attempt("failing", lambda: driver.call(connection, "failing", ()), driver.error)
    for statement in ("SELECT writes(8)", "SELECT pure(1), looks()", "SELECT COUNT(*) FROM proc_t", "SELECT looks() FROM proc_t WHERE a = pure(7)"):
        cursor.execute(statement)
        rows(statement, cursor)


def run_all(driver):
    print("schema", SCHEMA)
    if os.environ["DB_SCENARIO"] == "auth":
        return signing_in(driver)
    connecting(driver)
    connection = driver.connect(autocommit=True)
    types(driver, connection)
    errors(driver, connection)
    session_state(driver, connection)
    procedures(driver, connection)
    read_your_writes(driver, connection)
    transactions(driver, connection)
    locking(driver)
    counting(driver)
    bulk.multi(driver)
    bulk.local_file(driver)
    bulk.character_sets(driver)
    bulk.streamed(driver)
    bulk.cancelling(driver)
    bulk.large(driver)

"""What needs more than one statement at a time or many bytes: multi-results, files, character sets, streams, KILL."""
import hashlib
import os
import threading
import time

from transcript import SCRATCH, attempt, rows, section, show


def drain(cursor):
    if cursor.description:
        cursor.fetchall()


def multi(driver):
    section("several statements at once")
    connection = driver.connect(autocommit=True, multi=True)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE multi_t (a INT PRIMARY KEY)")
    for text in (
        "SELECT 1 AS a; SELECT 2 AS b, 3 AS c; SELECT 4 WHERE 1 = 0",
        "INSERT INTO multi_t VALUES (1), (2); SELECT * FROM multi_t; UPDATE multi_t SET a = a + 10; SELECT * FROM multi_t",
        "SELECT 1; SELECT * FROM nowhere; INSERT INTO multi_t VALUES (3)",
        "INSERT INTO multi_t VALUES (20); INSERT INTO multi_t VALUES (20); INSERT INTO multi_t VALUES (21)",
        "SELECT 1;", "SET @m = 5; SELECT @m; BEGIN; INSERT INTO multi_t VALUES (30); ROLLBACK; SELECT a FROM multi_t ORDER BY a",
        "CREATE TEMPORARY TABLE mt (a INT); INSERT INTO mt VALUES (1); SELECT * FROM mt; DROP TEMPORARY TABLE mt",
    ):
        print(show(text))
        for line in driver.several(connection, text):
            print("  ", line)
    cursor = connection.cursor()
    cursor.execute("SELECT a FROM multi_t ORDER BY a")
    rows("left", cursor)
    connection.close()


def local_file(driver):
    section("LOAD DATA LOCAL")
    path = os.path.join(SCRATCH, "rows.csv")
    with open(path, "w", encoding="utf-8") as file:
        for n in range(50_000):
            file.write(f"{n},name \u00fc {n}\n")
    empty = os.path.join(SCRATCH, "empty.csv")
    open(empty, "w").close()
    connection = driver.connect(autocommit=True, local_infile=True)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE loaded (id INT PRIMARY KEY, name VARCHAR(40))")
    load = "LOAD DATA LOCAL INFILE '{}' {} INTO TABLE loaded CHARACTER SET utf8mb4 FIELDS TERMINATED BY ','"
    for label, statement in (("load", load.format(path, "")), ("again", load.format(path, "IGNORE")), ("empty", load.format(empty, "")),
                             ("missing", load.format(SCRATCH + "/missing.csv", "")), ("no table", load.format(path, "").replace("loaded", "nowhere"))):
        if label == "no table":  # some drivers leave the connection unusable after a file that they cannot read
            connection = driver.connect(autocommit=True, local_infile=True)
            cursor = connection.cursor()
        attempt(label, lambda: (cursor.execute(statement), cursor.rowcount, driver.info(connection))[1:], driver.file_error)
    cursor.execute("SELECT COUNT(*), SUM(id), MD5(GROUP_CONCAT(name ORDER BY id)) FROM loaded WHERE id < 100")
    rows("loaded", cursor)
    connection.close()
    connection = driver.connect(local_infile=False)
    cursor = connection.cursor()
    attempt("not allowed", lambda: cursor.execute(load.format(path, "")), driver.file_error)
    connection.close()


def large(driver):
    section("20 MB")
    connection = driver.connect(autocommit=True)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE large (id INT PRIMARY KEY, b LONGBLOB)")
    unit = hashlib.sha512(b"anabranch").digest()
    for n, size in enumerate((20_000_000, 16_777_215, 16_777_150)):
        blob = (unit * (size // len(unit) + 1))[:size]
        cursor.execute("INSERT INTO large VALUES (%s, %s)", (n, blob))
        cursor.execute("SELECT LENGTH(b), MD5(b) FROM large WHERE id = %s", (n,))
        rows(f"sent {size} {hashlib.md5(blob).hexdigest()}", cursor)
        cursor.execute("SELECT b FROM large WHERE id = %s", (n,))
        got = cursor.fetchone()[0]
        print("received", len(got), got == blob)
    # a packet of exactly 2^24 - 1 bytes is followed by an empty one; the command byte counts too
    for size in (2**24 - 3, 2**24 - 2, 2**24 - 1, 2**24, 2 * (2**24 - 1) - 1):
        statement = "SELECT LENGTH('{}')"
        cursor.execute(statement.format("q" * (size - len(statement) + 2)))
        print("statement of", size, show(cursor.fetchone()[0]))
    for size in (16_777_209, 16_777_210, 16_777_211, 16_777_212, 16_777_215, 16_777_216, 33_554_430):
        cursor.execute(f"SELECT REPEAT('x', {size})")
        print("received", len(cursor.fetchone()[0]))
    cursor.execute("SELECT REPEAT('x', 64 * 1024 * 1024 + 1)")
    rows("over max_allowed_packet", cursor)
    cursor.execute("DROP TABLE large")
    connection.close()


def streamed(driver):
    section("200,000 rows streamed")
    connection = driver.connect(autocommit=True)
    cursor = driver.streaming_cursor(connection)
    cursor.execute("SELECT seq, MD5(seq), REPEAT('r', seq MOD 50) FROM seq_1_to_200000")
    digest, count = hashlib.md5(), 0
    for row in cursor:
        count += 1
        digest.update(repr(row).encode())
    print(count, digest.hexdigest())
    cursor.close()
    connection.close()
    connection = driver.connect(autocommit=True)
    cursor = driver.streaming_cursor(connection)
    cursor.execute("SELECT seq, REPEAT('x', 1000) FROM seq_1_to_200000")
    print("left after", cursor.fetchone()[0])
    driver.abandon(connection)
    connection = driver.connect()
    cursor = connection.cursor()
    cursor.execute("SELECT 1")
    rows("another connection", cursor)
    connection.close()


def character_sets(driver):
    section("character sets")
    connection = driver.connect(autocommit=True)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE `t\u00e4ble \u8868` (`sp\u00e4lte \u5217` VARCHAR(50), `back``tick` INT) COMMENT '\u00fcber'")
    cursor.execute("INSERT INTO `t\u00e4ble \u8868` VALUES ('\u6f22\u5b57 \U0001f980', 1)")
    cursor.execute("SELECT `sp\u00e4lte \u5217` AS `\u522b\u540d`, `back``tick` FROM `t\u00e4ble \u8868` AS `\u03b1`")
    print("metadata", driver.metadata(cursor))
    rows("unicode", cursor)
    attempt("unicode in an error", lambda: cursor.execute("SELECT * FROM `n\u00efrgends`"), driver.error)
    connection.close()
    for charset in ("latin1", "gbk"):
        connection = driver.connect(autocommit=True, charset=charset)
        cursor = connection.cursor()
        cursor.execute("SELECT @@character_set_client, @@character_set_results, @@collation_connection")
        rows(charset, cursor)
        cursor.execute("SELECT 'gr\u00fc\u00dfe', HEX('gr\u00fc\u00dfe')" if charset == "latin1" else "SELECT '\u6f22\u5b57', HEX('\u6f22\u5b57')")
        rows("literal", cursor)
        attempt("error text", lambda: cursor.execute("SELECT * FROM `n\u00fc`" if charset == "latin1" else "SELECT * FROM `\u8868`"), driver.error)
        connection.close()
    # in gbk the byte after 0xd5 may be a backslash: \u8a98 is 0xd5 0x5c, so the quote behind it ends the literal
    connection = driver.connect(autocommit=True, charset="gbk")
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE gbk_t (v VARCHAR(40)) CHARACTER SET gbk")
    cursor.execute("INSERT INTO gbk_t VALUES ('\u8a98'), ('\u8a98 /* not'), ('a */ INTO OUTFILE \u8a98')")
    cursor.execute("SELECT v, HEX(v), '\u8a98' AS lit, '\u8a98\u8a98' FROM gbk_t ORDER BY 2")
    rows("0x5c", cursor)
    cursor.execute("SELECT '\u8a98' FROM gbk_t WHERE v = '\u8a98' FOR UPDATE")
    rows("0x5c", cursor)
    connection.close()


# Runs for hours unless it is killed, and then always ends with 1317; a SLEEP may also end early with 1.
LONG = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT COUNT(*) FROM n a, n b, n c, n d WHERE a.i * b.i * c.i * d.i = -1"


def cancelling(driver):
    section("cancel")
    killer = driver.connect(autocommit=True)
    for scope in ("QUERY", "CONNECTION"):
        for statement in (LONG, LONG + " FOR UPDATE", f"UPDATE kept SET a = ({LONG})"):
            victim = driver.connect(autocommit=True)
            outcome = []
            thread = threading.Thread(target=lambda: outcome.append(outcome_of(driver, victim, statement, scope)))
            started = time.monotonic()
            thread.start()
            # a KILL QUERY that comes before the statement runs does nothing, so it is repeated
            while thread.is_alive() and time.monotonic() - started < 20:
                thread.join(0.1)
                if thread.is_alive():
                    attempt_quietly(lambda: killer.cursor().execute(f"KILL {scope} {driver.thread_id(victim)}"))
            print(scope, show(statement), outcome, "in time" if time.monotonic() - started < 15 else "too late")
            if scope == "QUERY":
                # one that came too late hits the next statement at most
                attempt_quietly(lambda: victim.cursor().execute("DO 1"))
                cursor = victim.cursor()
                cursor.execute("SELECT 'usable'")
                rows("afterwards", cursor)
            else:
                attempt("afterwards", lambda: victim.cursor().execute("SELECT 1"), driver.lost)
    attempt("self", lambda: killer.cursor().execute(f"KILL QUERY {driver.thread_id(killer)}"), driver.error)
    attempt("nobody's", lambda: killer.cursor().execute("KILL 4294967289"), driver.error)
    attempt("goodbye", lambda: killer.cursor().execute(f"KILL {driver.thread_id(killer)}"), driver.lost)


def outcome_of(driver, connection, statement, scope):
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
        return "ok " + show(cursor.fetchall() if cursor.description else None)
    except Exception as error:
        return driver.error(error) if scope == "QUERY" else driver.lost(error)


def attempt_quietly(action):
    try:
        action()
    except Exception:  # it came too late: nothing to kill
        pass

import java.sql.*;

/** Text statements: results and their metadata, errors, warnings, counts, several at once, procedures, cancelling. */
final class Statements {
    static final String TYPES = "CREATE TABLE types (id INT PRIMARY KEY AUTO_INCREMENT, ti TINYINT, t1 TINYINT(1), si SMALLINT UNSIGNED, mi MEDIUMINT,"
        + " iu INT UNSIGNED, bi BIGINT, bu BIGINT UNSIGNED, f FLOAT, d DOUBLE(10,3), de DECIMAL(30,10), bt BIT(10), b1 BIT(1), da DATE, dt DATETIME,"
        + " dt6 DATETIME(6), ts TIMESTAMP NULL, tm TIME(3), y YEAR, ch CHAR(10), vc VARCHAR(100), vb VARBINARY(20), bn BINARY(4), tx TEXT, bl BLOB,"
        + " en ENUM('a','b'), se SET('x','y'), js JSON, l1 VARCHAR(20) CHARACTER SET latin1, UNIQUE KEY uq (mi), KEY k (vc, da)) COMMENT 'types'";
    static final String[] ROWS = {
        "(NULL,-128,1,65535,-8388608,4294967295,-9223372036854775808,18446744073709551615,1.5,-2500.125,12345678901234567890.0123456789,b'1010101010',b'1',"
            + "'2024-02-29','2024-02-29 23:59:59','2024-02-29 23:59:59.123456','2024-02-29 12:00:00','12:34:56.789',2024,'char','vär 😀',x'00ff27',x'01',"
            + "REPEAT('t',400),x'00010203','b','x,y','{\"a\":[1,2]}','grüß')",
        "(NULL" + ",NULL".repeat(28) + ")",
    };

    /** Runs for hours unless it is cancelled, and then always ends with 1317; SLEEP may also end early with 1. */
    static final String LONG = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT COUNT(*) FROM n a, n b, n c, n d WHERE a.i * b.i * c.i * d.i = -1";

    static void run() throws Exception {
        try (Connection c = Db.connect(""); Statement s = c.createStatement()) {
            results(s);
            errors(s);
            counts(c, s);
            procedures(c, s);
        }
        several();
        cancelling();
    }

    private static void results(Statement s) throws SQLException {
        Db.section("results");
        s.execute(TYPES);
        for (String row : ROWS) Db.run(s, "INSERT INTO types VALUES " + row);
        for (String sql : new String[] {"SELECT * FROM types ORDER BY id", "SELECT t.vc AS alias, COUNT(*) n, 'x' lit, NULL nothing, t.d + 1 FROM types t GROUP BY t.vc ORDER BY 2, 1",
                "SELECT id FROM types WHERE 1 = 0"}) {
            Db.metadata(s.executeQuery(sql).getMetaData());
            Db.run(s, sql);
        }
        for (String sql : new String[] {"SHOW CREATE TABLE types", "DESCRIBE types", "SHOW INDEX FROM errors_not_there", "EXPLAIN SELECT 1", "SHOW TABLES", "VALUES (1, 'a'), (2, 'b')",
                "WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 4) SELECT * FROM r", "(SELECT 1) UNION (SELECT 2) ORDER BY 1",
                "SELECT DATABASE(), CURRENT_USER()", "/* a comment */ SELECT 1 -- end", "SELECT /*! 1 + */ 1", "{call no_such()}"}) {
            Db.run(s, sql);
        }
    }

    private static void errors(Statement s) throws SQLException {
        Db.section("errors and warnings");
        s.execute("CREATE TABLE errors (id INT PRIMARY KEY, v VARCHAR(5) NOT NULL)");
        for (String sql : new String[] {"INSERT INTO errors VALUES (1, 'a')", "INSERT INTO errors VALUES (1, 'a')", "SELEC 1", "SELECT * FROM nowhere", "INSERT INTO errors VALUES (2, NULL)",
                "INSERT INTO errors VALUES (2, 'too long')", "SELECT nothing FROM errors", "SET GLOBAL max_connections = 1", "CREATE TABLE errors (a INT)", "SELECT 1; SELECT 2",
                "SELECT 1/0, CAST('12x' AS INT)", "DROP TABLE IF EXISTS nowhere", "INSERT IGNORE INTO errors VALUES (1, 'b'), (3, 'too long')", "SELECT * FROM errors ORDER BY id",
                "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'mine', MYSQL_ERRNO = 5000", "USE test_nowhere", "KILL 4294967290", "UPDATE errors SET v = 'x' WHERE id = 'a1'"}) {
            Db.run(s, sql);
        }
    }

    private static void counts(Connection c, Statement s) throws Exception {
        Db.section("counts and keys");
        s.execute("CREATE TABLE counts (id INT PRIMARY KEY AUTO_INCREMENT, v INT UNIQUE)");
        for (String sql : new String[] {"INSERT INTO counts (v) VALUES (1), (2), (3)", "UPDATE counts SET v = 1 WHERE v = 1", "UPDATE counts SET v = v + 10",
                "INSERT INTO counts (v) VALUES (11) ON DUPLICATE KEY UPDATE v = 14", "REPLACE INTO counts (id, v) VALUES (1, 12)", "DELETE FROM counts WHERE v = 13"}) {
            Db.attempt(sql, () -> s.executeUpdate(sql, Statement.RETURN_GENERATED_KEYS));
            Db.rows(s.getGeneratedKeys(), java.util.Set.of());
        }
        Db.run(s, "SELECT LAST_INSERT_ID(), ROW_COUNT()");
        for (String options : new String[] {"useAffectedRows=true", "rewriteBatchedStatements=true", "useServerPrepStmts=true", "rewriteBatchedStatements=true&useServerPrepStmts=true"}) {
            try (Connection other = Db.connect(options); Statement t = other.createStatement()) {
                t.execute("DELETE FROM counts");
                Db.attempt(options, () -> t.executeUpdate("UPDATE counts SET v = v"));
                batch(other, "INSERT INTO counts (v) VALUES (?)", 50);
                batch(other, "UPDATE counts SET v = v + 1000 WHERE v = ?", 5);
                t.addBatch("INSERT INTO counts (v) VALUES (5000)");
                t.addBatch("DELETE FROM counts WHERE v > 4000");
                Db.attempt("mixed", t::executeBatch);
                t.addBatch("INSERT INTO counts (v) VALUES (6000)");
                t.addBatch("INSERT INTO counts (v) VALUES (6000)");
                t.addBatch("INSERT INTO counts (v) VALUES (6001)");
                Db.attempt("failing", t::executeBatch);
                Db.run(t, "SELECT COUNT(*), SUM(v) FROM counts");
            }
        }
    }

    private static void batch(Connection c, String sql, int size) {
        Db.attempt("batch " + sql, () -> {
            try (PreparedStatement p = c.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
                for (int n = 0; n < size; n++) {
                    p.setInt(1, n);
                    p.addBatch();
                }
                return p.executeBatch();
            }
        });
    }

    private static void procedures(Connection c, Statement s) throws Exception {
        Db.section("procedures");
        s.execute("CREATE TABLE proc_t (a INT)");
        s.execute("CREATE PROCEDURE several(IN n INT, OUT twice INT, INOUT total INT) BEGIN SELECT n AS first; SELECT seq, 'x' FROM seq_1_to_3;"
            + " INSERT INTO proc_t VALUES (n); SET twice = n * 2; SET total = total + n; END");
        s.execute("CREATE FUNCTION plus_one(n INT) RETURNS INT DETERMINISTIC NO SQL RETURN n + 1");
        s.execute("CREATE FUNCTION writes(n INT) RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO proc_t VALUES (n); RETURN n; END");
        Db.attempt("call", () -> {
            try (CallableStatement call = c.prepareCall("{call several(?, ?, ?)}")) {
                call.setInt(1, 5);
                call.registerOutParameter(2, Types.INTEGER);
                call.setInt(3, 100);
                call.registerOutParameter(3, Types.INTEGER);
                boolean isResultSet = call.execute();
                Db.all(call, isResultSet);
                return call.getInt(2) + " " + call.getInt(3);
            }
        });
        Db.attempt("function", () -> {
            try (CallableStatement call = c.prepareCall("{? = call plus_one(?)}")) {
                call.registerOutParameter(1, Types.INTEGER);
                call.setInt(2, 41);
                call.execute();
                return call.getInt(1);
            }
        });
        Db.run(s, "SELECT plus_one(1), writes(3)");
        Db.run(s, "SELECT COUNT(*) FROM proc_t");
    }

    private static void several() throws SQLException {
        Db.section("several statements at once");
        try (Connection c = Db.connect("allowMultiQueries=true"); Statement s = c.createStatement()) {
            s.execute("CREATE TABLE multi_t (a INT PRIMARY KEY)");
            for (String sql : new String[] {"SELECT 1 AS a; SELECT 2 AS b, 3; SELECT 4 WHERE 1 = 0", "INSERT INTO multi_t VALUES (1), (2); SELECT * FROM multi_t; UPDATE multi_t SET a = a + 10",
                    "SELECT 1; SELECT * FROM nowhere; INSERT INTO multi_t VALUES (3)", "SELECT a FROM multi_t ORDER BY a", "SET @m = 5; SELECT @m"}) {
                Db.run(s, sql);
            }
        }
    }

    private static void cancelling() throws Exception {
        Db.section("cancel");
        try (Connection c = Db.connect(""); Statement s = c.createStatement()) {
            for (String sql : new String[] {LONG, LONG + " FOR UPDATE"}) {
                boolean[] over = {false};
                // a cancel that comes before the statement runs does nothing, so it is repeated until the statement ends
                Thread canceller = new Thread(() -> {
                    while (!over[0]) {
                        try {
                            Thread.sleep(100);
                            if (!over[0]) s.cancel();
                        } catch (Exception ignored) {
                            return;
                        }
                    }
                });
                long started = System.nanoTime();
                canceller.start();
                Db.attempt(sql, () -> s.execute(sql) ? null : "count");
                over[0] = true;
                canceller.join();
                Db.say(System.nanoTime() - started < 15_000_000_000L ? "in time" : "too late");
                // a late cancel may hit the next statement: this one
                try {
                    s.execute("DO 1");
                } catch (SQLException late) {
                    // as expected
                }
                Db.run(s, "SELECT 'usable'");
            }
            s.setQueryTimeout(1);
            Db.attempt("query timeout", () -> s.execute(LONG));
        }
    }
}

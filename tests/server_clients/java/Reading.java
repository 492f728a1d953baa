import java.sql.*;
import java.util.*;

/** Results that do not fit: streamed, by cursor, limited, scrolled, several at once; and cancelled. */
final class Reading {
    /** Runs for hours unless it is cancelled, and then always ends with an error. */
    static final String LONG = "SELECT COUNT(*) FROM big a, big b, big c WHERE a.v * b.v * c.v = -1";

    static void run() throws Exception {
        try (Connection c = Db.connect(""); Statement s = c.createStatement()) {
            s.execute("CREATE TABLE big (id INT PRIMARY KEY, v INT, s VARCHAR(60))");
            s.execute("INSERT INTO big WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, i * 7, CONCAT(HEX(i * 7919), LPAD(i, 20, 'abc')) FROM n");
            s.execute("INSERT INTO big SELECT a.id + b.id * 1000, a.v, a.s FROM big a, big b WHERE b.id < 20");
        }
        String cursor = Db.MARIADB ? "useServerPrepStmts=true" : "useCursorFetch=true";
        for (String options : new String[] {"", cursor, cursor + "&useServerPrepStmts=true&cachePrepStmts=true"}) {
            for (int size : new int[] {Db.MARIADB ? 1 : Integer.MIN_VALUE, 7, 1000}) fetched(options, size);
        }
        several();
        errors();
        cancelling();
    }

    private static void fetched(String options, int size) throws SQLException {
        Db.section("fetch size " + size + " " + options);
        try (Connection c = Db.connect(options); PreparedStatement p = c.prepareStatement("SELECT id, s FROM big WHERE id > ? ORDER BY id", ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
            p.setFetchSize(size);
            for (int low : new int[] {10_000, 19_990, 90_000}) {
                p.setInt(1, low);
                try (ResultSet rs = p.executeQuery()) {
                    long count = 0, sum = 0;
                    while (rs.next()) {
                        count++;
                        sum = sum * 31 + rs.getLong(1) + rs.getString(2).hashCode();
                    }
                    Db.say(count + " rows, " + sum);
                }
            }
            p.setInt(1, 5);
            try (ResultSet rs = p.executeQuery()) {
                rs.next();
                Db.say("left after " + rs.getLong(1));
            }
            p.setMaxRows(3);
            Db.rows(p.executeQuery(), Set.of());
            try (Statement s = c.createStatement()) {
                Db.run(s, "SELECT 'next'");
                s.setFetchSize(size);
                try (ResultSet rs = s.executeQuery("SELECT * FROM big ORDER BY id DESC")) {
                    rs.next();
                    Db.say("first " + rs.getLong(1));
                }
                Db.run(s, "SELECT 'last'");
            }
        }
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
        try (Connection c = Db.connect(""); Statement s = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY); ResultSet rs = s.executeQuery("SELECT id FROM big ORDER BY id LIMIT 20")) {
            rs.afterLast();
            rs.previous();
            Db.say("scrolled " + rs.getInt(1));
            rs.relative(-5);
            Db.say("scrolled " + rs.getInt(1));
        }
    }

    private static void errors() throws SQLException {
        Db.section("errors and warnings");
        try (Connection c = Db.connect(""); Statement s = c.createStatement()) {
            s.execute("CREATE TABLE errors (id INT PRIMARY KEY, v VARCHAR(5) NOT NULL)");
            for (String sql : new String[] {"INSERT INTO errors VALUES (1, 'a')", "INSERT INTO errors VALUES (1, 'a')", "SELECT * FROM nowhere", "INSERT INTO errors VALUES (2, NULL)", "INSERT INTO errors (id) VALUES (2)",
                    "INSERT INTO errors VALUES (2, 'too long')", "SELECT nothing FROM errors", "CREATE TABLE errors (a INT)", "SELECT 1/0, CAST('12x' AS SIGNED)", "DROP TABLE IF EXISTS nowhere", "DROP TABLE nowhere",
                    "INSERT IGNORE INTO errors VALUES (1, 'b'), (3, 'too long')", "SELECT * FROM errors ORDER BY id", "USE test_nowhere", "KILL 4294967290", "UPDATE errors SET v = 'x' WHERE id = 'a1'",
                    "INSERT INTO child (a, b, parent_id) VALUES (1, 1, 99)", "INSERT INTO child (a, b) VALUES (-1, 1)", "SELECT id FROM errors e JOIN big b ON e.id = b.id", "INSERT INTO errors VALUES (1)",
                    "SELECT (SELECT id FROM big)", "SELECT COUNT(*) FROM errors WHERE id = (SELECT 1, 2)", "INSERT INTO both_of (code) VALUES ('x'), ('x', 'y')", "SELECT no_such_function(1)", "SELECT SLEEP(0)",
                    "/* a comment */ SELECT 1 -- end", "SELECT /*! 1 + */ 1", "{call no_such()}", "SET no_such_variable = 1", "SELECT @@no_such_variable", "TRUNCATE TABLE errors", "DROP TABLE errors"}) {
                Db.run(s, sql);
            }
        }
    }

    private static void cancelling() throws Exception {
        Db.section("cancel");
        try (Connection c = Db.connect(""); Statement s = c.createStatement()) {
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
            Db.attempt(LONG, () -> s.execute(LONG) ? null : "count");
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
            s.setQueryTimeout(1);
            Db.attempt("query timeout", () -> s.execute(LONG));
            Db.run(s, "SELECT 'usable again'");
        }
    }
}

import java.sql.*;
import java.util.*;

/** Generated keys, batches (rewritten and not), counts, and result sets that write. */
final class Keys {
    static void run() throws Exception {
        for (String options : new String[] {"", "rewriteBatchedStatements=true", "useServerPrepStmts=true", "useServerPrepStmts=true&cachePrepStmts=true&rewriteBatchedStatements=true",
                Db.MARIADB ? "useBulkStmts=true&useServerPrepStmts=true" : "useAffectedRows=true&useServerPrepStmts=true", "allowMultiQueries=true&rewriteBatchedStatements=true"}) {
            try (Connection c = Db.connect(options); Statement s = c.createStatement()) {
                Db.section("keys and batches " + options);
                s.execute("DROP TABLE IF EXISTS keyed");
                s.execute("CREATE TABLE keyed (id INT PRIMARY KEY AUTO_INCREMENT, v INT UNIQUE, s VARCHAR(20))");
                generated(c, s);
                batches(c, s);
            }
        }
        updatable();
    }

    private static void generated(Connection c, Statement s) throws SQLException {
        for (String sql : new String[] {"INSERT INTO keyed (v) VALUES (1), (2), (3)", "INSERT INTO keyed VALUES (100, 100, 'x')", "INSERT IGNORE INTO keyed (v) VALUES (1)", "REPLACE INTO keyed (v, s) VALUES (2, 'r')",
                "INSERT INTO keyed (v) VALUES (3) ON DUPLICATE KEY UPDATE s = 'dup'", "INSERT INTO keyed (v) VALUES (3) ON DUPLICATE KEY UPDATE s = 'dup'", "UPDATE keyed SET s = s WHERE v = 1",
                "INSERT INTO keyed (id, v) SELECT id + 1000, v + 1000 FROM keyed ORDER BY id", "INSERT INTO keyed (v) VALUES (1)", "DELETE FROM keyed WHERE v > 999"}) {
            Db.attempt(sql, () -> {
                int count = s.executeUpdate(sql, Statement.RETURN_GENERATED_KEYS);
                Db.rows(s.getGeneratedKeys(), Set.of());
                return count;
            });
        }
        try (PreparedStatement p = c.prepareStatement("INSERT INTO keyed (v, s) VALUES (?, ?)", new String[] {"id"})) {
            p.setInt(1, 500);
            p.setString(2, "named");
            Db.attempt("named key", p::executeLargeUpdate);
            ResultSet keys = p.getGeneratedKeys();
            Db.metadata(keys.getMetaData());
            Db.rows(keys, Set.of());
        }
    }

    private static void batches(Connection c, Statement s) throws SQLException {
        for (String sql : new String[] {"INSERT INTO keyed (v, s) VALUES (?, 'a;b')", "UPDATE keyed SET v = v + 10000 WHERE v = ?", "INSERT INTO keyed (v) VALUES (?) ON DUPLICATE KEY UPDATE v = VALUES(v) + 20000",
                "DELETE FROM keyed WHERE v = ?", "REPLACE INTO keyed (v) VALUES (?)"}) {
            Db.attempt("batch " + sql, () -> {
                try (PreparedStatement p = c.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
                    for (int n = 0; n < 7; n++) {
                        p.setInt(1, 2000 + n);
                        p.addBatch();
                    }
                    int[] counts = p.executeBatch();
                    Db.rows(p.getGeneratedKeys(), Set.of());
                    return counts;
                }
            });
        }
        Db.attempt("large batch", () -> {
            try (PreparedStatement p = c.prepareStatement("INSERT INTO keyed (v, s) VALUES (?, ?)")) {
                for (int n = 0; n < 2000; n++) {
                    p.setInt(1, 100_000 + n);
                    if (n % 3 == 0) p.setNull(2, Types.VARCHAR); else p.setString(2, "näme " + n);
                    p.addBatch();
                }
                return p.executeBatch().length;
            }
        });
        Db.attempt("failing batch", () -> {
            try (PreparedStatement p = c.prepareStatement("INSERT INTO keyed (v) VALUES (?)")) {
                for (int v : new int[] {900_001, 900_002, 900_001, 900_003}) {
                    p.setInt(1, v);
                    p.addBatch();
                }
                return p.executeBatch();
            }
        });
        s.addBatch("INSERT INTO keyed (v) VALUES (5000)");
        s.addBatch("UPDATE keyed SET s = 'u' WHERE v = 5000");
        s.addBatch("DELETE FROM keyed WHERE v > 4000");
        Db.attempt("mixed", s::executeBatch);
        for (int n = 0; n < 6; n++) s.addBatch("INSERT INTO keyed (v) VALUES (" + (60_000 + n) + ")");
        Db.attempt("texts", s::executeBatch);
        Db.run(s, "SELECT COUNT(*), SUM(v) FROM keyed");
    }

    private static void updatable() throws Exception {
        for (String options : new String[] {"", "useServerPrepStmts=true"}) {
            Db.section("updatable result sets " + options);
            try (Connection c = Db.connect(options); Statement s = c.createStatement(ResultSet.TYPE_SCROLL_SENSITIVE, ResultSet.CONCUR_UPDATABLE)) {
                s.execute("DROP TABLE IF EXISTS edited");
                s.execute("CREATE TABLE edited (id INT PRIMARY KEY AUTO_INCREMENT, s VARCHAR(20), d DECIMAL(8,2), t DATETIME, b BLOB)");
                s.execute("INSERT INTO edited (s, d) VALUES ('a', 1), ('b', 2), ('c', 3)");
                Db.attempt("edit", () -> {
                    try (ResultSet rs = s.executeQuery("SELECT id, s, d, t, b FROM edited ORDER BY id")) {
                        Db.say("concurrency " + rs.getConcurrency() + " type " + rs.getType());
                        rs.absolute(2);
                        rs.updateString("s", "changed ü");
                        rs.updateBigDecimal("d", new java.math.BigDecimal("7.25"));
                        rs.updateTimestamp("t", Timestamp.valueOf("2024-02-29 01:02:03"));
                        rs.updateBytes("b", new byte[] {0, 39, -1});
                        rs.updateRow();
                        rs.refreshRow();
                        Db.say(rs.getString(2) + " " + rs.getBigDecimal(3));
                        rs.first();
                        rs.deleteRow();
                        rs.moveToInsertRow();
                        rs.updateString("s", "new");
                        rs.updateNull("d");
                        rs.insertRow();
                        rs.moveToCurrentRow();
                        rs.last();
                        return rs.getRow() + " " + rs.getInt(1) + " " + rs.getString(2);
                    }
                });
                Db.run(s, "SELECT * FROM edited ORDER BY id");
                Db.attempt("no key", () -> {
                    try (ResultSet rs = s.executeQuery("SELECT s FROM edited")) {
                        rs.next();
                        rs.updateString(1, "x");
                        rs.updateRow();
                        return "written";
                    }
                });
            }
        }
    }
}

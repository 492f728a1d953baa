import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.math.BigDecimal;
import java.sql.*;
import java.util.Set;

/** Prepared statements, on the client's side and on the server's, with cursors and long data. */
final class Prepared {
    static void run() throws Exception {
        for (String options : new String[] {"useServerPrepStmts=false", "useServerPrepStmts=true&cachePrepStmts=true"}) {
            try (Connection c = Db.connect(options); Statement s = c.createStatement()) {
                Db.section("prepared " + options);
                s.execute("DROP TABLE IF EXISTS prep");
                s.execute("CREATE TABLE prep (id INT PRIMARY KEY AUTO_INCREMENT, a BIGINT, d DOUBLE, f FLOAT, s VARCHAR(100), b LONGBLOB, t DATETIME(6), tm TIME, da DATE, e DECIMAL(20,5), z BOOLEAN)");
                values(c);
                routes(c);
                large(c);
            }
        }
        cursors();
    }

    private static void values(Connection c) throws SQLException {
        try (PreparedStatement p = c.prepareStatement("INSERT INTO prep (a,d,f,s,b,t,tm,da,e,z) VALUES (?,?,?,?,?,?,?,?,?,?)", Statement.RETURN_GENERATED_KEYS)) {
            for (int n = 0; n < 4; n++) {
                if (n < 3) {
                    p.setLong(1, n == 0 ? Long.MIN_VALUE : n);
                    p.setDouble(2, n / 4.0 - 1e100);
                    p.setFloat(3, 1.5f);
                    p.setString(4, "vär 😀 ' \\ " + n);
                    p.setBytes(5, new byte[] {0, -1, 39, (byte) n});
                    p.setTimestamp(6, Timestamp.valueOf("2024-02-29 01:02:03.000456"));
                    p.setTime(7, Time.valueOf("12:34:56"));
                    p.setDate(8, Date.valueOf("2024-02-29"));
                    p.setBigDecimal(9, new BigDecimal("-12345.67890"));
                    p.setBoolean(10, true);
                } else {
                    for (int i = 1; i <= 10; i++) p.setNull(i, Types.VARCHAR);
                }
                Db.attempt("insert", p::executeUpdate);
                Db.rows(p.getGeneratedKeys(), Set.of());
            }
        }
        for (String sql : new String[] {"SELECT * FROM prep WHERE id > ? ORDER BY id", "SELECT * FROM types WHERE id > ? ORDER BY id", "SELECT ? AS p, a FROM prep ORDER BY id LIMIT 1"}) {
            try (PreparedStatement p = c.prepareStatement(sql)) {
                if (p.getMetaData() != null) Db.metadata(p.getMetaData());
                for (int low = 0; low < 3; low++) {
                    p.setInt(1, low);
                    Db.attempt(sql, () -> { Db.rows(p.executeQuery(), Set.of()); return null; });
                }
                Db.say("parameters " + p.getParameterMetaData().getParameterCount());
            }
        }
    }

    /** Statements whose way may change between two executions of one handle. */
    private static void routes(Connection c) throws SQLException {
        for (String sql : new String[] {"SELECT * FROM nowhere WHERE a = ?", "SELEC ?", "INSERT INTO prep (id) VALUES (?)", "SELECT id FROM prep WHERE id = ? FOR UPDATE", "SET @p = ?", "SELECT @p + ?", "DO ?"}) {
            for (int n = 0; n < 2; n++) {
                Db.attempt(sql, () -> {
                    try (PreparedStatement p = c.prepareStatement(sql)) {
                        p.setInt(1, 1);
                        Db.all(p, p.execute());
                        return null;
                    }
                });
            }
        }
        try (PreparedStatement count = c.prepareStatement("SELECT COUNT(*) FROM prep"); PreparedStatement add = c.prepareStatement("INSERT INTO prep (a) VALUES (?)")) {
            int wrong = 0, before = number(count);
            for (int n = 0; n < 100; n++) {
                add.setInt(1, n);
                add.executeUpdate();
                if (number(count) != before + n + 1) wrong++;
            }
            Db.say("stale reads " + wrong);
            c.setAutoCommit(false);
            add.setInt(1, 1);
            add.executeUpdate();
            Db.say("inside " + (number(count) - before));
            c.rollback();
            Db.say("after rollback " + (number(count) - before));
            c.setAutoCommit(true);
        }
        try (PreparedStatement p = c.prepareStatement("SELECT DATABASE(), ?")) {
            p.setString(1, "x");
            Db.rows(p.executeQuery(), Set.of());
            c.setCatalog("information_schema");
            Db.rows(p.executeQuery(), Set.of());
            c.setCatalog(Db.SCHEMA);
        }
    }

    private static int number(PreparedStatement count) throws SQLException {
        try (ResultSet rs = count.executeQuery()) {
            rs.next();
            return rs.getInt(1);
        }
    }

    private static void large(Connection c) throws SQLException {
        byte[] blob = new byte[20_000_000];
        for (int i = 0; i < blob.length; i++) blob[i] = (byte) (i * 31 + i / 256);
        Db.say("blob " + Db.show(blob));
        try (PreparedStatement p = c.prepareStatement("INSERT INTO prep (id, b, s) VALUES (?, ?, ?)")) {
            p.setInt(1, 1001);
            p.setBytes(2, blob);
            p.setString(3, "bytes");
            Db.attempt("bytes", p::executeUpdate);
            p.setInt(1, 1002);
            p.setBinaryStream(2, new ByteArrayInputStream(blob), blob.length);
            p.setCharacterStream(3, new StringReader("streamed"));
            Db.attempt("stream (long data)", p::executeUpdate);
        }
        try (PreparedStatement p = c.prepareStatement("SELECT b, MD5(b), s FROM prep WHERE id > ? ORDER BY id")) {
            p.setInt(1, 1000);
            Db.rows(p.executeQuery(), Set.of());
        }
    }

    private static void cursors() throws Exception {
        Db.section("cursors and fetch size");
        String options = Db.MARIADB ? "useServerPrepStmts=true" : "useCursorFetch=true&useServerPrepStmts=true";
        try (Connection c = Db.connect(options)) {
            for (int size : new int[] {7, 1000, Db.MARIADB ? 1 : Integer.MIN_VALUE}) {
                int rows = size == 7 || size == 1 ? 2000 : 200_000;
                try (PreparedStatement p = c.prepareStatement("SELECT seq, MD5(seq) FROM seq_1_to_200000 WHERE seq <= ?", ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
                    p.setFetchSize(size);
                    p.setInt(1, rows);
                    try (ResultSet rs = p.executeQuery()) {
                        long count = 0, sum = 0;
                        while (rs.next()) {
                            count++;
                            sum = sum * 31 + rs.getLong(1) + rs.getString(2).hashCode();
                        }
                        Db.say(size + ": " + count + " rows, " + sum);
                    }
                    try (ResultSet rs = p.executeQuery()) {
                        rs.next();
                        Db.say("left after " + rs.getLong(1));
                    }
                }
                try (Statement s = c.createStatement()) {
                    Db.run(s, "SELECT 'next'");
                }
            }
        }
    }
}

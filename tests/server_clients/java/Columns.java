import java.io.*;
import java.math.*;
import java.sql.*;
import java.time.*;
import java.util.*;

/** Every column type in and out, through both protocols, through every getter that fits. */
final class Columns {
    static final String TABLE = "CREATE TABLE kinds (id INT PRIMARY KEY AUTO_INCREMENT, c_tiny TINYINT, c_utiny TINYINT UNSIGNED, c_bool BOOLEAN, c_small SMALLINT, c_usmall SMALLINT UNSIGNED,"
        + " c_medium MEDIUMINT, c_umedium MEDIUMINT UNSIGNED, c_int INT, c_uint INT UNSIGNED, c_big BIGINT, c_ubig BIGINT UNSIGNED, c_float FLOAT, c_double DOUBLE,"
        + " c_double2 DOUBLE(10,3), c_dec DECIMAL(30,10), c_dec0 DECIMAL(10,0), c_udec DECIMAL(65,30) UNSIGNED, c_bit BIT(10), c_bit1 BIT(1), c_bit64 BIT(64), c_date DATE, c_time TIME, c_time6 TIME(6),"
        + " c_dt DATETIME, c_dt6 DATETIME(6), c_ts TIMESTAMP NULL, c_ts3 TIMESTAMP(3) NULL, c_year YEAR, c_char CHAR(10), c_vc VARCHAR(100), c_vcl VARCHAR(100) CHARACTER SET latin1,"
        + " c_bin_vc VARCHAR(20) COLLATE utf8mb4_bin, c_ascii CHAR(5) CHARACTER SET ascii, c_binary BINARY(4), c_varbinary VARBINARY(20), c_tt TINYTEXT, c_text TEXT, c_mt MEDIUMTEXT, c_lt LONGTEXT,"
        + " c_textl TEXT CHARACTER SET latin1, c_tb TINYBLOB, c_blob BLOB, c_mb MEDIUMBLOB, c_lb LONGBLOB, c_enum ENUM('a','b','ü'), c_set SET('x','y','z'), c_json JSON) DEFAULT CHARACTER SET utf8mb4";
    static final String LOW = "INSERT INTO kinds VALUES (NULL, -128, 0, 0, -32768, 0, -8388608, 0, -2147483648, 0, -9223372036854775808, 0, -1.5, -1e300, -2500.125, -12345678901234567890.0123456789, -9999999999, 0,"
        + " b'0', b'0', b'0', '1000-01-01', '00:00:00', '00:00:00.000001', '1000-01-01 00:00:00', '1000-01-01 00:00:00.000001', '1970-01-01 00:00:01', '1970-01-01 00:00:01.001', 1901, '', '', '', '', '',"
        + " '', '', '', '', '', '', '', '', '', '', '', 'a', '', '[]')";
    static final String HIGH = "INSERT INTO kinds VALUES (NULL, 127, 255, 1, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615, 3.4e38, 1.7976931348623157e308,"
        + " 9999999.999, 99999999999999999999.9999999999, 9999999999, 12345678901234567890123456789012345.123456789012345678901234567891, b'1111111111', b'1', 18446744073709551615, '9999-12-31', '23:59:59',"
        + " '12:34:56.789012', '9999-12-31 23:59:59', '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07', '2024-02-29 12:00:00.123', 2155, 'chär 😀', 'vär 😀 ''\\\\', 'grüß', 'Bin', 'asc', x'00ff27',"
        + " x'00ff270a', 'tt', REPEAT('t', 400), 'mt', 'lt', 'grüß', x'00', x'0001', x'000102', x'00010203', 'ü', 'x,z', '{\"b\": [1, 2.5, null, true], \"a\": \"ü\"}')";
    static final String NULLS = "INSERT INTO kinds (id) VALUES (NULL)";

    interface Get { Object of(ResultSet rs, int column) throws Exception; }

    static void run() throws Exception {
        try (Connection c = Db.connect(""); Statement s = c.createStatement()) {
            Db.section("column types");
            s.execute(TABLE);
            for (String insert : new String[] {LOW, HIGH, NULLS}) s.execute(insert);
            Db.metadata(s.executeQuery("SELECT * FROM kinds").getMetaData());
            Db.metadata(s.executeQuery("SELECT id + 1 AS more, c_int * c_dec, c_tiny / 3, COUNT(*), SUM(c_int), AVG(c_int), SUM(c_double), MAX(c_vc), CONCAT(c_vc, 'x'), 'lit', 1, 1.50, 1e0, NULL, NOW(), NOW(3), CURDATE(),"
                + " CURTIME(), UUID(), c_date + INTERVAL 1 DAY, IFNULL(c_int, 0), CAST(c_vc AS BINARY), CAST(c_int AS DECIMAL(12,3)), c_int = 1, JSON_EXTRACT(c_json, '$.a'), LENGTH(c_text), SHA2(c_vc, 256), SUBSTRING(c_lt, 1),"
                + " COALESCE(c_enum, 'q'), GROUP_CONCAT(c_vc), BIT_OR(c_int), LAST_INSERT_ID(), VERSION() = '', CASE WHEN c_int > 1 THEN c_date END FROM kinds WHERE id = 2 GROUP BY id").getMetaData());
        }
        String cached = "useServerPrepStmts=true&cachePrepStmts=true";
        for (String options : new String[] {"useServerPrepStmts=false", "useServerPrepStmts=true&cachePrepStmts=false", cached, cached + "&yearIsDateType=false&tinyInt1isBit=false"}) {
            try (Connection c = Db.connect(options)) {
                Db.section("values out " + options);
                for (int again = 0; again < 2; again++) {
                    try (PreparedStatement p = c.prepareStatement("SELECT * FROM kinds WHERE id >= ? ORDER BY id")) {
                        p.setInt(1, 1);
                        Db.rows(p.executeQuery(), Set.of());
                    }
                }
                getters(c);
                Db.section("values in " + options);
                in(c);
            }
        }
    }

    private static void getters(Connection c) throws Exception {
        Map<String, Get> getters = new LinkedHashMap<>();
        getters.put("string", ResultSet::getString);
        getters.put("long", ResultSet::getLong);
        getters.put("boolean", ResultSet::getBoolean);
        getters.put("decimal", ResultSet::getBigDecimal);
        getters.put("double", ResultSet::getDouble);
        getters.put("bytes", ResultSet::getBytes);
        getters.put("timestamp", ResultSet::getTimestamp);
        getters.put("local datetime", (rs, i) -> rs.getObject(i, LocalDateTime.class));
        getters.put("local date", (rs, i) -> rs.getObject(i, LocalDate.class));
        getters.put("local time", (rs, i) -> rs.getObject(i, LocalTime.class));
        for (var getter : getters.entrySet()) {
            try (PreparedStatement p = c.prepareStatement("SELECT * FROM kinds WHERE id = ?")) {
                p.setInt(1, 2);
                try (ResultSet rs = p.executeQuery()) {
                    rs.next();
                    StringBuilder line = new StringBuilder("  " + getter.getKey());
                    for (int i = 2; i <= rs.getMetaData().getColumnCount(); i++) line.append(" | ").append(got(rs, i, getter.getValue()));
                    Db.say(line.toString());
                }
            }
        }
    }

    /** A value, or "-" where the driver refuses the conversion. */
    private static String got(ResultSet rs, int column, Get getter) {
        try {
            return Db.show(getter.of(rs, column));
        } catch (Exception refused) {
            return "-";
        }
    }

    private static void in(Connection c) throws Exception {
        try (Statement s = c.createStatement()) {
            s.execute("DELETE FROM kinds WHERE id > 3");
            s.execute("ALTER TABLE kinds AUTO_INCREMENT = 4");
        }
        Object[][] values = {
            {"c_tiny", (byte) -5}, {"c_bool", true}, {"c_small", (short) -300}, {"c_int", 70000}, {"c_big", 1L << 40}, {"c_ubig", new BigInteger("18446744073709551615")}, {"c_float", 1.25f},
            {"c_double", Math.PI}, {"c_dec", new BigDecimal("-12345678901234567890.0123456789")}, {"c_bit", 682}, {"c_bit1", true}, {"c_date", java.sql.Date.valueOf("2024-02-29")}, {"c_date", LocalDate.of(2023, 1, 2)},
            {"c_time", Time.valueOf("12:34:56")}, {"c_time6", LocalTime.of(1, 2, 3, 456_000)}, {"c_dt", Timestamp.valueOf("2024-02-29 01:02:03")}, {"c_dt6", Timestamp.valueOf("2024-02-29 01:02:03.000456")},
            {"c_dt6", LocalDateTime.of(2024, 2, 29, 1, 2, 3, 999_999_000)}, {"c_ts", Timestamp.valueOf("2024-02-29 01:02:03")}, {"c_ts3", OffsetDateTime.of(2024, 2, 29, 1, 2, 3, 4_000_000, ZoneOffset.UTC)},
            {"c_year", 2024}, {"c_char", "trailing  "}, {"c_vc", "vär 😀 ' \" \\ \n \0 %_"}, {"c_vcl", "grüß €"}, {"c_vcl", "表"}, {"c_ascii", "asc"}, {"c_binary", new byte[] {1, 0}}, {"c_varbinary", new byte[] {0, 39, -1, 92, 10, 26}},
            {"c_lt", "x".repeat(1000)}, {"c_lb", new byte[5000]}, {"c_enum", "ü"}, {"c_enum", "nope"}, {"c_set", "z,x"}, {"c_json", "{\"k\": \"ü\", \"a\": 1e2}"}, {"c_json", "{broken"}, {"c_tiny", 1000}, {"c_uint", -1}, {"c_vc", "y".repeat(101)},
            {"c_int", "12"}, {"c_int", "12x"}, {"c_date", "2024-02-30"}, {"c_dec", "1.23456789012"}, {"c_bool", null},
        };
        for (Object[] value : values) {
            String column = (String) value[0];
            // MySQL 9 takes the dates of MariaDB's drivers for malformed packets, in prepared statements
            Object given = Db.MARIADB && (value[1] instanceof java.sql.Date || value[1] instanceof LocalDate) ? value[1].toString() : value[1];
            Db.attempt(column + " <- " + Db.show(value[1]), () -> {
                try (PreparedStatement p = c.prepareStatement("INSERT INTO kinds (" + column + ") VALUES (?)", Statement.RETURN_GENERATED_KEYS)) {
                    p.setObject(1, given);
                    p.executeUpdate();
                    ResultSet keys = p.getGeneratedKeys();
                    keys.next();
                    return out(c, column, keys.getInt(1));
                }
            });
        }
        streams(c);
        zones();
    }

    private static Object out(Connection c, String column, int id) throws SQLException {
        try (PreparedStatement p = c.prepareStatement("SELECT " + column + " FROM kinds WHERE id = ?")) {
            p.setInt(1, id);
            ResultSet rs = p.executeQuery();
            return rs.next() ? rs.getObject(1) : "no row";
        }
    }

    private static void streams(Connection c) throws Exception {
        byte[] bytes = new byte[300_000];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (i * 31);
        try (PreparedStatement p = c.prepareStatement("INSERT INTO kinds (c_lb, c_lt, c_mb) VALUES (?, ?, ?)")) {
            p.setBinaryStream(1, new ByteArrayInputStream(bytes), bytes.length);
            p.setCharacterStream(2, new StringReader("ü".repeat(100_000)));
            Blob blob = c.createBlob();
            blob.setBytes(1, new byte[] {1, 2, 3});
            p.setBlob(3, blob);
            Db.attempt("streams", p::executeUpdate);
        }
        try (Statement s = c.createStatement()) {
            Db.run(s, "SELECT c_lb, c_lt, c_mb, SHA2(c_lb, 256), CHAR_LENGTH(c_lt) FROM kinds ORDER BY id DESC LIMIT 1");
        }
    }

    /** What one wall clock wrote, another reads. */
    private static void zones() throws Exception {
        String zoned = Db.MARIADB_2 ? "serverTimezone=GMT-05:00" : Db.MARIADB ? "timezone=-05:00" : "connectionTimeZone=GMT-05:00&forceConnectionTimeZoneToSession=true";
        try (Connection c = Db.connect(zoned); Statement s = c.createStatement()) {
            Db.attempt("zones", () -> {
                Db.run(s, "SELECT @@time_zone, c_ts, c_dt FROM kinds WHERE id = 2");
                try (PreparedStatement p = c.prepareStatement("UPDATE kinds SET c_ts = ?, c_dt = ? WHERE id = 3")) {
                    p.setTimestamp(1, Timestamp.valueOf("2024-07-01 12:00:00"));
                    p.setObject(2, LocalDateTime.of(2024, 7, 1, 12, 0));
                    p.executeUpdate();
                }
                Db.run(s, "SELECT c_ts, c_dt, UNIX_TIMESTAMP(c_ts) FROM kinds WHERE id = 3");
                return s.executeUpdate("UPDATE kinds SET c_ts = NULL, c_dt = NULL WHERE id = 3");
            });
        }
    }
}

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.sql.*;
import java.util.*;

/** Where the database is, how to connect to it, and how results become lines of the transcript. */
final class Db {
    static final String HOST = System.getenv("DB_HOST"), PORT = System.getenv("DB_PORT"), SCHEMA = System.getenv("DB_SCHEMA");
    static final String PASSWORD = System.getenv("DB_PASSWORD"), CA = System.getenv("DB_CA"), SCRATCH = System.getenv("DB_SCRATCH");
    /** Which driver is on the class path: their options have different names. */
    static final boolean MARIADB = isPresent("org.mariadb.jdbc.Driver");
    static final boolean MARIADB_2 = MARIADB && isPresent("org.mariadb.jdbc.MariaDbConnection");

    interface Action { Object run() throws Exception; }

    private Db() {}

    static boolean isPresent(String name) {
        try {
            Class.forName(name);
            return true;
        } catch (ClassNotFoundException absent) {
            return false;
        }
    }

    /** A JDBC URL for a schema ("" for none) with the driver's spelling of what every scenario needs, then `options`. */
    static String url(String schema, String options) {
        String start = MARIADB ? "jdbc:mariadb://" : "jdbc:mysql://";
        String base = MARIADB ? "allowPublicKeyRetrieval=true" : "allowPublicKeyRetrieval=true&allowLoadLocalInfile=true";
        if (!options.contains("ssl")) base += MARIADB_2 ? "&useSsl=false" : MARIADB ? "&sslMode=disable" : "&sslMode=DISABLED";
        return start + HOST + ":" + PORT + "/" + schema + "?" + base + (options.isEmpty() ? "" : "&" + options);
    }

    static Connection connect(String options) throws SQLException {
        return DriverManager.getConnection(url(SCHEMA, options), "app", PASSWORD);
    }

    /** Before one session reads what another wrote: all replicas have what the primary has. DB_SERVERS: the ports, the primary's first. */
    static void await_replicas() throws SQLException {
        String[] ports = System.getenv("DB_SERVERS").split(" ");
        if (ports.length == 1) return;
        String position = first(ports[0], "SELECT @@gtid_binlog_pos");
        for (int n = 1; n < ports.length; n++) first(ports[n], "SELECT MASTER_GTID_WAIT('" + position + "', 60)");
    }

    private static String first(String port, String query) throws SQLException {
        String url = url("", "").replace(":" + PORT + "/", ":" + port + "/");
        try (Connection c = DriverManager.getConnection(url, "app", PASSWORD); Statement s = c.createStatement(); ResultSet rs = s.executeQuery(query)) {
            rs.next();
            return rs.getString(1);
        }
    }

    /** TLS with the certificate checked against the cluster's authority, and its host name. */
    static String verified() throws Exception {
        if (MARIADB_2) return "useSsl=true&serverSslCert=" + CA;
        if (MARIADB) return "sslMode=verify-full&serverSslCert=" + CA;
        return "sslMode=VERIFY_IDENTITY&trustCertificateKeyStoreType=PKCS12&trustCertificateKeyStorePassword=changeit"
            + "&trustCertificateKeyStoreUrl=file:" + trustStore();
    }

    private static String trustStore() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (var in = new java.io.FileInputStream(CA)) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        String path = SCRATCH + "/trust.p12";
        try (var out = new java.io.FileOutputStream(path)) {
            store.store(out, "changeit".toCharArray());
        }
        return path;
    }

    static void section(String name) {
        System.out.println("\n## " + name);
    }

    static void say(String text) {
        System.out.println(text);
    }

    /** Runs an action; says what it gave, or the error with code and SQLSTATE. */
    static void attempt(String label, Action action) {
        try {
            Object result = action.run();
            say(label + ": ok" + (result == null ? "" : " " + show(result)));
        } catch (Throwable error) {
            say(label + ": " + describe(error));
        }
    }

    static String describe(Throwable error) {
        if (!(error instanceof SQLException e)) return error.getClass().getName() + " " + error.getMessage();
        // Whether a cancelled statement hears of it from the server or from the driver is a race within Connector/J.
        if (e.getClass().getSimpleName().equals("MySQLStatementCancelledException")) return "MySQLQueryInterruptedException 1317 70100 Query execution was interrupted";
        String text = e.getClass().getSimpleName() + " " + e.getErrorCode() + " " + e.getSQLState() + " " + tidy(e.getMessage());
        if (e instanceof BatchUpdateException batch) text += " counts " + Arrays.toString(batch.getUpdateCounts());
        return text;
    }

    /** Without connection ids, ports and times, which some drivers put into messages. */
    static String tidy(String message) {
        if (message == null) return "null";
        return message.replaceAll("\\(conn[:=]\\d+\\) *", "").replaceAll("conn[:=]\\d+", "conn").replace(":" + PORT, ":PORT").replace("=" + PORT, "=PORT")
            .replaceAll("[\\d,.]+ milliseconds", "N milliseconds").replaceAll("[0-9a-f]{8}([-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}", "UUID").replaceAll("\\s+", " ").replaceAll("java thread: .*", "").trim();
    }

    static String show(Object value) throws SQLException {
        if (value instanceof byte[] bytes) return bytes.length > 100 ? "bytes(" + bytes.length + ") " + md5(bytes) : "bytes " + HexFormat.of().formatHex(bytes);
        if (value instanceof Blob blob) return "blob " + show(blob.getBytes(1, (int) blob.length()));
        if (value instanceof String s && s.length() > 300) return "string(" + s.length() + ") " + md5(s.getBytes(StandardCharsets.UTF_8));
        if (value instanceof int[] a) return Arrays.toString(a);
        if (value instanceof long[] a) return Arrays.toString(a);
        if (value instanceof ResultSet rs) return "result set";
        return value == null ? "NULL" : value.getClass().getSimpleName() + " " + value;
    }

    static String md5(byte[] bytes) {
        try {
            return String.format("%032x", new BigInteger(1, MessageDigest.getInstance("MD5").digest(bytes)));
        } catch (java.security.GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** All columns' metadata, as far as JDBC tells it. */
    static void metadata(ResultSetMetaData m) throws SQLException {
        for (int i = 1; i <= m.getColumnCount(); i++) {
            say("  column " + String.join(" ", m.getCatalogName(i), m.getTableName(i), m.getColumnName(i), m.getColumnLabel(i), m.getColumnTypeName(i))
                + " " + m.getColumnType(i) + " " + m.getColumnClassName(i) + " size " + m.getColumnDisplaySize(i) + " precision " + m.getPrecision(i)
                + " scale " + m.getScale(i) + " nullable " + m.isNullable(i) + (m.isSigned(i) ? " signed" : "") + (m.isAutoIncrement(i) ? " auto" : ""));
        }
    }

    static void rows(ResultSet rs, Set<String> without) throws SQLException {
        ResultSetMetaData m = rs.getMetaData();
        while (rs.next()) {
            StringBuilder line = new StringBuilder("   ");
            for (int i = 1; i <= m.getColumnCount(); i++) {
                if (!without.contains(m.getColumnLabel(i))) line.append(i > 1 ? " | " : "").append(show(rs.getObject(i)));
            }
            say(line.toString());
        }
        rs.close();
    }

    /** Runs one statement with all its results. */
    static void run(Statement s, String sql) {
        attempt(sql.length() > 200 ? sql.substring(0, 200) : sql, () -> {
            boolean isResultSet = s.execute(sql);
            all(s, isResultSet);
            return null;
        });
    }

    static void all(Statement s, boolean isResultSet) throws SQLException {
        while (true) {
            if (isResultSet) {
                rows(s.getResultSet(), Set.of());
            } else if (s.getUpdateCount() == -1) {
                break;
            } else {
                say("   affected " + s.getUpdateCount());
            }
            isResultSet = s.getMoreResults();
        }
        for (SQLWarning w = s.getWarnings(); w != null; w = w.getNextWarning()) say("   warning " + w.getErrorCode() + " " + w.getSQLState() + " " + tidy(w.getMessage()));
    }
}

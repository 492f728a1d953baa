import java.sql.*;

/** Connecting, with and without TLS, and being refused. */
final class Connecting {
    static void run(boolean auth) throws Exception {
        Db.section(auth ? "signing in" : "connect");
        String tls = Db.verified();
        String unverified = Db.MARIADB_2 ? "useSsl=true&trustServerCertificate=true" : Db.MARIADB ? "sslMode=trust" : "sslMode=REQUIRED";
        sign("plain", Db.SCHEMA, "", "app", Db.PASSWORD);
        sign("plain again", Db.SCHEMA, "", "app", Db.PASSWORD);
        sign("tls", Db.SCHEMA, unverified, "app", Db.PASSWORD);
        sign("tls verified", Db.SCHEMA, tls, "app", Db.PASSWORD);
        sign("no schema", "", "", "app", Db.PASSWORD);
        sign("another account", Db.SCHEMA, "", "reader", Db.PASSWORD);
        sign("wrong password", Db.SCHEMA, "", "app", "wrong");
        sign("wrong password over tls", Db.SCHEMA, tls, "app", "wrong");
        sign("unknown schema", "test_nowhere", "", "app", Db.PASSWORD);
        if (auth) return;
        sign("empty password", Db.SCHEMA, "", "nopass", "");
        sign("unknown user", Db.SCHEMA, "", "nobody", "x");
        sign("tls required, with", Db.SCHEMA, tls, "secure", Db.PASSWORD);
        sign("tls required, without", Db.SCHEMA, "", "secure", Db.PASSWORD);
        sign("session variables", Db.SCHEMA, "sessionVariables=sql_mode='ANSI_QUOTES',max_join_size=1000", "app", Db.PASSWORD);
    }

    private static void sign(String label, String schema, String options, String user, String password) {
        Db.attempt(label, () -> {
            try (Connection c = DriverManager.getConnection(Db.url(schema, options), user, password); Statement s = c.createStatement()) {
                Db.run(s, "SELECT DATABASE(), CURRENT_USER(), USER(), @@sql_mode");
                return c.isValid(5) + " " + c.getCatalog() + " " + c.getMetaData().getUserName();
            }
        });
    }
}

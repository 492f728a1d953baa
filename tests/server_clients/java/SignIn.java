import java.sql.*;

/** Connecting, with and without TLS, and being refused. */
final class SignIn {
    static void run() throws Exception {
        Db.section("sign in");
        String tls = Db.verified();
        String unverified = Db.MARIADB_2 ? "useSsl=true&trustServerCertificate=true" : Db.MARIADB ? "sslMode=trust" : "sslMode=REQUIRED";
        sign("plain", Db.SCHEMA, "", "app", Db.PASSWORD);
        sign("tls", Db.SCHEMA, unverified, "app", Db.PASSWORD);
        sign("tls verified", Db.SCHEMA, tls, "app", Db.PASSWORD);
        sign("no schema", "", "", "app", Db.PASSWORD);
        sign("wrong password", Db.SCHEMA, "", "app", "wrong");
        sign("wrong password over tls", Db.SCHEMA, tls, "app", "wrong");
        sign("unknown schema", "test_nowhere", "", "app", Db.PASSWORD);
        sign("made when absent", Db.SCHEMA + "_made", "createDatabaseIfNotExist=true", "app", Db.PASSWORD);
        sign("unknown user", Db.SCHEMA, "", "nobody", "x");
        sign("tls required, with", Db.SCHEMA, unverified, "secure", Db.PASSWORD);
        sign("tls required, without", Db.SCHEMA, "", "secure", Db.PASSWORD);
        sign("session variables", Db.SCHEMA, "sessionVariables=sql_mode='ANSI_QUOTES',max_join_size=1000", "app", Db.PASSWORD);
        sign("all packets traced", Db.SCHEMA, Db.MARIADB ? "dumpQueriesOnException=true" : "profileSQL=false&useInformationSchema=true&useUsageAdvisor=false", "app", Db.PASSWORD);
    }

    private static void sign(String label, String schema, String options, String user, String password) {
        Db.attempt(label, () -> {
            try (Connection c = DriverManager.getConnection(Db.url(schema, options), user, password); Statement s = c.createStatement()) {
                Db.run(s, "SELECT DATABASE(), CURRENT_USER(), @@autocommit, @@character_set_client, @@max_join_size = 1000, LOCATE('ANSI_QUOTES', @@sql_mode)");
                return c.isValid(5) + " " + c.getCatalog();
            }
        });
    }
}

/** The JDBC client: the same program for MariaDB Connector/J 2 and 3 and for MySQL Connector/J. */
public final class Main {
    public static void main(String[] args) throws Exception {
        // times of day must not depend on the machine
        java.util.TimeZone.setDefault(java.util.TimeZone.getTimeZone("UTC"));
        boolean auth = "auth".equals(System.getenv("DB_SCENARIO"));
        Connecting.run(auth);
        if (!auth) {
            Statements.run();
            Prepared.run();
            Transactions.run();
            Catalog.run();
            Bulk.run();
            Pool.run();
        }
        Db.say("\n## end");
        System.exit(0);
    }
}

/** The JDBC program for the bundled server: what an application, an ORM or a tool asks of MySQL through a driver. */
public final class ServerMain {
    public static void main(String[] args) throws Exception {
        // times of day must not depend on the machine
        java.util.TimeZone.setDefault(java.util.TimeZone.getTimeZone("UTC"));
        try (var c = Db.connect(""); var s = c.createStatement()) {
            s.execute("DROP DATABASE IF EXISTS " + Db.SCHEMA);
            s.execute("CREATE DATABASE " + Db.SCHEMA);
        }
        SignIn.run();
        Columns.run();
        Schema.run();
        Keys.run();
        Reading.run();
        Sessions.run();
        Pool.run();
        Db.say("\n## end");
        System.exit(0);
    }
}

import java.sql.*;

/** Transactions through JDBC's own verbs; what a session keeps; what a connection's verbs do to it. */
final class Transactions {
    static void run() throws Exception {
        Db.section("transactions");
        try (Connection c = Db.connect(""); Statement s = c.createStatement(); Connection other = Db.connect(""); Statement o = other.createStatement()) {
            // By the session that reads it next: another one's may reach a replica before the table does.
            o.execute("CREATE TABLE tx (a INT PRIMARY KEY)");
            c.setAutoCommit(false);
            s.execute("INSERT INTO tx VALUES (1)");
            Db.run(o, "SELECT COUNT(*) FROM tx");
            c.commit();
            Db.run(o, "SELECT COUNT(*) FROM tx FOR UPDATE");
            s.execute("INSERT INTO tx VALUES (2)");
            Savepoint point = c.setSavepoint("point");
            s.execute("INSERT INTO tx VALUES (3)");
            c.rollback(point);
            Savepoint unnamed = c.setSavepoint();
            s.execute("INSERT INTO tx VALUES (4)");
            c.releaseSavepoint(unnamed);
            Db.run(s, "INSERT INTO tx VALUES (4)");
            c.commit();
            Db.run(s, "SELECT * FROM tx ORDER BY a");
            c.rollback();
            readOnly(c, s);
            for (int level : new int[] {Connection.TRANSACTION_READ_COMMITTED, Connection.TRANSACTION_SERIALIZABLE, Connection.TRANSACTION_REPEATABLE_READ}) {
                c.setTransactionIsolation(level);
                Db.say("isolation " + c.getTransactionIsolation());
                Db.run(s, "SELECT @@tx_isolation");
                c.commit();
            }
            c.setAutoCommit(true);
            lockWait(c, s, other, o);
            Db.say("network timeout " + c.getNetworkTimeout() + " schema " + c.getSchema() + " catalog " + c.getCatalog() + " " + c.getAutoCommit());
        }
        state();
    }

    private static void readOnly(Connection c, Statement s) throws SQLException {
        c.setReadOnly(true);
        Db.run(s, "SELECT COUNT(*) FROM tx");
        Db.run(s, "INSERT INTO tx VALUES (10)");
        c.rollback();
        c.setReadOnly(false);
        Db.run(s, "INSERT INTO tx VALUES (10)");
        c.commit();
        c.setAutoCommit(true);
        for (String sql : new String[] {"SET SESSION TRANSACTION READ ONLY", "SELECT COUNT(*) FROM tx", "INSERT INTO tx VALUES (11)", "SET SESSION TRANSACTION READ WRITE", "START TRANSACTION READ ONLY",
                "SELECT COUNT(*) FROM tx", "INSERT INTO tx VALUES (12)", "ROLLBACK", "INSERT INTO tx VALUES (13)"}) {
            Db.run(s, sql);
        }
        c.setAutoCommit(false);
    }

    private static void lockWait(Connection c, Statement s, Connection other, Statement o) throws SQLException {
        c.setAutoCommit(false);
        s.execute("UPDATE tx SET a = a WHERE a = 1");
        s.execute("SELECT * FROM tx WHERE a = 1 FOR UPDATE");
        o.execute("SET innodb_lock_wait_timeout = 1");
        Db.run(o, "UPDATE tx SET a = 100 WHERE a = 1");
        c.rollback();
        c.setAutoCommit(true);
    }

    private static void state() throws Exception {
        Db.section("what a session keeps");
        try (Connection c = Db.connect(Db.MARIADB ? "" : "connectionCollation=utf8mb4_unicode_ci"); Statement s = c.createStatement()) {
            for (String sql : new String[] {"SET @x = 5, time_zone = '+02:00'", "SET sql_mode = 'ANSI_QUOTES'", "SELECT @x, @@time_zone, @@sql_mode", "SELECT @x, @@time_zone, @@sql_mode",
                    "CREATE TEMPORARY TABLE temp (a INT)", "INSERT INTO temp VALUES (1)", "SELECT * FROM temp", "SELECT \"a\" FROM temp", "DROP TEMPORARY TABLE temp",
                    "SELECT LAST_INSERT_ID(7)", "SELECT LAST_INSERT_ID()", "SELECT SQL_CALC_FOUND_ROWS a FROM tx LIMIT 1", "SELECT FOUND_ROWS()", "SELECT @n := 3", "SELECT @n",
                    "SELECT GET_LOCK('jdbc', 0), RELEASE_LOCK('jdbc')", "SELECT @@collation_connection, @@character_set_client, @@character_set_results"}) {
                Db.run(s, sql);
            }
            c.setCatalog("information_schema");
            Db.run(s, "SELECT DATABASE()");
            Db.attempt("unknown catalog", () -> { c.setCatalog("test_nowhere"); return c.getCatalog(); });
            Db.say("valid " + c.isValid(2));
        }
    }
}

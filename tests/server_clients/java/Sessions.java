import java.sql.*;

/** Transactions through JDBC's own verbs, what a session keeps, and what a connection's verbs do to it. */
final class Sessions {
    static void run() throws Exception {
        Db.section("transactions");
        try (Connection c = Db.connect(""); Statement s = c.createStatement(); Connection other = Db.connect(""); Statement o = other.createStatement()) {
            o.execute("CREATE TABLE tx (a INT PRIMARY KEY, v INT)");
            savepoints(c, s, o);
            readOnly(c, s);
            isolation(c, s, o);
            locks(c, s, o);
            deadlock(c, s, other, o);
            Db.say("network timeout " + c.getNetworkTimeout() + " catalog " + c.getCatalog() + " " + c.getAutoCommit());
            Db.attempt("deferred", () -> { c.setNetworkTimeout(Runnable::run, 60_000); return c.getNetworkTimeout(); });
        }
        state();
    }

    private static void savepoints(Connection c, Statement s, Statement o) throws SQLException {
        c.setAutoCommit(false);
        s.execute("INSERT INTO tx VALUES (1, 1)");
        Db.run(o, "SELECT COUNT(*) FROM tx");
        c.commit();
        Db.run(o, "SELECT COUNT(*) FROM tx FOR UPDATE");
        s.execute("INSERT INTO tx VALUES (2, 2)");
        Savepoint point = c.setSavepoint("point");
        s.execute("INSERT INTO tx VALUES (3, 3)");
        c.rollback(point);
        Savepoint unnamed = c.setSavepoint();
        s.execute("INSERT INTO tx VALUES (4, 4)");
        c.releaseSavepoint(unnamed);
        Db.attempt("released", () -> { c.rollback(unnamed); return null; });
        Db.run(s, "INSERT INTO tx VALUES (4, 4)");
        c.commit();
        Db.run(s, "SELECT * FROM tx ORDER BY a");
        c.rollback();
    }

    private static void readOnly(Connection c, Statement s) throws SQLException {
        c.setReadOnly(true);
        Db.run(s, "SELECT COUNT(*) FROM tx");
        Db.run(s, "INSERT INTO tx VALUES (10, 1)");
        c.rollback();
        Db.say("read only " + c.isReadOnly());
        c.setReadOnly(false);
        Db.run(s, "INSERT INTO tx VALUES (10, 1)");
        c.commit();
        c.setAutoCommit(true);
        for (String sql : new String[] {"SET SESSION TRANSACTION READ ONLY", "SELECT COUNT(*) FROM tx", "INSERT INTO tx VALUES (11, 1)", "SET SESSION TRANSACTION READ WRITE", "START TRANSACTION READ ONLY",
                "SELECT COUNT(*) FROM tx", "INSERT INTO tx VALUES (12, 1)", "ROLLBACK", "INSERT INTO tx VALUES (13, 1)"}) {
            Db.run(s, sql);
        }
    }

    private static void isolation(Connection c, Statement s, Statement o) throws SQLException {
        c.setAutoCommit(false);
        for (int level : new int[] {Connection.TRANSACTION_READ_UNCOMMITTED, Connection.TRANSACTION_READ_COMMITTED, Connection.TRANSACTION_REPEATABLE_READ}) {
            c.setTransactionIsolation(level);
            Db.say("isolation " + c.getTransactionIsolation());
            Db.run(s, "SELECT @@transaction_isolation, v FROM tx WHERE a = 1");
            o.execute("UPDATE tx SET v = v + 1 WHERE a = 1");
            Db.run(s, "SELECT v FROM tx WHERE a = 1");
            c.commit();
        }
        c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        o.execute("SET innodb_lock_wait_timeout = 1");
        Db.run(s, "SELECT v FROM tx WHERE a = 1");
        Db.run(o, "UPDATE tx SET v = v + 1 WHERE a = 1");
        c.commit();
        c.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    }

    private static void locks(Connection c, Statement s, Statement o) throws SQLException {
        Db.run(s, "SELECT * FROM tx WHERE a = 1 FOR UPDATE");
        Db.run(o, "UPDATE tx SET a = 100 WHERE a = 1");
        Db.run(o, "SELECT * FROM tx WHERE a = 1 FOR UPDATE NOWAIT");
        Db.run(o, "SELECT * FROM tx WHERE a < 3 FOR UPDATE SKIP LOCKED");
        Db.run(o, "SELECT * FROM tx WHERE a = 1 FOR SHARE");
        c.rollback();
        Db.run(o, "SELECT * FROM tx WHERE a = 1 LOCK IN SHARE MODE");
    }

    /** Two transactions, each waiting for the other's row: the one that has written less is rolled back. */
    private static void deadlock(Connection c, Statement s, Connection other, Statement o) throws Exception {
        o.execute("SET innodb_lock_wait_timeout = 20");
        other.setAutoCommit(false);
        s.execute("UPDATE tx SET v = v + 1 WHERE a IN (1, 4, 10)");
        o.execute("UPDATE tx SET v = v + 1 WHERE a = 2");
        Thread waiter = new Thread(() -> Db.attempt("the heavier one", () -> s.executeUpdate("UPDATE tx SET v = 0 WHERE a = 2")));
        waiter.start();
        Thread.sleep(500);
        Object[] outcome = {null};
        try {
            o.executeUpdate("UPDATE tx SET v = 0 WHERE a = 1");
        } catch (SQLException victim) {
            outcome[0] = Db.describe(victim);
        }
        waiter.join();
        Db.say("the lighter one: " + outcome[0]);
        other.rollback();
        c.commit();
        other.setAutoCommit(true);
        c.setAutoCommit(true);
        Db.run(s, "SELECT * FROM tx ORDER BY a");
    }

    private static void state() throws Exception {
        Db.section("what a session keeps");
        try (Connection c = Db.connect(Db.MARIADB ? "" : "connectionCollation=utf8mb4_unicode_ci"); Statement s = c.createStatement()) {
            for (String sql : new String[] {"SET @x = 5, time_zone = '+02:00'", "SELECT @x, @@time_zone", "CREATE TEMPORARY TABLE temp (a INT)", "INSERT INTO temp VALUES (1)", "SELECT * FROM temp", "DROP TEMPORARY TABLE temp",
                    "SELECT LAST_INSERT_ID(7)", "SELECT LAST_INSERT_ID()", "SELECT SQL_CALC_FOUND_ROWS a FROM tx ORDER BY a LIMIT 1", "SELECT FOUND_ROWS()", "SELECT GET_LOCK('jdbc', 0), IS_FREE_LOCK('jdbc'), RELEASE_LOCK('jdbc')",
                    "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')", "SELECT \"a\" FROM tx WHERE \"a\" = 1", "SET sql_mode = DEFAULT"}) {
                Db.run(s, sql);
            }
            if (!Db.MARIADB) Db.run(s, "SELECT @@collation_connection, @@character_set_client, @@character_set_results");
            c.setCatalog("information_schema");
            Db.run(s, "SELECT DATABASE()");
            Db.attempt("unknown catalog", () -> { c.setCatalog("test_nowhere"); return c.getCatalog(); });
            Db.say("valid " + c.isValid(2));
        }
    }
}

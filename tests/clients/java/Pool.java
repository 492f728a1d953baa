import com.zaxxer.hikari.*;
import java.sql.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicInteger;

/** HikariCP as an application server uses it: several threads, transactions, checks of idle connections. */
final class Pool {
    static void run() throws Exception {
        Db.section("HikariCP");
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(Db.url(Db.SCHEMA, "useServerPrepStmts=true&cachePrepStmts=true"));
        config.setUsername("app");
        config.setPassword(Db.PASSWORD);
        config.setMaximumPoolSize(5);
        config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        config.setConnectionInitSql("SET @pooled = 1");
        config.setCatalog(Db.SCHEMA);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            try (Connection c = pool.getConnection(); Statement s = c.createStatement()) {
                s.execute("CREATE TABLE pooled (id INT PRIMARY KEY, v INT)");
                Db.run(s, "SELECT @pooled, @@tx_isolation, DATABASE()");
            }
            Db.await_replicas();
            AtomicInteger wrong = new AtomicInteger();
            ExecutorService threads = Executors.newFixedThreadPool(8);
            for (int t = 0; t < 8; t++) {
                int thread = t;
                threads.submit(() -> work(pool, thread, wrong));
            }
            threads.shutdown();
            Db.say("finished " + threads.awaitTermination(60, TimeUnit.SECONDS) + ", wrong " + wrong.get());
            Db.await_replicas();
            try (Connection c = pool.getConnection(); Statement s = c.createStatement()) {
                Db.run(s, "SELECT COUNT(*), SUM(v) FROM pooled");
                Db.run(s, "SELECT * FROM nowhere");
            }
            read_only_pool(pool);
        }
    }

    private static void read_only_pool(HikariDataSource pool) throws SQLException {
        try (Connection c = pool.getConnection(); Statement s = c.createStatement()) {
            c.setReadOnly(true);
            c.setAutoCommit(false);
            Db.run(s, "SELECT COUNT(*) FROM pooled");
            Db.run(s, "DELETE FROM pooled");
            c.rollback();
        }
        try (Connection c = pool.getConnection(); Statement s = c.createStatement()) {
            Db.run(s, "UPDATE pooled SET v = 0 WHERE id = 0");
        }
    }

    /** Twenty times: a committed insert must be seen at once, a rolled back one never. */
    private static void work(HikariDataSource pool, int thread, AtomicInteger wrong) {
        for (int n = 0; n < 20; n++) {
            int id = thread * 100 + n;
            try (Connection c = pool.getConnection()) {
                c.setAutoCommit(false);
                try (PreparedStatement p = c.prepareStatement("INSERT INTO pooled VALUES (?, ?)")) {
                    p.setInt(1, id);
                    p.setInt(2, n);
                    p.executeUpdate();
                }
                boolean keep = n % 2 == 0;
                if (keep) c.commit(); else c.rollback();
                c.setAutoCommit(true);
                try (PreparedStatement p = c.prepareStatement("SELECT COUNT(*) FROM pooled WHERE id = ?")) {
                    p.setInt(1, id);
                    try (ResultSet rs = p.executeQuery()) {
                        rs.next();
                        if (rs.getInt(1) != (keep ? 1 : 0)) wrong.incrementAndGet();
                    }
                }
            } catch (SQLException e) {
                wrong.incrementAndGet();
                Db.say(Db.describe(e));
            }
        }
    }
}

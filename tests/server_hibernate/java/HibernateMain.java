import java.util.Arrays;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;

/** A small Hibernate application: its schema made by Hibernate, its tests, and its next start. The last line is `ok`. */
public final class HibernateMain {
    interface Step { void run() throws Exception; }

    public static void main(String[] args) throws Exception {
        // times of day must not depend on the machine
        java.util.TimeZone.setDefault(java.util.TimeZone.getTimeZone("UTC"));
        try (SessionFactory factory = start("create-only", Shop.ENTITIES)) {
            Check.factory = factory;
            step("values", Values::run);
            step("relations", Relations::run);
            step("generators", Generators::run);
            step("queries", Queries::run);
            step("batches", Batches::run);
            step("locks", Locks::run);
        }
        step("second start, validated", () -> again("validate", Shop.ENTITIES));
        step("third start, updated", () -> again("update", with(Shop.ENTITIES)));
        step("next version", HibernateMain::nextVersion);
        System.out.println("ok");
        System.exit(0);
    }

    private static void step(String name, Step step) throws Exception {
        step.run();
        System.out.println(name);
        System.out.flush();
    }

    /** An application as it starts: `way` is what Hibernate does about the schema. */
    static SessionFactory start(String way, Class<?>[] entities) {
        Configuration configuration = new Configuration();
        configuration.setProperty("hibernate.connection.url", System.getenv("DB_URL"));
        // By this driver's name Hibernate takes the server for a MariaDB, whatever the server says it is; and the driver says
        // nothing of the case of names, of which Hibernate makes upper case. So it is told what it may not ask.
        if (System.getenv("DB_URL").startsWith("jdbc:mariadb")) {
            configuration.setProperty("jakarta.persistence.database-product-name", "MySQL");
            configuration.setProperty("jakarta.persistence.database-major-version", "9");
            configuration.setProperty("hibernate.boot.allow_jdbc_metadata_access", "false");
            configuration.setProperty("hibernate.default_catalog", System.getenv("DB_URL").replaceAll("^.*/|[?].*$", ""));
        }
        configuration.setProperty("hibernate.connection.username", "app");
        configuration.setProperty("hibernate.connection.password", System.getenv("DB_PASSWORD"));
        configuration.setProperty("hibernate.connection.provider_class", "org.hibernate.hikaricp.internal.HikariCPConnectionProvider");
        configuration.setProperty("hibernate.hikari.maximumPoolSize", "10");
        configuration.setProperty("hibernate.hbm2ddl.auto", way);
        configuration.setProperty("hibernate.hbm2ddl.halt_on_error", "true");
        configuration.setProperty("hibernate.jdbc.batch_size", "50");
        configuration.setProperty("hibernate.order_inserts", "true");
        configuration.setProperty("hibernate.order_updates", "true");
        configuration.setProperty("hibernate.jdbc.time_zone", "UTC");
        configuration.setProperty("hibernate.show_sql", System.getenv().getOrDefault("DB_SHOW_SQL", "false"));
        for (Class<?> entity : entities) configuration.addAnnotatedClass(entity);
        return configuration.buildSessionFactory();
    }

    private static Class<?>[] with(Class<?>[] entities) {
        return Arrays.copyOf(entities, entities.length);
    }

    /** What the first start wrote is found by the next one. */
    private static void again(String way, Class<?>[] entities) {
        try (SessionFactory factory = start(way, entities)) {
            Check.factory = factory;
            Check.in(s -> {
                Check.same(s.createQuery("select count(*) from Kinds", Long.class).getSingleResult(), 3L);
                Check.same(s.bySimpleNaturalId(Shop.Author.class).load("Änna 🐍").nicknames, java.util.List.of("A", "Änn", "C"));
            });
        }
    }

    /** A version with another column and another table: `update` adds both, and keeps the rows. */
    private static void nextVersion() {
        try (SessionFactory factory = start("update", new Class<?>[] {Shop.Tag2.class, Shop.Note.class})) {
            Check.factory = factory;
            Check.in(s -> {
                Shop.Tag2 tag = s.find(Shop.Tag2.class, "red");
                Check.same(tag.colour, "none");
                Shop.Note note = new Shop.Note();
                note.tag = tag;
                note.text = "new";
                s.persist(note);
            });
            Check.in(s -> Check.same(s.createQuery("select n.tag.word from Note n where n.text like 'n%'", String.class).getSingleResult(), "red"));
        }
        try (SessionFactory factory = start("validate", new Class<?>[] {Shop.Tag2.class, Shop.Note.class})) {
            Check.factory = factory;
            factory.getSchemaManager().truncateMappedObjects();
            Check.in(s -> Check.same(s.createQuery("select count(*) from Tag2", Long.class).getSingleResult(), 0L));
        }
    }
}

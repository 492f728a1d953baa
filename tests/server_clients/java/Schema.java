import java.sql.*;
import java.util.*;

/** DatabaseMetaData: what tools and ORMs ask before anything else. */
final class Schema {
    interface Ask { ResultSet of(DatabaseMetaData m, String catalog, String schema) throws SQLException; }

    static void run() throws Exception {
        try (Connection c = Db.connect(""); Statement s = c.createStatement()) {
            s.execute("CREATE TABLE parent (id INT PRIMARY KEY, code VARCHAR(10), other INT NOT NULL, UNIQUE KEY code (code), KEY several (other, code DESC)) COMMENT 'the parents'");
            s.execute("CREATE TABLE child (a INT, b BIGINT UNSIGNED, parent_id INT, code VARCHAR(10) DEFAULT 'dflt' COMMENT 'a comment', made TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,"
                + " twice INT GENERATED ALWAYS AS (a * 2) STORED, thrice INT AS (a * 3) VIRTUAL, price DECIMAL(10,2) NOT NULL DEFAULT 1.50, kind ENUM('p','q') NOT NULL DEFAULT 'p', PRIMARY KEY (b, a),"
                + " CONSTRAINT to_parent FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE, CONSTRAINT to_code FOREIGN KEY (code) REFERENCES parent (code) ON DELETE SET NULL ON UPDATE CASCADE, CHECK (a > 0))");
            s.execute("CREATE TABLE keyless (a INT, `odd name` INT, UNIQUE KEY (a))");
            s.execute("CREATE VIEW both_of AS SELECT p.code, c.a, c.price FROM parent p JOIN child c ON c.parent_id = p.id");
        }
        List<String> modes = Db.MARIADB ? List.of("") : List.of("useInformationSchema=true", "useInformationSchema=false", "databaseTerm=SCHEMA&nullDatabaseMeansCurrent=true");
        for (String mode : modes) {
            try (Connection c = Db.connect(mode)) {
                Db.section("metadata " + mode);
                ask(c.getMetaData(), mode.contains("SCHEMA"));
            }
        }
    }

    private static void ask(DatabaseMetaData m, boolean schemas) throws SQLException {
        Db.say(m.getDatabaseProductName() + " " + m.getIdentifierQuoteString() + " " + m.storesLowerCaseIdentifiers() + " " + m.supportsMixedCaseIdentifiers() + " " + m.getDefaultTransactionIsolation()
            + " " + m.supportsTransactions() + " " + m.supportsSavepoints() + " " + m.supportsGetGeneratedKeys() + " " + m.supportsBatchUpdates() + " " + m.getCatalogTerm() + " " + m.getSchemaTerm());
        ask(m, schemas, "tables", (d, c, s) -> d.getTables(c, s, "%", null));
        ask(m, schemas, "views", (d, c, s) -> d.getTables(c, s, "%o%", new String[] {"VIEW"}));
        ask(m, schemas, "only tables", (d, c, s) -> d.getTables(c, s, "_hild", new String[] {"TABLE"}));
        ask(m, schemas, "system tables", (d, c, s) -> d.getTables("nowhere", "nowhere", "%", new String[] {"SYSTEM TABLE", "SYSTEM VIEW"}));
        for (String table : new String[] {"kinds", "child", "both_of", "nowhere"}) ask(m, schemas, "columns of " + table, (d, c, s) -> d.getColumns(c, s, table, "%"));
        ask(m, schemas, "columns p%", (d, c, s) -> d.getColumns(c, s, "%", "p%"));
        for (String table : new String[] {"kinds", "child", "keyless"}) ask(m, schemas, "primary key of " + table, (d, c, s) -> d.getPrimaryKeys(c, s, table));
        for (String table : new String[] {"parent", "child", "keyless"}) ask(m, schemas, "indexes of " + table, (d, c, s) -> d.getIndexInfo(c, s, table, false, true), "CARDINALITY");
        ask(m, schemas, "unique indexes", (d, c, s) -> d.getIndexInfo(c, s, "parent", true, false), "CARDINALITY");
        ask(m, schemas, "imported", (d, c, s) -> d.getImportedKeys(c, s, "child"));
        ask(m, schemas, "exported", (d, c, s) -> d.getExportedKeys(c, s, "parent"));
        ask(m, schemas, "cross", (d, c, s) -> d.getCrossReference(c, s, "parent", c, s, "child"));
        ask(m, schemas, "procedures", (d, c, s) -> d.getProcedures(c, s, "%"));
        ask(m, schemas, "procedure columns", (d, c, s) -> d.getProcedureColumns(c, s, "%", "%"));
        ask(m, schemas, "functions", (d, c, s) -> d.getFunctions(c, s, "%"));
        ask(m, schemas, "function columns", (d, c, s) -> d.getFunctionColumns(c, s, "%", "%"));
        ask(m, schemas, "types", (d, c, s) -> d.getTypeInfo());
        ask(m, schemas, "best row", (d, c, s) -> d.getBestRowIdentifier(c, s, "child", DatabaseMetaData.bestRowSession, true));
        ask(m, schemas, "version columns", (d, c, s) -> d.getVersionColumns(c, s, "child"));
        ask(m, schemas, "table privileges", (d, c, s) -> d.getTablePrivileges(c, s, "child"));
        ask(m, schemas, "column privileges", (d, c, s) -> d.getColumnPrivileges(c, s, "child", "a"));
        ask(m, schemas, "table types", (d, c, s) -> d.getTableTypes());
        ask(m, schemas, "client info", (d, c, s) -> d.getClientInfoProperties());
        ask(m, schemas, "pseudo columns", (d, c, s) -> d.getPseudoColumns(c, s, "child", "%"));
        ask(m, schemas, "catalogs", (d, c, s) -> d.getCatalogs());
        ask(m, schemas, "schemas", (d, c, s) -> d.getSchemas());
    }

    private static void ask(DatabaseMetaData m, boolean schemas, String label, Ask question, String... without) {
        Db.attempt(label, () -> {
            try (ResultSet rs = question.of(m, schemas ? null : Db.SCHEMA, schemas ? Db.SCHEMA : null)) {
                // which other schemas there are is not what is asked
                if (label.equals("schemas") || label.equals("catalogs")) {
                    boolean found = false;
                    while (rs.next()) found |= rs.getString(1).equals(Db.SCHEMA);
                    return found;
                }
                rows(rs, Set.of(without), label);
                return null;
            }
        });
    }

    /** The rows without the classes of their numbers, which depend on the server's plan; where no order is promised, sorted. */
    private static void rows(ResultSet rs, Set<String> without, String label) throws SQLException {
        List<String> lines = new ArrayList<>();
        ResultSetMetaData m = rs.getMetaData();
        while (rs.next()) {
            StringJoiner line = new StringJoiner(" | ", "   ", "");
            for (int i = 1; i <= m.getColumnCount(); i++) if (!without.contains(m.getColumnLabel(i))) line.add(String.valueOf(rs.getObject(i)));
            lines.add(line.toString());
        }
        if (Set.of("imported", "exported", "cross").contains(label)) Collections.sort(lines);
        lines.forEach(Db::say);
    }
}

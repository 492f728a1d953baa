import java.sql.*;
import java.util.Set;

/** DatabaseMetaData: what tools ask before anything else. */
final class Catalog {
    interface Ask { ResultSet of(DatabaseMetaData m) throws SQLException; }

    static void run() throws Exception {
        Db.section("catalog");
        try (Connection c = Db.connect(""); Statement s = c.createStatement()) {
            s.execute("CREATE TABLE parent (id INT PRIMARY KEY, code VARCHAR(10), UNIQUE KEY code (code))");
            s.execute("CREATE TABLE child (id INT PRIMARY KEY, parent_id INT, v VARCHAR(20) DEFAULT 'dflt' COMMENT 'a comment', FOREIGN KEY fk (parent_id) REFERENCES parent (id) ON DELETE CASCADE)");
            s.execute("CREATE VIEW both_of AS SELECT p.code, c.v FROM parent p JOIN child c ON c.parent_id = p.id");
            DatabaseMetaData m = c.getMetaData();
            Db.say(m.getDatabaseProductName() + " " + m.getDatabaseProductVersion() + " " + m.getDatabaseMajorVersion() + "." + m.getDatabaseMinorVersion());
            Db.say(m.getIdentifierQuoteString() + " " + m.storesLowerCaseIdentifiers() + " " + m.getDefaultTransactionIsolation() + " " + m.getMaxConnections());
            ask(m, "schemas", DatabaseMetaData::getCatalogs, "no");
            ask(m, "tables", d -> d.getTables(Db.SCHEMA, null, "%", null));
            ask(m, "tables by kind", d -> d.getTables(Db.SCHEMA, null, "%o%", new String[] {"VIEW"}));
            ask(m, "columns", d -> d.getColumns(Db.SCHEMA, null, "types", "%"));
            ask(m, "columns of child", d -> d.getColumns(Db.SCHEMA, null, "child", "%"));
            ask(m, "primary keys", d -> d.getPrimaryKeys(Db.SCHEMA, null, "types"));
            ask(m, "index", d -> d.getIndexInfo(Db.SCHEMA, null, "types", false, true), "CARDINALITY");
            ask(m, "imported", d -> d.getImportedKeys(Db.SCHEMA, null, "child"));
            ask(m, "exported", d -> d.getExportedKeys(Db.SCHEMA, null, "parent"));
            ask(m, "procedures", d -> d.getProcedures(Db.SCHEMA, null, "%"));
            ask(m, "procedure columns", d -> d.getProcedureColumns(Db.SCHEMA, null, "several", "%"));
            ask(m, "functions", d -> d.getFunctions(Db.SCHEMA, null, "%"));
            ask(m, "types", DatabaseMetaData::getTypeInfo);
            ask(m, "best row", d -> d.getBestRowIdentifier(Db.SCHEMA, null, "child", DatabaseMetaData.bestRowSession, true));
            ask(m, "table types", DatabaseMetaData::getTableTypes);
        }
    }

    private static void ask(DatabaseMetaData m, String label, Ask question, String... without) {
        Db.attempt(label, () -> {
            try (ResultSet rs = question.of(m)) {
                // other tests make and drop schemas of their own meanwhile
                if (label.equals("schemas")) {
                    boolean found = false;
                    while (rs.next()) found |= rs.getString(1).equals(Db.SCHEMA);
                    return found;
                }
                Db.rows(rs, Set.of(without));
                return null;
            }
        });
    }
}

import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.sql.*;

/** Files, large texts, unicode. */
final class Bulk {
    static void run() throws Exception {
        Db.section("LOAD DATA LOCAL");
        Path file = Path.of(Db.SCRATCH, "jdbc.csv");
        StringBuilder lines = new StringBuilder();
        for (int n = 0; n < 20_000; n++) lines.append(n).append(",näme ").append(n).append('\n');
        Files.write(file, lines.toString().getBytes(StandardCharsets.UTF_8));
        try (Connection c = Db.connect(Db.MARIADB ? "allowLocalInfile=true" : ""); Statement s = c.createStatement()) {
            s.execute("CREATE TABLE loaded (id INT PRIMARY KEY, name VARCHAR(40))");
            Db.run(s, "LOAD DATA LOCAL INFILE '" + file + "' INTO TABLE loaded CHARACTER SET utf8mb4 FIELDS TERMINATED BY ','");
            Db.run(s, "SELECT COUNT(*), MD5(GROUP_CONCAT(name ORDER BY id)) FROM loaded WHERE id < 50");
            Db.section("large and unicode");
            Db.run(s, "SELECT REPEAT('x', 20000000)");
            Db.run(s, "SELECT MD5('" + "é".repeat(9_000_000) + "')");
            Db.run(s, "CREATE TABLE `täble 表` (`spälte 列` VARCHAR(50))");
            Db.run(s, "INSERT INTO `täble 表` VALUES ('漢字 🦀')");
            Db.metadata(s.executeQuery("SELECT `spälte 列` AS `别名` FROM `täble 表`").getMetaData());
            Db.run(s, "SELECT `spälte 列` AS `别名` FROM `täble 表`");
            Db.run(s, "SELECT * FROM `nïrgends`");
        }
    }
}

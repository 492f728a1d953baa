//! The bundled server's log in other hands: `mariadb-binlog` checks every checksum and prints SQL, and a real MariaDB that
//! plays it has the same tables.
//!
//! The log's events of rows are MySQL's, so they go in as they are (`BINLOG '…'`), and DDL as text. MariaDB cannot apply
//! MySQL's JSON columns nor its collations of 8.0, so there are none here.

mod support;

use std::path::PathBuf;
use std::process::Command;

use support::place::{Place, assert_same, output};
use support::{Server, java, shared_cluster};

/// What happens after the schema of the dumps is made: every kind of change, cascades, DDL between, what is rolled back.
const CHANGES: &str = "
    UPDATE kinds SET c_vc = 'üpd 😀', c_bit10 = 3, c_set = 'y', c_enum = NULL, c_ts = '2024-01-01' WHERE id < 3;
    UPDATE kinds SET c_lb = REPEAT('x', 300000), c_dec65 = -c_dec65, c_time6 = '-01:00:00.5' WHERE id = 2;
    UPDATE parent SET code = 'eins' WHERE id = 1; DELETE FROM a_first; DELETE FROM parent WHERE id = 7;
    DELETE FROM many WHERE id % 3 = 0; ALTER TABLE many ADD COLUMN more INT DEFAULT 5, ADD KEY (v);
    UPDATE many SET more = NULL, v = CONCAT(v, '!') WHERE id < 10; UPDATE many SET id = id + 5000 WHERE id < 20;
    REPLACE INTO many VALUES (500, 'replaced', 1), (9000, 'new', 2);
    INSERT INTO many VALUES (500, 'x', 1) ON DUPLICATE KEY UPDATE v = 'twice';
    RENAME TABLE keyless TO still_keyless; UPDATE still_keyless SET a = 7 WHERE a IS NULL LIMIT 1;
    SET foreign_key_checks = 0; TRUNCATE TABLE tree; INSERT INTO tree VALUES (1, 99); SET foreign_key_checks = 1;
    START TRANSACTION; INSERT INTO nothing VALUES (1); SAVEPOINT s; INSERT INTO nothing VALUES (2); ROLLBACK TO s; COMMIT;
    START TRANSACTION; DELETE FROM kinds; ROLLBACK;
    CREATE TABLE copied AS SELECT * FROM many WHERE id < 300; CREATE TABLE liked LIKE parent; INSERT INTO liked SELECT * FROM parent;
    CREATE TEMPORARY TABLE passing (id INT); INSERT INTO passing VALUES (1); INSERT INTO nothing SELECT id + 10 FROM passing;
    SET time_zone = '+05:00'; INSERT INTO kinds (id, c_ts, c_ts3) VALUES (50, '2024-06-01 12:00:00', '2024-06-01 12:00:00.5');
    DROP VIEW picky; DROP TABLE `order by`";

/// The log's files from the second on: the first has the server's own tables.
fn files(server: &Server) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(server.folder().join("data")).expect("the data's folder");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = paths
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("binlog.0") && name != "binlog.000001"
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_real_mariadb_plays_our_log() {
    let server = Server::start("[variables]\ncollation_server = \"utf8mb4_general_ci\"\n");
    let server = server.expect("the server starts");
    let own = Place::bundled(&server);
    own.sql("", "FLUSH BINARY LOGS");
    own.fresh("played");
    let schema = std::fs::read_to_string(java::source("server_dumps/ours.sql")).expect("a schema");
    let file = server.folder().join("schema.sql");
    std::fs::write(&file, schema.replace("c_json JSON", "c_json LONGTEXT")).expect("a schema");
    own.run("played", &file);
    own.sql("played", CHANGES);
    own.sql("played", "FLUSH BINARY LOGS; INSERT INTO nothing VALUES (77)");
    let files = files(&server);
    assert!(files.len() >= 2, "{files:?}");

    let mut reader = Command::new("mariadb-binlog");
    reader.args(["--no-defaults", "--verify-binlog-checksum"]).args(&files);
    let played = server.folder().join("played.sql");
    let out = std::fs::File::create(&played).expect("a file of statements");
    output(reader.stdout(out));
    let mariadb = Place::mariadb(shared_cluster());
    mariadb.sql("", "DROP DATABASE IF EXISTS played");
    mariadb.run("", &played);
    let contents = own.contents("played");
    assert!(contents.contains("üpd 😀") && contents.contains("eins"), "{contents}");
    assert_same("MariaDB's", &contents, &mariadb.contents("played"));
}

//! A bundled server and a server of each image as the two ends of replication.

use super::image::{Family, Image};
use super::server::InContainer;
use super::support::place::Place;
use super::support::{Server, wait_until};

/// A table of the common types; MariaDB's JSON is text, so it has none.
const SCHEMA: &str = "CREATE DATABASE work CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci";
const TABLE: &str = "CREATE TABLE t (
    id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, small TINYINT, price DECIMAL(20, 6), ratio DOUBLE, flags BIT(9),
    name VARCHAR(200), body MEDIUMTEXT, raw VARBINARY(300), day DATE, moment DATETIME(6), stamp TIMESTAMP(3) NULL,
    span TIME(2), y YEAR, kind ENUM('a', 'b', 'c'), marks SET('x', 'y', 'z'), UNIQUE KEY (name))";
const ROWS: &str = "
    INSERT INTO t VALUES (1, -128, 12345678901234.567890, 1.5e300, b'101010101', 'Zoë 🙂', REPEAT('é', 5000),
    x'00ff27', '1000-01-01', '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07.000', '-838:59:59.00', 1901, 'c', 'x,z');
    INSERT INTO t (id) VALUES (2), (3), (4);
    UPDATE t SET name = CONCAT('row ', id), price = -id / 7 WHERE id > 1;
    DELETE FROM t WHERE id = 3;
    ALTER TABLE t ADD COLUMN later INT NOT NULL DEFAULT 7;
    BEGIN; INSERT INTO t (name) VALUES ('in one'), ('transaction'); COMMIT;
    CREATE TABLE gone (n INT); DROP TABLE gone";

/// Writes at one end, waits for the last row at the other, compares all.
fn the_same_rows(source: Place, replica: Place) {
    source.sql("", SCHEMA);
    source.sql("work", TABLE);
    source.sql("work", ROWS);
    source.sql("work", "CREATE TABLE ended (n INT PRIMARY KEY); INSERT INTO ended VALUES (1)");
    wait_until("the last row", || {
        replica.try_sql("work", "SELECT n FROM ended").is_ok_and(|rows| rows.trim() == "1")
    });
    super::support::place::assert_same("rows", &source.contents("work"), &replica.contents("work"));
}

#[test]
fn a_bundled_replica_of_each_image() {
    for image in Image::all() {
        println!("{}:{}", image.name, image.tag);
        let source = InContainer::start(&image, 1);
        source.sql(image.forget());
        let replica = Server::start_with_id(92, "").expect("a server");
        replica.sql(&format!(
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {}, SOURCE_USER = 'root',
             SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA",
            source.port()
        ));
        the_same_rows(source.place(), Place::bundled(&replica));
    }
}

#[test]
fn a_replica_of_each_image_of_a_bundled_primary() {
    for image in Image::all() {
        println!("{}:{}", image.name, image.tag);
        let source = Server::start("").expect("a server");
        source.sql(
            "CREATE USER repl IDENTIFIED WITH mysql_native_password BY 'secret';
             GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO repl",
        );
        let replica = InContainer::start(&image, 2);
        replica.sql(image.forget());
        match image.family {
            Family::MySql => replica.sql(&image.follow(source.address().port(), "repl", "secret")),
            // It takes no position in MySQL's GTIDs: file and position, from the log's beginning.
            Family::MariaDb => replica.sql(&format!(
                "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='repl',
                 MASTER_PASSWORD='secret', MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4,
                 MASTER_USE_GTID=no, MASTER_CONNECT_RETRY=1; START SLAVE",
                source.address().port()
            )),
        };
        the_same_rows(Place::bundled(&source), replica.place());
    }
}

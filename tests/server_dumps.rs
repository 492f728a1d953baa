//! Dumps: what `mariadb-dump`, `mysqldump` and `mydumper` write of a bundled server goes into another one and into a real
//! MariaDB, and what they write of a MariaDB goes into a bundled server, with every row as it was.
//!
//! The schemas are `tests/server_dumps/*.sql`. Dumps stay in `target/e2e/dumps-<test>/`. Needs the programs of
//! `tests/packages`; `mysqldump` is MySQL's own where that is on the path, and MariaDB's by another name elsewhere.

mod support;

use std::path::{Path, PathBuf};

use support::place::{Place, assert_same, output};
use support::{Proxy, Server, shared_cluster};

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server_dumps").join(name)
}

/// An empty folder for a test's dumps.
fn folder(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("target/e2e").join(format!("dumps-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder in target");
    folder
}

/// A bundled server with a schema made by a file, and what that holds.
fn bundled_with(schema: &str, file: &str) -> (Server, String) {
    let server = Server::start("").expect("the server starts");
    let place = Place::bundled(&server);
    place.fresh(schema);
    place.run(schema, &source(file));
    let contents = place.contents(schema);
    assert!(contents.contains("😀") && contents.contains("## z_both"), "{contents}");
    (server, contents)
}

/// Dumps with `program` and reads the dump into each of `targets`.
fn dump_and_read(from: Place, program: &str, options: &[&str], file: &Path, targets: &[Place]) {
    let mut dump = from.command(program);
    let written = std::fs::File::create(file).expect("the dump's file");
    output(dump.args(options).arg("dumped").stdout(written));
    let text = String::from_utf8_lossy(&std::fs::read(file).expect("the dump")).into_owned();
    assert!(text.contains("-- Dump completed"), "the dump is not whole");
    for target in targets {
        target.fresh("dumped");
        target.run("dumped", file);
    }
}

#[test]
fn a_bundled_server_is_dumped_and_read_in() {
    let folder = folder("own");
    let (server, contents) = bundled_with("dumped", "ours.sql");
    let second = Server::start("").expect("a second server starts");
    let (own, other, mariadb) =
        (Place::bundled(&server), Place::bundled(&second), Place::mariadb(shared_cluster()));
    let ways: [&[&str]; 3] = [
        &[],
        &["--single-transaction", "--hex-blob", "--routines", "--events", "--triggers"],
        &["--skip-opt", "--create-options", "--complete-insert", "--order-by-primary", "--quick"],
    ];
    for program in ["mariadb-dump", "mysqldump"] {
        for (number, options) in ways.iter().enumerate() {
            let file = folder.join(format!("{program}-{number}.sql"));
            dump_and_read(own, program, options, &file, &[other, mariadb]);
            for target in [other, mariadb] {
                let what = format!("{program} {options:?} into {}", target.address);
                assert_same(&what, &contents, &target.contents("dumped"));
            }
        }
    }
    // What was read in is dumped as the original is: definitions, comments, defaults, numbers. But a collation that
    // was written is explicit from then on, and MySQL shows its character set, too.
    let stable = ["--skip-dump-date", "--skip-comments", "--order-by-primary", "dumped"];
    let dumps = [own, other].map(|place| {
        let dump = output(place.command("mariadb-dump").args(stable));
        dump.replace("CHARACTER SET utf8mb4 COLLATE", "COLLATE")
    });
    assert_same("the second server's dump", &dumps[0], &dumps[1]);
}

#[test]
fn a_dump_is_taken_and_read_in_through_the_proxy() {
    let folder = folder("proxy");
    let (server, contents) = bundled_with("dumped", "ours.sql");
    let proxy = Proxy::in_front_of(server.address());
    let through = Place::at(proxy.address());
    let options = ["--single-transaction", "--routines"];
    dump_and_read(through, "mariadb-dump", &options, &folder.join("dump.sql"), &[through]);
    assert_same("through the proxy", &contents, &through.contents("dumped"));
}

#[test]
fn a_mariadb_is_dumped_into_a_bundled_server() {
    let folder = folder("mariadb");
    let mariadb = Place::mariadb(shared_cluster());
    mariadb.fresh("theirs");
    mariadb.run("theirs", &source("mariadb.sql"));
    let contents = mariadb.contents("theirs");
    let server = Server::start("").expect("the server starts");
    let own = Place::bundled(&server);
    for (number, options) in [&[][..], &["--single-transaction", "--hex-blob"]].iter().enumerate() {
        let file = folder.join(format!("{number}.sql"));
        let written = std::fs::File::create(&file).expect("the dump's file");
        output(mariadb.command("mariadb-dump").args(*options).arg("theirs").stdout(written));
        own.fresh("theirs");
        own.run("theirs", &file);
        assert_same("MariaDB's", &contents, &own.contents("theirs"));
    }
}

#[test]
fn mydumper_and_myloader() {
    let folder = folder("mydumper");
    let (server, contents) = bundled_with("dumped", "ours.sql");
    let second = Server::start("").expect("a second server starts");
    let (own, other) = (Place::bundled(&server), Place::bundled(&second));
    // mydumper 0.10 takes what MySQL 8 calls DEFAULT_GENERATED for generated columns, and leaves them out.
    own.sql(
        "dumped",
        "ALTER TABLE parent MODIFY born DATETIME(6) NOT NULL, MODIFY made TIMESTAMP NULL",
    );
    let directory = format!("--outputdir={}", folder.display());
    output(own.command("mydumper").args(["--database=dumped", "--threads=2", &directory]));
    let directory = format!("--directory={}", folder.display());
    let mut load = other.command("myloader");
    output(load.args(["--threads=2", "--overwrite-tables", "--database=dumped", &directory]));
    assert_same("mydumper", &contents, &other.contents("dumped"));
}

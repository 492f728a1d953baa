//! JDBC drivers on the bundled server: metadata, every column type, keys, batches, cursors, transactions, pools.
//!
//! The programs are under `tests/server_clients/java`, and share what `tests/clients/java` has. What they print must be what
//! they print on MySQL, line by line: `tests/server_clients/mysql/<driver>.txt`, recorded from MySQL 9.7. Lines that differ on
//! purpose are in `<driver>.differences` beside it, each group below its reason; one that no longer differs must go.
//!
//! * `cargo test --test server_clients -- mysql` runs one. Transcripts of runs stay in `target/e2e/jdbc-<driver>/`.
//! * `ANABRANCH_RECORD_MYSQL=host:port` records from that server instead. It must have the accounts `app` and `secure`
//!   (`REQUIRE SSL`) with everything granted and the password `pw1`, an empty schema `test_jdbc`, `skip_name_resolve`, and
//!   a certificate for its address, whose authority's is in the file that `ANABRANCH_RECORD_CA` names.
//! * Maven, Java and their registry are needed: `tests/packages`.

#[path = "clients/compare.rs"]
mod compare;
mod support;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use support::wait::holds_within;
use support::{Server, java};

/// A driver that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(120);
/// What no MySQL server answers to these programs: a broken connection, a driver that gave up.
const SIGNS: [&str; 5] =
    ["CommunicationsException", "Malformed", "too late", "no row", "java.lang."];
/// How many differing lines are shown; all are in the transcripts.
const SHOWN: usize = 40;

/// The programs with a driver, `group:artifact:version`; gives the class path.
fn class_path(folder: &Path, driver: &str) -> String {
    let parts: Vec<&str> = driver.split(':').collect();
    let pom = std::fs::read_to_string(java::source("clients/java/pom.xml")).expect("the pom.xml");
    let pom = pom
        .replace("DRIVER_GROUP", parts[0])
        .replace("DRIVER_ARTIFACT", parts[1])
        .replace("DRIVER_VERSION", parts[2]);
    // The stamp is that of `tests/clients`: the jars are the same.
    let jars = java::jars(folder, &pom, driver);
    let mut sources = java::sources("server_clients/java");
    sources.extend(["clients/java/Db.java", "clients/java/Pool.java"].map(java::source));
    java::compiled(folder, "server-classes", &jars, &sources)
}

/// A certificate for 127.0.0.1 in `folder`, which is its own authority: the server's settings for it.
fn tls(folder: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let (certificate, key) = (folder.join("ca.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("the certificate is written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("the key is written");
    format!("[server.tls]\ncertificate = {certificate:?}\nkey = {key:?}\n")
}

/// What the program prints on a server, to its end.
fn transcript(folder: &Path, class_path: &str, address: SocketAddr, ca: &Path) -> String {
    let path = folder.join("server.txt");
    let output = std::fs::File::create(&path).expect("the transcript's file");
    let mut child = Command::new("java")
        .args(["-Xmx1g", "-XX:TieredStopAtLevel=1", "-cp", class_path, "ServerMain"])
        .env("DB_HOST", address.ip().to_string())
        .env("DB_PORT", address.port().to_string())
        .env("DB_SERVERS", address.port().to_string())
        .env("DB_SCHEMA", "test_jdbc")
        .env("DB_PASSWORD", "pw1")
        .env("DB_CA", ca)
        .env("DB_SCRATCH", folder)
        .stdin(Stdio::null())
        .stdout(output)
        .spawn()
        .expect("java runs (apt-get install openjdk-17-jdk-headless)");
    let ended = holds_within(LIMIT, || !matches!(child.try_wait(), Ok(None)));
    let _ = child.kill();
    let _ = child.wait();
    let text = String::from_utf8_lossy(&std::fs::read(&path).expect("the transcript")).into_owned();
    let last: Vec<&str> = text.lines().rev().take(5).collect();
    assert!(ended && text.ends_with("## end\n"), "it does not come to its end: {last:?}");
    assert!(text.contains("finished true, wrong 0"), "the pool saw what it must not");
    text
}

/// A file that goes with a driver's program.
fn kept(name: &str, ending: &str) -> PathBuf {
    java::source("server_clients/mysql").join(format!("{name}.{ending}"))
}

fn run(name: &str, driver: &str) {
    let folder = java::folder(&format!("jdbc-{name}"));
    let class_path = class_path(&folder, driver);
    if let Ok(given) = std::env::var("ANABRANCH_RECORD_MYSQL") {
        let ca = std::env::var("ANABRANCH_RECORD_CA").expect("ANABRANCH_RECORD_CA");
        let given = given.parse().expect("ANABRANCH_RECORD_MYSQL is host:port");
        let text = transcript(&folder, &class_path, given, Path::new(&ca));
        std::fs::write(kept(name, "txt"), text).expect("the transcript is written");
        return;
    }
    let server = Server::start(&tls(&folder)).expect("the server starts");
    server.sql(
        "CREATE DATABASE test_jdbc; CREATE USER app@'%' IDENTIFIED BY 'pw1'; GRANT ALL ON *.* TO app@'%';
         CREATE USER secure@'%' IDENTIFIED BY 'pw1' REQUIRE SSL; GRANT ALL ON *.* TO secure@'%'",
    );
    let text = transcript(&folder, &class_path, server.address(), &folder.join("ca.pem"));
    let recorded = std::fs::read_to_string(kept(name, "txt")).expect("the recorded transcript");
    judge(name, &recorded, &text);
}

/// The lines that differ, each with `-` (MySQL's) or `+` (ours) before it.
fn judge(name: &str, recorded: &str, text: &str) {
    let wrong: Vec<&str> =
        text.lines().filter(|line| SIGNS.iter().any(|sign| line.contains(sign))).collect();
    let wrong: Vec<&str> = wrong.into_iter().filter(|line| !line.starts_with("  column")).collect();
    assert!(wrong.is_empty(), "what no MySQL server answers:\n{}", wrong.join("\n"));
    let found: BTreeSet<String> = compare::differing_lines(recorded, text).into_iter().collect();
    let known = std::fs::read_to_string(kept(name, "differences")).unwrap_or_default();
    let known: BTreeSet<String> =
        known.lines().filter(|line| line.starts_with(['-', '+'])).map(str::to_owned).collect();
    let new: Vec<&String> = found.difference(&known).collect();
    let gone: Vec<&String> = known.difference(&found).collect();
    let shown = |lines: &[&String]| {
        lines.iter().take(SHOWN).map(|line| format!("{line}\n")).collect::<String>()
    };
    assert!(
        new.is_empty(),
        "{name}: {} lines are not MySQL's (-) but ours (+); all of them are in target/e2e/jdbc-{name}/server.txt\n{}",
        new.len(),
        shown(&new)
    );
    assert!(gone.is_empty(), "{name}: these differ no longer, remove them:\n{}", shown(&gone));
}

#[test]
fn mysql_connector_j() {
    run("mysql", "com.mysql:mysql-connector-j:9.3.0");
}

#[test]
fn mariadb_connector_j() {
    run("mariadb-3", "org.mariadb.jdbc:mariadb-java-client:3.5.3");
}

#[test]
fn mariadb_connector_j_2() {
    run("mariadb-2", "org.mariadb.jdbc:mariadb-java-client:2.7.6");
}

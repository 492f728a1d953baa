//! JDBC drivers on the bundled server: metadata, every column type, keys, batches, cursors, transactions, pools.
//!
//! The programs are under `tests/server_clients/java`, and share what `tests/clients/java` has. Each must come to its
//! end without an error that no MySQL server gives. Transcripts stay in `target/e2e/jdbc-<driver>/`.
//! `cargo test --test server_clients -- mysql` runs one. Maven, Java and their registry are needed: `tests/packages`.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use support::Server;
use support::wait::holds_within;

/// A driver that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(120);
/// What no MySQL server answers to these programs: a broken connection, a driver that gave up, a refused feature.
const SIGNS: [&str; 6] =
    ["CommunicationsException", "Malformed", " S1000 null", "too late", "no row", "java.lang."];

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/e2e").join(name);
    std::fs::create_dir_all(&folder).expect("a folder in target");
    folder
}

/// Runs a command to its end; a failure says what to install.
fn must(command: &mut Command, advice: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: {advice}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command:?} failed: {advice}\n{text}{errors}");
}

/// A driver's jars, fetched once; the stamp is that of `tests/clients`.
fn jars(folder: &Path, driver: &str) -> PathBuf {
    let jars = folder.join("jars");
    let stamp = folder.join("installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|done| done == driver) {
        return jars;
    }
    let parts: Vec<&str> = driver.split(':').collect();
    let pom = std::fs::read_to_string(source("clients/java/pom.xml")).expect("the pom.xml");
    let pom = pom
        .replace("DRIVER_GROUP", parts[0])
        .replace("DRIVER_ARTIFACT", parts[1])
        .replace("DRIVER_VERSION", parts[2]);
    std::fs::write(folder.join("pom.xml"), pom).expect("pom.xml is written");
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "dependency:copy-dependencies"]).current_dir(folder);
    maven.arg(format!("-DoutputDirectory={}", jars.display()));
    maven.arg(format!("-Dmaven.repo.local={}", self::folder("maven").display()));
    must(&mut maven, "Maven and its registry are needed: apt-get install maven");
    std::fs::write(stamp, driver).expect("the stamp is written");
    jars
}

/// The programs, compiled; gives the class path.
fn compiled(folder: &Path, jars: &Path) -> String {
    let classes = folder.join("server-classes");
    let class_path = format!("{}/*:{}", jars.display(), classes.display());
    let own = std::fs::read_dir(source("server_clients/java")).expect("the Java sources");
    let mut sources: Vec<PathBuf> = own.filter_map(|entry| Some(entry.ok()?.path())).collect();
    sources.extend(["clients/java/Db.java", "clients/java/Pool.java"].map(source));
    let mut javac = Command::new("javac");
    javac.arg("-d").arg(&classes).args(["-cp", &class_path]).args(sources);
    must(&mut javac, "apt-get install openjdk-17-jdk-headless");
    class_path
}

/// A certificate for 127.0.0.1 in `folder`, which is its own authority: the server's settings for it.
fn tls(folder: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let (certificate, key) = (folder.join("ca.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("the certificate is written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("the key is written");
    format!("[server.tls]\ncertificate = {certificate:?}\nkey = {key:?}\n")
}

fn run(name: &str, driver: &str) {
    let folder = folder(&format!("jdbc-{name}"));
    let class_path = compiled(&folder, &jars(&folder, driver));
    let server = Server::start(&tls(&folder)).expect("the server starts");
    server.sql(
        "CREATE DATABASE test_jdbc; CREATE USER app@'%' IDENTIFIED BY 'pw1'; GRANT ALL ON *.* TO app@'%';
         CREATE USER secure@'%' IDENTIFIED BY 'pw1' REQUIRE SSL; GRANT ALL ON *.* TO secure@'%'",
    );
    let transcript = folder.join("server.txt");
    let output = std::fs::File::create(&transcript).expect("the transcript's file");
    let mut child = Command::new("java")
        .args(["-Xmx1g", "-XX:TieredStopAtLevel=1", "-cp", &class_path, "ServerMain"])
        .env("DB_HOST", "127.0.0.1")
        .env("DB_PORT", server.address().port().to_string())
        .env("DB_SCHEMA", "test_jdbc")
        .env("DB_SERVERS", server.address().port().to_string())
        .env("DB_PASSWORD", "pw1")
        .env("DB_CA", folder.join("ca.pem"))
        .env("DB_SCRATCH", &folder)
        .stdin(Stdio::null())
        .stdout(output)
        .spawn()
        .expect("java runs (apt-get install openjdk-17-jdk-headless)");
    let ended = holds_within(LIMIT, || !matches!(child.try_wait(), Ok(None)));
    let _ = child.kill();
    let _ = child.wait();
    let text = std::fs::read(&transcript).expect("the transcript");
    judge(&String::from_utf8_lossy(&text), ended);
}

fn judge(text: &str, ended: bool) {
    let wrong: Vec<&str> =
        text.lines().filter(|line| SIGNS.iter().any(|sign| line.contains(sign))).collect();
    let wrong: Vec<&str> = wrong.into_iter().filter(|line| !line.starts_with("  column")).collect();
    assert!(wrong.is_empty(), "what no MySQL server answers:\n{}", wrong.join("\n"));
    let last: Vec<&str> = text.lines().rev().take(5).collect();
    assert!(ended && text.ends_with("## end\n"), "it does not come to its end: {last:?}");
    assert!(text.contains("finished true, wrong 0"), "the pool saw what it must not");
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

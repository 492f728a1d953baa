//! A small Hibernate application on the bundled server, with both JDBC drivers, directly and through the proxy.
//!
//! `tests/server_hibernate/java` is the application: Hibernate makes its schema, the program runs its tests (every basic
//! type, associations, inheritance, generators, queries, pages, batches, optimistic and pessimistic locks), starts again
//! and finds the schema valid, then updates it to its next version. It checks what it sees and ends with the line `ok`.
//!
//! * `ANABRANCH_HIBERNATE_SERVER=host:port` runs it on that server (`app`, password `pw1`, schema `test_hibernate`, empty):
//!   what fails on a real one, too, is a mistake in the program. `DB_SHOW_SQL=true` writes its statements to the output.
//! * Jars and output stay in `target/e2e/hibernate/`. Maven, Java and their registry are needed: `tests/packages`.

mod support;

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use support::wait::holds_within;
use support::{Proxy, Server, java};

/// A run that takes longer hangs: it needs some 10 s on two busy cores.
const LIMIT: Duration = Duration::from_secs(120);

/// The class path of the application, compiled once.
fn class_path() -> &'static str {
    static MADE: OnceLock<String> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = java::folder("hibernate");
        let pom = std::fs::read_to_string(java::source("server_hibernate/pom.xml"));
        let pom = pom.expect("the pom.xml");
        let jars = java::jars(&folder, &pom, &pom);
        java::compiled(&folder, "classes", &jars, &java::sources("server_hibernate/java"))
    })
}

/// Runs the application to its `ok`. `log`: what to show of the servers when it fails.
fn run(name: &str, url: &str, log: impl Fn() -> String) {
    let folder = java::folder("hibernate");
    let (output, errors) =
        (folder.join(format!("{name}.txt")), folder.join(format!("{name}-errors.txt")));
    let create = |path: &Path| File::create(path).expect("a file in target");
    let mut child = Command::new("java")
        .args(["-Xmx1g", "-XX:TieredStopAtLevel=1", "-cp", class_path(), "HibernateMain"])
        .env("DB_URL", url)
        .env("DB_PASSWORD", "pw1")
        .stdin(Stdio::null())
        .stdout(create(&output))
        .stderr(create(&errors))
        .spawn()
        .expect("java runs (apt-get install openjdk-17-jdk-headless)");
    let ended = holds_within(LIMIT, || !matches!(child.try_wait(), Ok(None)));
    let _ = child.kill();
    let _ = child.wait();
    let read = |path: &Path| {
        String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
    };
    let (text, errors) = (read(&output), read(&errors));
    let told = |line: &&str| {
        ["Exception", "Caused by", "\tat "].iter().any(|sign| line.starts_with(sign))
            && (line.starts_with("Caused by") || !line.contains("org.hibernate."))
    };
    let causes: Vec<&str> = errors.lines().filter(told).take(60).collect();
    assert!(
        ended && text.ends_with("\nok\n"),
        "{name} does not come to its end:\n{text}{}\n{}",
        causes.join("\n"),
        log()
    );
}

/// The URL of a driver for the schema at an address.
fn url(driver: &str, address: SocketAddr) -> String {
    let tls = if driver == "mysql" { "DISABLED" } else { "disable" };
    format!("jdbc:{driver}://{address}/test_hibernate?allowPublicKeyRetrieval=true&sslMode={tls}")
}

fn direct_and_proxied(driver: &str) {
    if let Ok(given) = std::env::var("ANABRANCH_HIBERNATE_SERVER") {
        let given = given.parse().expect("ANABRANCH_HIBERNATE_SERVER is host:port");
        return run(&format!("{driver}-given"), &url(driver, given), String::new);
    }
    let server = Server::start("").expect("the server starts");
    let fresh = "DROP DATABASE IF EXISTS test_hibernate; CREATE DATABASE test_hibernate";
    server.sql("CREATE USER app@'%' IDENTIFIED BY 'pw1'; GRANT ALL ON test_hibernate.* TO app@'%'");
    server.sql(fresh);
    run(&format!("{driver}-direct"), &url(driver, server.address()), || server.log());
    server.sql(fresh);
    let proxy = Proxy::in_front_of(server.address());
    run(&format!("{driver}-proxied"), &url(driver, proxy.address()), || {
        format!("{}\n{}", server.log(), proxy.log())
    });
}

#[test]
fn mysql_connector_j() {
    direct_and_proxied("mysql");
}

#[test]
fn mariadb_connector_j() {
    direct_and_proxied("mariadb");
}

//! The console, asked with the command line client that operators have.

use std::net::SocketAddr;
use std::process::Command;

#[path = "support/raw.rs"]
mod raw;
#[path = "support/mod.rs"]
mod support;

use raw::Raw;
use support::place::said;
use support::{Proxy, ports, shared_cluster};

/// A proxy with a console, and the console's port.
fn proxy() -> (Proxy, u16) {
    let port = ports::free_ports(1);
    let console = format!("[console]\nlisten = \"127.0.0.1:{port}\"\npassword = \"watch\"\n");
    (Proxy::start(shared_cluster(), &console), port)
}

/// Rows as lines, or what the client complains of.
fn ask(port: u16, user: &str, password: &str, statement: &str) -> Result<String, String> {
    let output = Command::new("mariadb")
        .args(["--no-defaults", "--protocol=tcp", "--connect-timeout=5", "-h127.0.0.1", "-BN"])
        .args([format!("-P{port}"), format!("-u{user}"), format!("-p{password}")])
        .args(["-e", statement])
        .output()
        .expect("the mariadb client runs");
    said(&output)
}

#[test]
fn an_operator_looks_into_the_proxy() {
    let (proxy, port) = proxy();
    let ask = |statement: &str| ask(port, "admin", "watch", statement).expect(statement);
    let servers = ask("SHOW SERVERS");
    let servers: Vec<Vec<&str>> = servers.lines().map(|line| line.split('\t').collect()).collect();
    let of = |column: usize| servers.iter().map(|row| row[column]).collect::<Vec<_>>();
    assert_eq!(of(0), ["db0", "db1", "db2"]);
    assert_eq!(of(2), ["primary", "replica", "replica"]);
    assert_eq!(of(3), ["up"; 3]);
    assert_eq!(of(11), ["NULL", "db0", "db0"], "whom they follow");

    let mut client =
        Raw::sign_in(proxy.address(), "app", support::PASSWORD, "test").expect("a client signs in");
    client.query("SELECT 1 FROM DUAL FOR UPDATE").expect("it runs");
    let sessions = ask("SHOW SESSIONS");
    let fields: Vec<&str> = sessions.trim_end().split('\t').collect();
    assert_eq!(fields[1..3], ["app", "db0"], "{sessions}");
    assert_eq!(client.value("SELECT CONNECTION_ID()").expect("an id"), fields[0]);

    let metrics = ask("SHOW METRICS LIKE 'anabranch_server_up'");
    assert_eq!(metrics.lines().count(), 3, "{metrics}");
    assert_eq!(ask("SHOW ALERTS"), "");
    assert!(ask("SHOW HELP").contains("SHOW SERVERS"));
}

#[test]
fn nobody_else_comes_in_and_nothing_else_runs() {
    let (_proxy, port) = proxy();
    for (user, password) in [("admin", "wrong"), ("admin", ""), ("root", "watch"), ("", "")] {
        let refused = ask(port, user, password, "SHOW SERVERS").expect_err("it is refused");
        assert!(refused.contains("ERROR 1698"), "{user}: {refused}");
    }
    for statement in ["SELECT 1", "SET GLOBAL read_only = 0", "SHOW TABLES"] {
        let refused = ask(port, "admin", "watch", statement).expect_err("it is refused");
        assert!(refused.contains("ERROR 1064"), "{statement}: {refused}");
    }
    let refused = ask(port, "admin", "watch", "USE mysql").expect_err("it is refused");
    assert!(refused.contains("ERROR 1049"), "{refused}");
}

#[test]
fn a_changed_file_is_taken_over_or_not() {
    let (proxy, port) = proxy();
    let file = proxy.folder().join("anabranch.toml");
    let before = std::fs::read_to_string(&file).expect("the configuration");
    let ask = |statement: &str| ask(port, "admin", "watch", statement);
    let write = |text: &str| std::fs::write(&file, text).expect("it is written");
    let limited = before.replacen("[proxy]\n", "[proxy]\ncausal_wait_ms = 77\n", 1);
    assert_ne!(limited, before);
    write(&limited);
    let shown = ask("SHOW CHANGES").expect("the changes");
    assert!(shown.contains("causal_wait_ms") && shown.contains("77"), "{shown}");
    assert_eq!(ask("RELOAD CONFIG").expect("it is taken over"), shown);
    assert_eq!(ask("SHOW CHANGES").expect("none"), "");
    write(&limited.replace("causal_wait_ms", "causal_wiat_ms"));
    let refused = ask("RELOAD CONFIG").expect_err("a mistake");
    assert!(refused.contains("causal_wait_ms"), "{refused}");
}

#[test]
fn a_flood_ends_the_connection_and_not_the_console() {
    let (_proxy, port) = proxy();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut client = Raw::sign_in(address, "admin", "watch", "").expect("it signs in");
    let flood = format!("SELECT '{}'", "x".repeat(2 << 20));
    let lost = client.query(&flood).expect_err("the connection ends");
    assert_eq!(lost.code(), None, "{lost:?}");
    assert!(ask(port, "admin", "watch", "SHOW HELP").is_ok());
}

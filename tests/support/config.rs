//! The configuration that a test's proxy gets: one that fits the cluster, with the test's own keys laid over it.

use std::net::SocketAddr;

use toml::{Table, Value};

use super::cluster::{Cluster, PASSWORD, SERVERS};

/// TOML text for a proxy in front of `cluster` on the two ports. `extra` is TOML too: its keys replace ours
/// one by one, in sub-tables as well; an array (`[[server]]`) replaces ours as a whole.
pub fn for_cluster(cluster: &Cluster, port: u16, http_port: u16, extra: &str) -> String {
    laid_over(&base(cluster, port, http_port), extra)
}

/// The same for a proxy in front of servers whose `root` has no password.
pub fn for_servers(servers: &[SocketAddr], port: u16, http_port: u16, extra: &str) -> String {
    let config = format!(
        "[proxy]\nlisten = [\"127.0.0.1:{port}\"]\n\
         [monitor]\nuser = \"root\"\npassword = \"\"\n\
         {}\
         [http]\nlisten = \"127.0.0.1:{http_port}\"\n",
        tables(servers.iter().copied())
    );
    laid_over(&config, extra)
}

fn laid_over(ours: &str, extra: &str) -> String {
    let mut config: Table = ours.parse().expect("our own TOML");
    overlay(&mut config, extra.parse().expect("the test's extra TOML"));
    config.to_string()
}

fn tables(servers: impl Iterator<Item = SocketAddr>) -> String {
    let named = servers.enumerate();
    named.map(|(n, at)| format!("[[server]]\nname = \"db{n}\"\naddress = \"{at}\"\n")).collect()
}

fn base(cluster: &Cluster, port: u16, http_port: u16) -> String {
    let (certificate, key) = cluster.certificate();
    let servers = tables((0..SERVERS).map(|n| cluster.address(n)));
    format!(
        "[proxy]\nlisten = [\"127.0.0.1:{port}\"]\n\
         [proxy.tls]\ncertificate = {certificate:?}\nkey = {key:?}\n\
         [monitor]\nuser = \"monitor\"\npassword = \"{PASSWORD}\"\n\
         {servers}\
         [http]\nlisten = \"127.0.0.1:{http_port}\"\n"
    )
}

fn overlay(config: &mut Table, extra: Table) {
    for (key, value) in extra {
        match (config.get_mut(&key), value) {
            (Some(Value::Table(ours)), Value::Table(theirs)) => overlay(ours, theirs),
            (_, value) => {
                config.insert(key, value);
            }
        }
    }
}

//! The configuration that a test's proxy gets: one that fits the cluster, with the test's own keys laid over it.

use toml::{Table, Value};

use super::cluster::{Cluster, PASSWORD, SERVERS};

/// TOML text for a proxy in front of `cluster` on the two ports. `extra` is TOML too: its keys replace ours
/// one by one, in sub-tables as well; an array (`[[server]]`) replaces ours as a whole.
pub fn for_cluster(cluster: &Cluster, port: u16, http_port: u16, extra: &str) -> String {
    let mut config: Table = base(cluster, port, http_port).parse().expect("our own TOML");
    overlay(&mut config, extra.parse().expect("the test's extra TOML"));
    config.to_string()
}

fn base(cluster: &Cluster, port: u16, http_port: u16) -> String {
    let (certificate, key) = cluster.certificate();
    let servers: String = (0..SERVERS)
        .map(|n| format!("[[server]]\nname = \"db{n}\"\naddress = \"{}\"\n", cluster.address(n)))
        .collect();
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

//! The two proxies that clients run through, and what these counted.

use std::collections::BTreeMap;

use super::clusters::Servers;
use super::plan::{Entry, clients};
use super::support::cluster::SERVERS;
use super::support::{Proxy, wait_until};

/// Clients of the sharing proxy for each server connection that they may have.
const CLIENTS_A_CONNECTION: usize = 4;

/// The first gives each session connections of its own, in the second they share them.
pub struct Proxies([Proxy; 2]);

impl Proxies {
    pub fn start(servers: &dyn Servers, long: bool) -> Self {
        let connections = clients(long) / 2 / CLIENTS_A_CONNECTION;
        let shares =
            format!("[proxy]\npooling = \"transaction\"\nmax_server_connections = {connections}");
        let proxies = Self([servers.proxy(""), servers.proxy(&shares)]);
        proxies.wait_for_replicas();
        proxies
    }

    /// Clients give their password once, and it takes them to the servers that can be read then. Where passwords
    /// are not kept, sessions that begin before a replica is known can never use it.
    fn wait_for_replicas(&self) {
        let all = (self.0.len() * SERVERS) as f64;
        wait_until("both replicas to take reads", || {
            self.sum("anabranch_server_reads", &[]) == all
        });
    }

    pub fn entries(&self) -> [Entry; 2] {
        let [own, shared] = self.0.each_ref().map(Proxy::address);
        [Entry { address: own, shares: false }, Entry { address: shared, shares: true }]
    }

    /// Reads that replicas served; workers hand their counts over once a second.
    pub fn by_replicas(&self) -> f64 {
        self.sum("anabranch_statements_total", &[("class", "read"), ("target", "replica")])
    }

    /// Prints what became of `reads` reads.
    pub fn tell(&self, reads: u64) {
        let read = [("class", "read")];
        wait_until("all reads to be counted", || {
            self.sum("anabranch_statements_total", &read) >= reads as f64
        });
        let replicas = self.by_replicas();
        println!("  reads that replicas served: {replicas}");
        for (what, name, labels) in [
            (
                "reads, by why they went there",
                "anabranch_statements_total",
                &["target", "reason"][..],
            ),
            ("waits for replicas", "anabranch_read_waits_total", &["reason", "result"]),
            ("not where they were sent first", "anabranch_fallbacks_total", &["reason"]),
            ("leases of shared connections", "anabranch_pool_leases_total", &["how"]),
            ("lines for shared connections", "anabranch_pool_waits_total", &["reason"]),
            ("connections to servers", "anabranch_server_connections_total", &["server"]),
            ("errors of servers", "anabranch_server_errors_total", &["server", "kind"]),
            ("reads at the primary's limit", "anabranch_primary_share_total", &["outcome"]),
        ] {
            let only =
                if labels.len() == 2 && what.starts_with("reads, ") { &read[..] } else { &[] };
            println!("  {what}: {:?}", self.by(name, only, labels));
        }
        assert!(replicas > 0.0, "replicas served no reads");
    }

    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.0.iter().map(|proxy| proxy.metrics().sum(name, labels)).sum()
    }

    /// What a metric says, summed by the values of some labels, without zeros.
    fn by(&self, name: &str, only: &[(&str, &str)], labels: &[&str]) -> BTreeMap<String, f64> {
        let mut all = BTreeMap::new();
        for page in self.0.iter().map(Proxy::metrics) {
            for (series, value) in page.samples(name, only).filter(|(_, value)| *value > 0.0) {
                let words: Vec<_> = labels.iter().map(|label| word(series, label)).collect();
                *all.entry(words.join(" ")).or_default() += value;
            }
        }
        all
    }
}

fn word<'a>(series: &'a str, label: &str) -> &'a str {
    let behind = series.split_once(&format!("{label}=\"")).map_or("", |(_, rest)| rest);
    behind.split('"').next().unwrap_or_default()
}

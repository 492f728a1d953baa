//! Servers that can be told apart by what they answer, through any proxy.
//!
//! `test_faults.whoami` holds one row, another on each server: it is inserted past the binlog. So a plain
//! SELECT says who answered, and no server variable's routing is in question.

use std::net::SocketAddr;

use crate::raw::{Raw, Trouble};
use crate::support::{Cluster, PASSWORD, cluster::SERVERS};

pub const SCHEMA: &str = "test_faults";

/// Asks for the number of the server that answers.
pub const WHO: &str = "SELECT server FROM whoami";

/// A cluster of its own, for a test that breaks it.
pub fn marked_cluster() -> Cluster {
    let cluster = Cluster::start();
    for n in 0..SERVERS {
        // the cluster's fast setting forgets the last second's commits in a kill -9; 2 keeps them
        cluster.sql(n, "SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    }
    mark(&cluster);
    cluster
}

/// The shared cluster, for tests that leave it as they found it.
pub fn shared_marked_cluster() -> &'static Cluster {
    static MARKED: std::sync::Once = std::sync::Once::new();
    let cluster = crate::support::shared_cluster();
    MARKED.call_once(|| mark(cluster));
    cluster
}

fn mark(cluster: &Cluster) {
    cluster.fresh_schema(SCHEMA);
    cluster.sql(
        0,
        "CREATE TABLE test_faults.whoami (server INT NOT NULL);
         CREATE TABLE test_faults.notes (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(100))",
    );
    cluster.wait_caught_up();
    for n in 0..SERVERS {
        cluster
            .sql(n, &format!("SET sql_log_bin = 0; INSERT INTO test_faults.whoami VALUES ({n})"));
    }
}

/// A session of the ordinary account in [`SCHEMA`].
pub fn app(address: SocketAddr) -> Raw {
    try_app(address).unwrap_or_else(|trouble| panic!("app signs in at {address}: {trouble:?}"))
}

pub fn try_app(address: SocketAddr) -> Result<Raw, Trouble> {
    Raw::sign_in(address, "app", PASSWORD, SCHEMA)
}

/// How many connections of `app` a server runs a statement for that contains `text`.
pub fn running(cluster: &Cluster, n: usize, text: &str) -> usize {
    let sql = format!(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'app' AND info LIKE '%{text}%'"
    );
    cluster.sql(n, &sql).parse().expect("a count")
}

/// The same on all servers together.
pub fn running_anywhere(cluster: &Cluster, text: &str) -> usize {
    (0..SERVERS).map(|n| running(cluster, n, text)).sum()
}

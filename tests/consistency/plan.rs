//! Who runs against what: how many clients, through which proxies, for how long.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::clients::Client;
use super::history::{Level, REGISTERS, Writer};
use super::report::Report;

/// Clients at each level, half of them on each proxy, in a short run. A slow machine has to serve them in time.
const AT_EACH_LEVEL: usize = 4;
/// The same in the long form.
const MANY_AT_EACH_LEVEL: usize = 16;

/// A proxy as clients see it.
#[derive(Clone, Copy)]
pub struct Entry {
    pub address: SocketAddr,
    /// Whether its sessions share server connections.
    pub shares: bool,
}

/// What all clients know.
pub struct Plan {
    pub entries: [Entry; 2],
    pub bound: Duration,
    /// How late troubles make a replica.
    pub delay: Duration,
    /// The level that sessions ask for, whatever they are checked for.
    pub pretend: Option<Level>,
    pub writers: Vec<Writer>,
    /// Reads so far.
    pub reads: AtomicU64,
    /// What kinds of violations there were so far.
    pub found: Mutex<BTreeSet<&'static str>>,
    pub stop: AtomicBool,
}

/// What a read can violate.
pub const KINDS: [&str; 4] = ["own write", "earlier read", "bound", "global"];

/// How many clients there are.
pub fn clients(long: bool) -> usize {
    let each = if long { MANY_AT_EACH_LEVEL } else { AT_EACH_LEVEL };
    each * Level::CHECKED.len()
}

impl Plan {
    pub fn reads(&self) -> u64 {
        self.reads.load(Relaxed)
    }

    /// Whether there were violations of every kind.
    pub fn all_found(&self) -> bool {
        self.found.lock().expect("nobody panicked").len() == KINDS.len()
    }

    pub fn ended(&self) -> bool {
        self.stop.load(Relaxed)
    }

    pub fn first_rows(&self) -> String {
        let rows = 0..self.writers.len() as u64 * REGISTERS;
        let rows: Vec<_> = rows.map(|id| format!("({id}, 0)")).collect();
        format!("INSERT INTO test_checker.registers VALUES {}", rows.join(","))
    }
}

/// Runs all clients until the plan is stopped.
pub fn run(plan: &Arc<Plan>) -> Report {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let start = |number| tokio::spawn(Client::new(number, plan.clone()).run());
        let tasks: Vec<_> = (0..plan.writers.len()).map(start).collect();
        let mut report = Report::default();
        for task in tasks {
            report.join(task.await.expect("a client"));
        }
        report
    })
}

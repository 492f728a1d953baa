//! What goes wrong while clients run. Each trouble is over when its function returns.

use std::collections::BTreeMap;
use std::time::Duration;

use super::clusters::Servers;

/// The delay of a late replica: well over the bound of `bounded`.
pub const DELAY: Duration = Duration::from_secs(1);

/// One after the other, then again with the replicas' parts exchanged.
const ROUND: [&str; 6] = ["calm", "late", "frozen", "killed", "both late", "primary frozen"];

/// Which were had.
#[derive(Default)]
pub struct Troubles {
    next: usize,
    pub had: BTreeMap<&'static str, u64>,
}

impl Troubles {
    /// Whether each was had.
    pub fn complete(&self) -> bool {
        self.had.len() == ROUND.len()
    }

    /// The next one: a second or so.
    pub fn next(&mut self, servers: &dyn Servers) {
        let what = ROUND[self.next % ROUND.len()];
        let (one, other) =
            if (self.next / ROUND.len()).is_multiple_of(2) { (1, 2) } else { (2, 1) };
        self.next += 1;
        match what {
            "late" => late(servers, &[other]),
            "both late" => late(servers, &[one, other]),
            "frozen" => frozen(servers, one, 300),
            "primary frozen" => frozen(servers, 0, 150),
            "killed" => killed(servers, other),
            _ => pause(700),
        }
        *self.had.entry(what).or_default() += 1;
    }
}

fn late(servers: &dyn Servers, replicas: &[usize]) {
    replicas.iter().for_each(|n| servers.delay(*n, DELAY.as_secs() as u32));
    pause(1200);
    replicas.iter().for_each(|n| servers.delay(*n, 0));
}

fn frozen(servers: &dyn Servers, n: usize, for_ms: u64) {
    servers.freeze(n);
    pause(for_ms);
    servers.thaw(n);
    pause(300);
}

fn killed(servers: &dyn Servers, n: usize) {
    servers.kill(n);
    pause(200);
    servers.restart(n);
    pause(300);
}

fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

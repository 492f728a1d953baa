//! Replication among real processes under faults: kill -9 of primary and replicas, SIGSTOP, severed connections,
//! changes of the policy, all under a bank's transfers.
//!
//! ```text
//! clients (transfers) ─▶ primary ─▶ forwarder ─▶ replica 1      each copy: readers that check every snapshot
//!                            └────▶ forwarder ─▶ replica 2
//! ```
//!
//! A round takes a scenario from its number (`faults`), carries it out under load, heals everything and checks
//! (`checks`): money is neither made nor lost in any snapshot; what was acknowledged is where the policy promised it
//! at the moment the primary is dead; the primary has all of it after its restart; all copies become equal; clients
//! saw only the errors that the policy allows. Processes live on from round to round.
//!
//! `ROUNDS=200 cargo test --test replication_faults -- --nocapture` is the long form, 200 rounds for each policy;
//! `FIRST_ROUND=57 ROUNDS=1` and a test's name repeat one; `ROUNDS_VERBOSE=1` prints the steps of each.

#[path = "../support/mod.rs"]
mod support;

mod bank;
mod checks;
mod cluster;
mod faults;
mod link;
mod load;
mod numbers;
mod readers;
mod round;
mod terms;
mod turnover;

use cluster::Cluster;
use round::Tally;
use terms::{Level, Terms};

/// Rounds of each policy unless `ROUNDS` says otherwise.
const DEFAULT_ROUNDS: u64 = 4;

/// How often the long form tells how far it is.
const TELL_EVERY: u64 = 10;

fn setting(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// All rounds of one policy.
fn rounds_of(level: Level) {
    let (first, count) = (setting("FIRST_ROUND", 0), setting("ROUNDS", DEFAULT_ROUNDS));
    let mut cluster = Cluster::start(&Terms::strict(level));
    round::wait_until_in_sync(&cluster);
    bank::create(&cluster);
    let mut tally = Tally::default();
    for number in first..first + count {
        round::run(&mut cluster, level, number, &mut tally);
        if (number + 1) % TELL_EVERY == 0 {
            println!("{}: {} of {count} rounds: {tally}", level.name(), number + 1 - first);
        }
    }
    println!("{}: {count} rounds, no violation: {tally}", level.name());
}

#[test]
fn rounds_of_async() {
    rounds_of(Level::Async);
}

#[test]
fn rounds_of_semi_sync() {
    rounds_of(Level::SemiSync);
}

#[test]
fn rounds_of_quorum() {
    rounds_of(Level::Quorum);
}

#[test]
fn rounds_of_full_sync() {
    rounds_of(Level::FullSync);
}

//! One round: all is well; load; faults; all is healed; checks.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::cluster::{Cluster, Copy, LIMIT, REPLICAS};
use crate::faults::{Step, scenario};
use crate::link::Way;
use crate::load::{self, Shared};
use crate::numbers::Numbers;
use crate::readers::{self, Read};
use crate::terms::{Level, Terms};
use crate::{bank, checks};

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(2);

/// Counts of all rounds so far.
#[derive(Default)]
pub struct Tally {
    acknowledged: u64,
    unacknowledged: u64,
    refused: u64,
    /// Begun, and the primary died before it said what became of them.
    open: u64,
    snapshots: u64,
    looked_while_dead: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, unacknowledged, refused, open, snapshots, looked_while_dead } =
            self;
        write!(
            f,
            "{acknowledged} acknowledged, {unacknowledged} times 1180, {refused} times 1290, {open} cut short, \
             {snapshots} snapshots, {looked_while_dead} primaries dead"
        )
    }
}

/// Runs a round; panics with its number and all that is known where something is violated.
pub fn run(cluster: &mut Cluster, level: Level, number: u64, tally: &mut Tally) {
    let mut numbers = Numbers::new(number * 4 + level as u64);
    let scenario = scenario(level, number, &mut numbers);
    let name = format!("{} round {number}: {}", level.name(), scenario.name);
    if std::env::var("ROUNDS_VERBOSE").is_ok() {
        println!("{name}: {:?} {:?}", scenario.terms, scenario.steps);
    }
    begin(cluster, level, &scenario.terms);
    let (shared, read) = (Shared::of(cluster), Arc::<Read>::default());
    let clients = load::start(cluster, &shared, number);
    let looking = readers::start(cluster, &shared, &read);
    for step in &scenario.steps {
        carry_out(cluster, step, &shared, &name);
    }
    let primary_died = cluster.is_dead(Copy::Primary);
    // first, because clients look at replicas too
    restore_replicas(cluster, primary_died);
    end_load(cluster, &shared, clients, &name);
    end_readers(cluster, looking);
    let seen = shared.seen();
    let mut violations = shared.violations();
    if primary_died {
        violations.extend(checks::while_the_primary_is_dead(cluster, &seen, &read));
        tally.looked_while_dead += 1;
        cluster.revive_primary();
    }
    violations.extend(checks::after(cluster, &seen));
    let steps = &scenario.steps;
    assert!(
        violations.is_empty(),
        "{name}: {:?} {steps:?}\n{}\n{}",
        scenario.terms,
        violations.join("\n"),
        cluster.story()
    );
    tally.add(&seen, &read);
}

impl Tally {
    fn add(&mut self, seen: &load::Seen, read: &Read) {
        let (acknowledged, durable) = (seen.acknowledged.len() as u64, seen.durable.len() as u64);
        self.acknowledged += acknowledged;
        self.unacknowledged += durable;
        self.refused += seen.refused;
        self.open += seen.begun - acknowledged - durable - seen.refused;
        self.snapshots += read.snapshots();
    }
}

/// Until both replicas are in sync, also those that have nothing to do.
pub fn wait_until_in_sync(cluster: &Cluster) {
    cluster.set_terms(&Terms { min_in_sync: 0, ..Terms::strict(Level::FullSync) });
    let in_sync = "SHOW STATUS LIKE 'Anabranch_replicas_in_sync'";
    let wanted = REPLICAS.to_string();
    cluster.wait_until("both replicas are in sync", || {
        let answer = cluster.ask(Copy::Primary, in_sync);
        answer.first().and_then(|row| row.get(1)) == Some(&wanted)
    });
}

/// All is well, and the ledger is empty everywhere.
pub fn begin(cluster: &mut Cluster, level: Level, terms: &Terms) {
    wait_until_in_sync(cluster);
    cluster.set_terms(&Terms::strict(level));
    bank::clear(cluster);
    checks::wait_until_equal(cluster);
    cluster.begin_round();
    cluster.set_terms(terms);
}

fn carry_out(cluster: &mut Cluster, step: &Step, shared: &Shared, name: &str) {
    match step {
        Step::Kill(copy) => cluster.kill(*copy),
        Step::Stop(copy) => cluster.stop(*copy),
        Step::Revive(copy) => cluster.revive(*copy),
        Step::Link(which, way) => cluster.link(*which, *way),
        Step::Terms(terms) => change_terms(cluster, terms),
        Step::Last(ms) => std::thread::sleep(Duration::from_millis(*ms)),
        Step::Answers(more) => {
            let answered = answers(shared, *more, LIMIT);
            let why = || format!("{name}: no {more} commits more, {step:?}\n{}", cluster.story());
            assert!(answered || !shared.violations().is_empty(), "{}", why());
        }
        Step::AnswersOr(more, ms) => {
            answers(shared, *more, Duration::from_millis(*ms));
        }
    }
}

/// A shorter allowance may send away the replica that nothing was done to, where the machine is busy.
fn change_terms(cluster: &Cluster, terms: &Terms) {
    if terms.max_lag_ms < cluster.configured.max_lag_ms {
        (0..REPLICAS).for_each(|which| cluster.disturbed.note(Copy::Replica(which)));
    }
    cluster.set_terms(terms);
}

/// Whether so many more commits are answered in time.
pub fn answers(shared: &Shared, more: u64, limit: Duration) -> bool {
    let (wanted, end) = (shared.done() + more, Instant::now() + limit);
    while shared.done() < wanted {
        if Instant::now() >= end || !shared.violations().is_empty() {
            return false;
        }
        std::thread::sleep(POLL);
    }
    true
}

/// Clients end: by themselves, where their primary is gone.
pub fn end_load(cluster: &mut Cluster, shared: &Shared, clients: Vec<JoinHandle<()>>, name: &str) {
    shared.stop.store(true, Ordering::Release);
    let ended = within_limit(cluster, all(clients));
    assert!(ended.is_some(), "{name}: clients hang\n{}", cluster.story());
}

async fn all(tasks: Vec<JoinHandle<()>>) {
    for task in tasks {
        task.await.expect("a task does not panic");
    }
}

/// What comes of it, if it ends in time.
pub fn within_limit<T>(cluster: &Cluster, work: impl Future<Output = T>) -> Option<T> {
    cluster.runtime.block_on(async { tokio::time::timeout(LIMIT, work).await.ok() })
}

/// Readers end with the load.
pub fn end_readers(cluster: &Cluster, readers: Vec<JoinHandle<()>>) {
    let ended = within_limit(cluster, all(readers));
    assert!(ended.is_some(), "readers hang\n{}", cluster.story());
}

/// Replicas run again. Where the primary is dead nothing that was on its way may reach them any more.
fn restore_replicas(cluster: &mut Cluster, primary_died: bool) {
    for which in 0..REPLICAS {
        if primary_died {
            cluster.link(which, Way::Closed);
        }
        cluster.revive(Copy::Replica(which));
    }
}

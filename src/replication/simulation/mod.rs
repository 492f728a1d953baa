//! A primary, its replicas and their clients on a simulated network, clock and disk, from a seed: thousands of lives
//! with every fault that we know of, and after each step the question whether a promise was broken.
//!
//! ```text
//! seed ─▶ scheduler ─▶ write · send · receive · sync and acknowledge · hear · apply · commit · time passes
//!             │        cut · stand still · lose power (now, or at an operation) · be killed · disk full · sync fails
//!             ▼        policy changes · START and STOP REPLICA · checkpoints
//!           checks ◀── Truth: the primary's log, the state after each transaction, who claimed to have what
//! ```
//!
//! **What is real**: the engine with its log, recovery, checkpoints and commit pipeline, [`Acks`](super::ack::Acks)
//! behind its barrier, followers, [`Sender`](super::primary::Sender) and where a dump begins; the receiver's steps
//! (`Intake`), the relay log and the applier. **What is simulated**: the network (packets in order, late, or lost
//! with their connection; each side learns of an end at its own time), the clock of acknowledgement, and the disk
//! ([`FaultyDisk`](crate::disk::FaultyDisk)). Left out are sockets, sign-in, the greeting of a source,
//! the first copy, and appliers with several threads.
//!
//! **What a seed decides**: everything. The simulation takes all steps on one thread: commits are made when it says
//! so (`Engine::hold_commits`), the applier is a future that it polls. The one thread beside it, which publishes what
//! a barrier lets through, is waited for before the next step; no timer of the real clock ends during a run, because a
//! simulated unit of time is some minutes of it. So a seed gives the same life again, but for times in the log.
//!
//! **What is checked**: `checks.rs`.
//! * every server shows the rows that the primary had after as many transactions, without gaps: at reads, after
//!   restarts, at the end;
//! * what is visible on the primary was let through for a reason: acknowledged at its level by replicas that had said
//!   so, or degraded, or its client has the error, each only where the policy allows it;
//! * a replica has what it claims, when it claims it and after any crash;
//! * nothing that was durable on the primary is lost; no replica has more than the primary;
//! * once nothing goes wrong any more all copies become equal, no client waits, and writes go on under `full_sync`
//!   with all replicas in sync; or, where the primary is lost for good instead, what was acknowledged is on the
//!   replicas that promised it and on the most advanced one.
//!
//! Each bug that it has found is a test of a few steps in `found.rs`.
//!
//! `SIMULATION_SEEDS=0..100000` runs other seeds than the usual ones; `SIMULATION_SEED=17` runs one and prints its trace.

mod checks;
mod clients;
mod defects;
mod faults;
mod found;
mod link;
mod network;
mod random;
mod server;
mod tables;
mod truth;
mod world;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use defects::Defect;
use truth::{Checked, Violation};
use world::{Counts, Trace, World};

/// What a broken check says.
struct Failure {
    seed: u64,
    violation: Violation,
    trace: Trace,
}

impl Failure {
    fn text(&self) -> String {
        let Self { seed, violation, trace } = self;
        format!("{}\nseed {seed}: {}", trace.lines().join("\n"), violation.0)
    }
}

fn life(seed: u64, defect: Defect, trace: Trace) -> Checked<Counts> {
    let mut world = World::new(seed, defect, trace)?;
    world.live()?;
    match seed % 4 {
        0 => world.lose_primary()?,
        _ => world.converge()?,
    }
    Ok(world.counts)
}

/// One life; a panic in it is a violation, too.
fn run(seed: u64, defect: Defect) -> (Result<Counts, Failure>, Trace) {
    let trace = Trace::default();
    let lived = catch_unwind(AssertUnwindSafe(|| life(seed, defect, trace.clone())));
    let lived = lived.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Violation(format!("panicked: {}", text.unwrap_or_default())))
    });
    let failure = |violation| Failure { seed, violation, trace: trace.clone() };
    (lived.map_err(failure), trace)
}

/// Runs seeds on all processors; ends with the first failure.
fn run_all(seeds: Range<u64>, defect: Defect) -> Result<Counts, Failure> {
    let next = AtomicU64::new(seeds.start);
    let failed = AtomicBool::new(false);
    let all = Mutex::new((Counts::default(), None));
    let work = || {
        while !failed.load(Ordering::SeqCst) {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= seeds.end {
                return;
            }
            let (lived, _) = run(seed, defect);
            let mut all = all.lock().expect("nobody panics");
            match lived {
                Ok(counts) => all.0.add(&counts),
                Err(failure) => {
                    failed.store(true, Ordering::SeqCst);
                    all.1 = Some(failure);
                }
            }
        }
    };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..processors).for_each(|_| drop(scope.spawn(work))));
    let (counts, failure) = all.into_inner().expect("nobody panics");
    failure.map_or(Ok(counts), Err)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn seeds() -> Range<u64> {
    let Some(text) = variable("SIMULATION_SEEDS") else { return 0..2_000 };
    let (from, to) = text.split_once("..").expect("SIMULATION_SEEDS=FROM..TO");
    from.parse().expect("a number")..to.parse().expect("a number")
}

#[test]
fn no_promise_is_broken() {
    if let Some(seed) = variable("SIMULATION_SEED") {
        let (lived, trace) = run(seed.parse().expect("a number"), Defect::None);
        println!("{}", trace.lines().join("\n"));
        println!("{:?}", lived.as_ref().map_err(|failure| &failure.violation));
        assert!(lived.is_ok());
        return;
    }
    match run_all(seeds(), Defect::None) {
        Ok(counts) => {
            println!("{counts:?}");
            let all = [counts.promised, counts.unacknowledged, counts.degraded, counts.refused];
            assert!(all.iter().all(|count| *count > 0), "a run reaches all outcomes: {counts:?}");
        }
        Err(failure) => panic!("{}", failure.text()),
    }
}

#[test]
fn a_seed_gives_the_same_life() {
    for seed in 0..20 {
        let (first, again) = (run(seed, Defect::None).1.lines(), run(seed, Defect::None).1.lines());
        assert_eq!(first, again, "seed {seed}");
    }
}

/// Seeds within which a defect must be found.
const WITHIN: Range<u64> = 0..300;

#[test]
fn an_acknowledgement_before_the_relay_log_is_synced_is_found() {
    let failure = run_all(WITHIN, Defect::UnsyncedRelay).err().expect("it is found");
    let text = failure.violation.0;
    assert!(text.contains("promised") || text.contains("the relay log"), "{text}");
}

#[test]
fn publishing_before_the_acknowledgement_is_found() {
    let failure = run_all(WITHIN, Defect::EarlyPublish).err().expect("it is found");
    assert!(failure.violation.0.contains("acknowledged only"), "{}", failure.violation.0);
}

//! What is done to the cluster in a round: scenarios as lists of steps, chosen by the round's number.

use crate::cluster::{Copy, REPLICAS};
use crate::link::Way;
use crate::numbers::Numbers;
use crate::terms::{Late, Level, Terms};

/// One thing that is done.
#[derive(Debug, Clone)]
pub enum Step {
    Kill(Copy),
    /// SIGSTOP.
    Stop(Copy),
    /// SIGCONT, or a start.
    Revive(Copy),
    Link(usize, Way),
    Terms(Terms),
    /// Milliseconds that a fault lasts.
    Last(u64),
    /// So many more commits are answered.
    Answers(u64),
    /// So many more are, or the milliseconds are over: where the policy may forbid it.
    AnswersOr(u64, u64),
}

use Step::{Answers, AnswersOr, Kill, Last, Link, Revive, Stop};

/// A round's terms at its beginning, and its steps. A round whose last step is the primary's end is checked while it
/// is dead.
pub struct Scenario {
    pub name: &'static str,
    pub terms: Terms,
    pub steps: Vec<Step>,
}

/// Makes one's steps.
type Make = fn(&Terms, &mut Numbers) -> Vec<Step>;

const KINDS: [(&str, Make); 17] = [
    ("the primary dies", primary_dies),
    ("a replica dies", replica_dies),
    ("a replica dies, then the primary", replica_then_primary),
    ("both replicas die", both_die),
    ("a replica is stopped", replica_stops),
    ("a replica is cut off", replica_is_cut_off),
    ("a link is half open", half_open),
    ("half open, then the primary dies", half_open_then_primary),
    ("both links freeze, then the primary dies", both_freeze_then_primary),
    ("both replicas are stopped, then the primary dies", both_stop_then_primary),
    ("all die", all_die),
    ("the policy changes", policy_changes),
    ("the policy changes, then the primary dies", policy_changes_then_primary),
    ("the primary is stopped", primary_stops),
    ("links come and go", links_come_and_go),
    ("a slow replica leaves the set", slow_replica),
    ("acknowledgements are lost", acks_are_lost),
];

/// The scenario of a round.
pub fn scenario(level: Level, number: u64, numbers: &mut Numbers) -> Scenario {
    let (name, make) = KINDS[scenario_kind(level, number)];
    let mut terms = Terms::strict(level);
    match numbers.below(8) {
        0 | 1 => (terms.late, terms.timeout_ms) = (Late::Error, 50 + numbers.below(300)),
        2 => (terms.late, terms.timeout_ms) = (Late::Degrade, 50 + numbers.below(300)),
        _ => {}
    }
    if level == Level::SemiSync && numbers.below(4) == 0 {
        terms.count = 2;
    }
    let mut steps = vec![Answers(5 + numbers.below(90))];
    steps.extend(make(&terms, numbers));
    Scenario { name, terms, steps }
}

/// All kinds in turn, beginning elsewhere for each level, so that few rounds of each meet many kinds.
fn scenario_kind(level: Level, number: u64) -> usize {
    let offset = Level::ALL.iter().position(|other| *other == level).unwrap_or(0) * 4;
    // 7 and 17 have no common divisor
    (number as usize * 7 + offset) % KINDS.len()
}

fn some_replica(numbers: &mut Numbers) -> usize {
    numbers.below(REPLICAS as u64) as usize
}

fn both(step: impl Fn(usize) -> Step) -> impl Iterator<Item = Step> {
    (0..REPLICAS).map(step)
}

/// Commits go on with one replica where the policy asks for no more, or lets go of the one that is gone.
fn goes_on(terms: &Terms, gone_for_sure: bool) -> Step {
    let goes_on = match terms.level {
        Level::Async | Level::Quorum => true,
        Level::SemiSync => terms.count == 1,
        Level::FullSync => gone_for_sure,
    };
    if goes_on { Answers(5) } else { AnswersOr(5, 200) }
}

fn primary_dies(_: &Terms, _: &mut Numbers) -> Vec<Step> {
    vec![Kill(Copy::Primary)]
}

fn replica_dies(terms: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let which = Copy::Replica(some_replica(numbers));
    vec![Kill(which), goes_on(terms, true), Revive(which), Answers(5)]
}

fn replica_then_primary(terms: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let which = Copy::Replica(some_replica(numbers));
    let mut steps = vec![Kill(which), goes_on(terms, true)];
    if numbers.below(2) == 0 {
        steps.extend([Revive(which), Answers(numbers.below(20))]);
    }
    steps.push(Kill(Copy::Primary));
    steps
}

fn both_die(_: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let mut steps: Vec<Step> = both(|which| Kill(Copy::Replica(which))).collect();
    steps.push(AnswersOr(5, 30 + numbers.below(300)));
    steps.extend(both(|which| Revive(Copy::Replica(which))));
    steps.push(Answers(5));
    steps
}

fn replica_stops(terms: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let which = Copy::Replica(some_replica(numbers));
    let last = Last(numbers.below(400));
    vec![Stop(which), goes_on(terms, false), last, Revive(which), Answers(5)]
}

fn replica_is_cut_off(terms: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let which = some_replica(numbers);
    let last = Last(numbers.below(200));
    vec![Link(which, Way::Closed), goes_on(terms, true), last, Link(which, Way::Open), Answers(5)]
}

const HALF_OPEN: [Way; 3] = [Way::Frozen, Way::NoAcks, Way::NoEvents];

fn half_open(terms: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let (which, way) = (some_replica(numbers), numbers.one_of(&HALF_OPEN));
    let mut steps = vec![Link(which, way), goes_on(terms, false), Last(numbers.below(400))];
    if numbers.below(2) == 0 {
        // what was on its way is lost
        steps.push(Link(which, Way::Closed));
    }
    steps.extend([Link(which, Way::Open), Answers(5)]);
    steps
}

fn half_open_then_primary(terms: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let (which, way) = (some_replica(numbers), numbers.one_of(&HALF_OPEN));
    vec![Link(which, way), goes_on(terms, false), Last(numbers.below(100)), Kill(Copy::Primary)]
}

fn both_freeze_then_primary(_: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let ways = [(); REPLICAS].map(|()| numbers.one_of(&HALF_OPEN));
    let mut steps: Vec<Step> = both(|which| Link(which, ways[which])).collect();
    steps.push(AnswersOr(5, 20 + numbers.below(200)));
    steps.extend(both(|which| Link(which, Way::Closed)));
    steps.push(Kill(Copy::Primary));
    steps
}

fn both_stop_then_primary(_: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let mut steps: Vec<Step> = both(|which| Stop(Copy::Replica(which))).collect();
    steps.push(AnswersOr(5, 20 + numbers.below(200)));
    if numbers.below(2) == 0 {
        // what the kernel holds for them is lost
        steps.extend(both(|which| Kill(Copy::Replica(which))));
    }
    steps.push(Kill(Copy::Primary));
    steps
}

fn all_die(_: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let mut order: Vec<Step> = both(|which| Kill(Copy::Replica(which))).collect();
    if numbers.below(2) == 0 {
        order.reverse();
    }
    order.push(Kill(Copy::Primary));
    order
}

/// Another policy, still one that promises; or any.
fn other_terms(numbers: &mut Numbers) -> Terms {
    let mut terms = Terms::strict(numbers.one_of(&Level::ALL));
    terms.count = 1 + numbers.below(2);
    terms
}

fn changes(numbers: &mut Numbers) -> Vec<Step> {
    let count = 3 + numbers.below(5);
    (0..count)
        .flat_map(|_| [Step::Terms(other_terms(numbers)), Answers(numbers.below(8))])
        .collect()
}

/// Both replicas have what clients wait for, and nobody heard of it: when they connect again, they say so.
fn acks_are_lost(_: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let mut steps: Vec<Step> = both(|which| Link(which, Way::NoAcks)).collect();
    steps.push(AnswersOr(10, 50 + numbers.below(100)));
    steps.extend(both(|which| Link(which, Way::Closed)));
    steps.extend(both(|which| Link(which, Way::Open)));
    steps.push(Answers(5));
    steps
}

fn policy_changes(_: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let mut steps = changes(numbers);
    steps.push(Answers(5));
    steps
}

fn policy_changes_then_primary(terms: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let mut steps = changes(numbers);
    let which = Copy::Replica(some_replica(numbers));
    // one replica less, and the policy changes while commits may wait
    steps.extend([Stop(which), AnswersOr(3, 50), Step::Terms(other_terms(numbers))]);
    steps.extend([AnswersOr(3, 50), Step::Terms(terms.clone()), AnswersOr(3, 50)]);
    steps.push(Kill(Copy::Primary));
    steps
}

fn primary_stops(_: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    vec![Stop(Copy::Primary), Last(numbers.below(500)), Revive(Copy::Primary), Answers(5)]
}

fn links_come_and_go(_: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let ways = [Way::Closed, Way::Frozen, Way::NoAcks, Way::NoEvents];
    let mut steps = Vec::new();
    for _ in 0..4 + numbers.below(6) {
        let (which, way) = (some_replica(numbers), numbers.one_of(&ways));
        let last = AnswersOr(numbers.below(5), 5 + numbers.below(60));
        steps.extend([Link(which, way), last, Link(which, Way::Open)]);
    }
    steps.push(Answers(5));
    if numbers.below(2) == 0 {
        steps.push(Kill(Copy::Primary));
    }
    steps
}

/// It lags more than is allowed: commits go on without it, until it has caught up.
fn slow_replica(terms: &Terms, numbers: &mut Numbers) -> Vec<Step> {
    let which = some_replica(numbers);
    let mut impatient = terms.clone();
    (impatient.max_lag_ms, impatient.late) = (200, Late::Block);
    let goes_on = if terms.level == Level::FullSync { Answers(10) } else { goes_on(terms, false) };
    let mut steps = vec![Step::Terms(impatient), Stop(Copy::Replica(which)), goes_on];
    if numbers.below(2) == 0 {
        steps.push(Kill(Copy::Primary));
    } else {
        steps.extend([Revive(Copy::Replica(which)), Answers(5)]);
    }
    steps
}

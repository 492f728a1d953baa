//! What the parts say together: a replica that was waited for in vain, and what is learned of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Positions;
use crate::gtid::Position;
use crate::proxy::causal::Moment;
use crate::proxy::topology::ServerId;

const PRIMARY: ServerId = ServerId(0);
const REPLICA: ServerId = ServerId(1);
/// So long that no pause of it ends within a test.
const WAIT: Duration = Duration::from_secs(60);

struct Scene(Positions);

impl Scene {
    /// The primary has 1, the replica nothing of it.
    fn new() -> Self {
        let scene = Self(Positions::new(2));
        scene.0.seen(REPLICA, Moment::default().next(), position(0));
        scene.primary_has(1);
        scene
    }

    fn primary_has(&self, number: u32) {
        let asked = self.0.moment(Instant::now());
        self.0.primary_said(PRIMARY, asked, Some(position(number)));
    }

    fn replica_has(&self, number: u32) {
        self.0.seen(REPLICA, Moment::default().next(), position(number));
    }

    fn miss(&self, times: u32) {
        for _ in 0..times {
            self.0.missed(REPLICA, self.0.moment(Instant::now()), WAIT);
        }
    }

    fn may_wait(&self, lag: Option<Duration>) -> bool {
        self.0.may_wait(REPLICA, self.0.moment(Instant::now()), lag, WAIT)
    }
}

fn position(number: u32) -> Arc<Position> {
    Arc::new(Position::parse(&format!("0-1-{}", number + 1)).expect("a position"))
}

#[test]
fn a_replica_that_is_seen_to_catch_up_in_time_is_waited_for_again() {
    let scene = Scene::new();
    scene.miss(8);
    assert!(scene.may_wait(None), "a few are forgiven");
    scene.miss(8);
    assert!(!scene.may_wait(None));
    scene.replica_has(1);
    assert!(scene.may_wait(None));
}

#[test]
fn one_that_was_level_when_the_primary_was_asked_shows_nothing() {
    let scene = Scene::new();
    scene.replica_has(2);
    scene.miss(16);
    scene.primary_has(2);
    scene.replica_has(2);
    assert!(!scene.may_wait(None), "how fast it is was not seen");
}

#[test]
fn only_one_read_tries_its_luck() {
    let scene = Scene::new();
    scene.miss(16);
    let begin = |later| {
        let at = scene.0.moment(Instant::now() + Duration::from_secs(later));
        scene.0.begin_wait(REPLICA, at, WAIT)
    };
    assert!(!begin(0));
    assert!(begin(300));
    assert!(!begin(300), "another one does already");
}

#[test]
fn what_is_proven_counts_more_than_an_old_lag() {
    let scene = Scene::new();
    let hour = Some(Duration::from_secs(3600));
    let later = || scene.0.moment(Instant::now() + Duration::from_secs(3600));
    assert!(!scene.0.may_wait(REPLICA, later(), hour, WAIT));
    scene.replica_has(1);
    assert!(scene.may_wait(hour));
    assert!(!scene.0.may_wait(REPLICA, later(), hour, WAIT), "the proof is as old");
}

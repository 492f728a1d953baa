//! A read that no replica can serve now, and a primary that takes only so many of those.
//!
//! ```text
//! no replica ─▶ the primary has room ─────────────────────────▶ primary
//!     │ crowded: wait longer for one that is nearly there
//!     ▼
//!  no room ─▶ a late replica that its level allows ───────────▶ the least late one
//!     │
//!     ▼
//!  in line ─▶ its turn: primary; a replica has it: there; time is over: error 1040
//! ```
//!
//! What a level promises holds in all of this: a read that may not be stale waits, and in the end fails.

use std::time::{Duration, Instant};

use smallvec::SmallVec;

use crate::metrics::ShareOutcome;
use crate::proxy::backend::{Pass, Turn};
use crate::proxy::causal::{LateLimits, Standing};
use crate::proxy::route::Reason;
use crate::proxy::route::pick::{Candidate, as_late_as, pick};
use crate::proxy::topology::{ServerId, ServerView, View};
use crate::wire::error::ServerError;

use super::Session;
use super::acquire::NoConnection;
use super::attempt::Attempt;
use super::choose::Choice;

/// Who waits in line looks so often whether a replica has what is needed by now.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What spares the primary, as far as sessions act on it.
#[derive(Clone, Copy, Debug)]
pub struct Protection {
    /// How long a read waits in line for the primary.
    pub read_wait: Duration,
    /// How long a read may wait for a replica while the primary is crowded.
    pub replica_wait: Duration,
    /// How late a replica may be that serves what the primary does not take.
    pub late: LateLimits,
    /// Statements in flight from which on a replica of the proxy's zone counts as crowded; `None` where the
    /// proxy is in no zone.
    pub zone_overload: Option<u32>,
}

/// Where a read stands with the primary's door.
#[derive(Debug, Default)]
pub struct AtTheDoor {
    pass: Option<Pass>,
    turn: Option<Turn>,
    /// When waiting in line ends, once it has begun.
    until: Option<Instant>,
    /// It waits longer for replicas than usual.
    patient: bool,
}

impl AtTheDoor {
    /// It has waited in line: time has passed since it arrived.
    pub fn has_waited(&self) -> bool {
        self.until.is_some()
    }
}

impl Attempt {
    /// The replica that was chosen before is not it.
    fn forget_zone(&mut self) {
        self.reason = self.reason.filter(|reason| *reason != Reason::OtherZone);
    }
}

impl Session {
    /// The read goes to this replica: it needs no place on the primary.
    pub(super) fn settle_on_replica(&self, view: &View, server: ServerId, attempt: &mut Attempt) {
        if attempt.door.has_waited() {
            self.local.shared.metrics.share_used_up(ShareOutcome::Replica);
            attempt.reason = Some(Reason::Waited);
            attempt.door = AtTheDoor::default();
        }
        attempt.forget_zone();
        if view.server(server).is_some_and(|server| !server.near) {
            attempt.reason = Some(Reason::OtherZone);
        }
        attempt.door.pass = None;
    }

    /// No replica can serve the read at once; `choice` is what there is instead.
    pub(super) fn choose_beyond(
        &self,
        view: &View,
        attempt: &mut Attempt,
        choice: Choice,
        retrying: bool,
    ) -> Choice {
        let Some(primary) = view.primary.filter(|primary| !attempt.failed.contains(primary)) else {
            return choice;
        };
        let mut choice = choice;
        if self.takes_patience(primary, attempt) && choice == Choice::None {
            choice = self.choose_replica(view, attempt);
        }
        if choice != Choice::None {
            return choice;
        }
        attempt.forget_zone();
        if !retrying {
            attempt.reason.get_or_insert(self.why_no_replica(view, attempt));
        }
        if self.is_let_in(primary, attempt) {
            return Choice::Server(primary);
        }
        match self.choose_late(view, attempt) {
            Some(server) => {
                attempt.reason = Some(Reason::PrimaryShare);
                attempt.door = AtTheDoor::default();
                Choice::Server(server)
            }
            None => Choice::InLine(primary),
        }
    }

    /// While the primary is crowded a read waits longer for a replica, if it waits at all. `true` when that has
    /// just begun.
    fn takes_patience(&self, primary: ServerId, attempt: &mut Attempt) -> bool {
        let shared = &self.local.shared;
        let Some(reads) = &shared.primary_reads else { return false };
        let wait = self.local.limits().protection.replica_wait;
        if attempt.door.patient || attempt.policy.wait.is_zero() || attempt.policy.wait >= wait {
            return false;
        }
        attempt.door.patient = reads.is_crowded(shared.connector.load(primary));
        if attempt.door.patient {
            attempt.policy.wait = wait;
        }
        attempt.door.patient
    }

    /// Whether the primary takes the read now.
    fn is_let_in(&self, primary: ServerId, attempt: &mut Attempt) -> bool {
        let shared = &self.local.shared;
        let Some(reads) = &shared.primary_reads else { return true };
        if attempt.door.pass.is_none() && attempt.door.turn.is_none() {
            attempt.door.pass = reads.enter(shared.connector.load(primary));
        }
        attempt.door.pass.is_some()
    }

    /// Of the replicas that are late, and not too late for this read, one of the least late.
    fn choose_late(&self, view: &View, attempt: &Attempt) -> Option<ServerId> {
        let limits = &self.local.limits().protection.late;
        let need = self.need(attempt);
        let will_do = |server: &&ServerView| {
            server.lag.is_some_and(|lag| attempt.policy.allows_late(lag, limits))
                && !attempt.failed.contains(&server.id)
                && self.standing(&need, server.id) == Standing::Ready
        };
        let will_do: SmallVec<[_; 8]> = view.late_replicas().filter(will_do).collect();
        let bound = as_late_as(will_do.iter().filter_map(|server| server.lag).min()?);
        let least = will_do.iter().filter(|server| server.lag.is_some_and(|lag| lag <= bound));
        let candidates: SmallVec<[Candidate; 8]> = least
            .map(|server| self.candidate(server, self.local.shared.connector.load(server.id)))
            .collect();
        pick(&candidates, self.next_turn())
    }

    /// Waits in line for the primary, up to the next look at the replicas.
    pub(super) async fn wait_in_line(
        &self,
        primary: ServerId,
        attempt: &mut Attempt,
    ) -> Result<(), NoConnection> {
        let shared = self.local.shared.clone();
        let Some(reads) = &shared.primary_reads else { return Ok(()) };
        let (now, limit) = (Instant::now(), self.local.limits().protection.read_wait);
        let until = *attempt.door.until.get_or_insert(now + limit);
        let left = until.saturating_duration_since(now);
        if attempt.door.turn.is_none() {
            attempt.door.turn = reads.wait();
        }
        let Some(turn) = attempt.door.turn.as_mut().filter(|_| !left.is_zero()) else {
            let full = attempt.door.turn.is_none();
            let outcome = if full { ShareOutcome::LineFull } else { ShareOutcome::TimedOut };
            shared.metrics.share_used_up(outcome);
            let (_, _, most) = reads.counts();
            return Err(NoConnection::Busy(ServerError::primary_share_used_up(most, limit)));
        };
        self.follow_replicas_closely();
        match tokio::time::timeout(left.min(LOOK_AGAIN), turn.granted()).await {
            Ok(pass) => {
                shared.metrics.share_used_up(ShareOutcome::LetIn);
                attempt.door.pass = Some(pass);
                attempt.door.turn = None;
            }
            Err(_) => reads.look(shared.connector.load(primary)),
        }
        Ok(())
    }

    /// Somebody waits for replicas, whichever is first.
    fn follow_replicas_closely(&self) {
        let positions = &self.local.shared.positions;
        let now = positions.moment(Instant::now());
        self.local.with_view(|view| {
            for server in view.readable_replicas().chain(view.late_replicas()) {
                positions.demand(server.id, now);
            }
        });
    }
}

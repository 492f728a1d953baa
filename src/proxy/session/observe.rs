//! What a session learns from an answer, and what is counted. The one place for both.

use std::sync::Arc;
use std::time::Instant;

use crate::metrics::{Label, Pin, ShareOutcome};
use crate::proxy::route::{Reason, class_index, pin_reasons};
use crate::proxy::shapes::Taken;
use crate::sql::{Cause, Effects, Kind, StatementClass};
use crate::wire::StatusFlags;
use crate::wire::response::Expect;

use super::Session;
use super::left::leaves_found_rows;
use super::pooled::{explains_changes, is_opaque, leaves_doubt};
use super::relay::Outcome;
use super::statement::{On, Statement, Times};

impl Session {
    /// Books what happened.
    pub(super) fn done(
        &mut self,
        statement: &Statement,
        on: On,
        outcome: &Outcome,
        reason: Reason,
        times: &Times,
    ) {
        let now = outcome.ended.unwrap_or_else(Instant::now);
        let pinned = self.held.facts.pins.why;
        self.learn(statement, on, outcome, now);
        self.count_pins(pinned);
        self.note_answered(statement, on, outcome);
        if reason == Reason::PrimaryShare {
            self.local.shared.metrics.share_used_up(ShareOutcome::LeastLate);
        }
        if reason == Reason::ReplicaRefused {
            self.note_write(None, true, now);
        }
        if on.repeatable && !on.is_primary {
            self.reader = Some(on.server);
        }
        if statement.expect == Expect::Results {
            self.count_shape(&statement.class, Taken { primary: on.is_primary, reason });
        }
        let target = usize::from(!on.is_primary);
        let metrics = &self.local.metrics;
        metrics.statement(class_index(statement.class.kind), target, reason.index());
        metrics.sent(outcome.sent);
        let before = times.sent.unwrap_or(now).duration_since(times.arrived);
        metrics.took(target, now.duration_since(times.arrived), before);
    }

    /// Learns from an answer: the client's, or the same once more.
    pub(super) fn learn(&mut self, statement: &Statement, on: On, outcome: &Outcome, now: Instant) {
        self.observe(statement, on, outcome, now);
        self.note_shared(statement, on, outcome);
    }

    #[inline]
    fn count_shape(&mut self, class: &Arc<StatementClass>, taken: Taken) {
        let mut shapes = self.local.shapes.borrow_mut();
        let version = self.state.version();
        let context = match self.shape_context {
            Some((at, context)) if at == version => context,
            _ => shapes.context(&self.client.user, self.state.schema()),
        };
        self.shape_context = Some((version, context));
        shapes.note(class, context, taken);
    }

    /// What keeps the session where it is, and did not before.
    #[inline]
    fn count_pins(&self, before: Effects) {
        let new = self.held.facts.pins.why.without(before);
        if !new.is_empty() {
            let pins = pin_reasons(new).filter_map(pin_label);
            pins.for_each(|pin| self.local.shared.metrics.pinned(pin));
        }
    }

    /// What has to be known of a shared connection before another session may have it.
    fn note_shared(&mut self, statement: &Statement, on: On, outcome: &Outcome) {
        let (Some(pooled), class) = (&mut self.pooled, &*statement.class) else { return };
        let Some(connection) = self.connections.iter_mut().find(|c| c.server == on.server) else {
            return;
        };
        let epoch = connection.epoch;
        let Some(shared) = &mut connection.shared else { return };
        if statement.expect == Expect::Prepare && outcome.error.is_none() {
            return;
        }
        pooled.left.answered(class, outcome, epoch, shared);
        pooled.note_cursor(statement, on.server, outcome);
        shared.doubtful |= leaves_doubt(class);
        if self.state.changed_unexplained() && !explains_changes(class) {
            self.held.pin_uncarried(on.server);
        }
    }

    /// The one place where a session learns from an answer.
    fn observe(&mut self, statement: &Statement, on: On, outcome: &Outcome, now: Instant) {
        let class = &*statement.class;
        let On { server, is_primary, .. } = on;
        let preparing = statement.expect == Expect::Prepare;
        let ends = matches!(class.kind, Kind::Commit | Kind::Rollback);
        let read_only = ends && self.held.reads_only();
        if !preparing {
            let failed = outcome.error.is_some();
            self.held.answered(server, is_primary, class, outcome.status, failed);
            if leaves_found_rows(class, outcome) || is_opaque(class) {
                self.held.note_found(server);
            }
        }
        let makes = class.effects.contains(Effects::TEMPORARY_TABLE);
        if !preparing && (makes || statement.temporary.is_some() && outcome.error.is_none()) {
            self.held.note_temporary(self.state.schema(), statement.temporary.as_ref());
        }
        if let (Some(collation), None) = (&statement.collation, outcome.error) {
            self.state.learn_collation(collation);
        }
        if let (Some(text), None) = (&statement.unreported, outcome.error) {
            self.state.learn_unreported(text);
        }
        if self.state.take_uncarried() {
            self.held.pin_uncarried(server);
        }
        let (version, lost) = (self.state.version(), self.state.take_tracking_lost());
        if let Some(connection) = self.connection_to(server) {
            connection.idle_since = now;
            connection.synced = version;
            connection.tracks &= !lost;
        }
        let ran = statement.expect == Expect::Results;
        let wrote = is_primary && ran && !read_only && may_have_written(class, outcome);
        if outcome.inserted {
            self.held.note_insert_id(server);
        }
        if matches!(class.cause, Cause::MultiStatement | Cause::Call | Cause::Compound) {
            if self.pooled.is_some() && !self.text_statements.is_empty() {
                // Names that are no longer known may still be there.
                self.held.pin_uncarried(server);
            }
            self.forget_all_text();
        }
        let position = self.state.take_written();
        if position.is_none() && ran && shows_data(class, outcome) {
            let now = self.local.shared.positions.moment(now);
            self.held.memory.note_read(server, now);
        }
        if position.is_some() || wrote {
            self.note_write(position, wrote, now);
        }
    }
}

fn pin_label(reason: Reason) -> Option<Pin> {
    Pin::ALL.iter().copied().find(|pin| pin.label() == reason.label())
}

/// Whether the answer may have shown the client what is in tables.
fn shows_data(class: &StatementClass, outcome: &Outcome) -> bool {
    let about_session = class.cause == Cause::Show && !class.needs.is_empty();
    match class.kind {
        Kind::Read => outcome.error.is_none() && !about_session,
        Kind::Write => !matches!(class.cause, Cause::Dml | Cause::Ddl | Cause::Admin | Cause::Do),
        Kind::Execute => true,
        _ => false,
    }
}

/// Whether a statement without a reported position may have changed data: servers commit some
/// (LOAD DATA, for one) only after they have written their answer.
fn may_have_written(class: &StatementClass, outcome: &Outcome) -> bool {
    let open = outcome.status.is_some_and(|s| s.contains(StatusFlags::SERVER_STATUS_IN_TRANS));
    let counted = class.cause == Cause::Dml && outcome.error.is_none();
    let changes = matches!(class.kind, Kind::Write | Kind::Commit | Kind::Execute)
        || class.effects.contains(Effects::IMPLICIT_COMMIT);
    let harmless = matches!(class.cause, Cause::LockingClause | Cause::UserVariableAssignment);
    changes && !open && !harmless && (!counted || outcome.affected_rows > 0)
}

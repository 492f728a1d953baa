//! A session's part in replaying transactions: notes commands before they are sent and answers when they are there, and when
//! the connection under a transaction is lost, runs what was noted again on another one. What may be run again, and
//! whether it went the same way, is decided in `proxy/replay`.
//!
//! ```text
//! note_sending ─▶ (pass) ─▶ note_answered          lost ─▶ bring_back ─▶ acquire ─▶ step, step, … ─▶ the command at hand
//!                                                               └ another answer: ROLLBACK there, and the error as ever
//! ```

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use crate::proxy::replay::{Answer, Asked, Bounds, Fate, Part, Record, Sent, Situation, part};
use crate::proxy::topology::{Flavour, ServerId};
use crate::sql::{Kind, StatementClass};
use crate::wire::StatusFlags;
use crate::wire::command;
use crate::wire::header::HEADER_LEN;
use crate::wire::prepared::{Types, execute_types, set_statement_id, with_types};
use crate::wire::response::Counts;

use super::Session;
use super::client::Arrived;
use super::relay::Outcome;
use super::statement::{On, Statement};
use crate::proxy::route::Reason;

/// Bounds and times of replays.
#[derive(Clone, Copy, Debug)]
pub struct ReplayLimits {
    /// What is kept of a transaction.
    pub bounds: Bounds,
    /// How long a replay waits for a server, and for each answer.
    pub wait: Duration,
}

/// What a session keeps for replays.
pub struct Replay {
    pub(super) record: Record,
    pub(super) wait: Duration,
    /// Parameter data of the execution at hand has to be sent again before it.
    pub(super) resends: bool,
}

impl Replay {
    /// Of a session that has just begun.
    pub fn new(limits: ReplayLimits) -> Self {
        Self { record: Record::new(limits.bounds), wait: limits.wait, resends: false }
    }
}

/// What was noted of a command.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noted {
    /// It may be sent again, on another connection, if this one is lost under it.
    pub again: bool,
    /// The checksum of its answer is wanted.
    pub sum: bool,
}

/// A command in the form in which any server can be sent it.
#[derive(Default)]
struct Form<'a> {
    payload: Cow<'a, [u8]>,
    /// What it executes.
    text: Option<Rc<[u8]>>,
    counts: Counts,
    cursor: bool,
    /// It has no such form.
    bars: Option<Fate>,
}

/// Flags of EXECUTE that ask for a cursor, and where they are in the payload.
const CURSOR_FLAGS: u8 = 0x07;
const EXECUTE_FLAGS: usize = 5;

impl Session {
    /// A transaction is open that can be replayed so far.
    pub(super) fn is_recording(&self) -> bool {
        self.replay.as_ref().is_some_and(|replay| replay.record.is_open())
    }

    /// The command at hand is about to be sent to a server.
    pub(super) fn note_sending(
        &mut self,
        arrived: Arrived,
        statement: &Statement,
        server: ServerId,
    ) -> Noted {
        let Some(mut replay) = self.replay.take() else { return Noted::default() };
        let opens =
            matches!(statement.class.kind, Kind::Begin { .. } | Kind::SetTransaction { .. });
        let noted = match replay.record.is_idle() && !opens && !self.held.facts.autocommit_off {
            true => {
                replay.record.passes_by();
                Noted::default()
            }
            false => self.note_in(&mut replay, arrived, statement, server),
        };
        self.replay = Some(replay);
        noted
    }

    fn note_in(
        &mut self,
        replay: &mut Replay,
        arrived: Arrived,
        statement: &Statement,
        server: ServerId,
    ) -> Noted {
        let form = self.form(arrived, statement);
        let part = part_of(arrived, &statement.class, &form);
        let long_data = statement.prepared.filter(|id| {
            let sent = statement.fixed.is_some_and(|route| route.reason == Reason::LongData);
            let executes = arrived.command == command::STMT_EXECUTE;
            executes && (sent || replay.record.pieces_of(*id).next().is_some())
        });
        let Form { payload, text, counts, .. } = &form;
        let (text, counts) = (text.clone(), *counts);
        let sent = Sent { part, class: &statement.class, payload, text, counts, long_data };
        replay.record.sending(&sent, &self.situation());
        if part == Part::Begin || !replay.record.is_open() {
            self.state.begin_transaction();
        }
        if let Some(id) = long_data.filter(|_| std::mem::take(&mut replay.resends)) {
            self.resend_pieces(replay, id, arrived, server);
        }
        Noted { again: replay.record.may_send_again(), sum: replay.record.wants_sum() }
    }

    fn situation(&self) -> Situation {
        let facts = &self.held.facts;
        let cursors = self.pooled.as_ref().is_some_and(|pooled| !pooled.cursors.is_empty());
        Situation {
            autocommit_off: facts.autocommit_off,
            ties: cursors
                || facts.pins.server.is_some()
                || facts.user_variables.is_some()
                || self.held.long_data.is_some()
                || !self.state.watches_transactions(),
            shaped: facts.next_transaction.is_some(),
            version: self.state.version(),
        }
    }

    fn form(&self, arrived: Arrived, statement: &Statement) -> Form<'_> {
        let written = self.rewritten.as_deref().and_then(|packet| packet.get(HEADER_LEN..));
        let payload = written.unwrap_or_else(|| self.client.payload(arrived));
        if !arrived.whole {
            return Form { bars: Some(Fate::TooLarge), ..Form::default() };
        }
        match arrived.command {
            command::STMT_EXECUTE => self.execution_form(payload, statement),
            _ => Form { payload: payload.into(), ..Form::default() },
        }
    }

    /// An execution: with its text, and with the types of its parameters.
    fn execution_form<'a>(&'a self, payload: &'a [u8], statement: &Statement) -> Form<'a> {
        let barred = |why| Form { bars: Some(why), ..Form::default() };
        let known = statement.prepared.and_then(|id| self.statements.get(id));
        let Some(prepared) = known else { return barred(Fate::Statement) };
        let text = self.instead.clone().or_else(|| prepared.sql.clone());
        if text.is_none() {
            return barred(Fate::TooLarge);
        }
        if prepared.version < self.state.meaning_changed_at() {
            return barred(Fate::SessionState);
        }
        let flags = payload.get(EXECUTE_FLAGS).copied().unwrap_or_default();
        let payload = match execute_types(payload, prepared.counts.parameters) {
            Ok(Types::None | Types::Here(_)) => payload.into(),
            Ok(Types::Missing(flag)) => match &prepared.types {
                Some(types) => with_types(payload, flag, types).into(),
                None => return barred(Fate::Statement),
            },
            Err(_) => return barred(Fate::Statement),
        };
        let cursor = flags & CURSOR_FLAGS != 0;
        Form { payload, text, counts: prepared.counts, cursor, bars: None }
    }

    /// Parameter data that was on the lost connection goes ahead of the execution.
    fn resend_pieces(&mut self, replay: &Replay, id: u32, arrived: Arrived, server: ServerId) {
        let own = crate::wire::prepared::statement_id(self.client.payload(arrived));
        let Ok(server_id) = own else { return };
        let Some(connection) = self.connection_to(server) else { return };
        for piece in replay.record.pieces_of(id) {
            let mut piece = piece.to_vec();
            set_statement_id(&mut piece, server_id);
            connection.queue(&piece);
        }
    }

    /// The command was answered, and what the answer says of the session is known.
    pub(super) fn note_answered(&mut self, statement: &Statement, on: On, outcome: &Outcome) {
        let transaction = self.held.facts.transaction;
        let idle = |replay: &Replay| replay.record.is_idle() && transaction.is_none();
        if self.replay.as_deref().is_none_or(idle) {
            return;
        }
        let opened = StatusFlags::SERVER_STATUS_CURSOR_EXISTS;
        let answer = Answer {
            sum: outcome.sum.unwrap_or_default(),
            open: transaction.is_some(),
            on_replica: transaction.is_some_and(|transaction| transaction.on_replica),
            error: outcome.error,
            cursor: outcome.status.is_some_and(|status| status.contains(opened)),
            local_file: outcome.local_file,
            unsafe_write: self.may_have_written_unsafely(&statement.class, on.server),
            version: self.state.version(),
        };
        if let Some(replay) = &mut self.replay {
            replay.resends = false;
            replay.record.answered(&answer);
        }
    }

    /// Whether the transaction may have written what a rollback does not undo. The bundled server, which has only
    /// transactional tables, tells nothing about that.
    fn may_have_written_unsafely(&self, class: &StatementClass, server: ServerId) -> bool {
        match self.state.wrote_unsafely() {
            Some(wrote) => wrote,
            None => class.kind == Kind::Write && !self.is_all_transactional(server),
        }
    }

    /// The server has no tables but transactional ones.
    pub(super) fn is_all_transactional(&self, server: ServerId) -> bool {
        self.flavour(server) == Flavour::Anabranch
    }

    /// Parameter data is about to be sent ahead. `goes_on`: it is not the first for its statement.
    pub(super) fn note_piece(&mut self, id: u32, arrived: Arrived, goes_on: bool) {
        let Self { replay: Some(replay), client, .. } = self else { return };
        match arrived.whole {
            true => replay.record.piece(id, client.payload(arrived), goes_on),
            false => replay.record.piece_too_large(),
        }
    }

    /// The statement was closed or reset: its parameter data is forgotten.
    pub(super) fn forget_pieces(&mut self, id: u32) {
        if let Some(replay) = &mut self.replay {
            replay.record.forget_pieces(id);
        }
    }

    /// The connection that had the statement's parameter data is gone, but that is here, too: it is sent again.
    pub(super) fn resends_pieces(&mut self, id: u32) -> bool {
        let Some(replay) = &mut self.replay else { return false };
        let there = replay.record.is_open() && replay.record.pieces_of(id).next().is_some();
        replay.resends |= there;
        there
    }

    /// The transaction has ended otherwise than by an answer, or the client knows that it is lost.
    pub(super) fn forget_record(&mut self) {
        if let Some(replay) = &mut self.replay
            && self.held.facts.transaction.is_none()
        {
            replay.record.clear();
        }
    }

    /// Whether the command may commit what is open: looked at before it is sent.
    pub(super) fn may_commit(&self, arrived: Arrived, statement: &Statement) -> bool {
        let form = self.form(arrived, statement);
        let part = part_of(arrived, &statement.class, &form);
        matches!(part, Part::Commit | Part::Begin | Part::Bars(_))
    }
}

fn part_of(arrived: Arrived, class: &StatementClass, form: &Form<'_>) -> Part {
    let text = form.text.as_deref().or_else(|| form.payload.get(1..));
    let cursor = form.cursor;
    let part = part(&Asked { command: arrived.command, class, text, cursor });
    match form.bars {
        Some(why) if part == Part::Step => Part::Bars(why),
        _ => part,
    }
}

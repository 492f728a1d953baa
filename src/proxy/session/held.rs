//! What binds a session to one server: its transaction, and state that cannot be carried.
//!
//! Fed by what servers answered, never by what was asked of them.

use crate::proxy::causal::Memory;
use crate::proxy::route::{Facts, Pins, Transaction};
use crate::proxy::topology::ServerId;
use crate::sql::{Access, Effects, Kind, StatementClass, TemporaryTables};
use crate::wire::StatusFlags;

/// What the session is bound by.
#[derive(Debug, Default)]
pub struct Held {
    /// Facts for the next decision.
    pub facts: Facts,
    /// Where parameter data was sent ahead of an execution.
    pub long_data: Option<ServerId>,
    /// Where the last insert id was generated.
    generated: Option<ServerId>,
    /// The connection that had generated it is gone.
    insert_id_lost: bool,
    /// What it has written and read.
    pub memory: Memory,
    /// Flags of the last answer.
    status: StatusFlags,
    /// Connections are shared, and insert ids are brought along.
    pub shares: bool,
    /// The open transaction was begun READ ONLY, so its end writes nothing.
    reads_only: bool,
    /// Statements that took named locks, less those that gave some back.
    named_locks: u32,
    /// `FOUND_ROWS()`, where its connection was asked, which then has another one.
    pub found_kept: Option<u64>,
    /// Temporary tables, by `schema.name`; `None` where some have names that are not known.
    temporary: Option<Vec<Box<str>>>,
}

/// Temporary tables that are known by name at most; with more the session keeps its connection.
const MAX_TEMPORARY: usize = 64;

/// Effects that keep the session on the connection where they happened.
const PINNING: [Effects; 6] = [
    Effects::TEMPORARY_TABLE,
    Effects::TABLE_LOCK,
    Effects::NAMED_LOCK,
    Effects::HANDLER,
    Effects::XA_BEGIN,
    Effects::SETS_UNCARRIED,
];

impl Held {
    /// The status flags that the client was told last, for answers of the proxy itself.
    pub fn status(&self) -> StatusFlags {
        let mut status = self.status;
        status.remove(StatusFlags::SERVER_SESSION_STATE_CHANGED);
        status.remove(StatusFlags::SERVER_MORE_RESULTS_EXISTS);
        status
    }

    /// The session after signing in.
    pub fn new() -> Self {
        let status = StatusFlags::SERVER_STATUS_AUTOCOMMIT;
        Self { status, temporary: Some(Vec::new()), ..Self::default() }
    }

    /// Takes over what an answer of `server` says.
    pub fn answered(
        &mut self,
        server: ServerId,
        is_primary: bool,
        class: &StatementClass,
        status: Option<StatusFlags>,
        failed: bool,
    ) {
        let elsewhere = self.facts.transaction.is_some_and(|open| open.server != server);
        if elsewhere {
            // A command that is no part of the transaction: it says nothing about it.
            self.note_effects(server, class.effects);
            return;
        }
        if let Some(status) = status {
            self.status = status;
            let open = status.contains(StatusFlags::SERVER_STATUS_IN_TRANS);
            self.facts.transaction =
                open.then_some(Transaction { server, on_replica: !is_primary });
            let begins = matches!(class.kind, Kind::Begin { access: Some(Access::ReadOnly), .. });
            let begins_other = matches!(class.kind, Kind::Begin { .. }) && !begins;
            self.reads_only = open && !begins_other && (begins || self.reads_only);
            self.facts.autocommit_off = !status.contains(StatusFlags::SERVER_STATUS_AUTOCOMMIT);
        }
        self.facts.last = Some(server);
        self.note_next_transaction(server, class.kind, failed);
        // A statement that failed half way (the second of several) may still have had its effects.
        self.note_effects(server, class.effects);
    }

    /// An answer of `server` had rows, which `FOUND_ROWS()` counts.
    pub fn note_found(&mut self, server: ServerId) {
        self.facts.found = Some(server);
        self.found_kept = None;
    }

    /// The open transaction cannot have written.
    pub fn reads_only(&self) -> bool {
        self.reads_only
    }

    /// An answer of `server` named an insert id.
    pub fn note_insert_id(&mut self, server: ServerId) {
        self.generated = Some(server);
        self.insert_id_lost = false;
    }

    /// Whether LAST_INSERT_ID() was lost with a connection; asking clears the mark.
    pub fn take_insert_id_lost(&mut self) -> bool {
        std::mem::take(&mut self.insert_id_lost)
    }

    fn note_next_transaction(&mut self, server: ServerId, kind: Kind, failed: bool) {
        match kind {
            Kind::SetTransaction { session: false, .. } if !failed => {
                self.facts.next_transaction = Some(server);
            }
            // These begin no transaction, so the next one is still to come.
            Kind::SetSession | Kind::Use | Kind::Empty | Kind::Prepare | Kind::Deallocate => {}
            _ => self.facts.next_transaction = None,
        }
    }

    fn note_effects(&mut self, server: ServerId, effects: Effects) {
        if effects.is_empty() {
            return;
        }
        if effects.contains(Effects::USER_VARIABLES) {
            self.facts.user_variables = Some(server);
        }
        let mut why = self.facts.pins.why;
        if self.gives_last_lock_back(effects) {
            why = why.without(Effects::NAMED_LOCK);
        }
        let released = [
            (Effects::RELEASES_TABLE_LOCKS, Effects::TABLE_LOCK),
            (Effects::XA_END, Effects::XA_BEGIN),
        ];
        for (release, held) in released {
            if effects.contains(release) {
                why = why.without(held);
            }
        }
        if effects.contains(Effects::SETS_INSERT_ID) && !self.shares {
            why |= Effects::SETS_UNCARRIED;
        }
        for pin in PINNING {
            if effects.contains(pin) {
                why |= pin;
            }
        }
        self.pin(server, why);
    }

    /// Which lock a statement gives back is not known: as many as were taken have to be.
    fn gives_last_lock_back(&mut self, effects: Effects) -> bool {
        if effects.contains(Effects::RELEASES_ALL_LOCKS) {
            self.named_locks = 0;
        } else if effects.contains(Effects::RELEASES_NAMED_LOCKS) {
            self.named_locks = self.named_locks.saturating_sub(1);
        }
        if effects.contains(Effects::NAMED_LOCK) {
            self.named_locks = self.named_locks.saturating_add(1);
        }
        self.named_locks == 0
    }

    /// A statement has made temporary tables (`None`: of unknown names), or dropped tables.
    pub fn note_temporary(&mut self, schema: Option<&str>, tables: Option<&TemporaryTables>) {
        let whole = |name: &str| -> Box<str> {
            let schema = if name.starts_with('.') { schema.unwrap_or_default() } else { "" };
            format!("{schema}{name}").into()
        };
        match (tables, &mut self.temporary) {
            (_, None) => {}
            (Some(TemporaryTables::Created(name)), Some(known)) if known.len() < MAX_TEMPORARY => {
                let name = whole(name);
                if !known.contains(&name) {
                    known.push(name);
                }
            }
            (Some(TemporaryTables::Dropped(names)), Some(known)) => {
                let names: Vec<Box<str>> = names.iter().map(|name| whole(name)).collect();
                known.retain(|name| !names.contains(name));
            }
            (None | Some(TemporaryTables::Created(_)), _) => self.temporary = None,
        }
        if self.temporary.as_ref().is_some_and(Vec::is_empty) {
            let Pins { server, why } = self.facts.pins;
            let why = why.without(Effects::TEMPORARY_TABLE);
            self.facts.pins = if why.is_empty() { Pins::default() } else { Pins { server, why } };
        }
    }

    /// Something was set that no other connection can be told.
    pub fn pin_uncarried(&mut self, server: ServerId) {
        self.pin(server, self.facts.pins.why | Effects::SETS_UNCARRIED);
    }

    fn pin(&mut self, server: ServerId, why: Effects) {
        self.facts.pins = match why.is_empty() {
            true => Pins::default(),
            false => Pins { server: self.facts.pins.server.or(Some(server)), why },
        };
    }

    /// Whether losing the connection to `server` loses something the client relies on.
    pub fn relies_on(&self, server: ServerId) -> bool {
        let facts = &self.facts;
        facts.transaction.is_some_and(|transaction| transaction.server == server)
            || facts.pins.server == Some(server)
            || facts.user_variables == Some(server)
            || facts.next_transaction == Some(server)
            || self.long_data == Some(server)
    }

    /// The connection to `server` is gone, and what it held with it.
    pub fn lost(&mut self, server: ServerId) {
        if self.generated == Some(server) {
            self.generated = None;
            self.insert_id_lost = true;
        }
        self.long_data = self.long_data.filter(|place| *place != server);
        let facts = &mut self.facts;
        if facts.transaction.is_some_and(|transaction| transaction.server == server) {
            facts.transaction = None;
            self.reads_only = false;
            self.status.remove(StatusFlags::SERVER_STATUS_IN_TRANS);
        }
        if facts.pins.server == Some(server) {
            facts.pins = Pins::default();
            self.named_locks = 0;
            self.temporary = Some(Vec::new());
        }
        let last = [&mut facts.last, &mut facts.found];
        for place in
            [&mut facts.user_variables, &mut facts.next_transaction].into_iter().chain(last)
        {
            if *place == Some(server) {
                *place = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Cause;

    const A: ServerId = ServerId(0);
    const B: ServerId = ServerId(1);
    const IDLE: StatusFlags = StatusFlags::SERVER_STATUS_AUTOCOMMIT;

    fn after(effects: Effects) -> StatementClass {
        StatementClass::write(Cause::Dml).with_effects(effects)
    }

    #[test]
    fn status_flags_open_and_close_transactions() {
        let mut held = Held::new();
        let open = IDLE | StatusFlags::SERVER_STATUS_IN_TRANS;
        held.answered(B, false, &after(Effects::empty()), Some(open), false);
        assert_eq!(held.facts.transaction, Some(Transaction { server: B, on_replica: true }));
        assert!(held.relies_on(B) && !held.relies_on(A));
        held.answered(B, false, &after(Effects::empty()), None, true);
        assert!(held.facts.transaction.is_some(), "an error says nothing of the transaction");
        held.answered(B, false, &after(Effects::empty()), Some(StatusFlags::empty()), false);
        assert_eq!(held.facts.transaction, None);
        assert!(held.facts.autocommit_off);
    }

    #[test]
    fn a_read_only_transaction_writes_nothing_up_to_its_end() {
        let mut held = Held::new();
        let open = IDLE | StatusFlags::SERVER_STATUS_IN_TRANS;
        let mut step = |access, status| {
            let kind = Kind::Begin { access, consistent_snapshot: false };
            let class = StatementClass::new(kind, Cause::Transaction);
            held.answered(A, true, &class, Some(status), false);
            held.reads_only()
        };
        assert!(step(Some(Access::ReadOnly), open));
        assert!(!step(None, open), "another has begun");
        assert!(step(Some(Access::ReadOnly), open));
        held.answered(A, true, &after(Effects::empty()), Some(open), false);
        assert!(held.reads_only());
        held.answered(A, true, &after(Effects::empty()), Some(IDLE), false);
        assert!(!held.reads_only());
    }

    #[test]
    fn pins_are_taken_and_released() {
        let mut held = Held::new();
        held.answered(
            A,
            true,
            &after(Effects::TABLE_LOCK | Effects::NAMED_LOCK),
            Some(IDLE),
            false,
        );
        held.answered(A, true, &after(Effects::RELEASES_TABLE_LOCKS), Some(IDLE), false);
        assert_eq!(held.facts.pins, Pins { server: Some(A), why: Effects::NAMED_LOCK });
        held.answered(A, true, &after(Effects::RELEASES_NAMED_LOCKS), Some(IDLE), false);
        assert_eq!(held.facts.pins, Pins::default());
    }

    #[test]
    fn as_many_named_locks_as_were_taken_are_given_back() {
        let mut held = Held::new();
        let step = |held: &mut Held, effects| {
            held.answered(A, true, &after(effects), Some(IDLE), false);
            held.facts.pins.server
        };
        let all = Effects::RELEASES_NAMED_LOCKS | Effects::RELEASES_ALL_LOCKS;
        assert_eq!(step(&mut held, Effects::NAMED_LOCK), Some(A));
        assert_eq!(step(&mut held, Effects::NAMED_LOCK), Some(A));
        assert_eq!(step(&mut held, Effects::RELEASES_NAMED_LOCKS), Some(A), "the other is held");
        assert_eq!(step(&mut held, Effects::RELEASES_NAMED_LOCKS), None);
        assert_eq!(step(&mut held, Effects::NAMED_LOCK), Some(A));
        assert_eq!(step(&mut held, Effects::NAMED_LOCK), Some(A));
        assert_eq!(step(&mut held, all), None);
    }

    #[test]
    fn temporary_tables_end_with_the_last_of_them() {
        let mut held = Held::new();
        let created = |name: &str| TemporaryTables::Created(name.into());
        let dropped = |name: &str| TemporaryTables::Dropped(vec![name.into()]);
        for name in [".a", "s.b"] {
            held.answered(A, true, &after(Effects::TEMPORARY_TABLE), Some(IDLE), false);
            held.note_temporary(Some("s"), Some(&created(name)));
        }
        held.note_temporary(Some("other"), Some(&dropped(".a")));
        held.note_temporary(Some("s"), Some(&dropped(".b")));
        assert_eq!(held.facts.pins.server, Some(A), "s.a is there");
        held.note_temporary(None, Some(&dropped("s.a")));
        assert_eq!(held.facts.pins, Pins::default());
        held.answered(A, true, &after(Effects::TEMPORARY_TABLE), Some(IDLE), false);
        held.note_temporary(None, None);
        held.note_temporary(Some("s"), Some(&dropped(".a")));
        assert_eq!(held.facts.pins.server, Some(A), "of which nobody knows the name");
    }

    #[test]
    fn set_transaction_binds_the_next_statement_only() {
        let mut held = Held::new();
        let set = Kind::SetTransaction { session: false, access: None };
        held.answered(B, false, &StatementClass::new(set, Cause::Transaction), Some(IDLE), false);
        assert_eq!(held.facts.next_transaction, Some(B));
        held.answered(B, false, &after(Effects::empty()), Some(IDLE), false);
        assert_eq!(held.facts.next_transaction, None);
    }

    #[test]
    fn what_a_lost_connection_held_is_forgotten() {
        let mut held = Held::new();
        let open = IDLE | StatusFlags::SERVER_STATUS_IN_TRANS;
        let effects = Effects::USER_VARIABLES | Effects::TEMPORARY_TABLE;
        held.answered(A, true, &after(effects), Some(open), false);
        held.lost(B);
        assert!(held.relies_on(A));
        held.lost(A);
        assert!(!held.relies_on(A) && held.facts.transaction.is_none());
        assert!(!held.status().contains(StatusFlags::SERVER_STATUS_IN_TRANS));
    }
}

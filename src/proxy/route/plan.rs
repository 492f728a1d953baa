//! The decision between the primary and the replicas.

use super::{Reason, Route, Target};
use crate::proxy::topology::{RoutineCatalog, ServerId};
use crate::sql::{Access, Cause, Effects, Kind, Needs, RoutineName, StatementClass};

/// A transaction that is open on a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Where.
    pub server: ServerId,
    /// It was opened on a replica, so it can only read.
    pub on_replica: bool,
}

/// State that lives on one connection and cannot be carried to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    /// Which connection: all pins of a session are on one server.
    pub server: Option<ServerId>,
    /// What for; empty when `server` is `None`.
    pub why: Effects,
}

/// What a decision needs to know of the session.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// The open transaction.
    pub transaction: Option<Transaction>,
    /// `autocommit=0`.
    pub autocommit_off: bool,
    /// `SET SESSION TRANSACTION READ ONLY` holds.
    pub read_only: bool,
    /// `SET TRANSACTION` (for the next one only) was sent to this server.
    pub next_transaction: Option<ServerId>,
    /// What keeps the session on a connection.
    pub pins: Pins,
    /// Where user variables were set.
    pub user_variables: Option<ServerId>,
    /// Where the last statement ran.
    pub last: Option<ServerId>,
    /// Where the last one ran that gave rows, which `FOUND_ROWS()` counts.
    pub found: Option<ServerId>,
}

/// Decides where a statement goes.
pub fn plan(
    class: &StatementClass,
    facts: &Facts,
    routines: &RoutineCatalog,
    schema: Option<&str>,
) -> Route {
    state_route(class, facts)
        .or_else(|| routine_route(class, routines, schema))
        .or_else(|| needs_route(class, facts))
        .unwrap_or_else(|| class_route(class, facts, schema))
}

/// Where a hint wants a statement to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// On the primary.
    Primary,
    /// On a replica.
    Replica,
}

/// The route of a statement for which somebody asks for a place, and `why`. What is bound to a server stays
/// there, and only what is proven to be a read goes to a replica.
pub fn hinted(route: Route, hint: Hint, why: Reason, proven_read: bool) -> Route {
    match (hint, route.target) {
        (Hint::Primary, Target::Replica | Target::Any) => primary(why),
        (Hint::Replica, Target::Primary) if proven_read && route.reason == Reason::ServerState => {
            replica(why)
        }
        _ => route,
    }
}

/// A read that may write after all belongs on the primary, whatever it wants to read there.
fn routine_route(
    class: &StatementClass,
    routines: &RoutineCatalog,
    schema: Option<&str>,
) -> Option<Route> {
    let doubtful = class.kind == Kind::Read && !is_proven_read(class, routines, schema);
    doubtful.then(|| primary(Reason::Routine))
}

/// Whether the statement only reads, stored functions included.
pub fn is_proven_read(
    class: &StatementClass,
    routines: &RoutineCatalog,
    schema: Option<&str>,
) -> bool {
    class.kind == Kind::Read
        && class.routines.iter().all(|routine| only_reads(routine, routines, schema))
}

/// Whether a statement that is not a read wants user variables which are not on the primary: set
/// in a read-only transaction on a replica, or before a failover. They cannot be brought there.
pub fn wants_variables_of_another_server(
    class: &StatementClass,
    facts: &Facts,
    primary: Option<ServerId>,
) -> bool {
    class.kind != Kind::Read
        && class.needs.contains(Needs::USER_VARIABLES)
        && facts.transaction.is_none()
        && facts.user_variables.is_some_and(|server| Some(server) != primary)
}

/// The session is bound to one server, whatever the statement is.
fn state_route(class: &StatementClass, facts: &Facts) -> Option<Route> {
    if let Some(transaction) = facts.transaction {
        // A named lock belongs to the session, not to the transaction, and must be taken where
        // all others take it.
        if transaction.on_replica && class.effects.contains(Effects::NAMED_LOCK) {
            return Some(primary(Reason::NamedLocks));
        }
        if transaction.on_replica && class.cause == Cause::SetGlobal {
            return Some(primary(Reason::Statement(class.cause)));
        }
        return Some(held(transaction.server, Reason::Transaction));
    }
    if let Some(server) = facts.pins.server {
        return Some(held(server, pin_reason(facts.pins.why)));
    }
    facts.next_transaction.map(|server| held(server, Reason::NextTransaction))
}

fn pin_reason(why: Effects) -> Reason {
    pin_reasons(why).next().unwrap_or(Reason::UncarriedState)
}

/// What keeps the session on its connection, in words.
pub fn pin_reasons(why: Effects) -> impl Iterator<Item = Reason> {
    PIN_REASONS.iter().filter(move |(effect, _)| why.contains(*effect)).map(|(_, reason)| *reason)
}

const PIN_REASONS: [(Effects, Reason); 6] = [
    (Effects::TEMPORARY_TABLE, Reason::TemporaryTables),
    (Effects::TABLE_LOCK, Reason::TableLocks),
    (Effects::NAMED_LOCK, Reason::NamedLocks),
    (Effects::HANDLER, Reason::Handler),
    (Effects::XA_BEGIN, Reason::Xa),
    (Effects::SETS_UNCARRIED, Reason::UncarriedState),
];

/// The statement reads state that lives on one server.
fn needs_route(class: &StatementClass, facts: &Facts) -> Option<Route> {
    let needs = class.needs;
    if needs.is_empty() {
        return None;
    }
    if class.kind != Kind::Read {
        return None;
    }
    Some(match () {
        // counts of another server's are written into its text
        () if needs.intersects(Needs::COUNTS) && needs.contains(Needs::LAST_INSERT_ID) => {
            primary(Reason::LastInsertId)
        }
        () if needs.contains(Needs::LAST_STATEMENT) => {
            where_it_is(facts.last, Reason::LastStatement)
        }
        () if needs.contains(Needs::FOUND_ROWS) => where_it_is(facts.found, Reason::LastStatement),
        () if needs.contains(Needs::USER_VARIABLES) => {
            where_it_is(facts.user_variables, Reason::UserVariables)
        }
        () if needs.contains(Needs::LAST_INSERT_ID) => primary(Reason::LastInsertId),
        () => primary(Reason::ServerState),
    })
}

fn class_route(class: &StatementClass, facts: &Facts, schema: Option<&str>) -> Route {
    let reason = Reason::Statement(class.cause);
    match class.kind {
        Kind::Begin { access, consistent_snapshot } => {
            let read_only = match access {
                Some(access) => access == Access::ReadOnly,
                None => facts.read_only,
            };
            // Tools that take one snapshot over several connections need them on one server.
            if read_only && !consistent_snapshot {
                return read_only_route(facts);
            }
            primary(reason)
        }
        Kind::SetTransaction { session: false, access: Some(Access::ReadOnly) } => {
            read_only_route(facts)
        }
        Kind::SetSession if class.effects.contains(Effects::USER_VARIABLES) => {
            where_it_is(facts.user_variables, reason)
        }
        Kind::SetSession
        | Kind::Use
        | Kind::Commit
        | Kind::Rollback
        | Kind::Savepoint
        | Kind::Empty
        | Kind::SetTransaction { session: true, .. } => Route { target: Target::Any, reason },
        Kind::Read => read_route(class, facts, schema),
        _ => primary(reason),
    }
}

fn read_route(class: &StatementClass, facts: &Facts, schema: Option<&str>) -> Route {
    if schema.is_some_and(is_about_one_server) {
        return primary(Reason::ServerState);
    }
    match (facts.autocommit_off, facts.read_only) {
        (true, true) => read_only_route(facts),
        (true, false) => primary(Reason::AutocommitOff),
        (false, _) => replica(Reason::Statement(class.cause)),
    }
}

/// A read-only transaction may run on a replica, unless the session has set user variables, which
/// it may want to read.
fn read_only_route(facts: &Facts) -> Route {
    match facts.user_variables {
        Some(server) => held(server, Reason::UserVariables),
        None => replica(Reason::ReadOnlyTransaction),
    }
}

/// Whether a function only reads, by its declaration. A name that is built in on some servers
/// counts as that, unless the current schema has a function of this name.
fn only_reads(routine: &RoutineName, catalog: &RoutineCatalog, current: Option<&str>) -> bool {
    let current = current.map(str::to_lowercase);
    let Some(schema) = routine.schema.as_deref().or(current.as_deref()) else {
        return routine.built_in_somewhere;
    };
    catalog.only_reads(schema, &routine.name)
        || (routine.built_in_somewhere && !catalog.may_write(schema, &routine.name))
}

/// Schemas whose tables describe the server that is asked. A statement that names them is
/// classified by that; one that relies on `USE` cannot be.
fn is_about_one_server(schema: &str) -> bool {
    const SCHEMAS: [&str; 4] = ["information_schema", "performance_schema", "sys", "mysql"];
    SCHEMAS.iter().any(|known| schema.eq_ignore_ascii_case(known))
}

fn primary(reason: Reason) -> Route {
    Route { target: Target::Primary, reason }
}

fn replica(reason: Reason) -> Route {
    Route { target: Target::Replica, reason }
}

fn held(server: ServerId, reason: Reason) -> Route {
    Route { target: Target::Held(server), reason }
}

fn where_it_is(server: Option<ServerId>, reason: Reason) -> Route {
    server.map_or(primary(reason), |server| held(server, reason))
}

//! A session's state: what statements read and change besides tables.

mod budget;
mod diagnostics;
mod plans;
mod server_view;
mod sql_mode;
mod transactions;
mod variables;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

pub use budget::Budget;
pub use diagnostics::{Diagnostics, Warning, WarningLevel};
pub use plans::{CachedPlan, PlanKey, PlannedTable, Plans, Remembered, table_rows};
pub use server_view::{
    FollowerView, NoServer, ProcessInfo, ReplicaError, ReplicaView, ServerView, TransactionView,
};
pub use sql_mode::SqlMode;
pub use transactions::Transactions;
pub use variables::{Isolation, SessionVariables};

use super::accounts::{AccountEntry, Accounts};
use super::dml::LoadInput;
use super::expr::{Coercibility, ExprType};
use super::variables::GlobalVariables;
use crate::engine::catalog::TableName;
use crate::engine::{CatalogChange, DdlStatement, Engine, TemporaryTables};
use crate::sql::statement::Statement;
use crate::store::locks::OwnerId;
use crate::value::temporal::TimeZone;
use crate::value::types::{BlobSize, CollationId, ColumnType, IntegerSize};
use crate::value::{Value, convert};

/// One client's session.
pub struct Session {
    /// The database.
    pub engine: Arc<Engine>,
    /// Who holds this session's locks.
    pub owner: OwnerId,
    /// Its temporary tables.
    pub temporary: TemporaryTables,
    /// Its open transaction; see [`Session::transaction`].
    pub transactions: Transactions,
    /// `CONNECTION_ID()`.
    pub connection_id: u64,
    /// `CURRENT_USER()`: the account that was matched, `user@host`.
    pub account: Arc<str>,
    /// `USER()`: what the client said and where it came from.
    pub user: Arc<str>,
    /// The default schema.
    pub database: Option<Arc<str>>,
    /// System variables in the session's scope.
    pub variables: SessionVariables,
    /// The server's global variables.
    pub globals: Arc<GlobalVariables>,
    /// Plans of statements that ran before.
    pub plans: Plans,
    /// The time zone that `variables.time_zone` names.
    zone: Option<Arc<TimeZone>>,
    /// `@x`, by name in lower case.
    pub user_variables: HashMap<Box<str>, UserVariable>,
    /// Warnings and errors of the last statement.
    pub diagnostics: Diagnostics,
    /// `LAST_INSERT_ID()`.
    pub last_insert_id: u64,
    /// What an INSERT in progress has made; becomes `last_insert_id` when it ends.
    pub next_last_insert_id: Option<u64>,
    /// `FOUND_ROWS()`.
    pub found_rows: u64,
    /// `ROW_COUNT()`.
    pub row_count: i64,
    /// The client wants found instead of changed rows from UPDATE (CLIENT_FOUND_ROWS).
    pub client_found_rows: bool,
    /// Answers to waits of the statement that runs (see [`EvalContext::waited`](super::EvalContext::waited)).
    pub waited: Vec<Value>,
    /// Raised by KILL and by shutdown; looked at every some rows.
    pub kill: Arc<KillFlag>,
    /// The accounts of the server; without them nothing is checked: what the server does itself.
    pub accounts: Option<Arc<Accounts>>,
    /// The server around the session.
    pub server: Arc<dyn ServerView>,
    /// The file of LOAD DATA LOCAL, before that runs.
    pub load_input: Option<Box<dyn LoadInput>>,
    /// What a DDL statement leaves to be carried out by whoever ran it.
    pub ddl: Option<PendingDdl>,
    /// How many rows the statement may look at on the thread that runs it.
    pub budget: Budget,
}

/// The rest of a DDL statement: carrying it out means waiting for the log, which statements do not.
#[derive(Debug)]
pub struct PendingDdl {
    /// What the log keeps.
    pub statement: DdlStatement,
    /// What changes. The session's open transaction holds the locks of all names in it.
    pub changes: Vec<CatalogChange>,
    /// What runs next, as a statement of its own: the rows of CREATE TABLE … AS SELECT.
    pub then: Option<Box<Statement>>,
    /// The table that was made for those rows, which goes again if they fail, and whether it is a temporary one.
    pub made: Option<(TableName, bool)>,
}

/// A user variable.
#[derive(Debug, Clone)]
pub struct UserVariable {
    /// Its value.
    pub value: Value,
    /// Its type: LONGLONG, DECIMAL, DOUBLE or a string with its collation.
    pub ty: ExprType,
}

impl UserVariable {
    /// A value as a variable keeps it: whole numbers as BIGINT, dates and documents as text.
    pub fn new(value: Value, ty: &ExprType) -> Self {
        let ty = variable_type(ty);
        let value = match (&value, ty.is_string()) {
            (Value::Null | Value::Text(_) | Value::Bytes(_), _) | (_, false) => value,
            (other, true) => Value::Text(convert::to_text(other).as_ref().into()),
        };
        Self { value, ty }
    }
}

fn variable_type(ty: &ExprType) -> ExprType {
    let number = |unsigned| {
        let size = IntegerSize::Big;
        let ty = ColumnType::Integer { size, unsigned, width: None, zerofill: false };
        ExprType::new(ty, true)
    };
    let text = |collation| match collation {
        CollationId::BINARY => ExprType::new(ColumnType::Blob(BlobSize::Medium), true),
        collation => {
            let size = BlobSize::Medium;
            ExprType::new(ColumnType::Text { size, collation }, true)
        }
    };
    let kept = match &ty.ty {
        ColumnType::Integer { unsigned, .. } => number(*unsigned),
        ColumnType::Year | ColumnType::Bit(_) => number(true),
        // As many digits as there can be: whatever is put into it later fits.
        ColumnType::Decimal { .. } => ExprType::decimal(65, 30, true),
        ColumnType::Float { .. } => ty.clone(),
        ColumnType::Null => text(CollationId::BINARY),
        _ if ty.is_string() => text(ty.collation()),
        _ => text(CollationId::UTF8MB4_0900_AI_CI),
    };
    match kept.is_string() {
        true => kept.with_coercibility(Coercibility::Coercible),
        false => kept,
    }
}

/// How another session stops this one.
#[derive(Debug, Default)]
pub struct KillFlag(AtomicU8);

impl KillFlag {
    /// KILL QUERY.
    pub fn kill_query(&self) {
        let _ = self.0.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// KILL CONNECTION.
    pub fn kill_connection(&self) {
        self.0.store(2, Ordering::Relaxed);
    }

    /// Whether a statement must stop.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// Whether the session must end.
    pub fn is_connection_killed(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 2
    }

    /// A new statement begins: forgets a KILL QUERY.
    pub fn clear_query(&self) {
        let _ = self.0.compare_exchange(1, 0, Ordering::Relaxed, Ordering::Relaxed);
    }
}

impl Session {
    /// A session with defaults everywhere.
    pub fn new(engine: Arc<Engine>, connection_id: u64) -> Self {
        Self {
            owner: engine.new_owner(),
            engine,
            temporary: TemporaryTables::default(),
            transactions: Transactions::default(),
            connection_id,
            account: Arc::from("root@localhost"),
            user: Arc::from("root@localhost"),
            database: None,
            variables: SessionVariables::default(),
            globals: Arc::default(),
            plans: Plans::default(),
            zone: None,
            user_variables: HashMap::new(),
            diagnostics: Diagnostics::default(),
            last_insert_id: 0,
            next_last_insert_id: None,
            found_rows: 0,
            row_count: 0,
            client_found_rows: false,
            waited: Vec::new(),
            kill: Arc::default(),
            accounts: None,
            server: Arc::new(NoServer),
            load_input: None,
            ddl: None,
            budget: Budget::default(),
        }
    }

    /// A session on an empty database that is kept nowhere.
    #[cfg(test)]
    pub fn for_test(connection_id: u64) -> Self {
        let engine = Engine::volatile(crate::engine::EngineOptions::default()).unwrap();
        Self::new(engine, connection_id)
    }

    /// The session's time zone.
    pub fn zone(&mut self) -> Arc<TimeZone> {
        let name = &self.variables.time_zone;
        match &self.zone {
            Some(zone) if zone.name() == name.as_ref() => zone.clone(),
            _ => {
                let zone = Arc::new(TimeZone::parse(name).unwrap_or_default());
                self.zone = Some(zone.clone());
                zone
            }
        }
    }

    /// The session's account as it is now; `None` where nothing is checked. An account that was dropped may
    /// do nothing any more.
    pub fn account_entry(&self) -> Option<Arc<AccountEntry>> {
        let directory = self.accounts.as_ref()?.current();
        let (user, host) = self.account.rsplit_once('@').unwrap_or((&self.account, "%"));
        Some(directory.find(user, host).cloned().unwrap_or_default())
    }

    /// The statement's time: microseconds since 1970, or what `SET timestamp` said.
    pub fn statement_clock(&self) -> i64 {
        self.variables.timestamp_micros.unwrap_or_else(clock)
    }
}

/// The wall clock in microseconds since 1970.
fn clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.transactions.take());
        self.engine.leave(self.owner);
    }
}

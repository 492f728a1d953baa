//! The plans that a session remembers, by the text of their statements.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::{Session, SqlMode};
use crate::engine::catalog::TableDef;
use crate::engine::{Transaction, Use};
use crate::query::accounts::Directory;
use crate::query::bind::parameter_type;
use crate::query::dml::DmlPlan;
use crate::query::expr::ExprType;
use crate::query::run::CompiledQuery;
use crate::value::Value;
use crate::value::types::CollationId;

/// How many plans a session remembers; when there are more, all are forgotten.
const MAX_PLANS: usize = 256;
/// The longest text that is remembered, in bytes.
const MAX_TEXT_BYTES: usize = 8 << 10;

/// The plans.
#[derive(Default)]
pub struct Plans(HashMap<Box<str>, CachedPlan, RandomState>);

/// A plan and what it holds for.
pub struct CachedPlan {
    /// What it holds for.
    pub key: PlanKey,
    /// The plan.
    pub plan: Remembered,
}

/// Plans of both kinds.
pub enum Remembered {
    /// A query's.
    Query(Arc<CompiledQuery>),
    /// That of a statement that changes rows.
    Dml(Arc<DmlPlan>),
}

/// What a plan depends on besides its text.
pub struct PlanKey {
    database: Option<Arc<str>>,
    sql_mode: SqlMode,
    collation: CollationId,
    select_limit: u64,
    pub(in crate::query) reads_lock: bool,
    foreign_key_checks: bool,
    safe_updates: bool,
    params: Vec<ExprType>,
    catalog: u64,
    /// The accounts by whose privileges it was allowed.
    accounts: Option<Arc<Directory>>,
    /// Its tables.
    pub tables: Arc<[PlannedTable]>,
}

/// A table as it was planned for.
pub struct PlannedTable {
    /// Its definition.
    pub table: Arc<TableDef>,
    /// How it is used.
    pub how: Use,
    rows: usize,
}

impl PlannedTable {
    /// Whether the table has so many more or fewer rows now that another plan may be better.
    pub fn outgrown(&self, rows: usize) -> bool {
        /// Below this a plan is as good as another.
        const SMALL: usize = 1000;
        let (less, more) = (rows.min(self.rows), rows.max(self.rows));
        more > SMALL && more / 8 > less
    }
}

/// How many rows a table has, about. A transaction that has read nothing yet is not given its snapshot for this.
pub fn table_rows(transaction: &Transaction, table: &TableDef) -> usize {
    if transaction.has_snapshot() {
        return transaction.view().table(table.id).map_or(0, |rows| rows.len());
    }
    transaction.latest().view().table(table.id).map_or(0, |rows| rows.len())
}

impl PlanKey {
    /// What a plan that is compiled now will depend on.
    pub fn of(session: &mut Session, params: &[Value]) -> Self {
        let collation = session.variables.collation_connection;
        Self {
            database: session.database.clone(),
            sql_mode: session.variables.sql_mode,
            collation,
            select_limit: session.variables.sql_select_limit,
            reads_lock: session.reads_lock(),
            foreign_key_checks: session.variables.foreign_key_checks,
            safe_updates: session.variables.sql_safe_updates,
            params: params.iter().map(|value| parameter_type(value, collation)).collect(),
            catalog: session.engine.database().catalog.version(),
            accounts: session.accounts.as_ref().map(|accounts| accounts.current()),
            tables: Arc::new([]),
        }
    }

    /// The same with the tables that were used.
    pub fn with_tables(
        mut self,
        session: &mut Session,
        tables: Vec<Arc<TableDef>>,
        how: Use,
    ) -> Self {
        if tables.is_empty() {
            return self;
        }
        let transaction = session.transaction();
        let planned = tables.into_iter().map(|table| {
            let rows = table_rows(transaction, &table);
            PlannedTable { table, how, rows }
        });
        self.tables = planned.collect();
        self
    }

    fn same_accounts(&self, session: &Session) -> bool {
        match (&self.accounts, &session.accounts) {
            (Some(then), Some(now)) => Arc::ptr_eq(then, &now.current()),
            (None, None) => true,
            _ => false,
        }
    }

    /// Whether the plan holds for the session as it is.
    pub fn fits(&self, session: &Session, params: &[Value]) -> bool {
        let variables = &session.variables;
        let types = || params.iter().map(|value| parameter_type(value, self.collation));
        self.database == session.database
            && self.sql_mode == variables.sql_mode
            && self.collation == variables.collation_connection
            && self.select_limit == variables.sql_select_limit
            && self.reads_lock == session.reads_lock()
            && self.foreign_key_checks == variables.foreign_key_checks
            && self.safe_updates == variables.sql_safe_updates
            && self.params.len() == params.len()
            && self.params.iter().zip(types()).all(|(known, now)| *known == now)
            && self.catalog == session.engine.database().catalog.version()
            && self.same_accounts(session)
    }
}

impl Plans {
    /// The plan of that text.
    pub fn get(&self, text: &str) -> Option<&CachedPlan> {
        self.0.get(text)
    }

    /// Remembers a plan.
    pub fn put(&mut self, text: &str, plan: CachedPlan) {
        if text.len() > MAX_TEXT_BYTES {
            return;
        }
        if self.0.len() >= MAX_PLANS {
            self.0.clear();
        }
        self.0.insert(text.into(), plan);
    }
}

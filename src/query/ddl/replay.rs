//! Definitions in the log, read again by recovery.

use std::sync::{Mutex, PoisonError};

use super::alter::Computed;
use super::{Context, Scene, plan};
use crate::engine::catalog::TableDef;
use crate::engine::{CatalogChange, Database, DdlReplay, DdlStatement, TemporaryTables};
use crate::query::accounts;
use crate::query::session::SqlMode;
use crate::sql::LexMode;
use crate::sql::statement::{ParserMode, parse_one};
use crate::store::TableId;
use crate::value::collation::CollationId;
use crate::value::temporal::TimeZone;
use crate::value::{SqlError, Value};

/// Reads logged definitions.
#[derive(Default)]
pub struct Replay {
    /// What computes the hidden columns of the table whose rows came last.
    hidden: Mutex<Option<(TableId, u64, Computed)>>,
}

impl DdlReplay for Replay {
    fn changes(
        &self,
        statement: &DdlStatement,
        database: &Database,
    ) -> Result<Vec<CatalogChange>, SqlError> {
        if statement.sql == accounts::BOOTSTRAP {
            return Ok(accounts::bootstrap_changes());
        }
        let logged = &statement.context;
        let sql_mode = SqlMode(logged.sql_mode);
        let parsed = parse_one(statement.sql.as_bytes(), parser_mode(sql_mode))?;
        let [_, connection, server] = logged.collations.map(CollationId);
        let context = Context {
            schema: (!logged.schema.is_empty()).then(|| logged.schema.clone()),
            sql_mode,
            collation_server: server,
            collation_connection: connection,
            foreign_key_checks: false,
            now_seconds: i64::try_from(logged.timestamp_micros / 1_000_000).unwrap_or(i64::MAX),
            zone: TimeZone::parse(&logged.time_zone).unwrap_or_default(),
            definer: "root@localhost".to_owned(),
            replay: true,
        };
        let temporary = TemporaryTables::default();
        let mut scene =
            Scene { context: &context, database, temporary: &temporary, notes: Vec::new() };
        let unknown = || SqlError::not_supported("a query in a logged definition");
        let plan = plan(&mut scene, &parsed.statement, &mut |_| Err(unknown()))?;
        Ok(plan.changes)
    }

    fn hidden_values(&self, table: &TableDef, row: &mut Vec<Value>) -> Result<(), SqlError> {
        let mut hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        let known = hidden
            .as_ref()
            .is_some_and(|(id, version, _)| (*id, *version) == (table.id, table.version));
        if !known {
            // What was stored under a lax mode must not fail now.
            let context = Context { sql_mode: SqlMode(0), replay: true, ..Context::of_server() };
            let computed = Computed::new(&context, table, Vec::new(), false)?;
            *hidden = Some((table.id, table.version, computed));
        }
        let Some((_, _, computed)) = hidden.as_ref() else { return Ok(()) };
        let mut whole = row.clone();
        whole.resize(table.columns.len(), Value::Null);
        computed.complete(&mut whole)?;
        row.extend(whole.drain(row.len()..));
        Ok(())
    }
}

/// How the text is to be read in this `sql_mode`.
pub fn parser_mode(mode: SqlMode) -> ParserMode {
    ParserMode {
        lex: LexMode {
            ansi_quotes: mode.has(SqlMode::ANSI_QUOTES),
            no_backslash_escapes: mode.has(SqlMode::NO_BACKSLASH_ESCAPES),
            ignore_space: mode.has(SqlMode::IGNORE_SPACE),
            ..LexMode::default()
        },
        latin1: false,
        pipes_as_concat: mode.has(SqlMode::PIPES_AS_CONCAT),
        high_not_precedence: mode.has(SqlMode::HIGH_NOT_PRECEDENCE),
    }
}

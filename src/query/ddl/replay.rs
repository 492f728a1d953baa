//! Definitions in the log, read again by recovery.

use super::{Context, Scene, plan};
use crate::engine::catalog::TableDef;
use crate::engine::{CatalogChange, Database, DdlReplay, DdlStatement, TemporaryTables};
use crate::query::accounts;
use crate::query::session::SqlMode;
use crate::sql::LexMode;
use crate::sql::statement::{ParserMode, parse_one};
use crate::value::collation::CollationId;
use crate::value::temporal::TimeZone;
use crate::value::{SqlError, Value};

/// Reads logged definitions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Replay;

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

    fn hidden_values(&self, _table: &TableDef, _row: &mut Vec<Value>) -> Result<(), SqlError> {
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

//! SHOW: most forms are queries over information_schema and performance_schema ([`rewrite`]), the rest are
//! rows made here ([`rows`], [`replication`]).

mod create_table;
mod find;
mod monitor;
mod replica_status;
mod replication;
mod replication_columns;
mod rewrite;
mod rows;
mod snapshot;
mod temporary;
#[cfg(test)]
mod tests;
mod type_text;

pub use create_table::{
    action_name, collation_of, create_table_text, foreign_key_text, full_create_table_text, is_now,
    now_text,
};
pub use find::denied;
pub use rows::create_view_text;
pub use type_text::{column_type_text, data_type};

use super::accounts::{Privilege, require};
use super::cells::text;
use super::session::Session;
use super::{EvalContext, Interrupt, Outcome, ResultColumn, ResultSink, run};
use crate::engine::catalog::ViewDef;
use crate::sql::statement::ast::{Describe, EngineInfo, ProgramKind, Show, ShowFilter, TableName};
use crate::sql::statement::{Parsed, ParserMode, Statement, parse_one, quote_name};
use crate::value::{SqlError, Value};
use find::{Found, find_visible};

type Answer = Result<Outcome, Interrupt>;

/// Runs SHOW.
///
/// # Errors
/// 1044, 1046, 1049, 1142, 1146, 1227, 1347 and what a condition may raise.
pub fn show(session: &mut Session, show: &Show, sink: &mut dyn ResultSink) -> Answer {
    if let Some(schema) = listed_schema(session, show)? {
        find::check_schema(session, &schema)?;
    }
    if let Some(sql) = rewrite::rewrite(show, session.database.as_deref())? {
        return run_text(session, &sql, sink);
    }
    match show {
        Show::Columns { full, table, filter, .. } => columns(session, table, *full, filter, sink),
        Show::Index { table, selection, .. } => match find_visible(session, table, "SELECT")? {
            (_, Found::Table(table)) if table.temporary => {
                temporary::index(session, &table, selection.is_some(), sink)
            }
            (schema, found) => {
                let sql = rewrite::index(&schema, found.name(), selection.as_ref());
                run_text(session, &sql, sink)
            }
        },
        Show::CreateTable(name) => create_table(session, name, sink),
        Show::CreateView(name) => match find_visible(session, name, "SELECT")? {
            (_, Found::View(view)) => rows::create_view(session, sink, &view),
            (schema, found) => {
                let text = format!("'{schema}.{}' is not VIEW", found.name());
                Err(SqlError::new(1347, b"HY000", text).into())
            }
        },
        _ => show_rows(session, show, sink),
    }
}

fn create_table(session: &Session, name: &TableName, sink: &mut dyn ResultSink) -> Answer {
    match find_visible(session, name, "SHOW")?.1 {
        Found::Table(table) => rows::create_table(session, sink, &table),
        Found::View(view) => rows::create_view(session, sink, &view),
        Found::Computed(table) => rows::create_table(session, sink, &find::definition_of(table)),
    }
}

fn show_rows(session: &mut Session, show: &Show, sink: &mut dyn ResultSink) -> Answer {
    match show {
        Show::CreateDatabase { name, if_not_exists } => {
            let schema = find::schema_definition(session, name)?;
            rows::create_database(sink, &schema, *if_not_exists)
        }
        Show::Warnings { limit } => rows::warnings(session, sink, false, *limit),
        Show::Errors { limit } => rows::warnings(session, sink, true, *limit),
        Show::Privileges => rows::privileges(sink),
        Show::Grants { account } => {
            rows::grants(&EvalContext::new(session, &[]), sink, account.as_ref())
        }
        Show::CreateUser(account) => {
            rows::create_user(&EvalContext::new(session, &[]), sink, account)
        }
        Show::EngineStatus { engine, what: EngineInfo::Status } => {
            require(session, Privilege::Process)?;
            monitor::engine_status(session, engine, sink)
        }
        Show::CreateProgram { kind, name } => {
            if name.schema.is_none() {
                find::default_schema(session)?;
            }
            Err(no_program(*kind, &name.name).into())
        }
        _ => replication::show(session, show, sink),
    }
}

/// Takes the columns of an answer and wants no rows.
#[derive(Default)]
struct ColumnsOnly(Option<Vec<ResultColumn>>);

impl ResultSink for ColumnsOnly {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), SqlError> {
        self.0 = Some(columns.to_vec());
        Ok(())
    }

    fn row(&mut self, _: &[Value]) -> Result<(), SqlError> {
        // Ends the run: what was asked for is there.
        Err(SqlError::new(1317, b"70100", "Query execution was interrupted"))
    }
}

/// The columns of the answer of a SHOW or DESCRIBE: it changes nothing, so it is run as far as they are known.
///
/// # Errors
/// Those of the statement.
pub fn columns_of(
    session: &mut Session,
    statement: &Statement,
) -> Result<Vec<ResultColumn>, Interrupt> {
    let mut sink = ColumnsOnly::default();
    let ran = match statement {
        Statement::Show(shown) => show(session, shown, &mut sink),
        Statement::Describe(described) => describe(session, described, &mut sink),
        _ => return Ok(Vec::new()),
    };
    match (sink.0, ran) {
        (Some(columns), _) => Ok(columns),
        (None, Ok(_)) => Ok(Vec::new()),
        (None, Err(interrupt)) => Err(interrupt),
    }
}

/// DESCRIBE, which is SHOW COLUMNS with a column's name or pattern.
///
/// # Errors
/// As SHOW COLUMNS.
pub fn describe(session: &mut Session, describe: &Describe, sink: &mut dyn ResultSink) -> Answer {
    let filter = describe.column.clone().map(ShowFilter::Like);
    columns(session, &describe.table, false, &filter, sink)
}

fn run_text(session: &mut Session, sql: &str, sink: &mut dyn ResultSink) -> Answer {
    let parsed = parse_one(sql.as_bytes(), ParserMode::default()).map_err(SqlError::from)?;
    match &parsed.statement {
        Statement::Query(query) => run::query(session, None, query, &[], sink),
        _ => Err(SqlError::not_supported("this SHOW").into()),
    }
}

/// The schema whose contents a SHOW lists.
fn listed_schema(session: &Session, show: &Show) -> Result<Option<String>, SqlError> {
    let (Show::Tables { schema, .. }
    | Show::TableStatus { schema, .. }
    | Show::Triggers { schema, .. }
    | Show::Events { schema, .. }) = show
    else {
        return Ok(None);
    };
    schema.clone().map_or_else(|| find::default_schema(session), Ok).map(Some)
}

fn columns(
    session: &mut Session,
    name: &TableName,
    full: bool,
    filter: &Option<ShowFilter>,
    sink: &mut dyn ResultSink,
) -> Answer {
    match find_visible(session, name, "SELECT")? {
        (_, Found::Table(table)) if table.temporary => {
            temporary::columns(&table, full, filter, sink)
        }
        (_, Found::View(view)) if crate::query::prepare(session, &whole(&view)?).is_err() => {
            Err(crate::query::bind::invalid_view(&view).into())
        }
        (schema, found) => {
            let sql = rewrite::columns(&schema, found.name(), full, filter);
            run_text(session, &sql, sink)
        }
    }
}

/// `SELECT * FROM` a view.
fn whole(view: &ViewDef) -> Result<Parsed, SqlError> {
    let (schema, name) = (quote_name(&view.schema), quote_name(&view.name));
    let sql = format!("SELECT * FROM {schema}.{name}");
    parse_one(sql.as_bytes(), ParserMode::default()).map_err(SqlError::from)
}

fn no_program(kind: ProgramKind, name: &str) -> SqlError {
    let kind = match kind {
        ProgramKind::Procedure => "PROCEDURE",
        ProgramKind::Function => "FUNCTION",
        ProgramKind::Trigger => return SqlError::new(1360, b"HY000", "Trigger does not exist"),
        ProgramKind::Event => {
            return SqlError::new(1539, b"HY000", format!("Unknown event '{name}'"));
        }
    };
    SqlError::new(1305, b"42000", format!("{kind} {name} does not exist"))
}

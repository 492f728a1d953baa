//! SHOW: most forms are queries over information_schema and performance_schema ([`rewrite`]), the rest are
//! rows made here ([`rows`]).

mod create_table;
mod rewrite;
mod rows;
mod type_text;

use std::sync::Arc;

pub use create_table::{
    action_name, collation_of, create_table_text, foreign_key_text, full_create_table_text, is_now,
    now_text,
};
pub use rows::create_view_text;
pub use type_text::{column_type_text, data_type};

use super::session::Session;
use super::{EvalContext, Interrupt, Outcome, ResultSink, information_schema, run};
use crate::engine::catalog::{TableDef, ViewDef};
use crate::sql::statement::ast::{Describe, ProgramKind, Show, ShowFilter, TableName};
use crate::sql::statement::{Parsed, ParserMode, Statement, parse_one, quote_name};
use crate::value::{SqlError, Value};
use rows::Column;

/// Runs SHOW.
///
/// # Errors
/// 1046, 1049, 1146, 1347 and what a condition may raise.
pub fn show(
    session: &mut Session,
    show: &Show,
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    if let Some(sql) = rewrite::rewrite(show, session.database.as_deref())? {
        check_schema(session, show)?;
        return run_text(session, &sql, sink);
    }
    match show {
        Show::Columns { full, table, filter, .. } => columns(session, table, *full, filter, sink),
        Show::Index { table, selection, .. } => {
            let (schema, found) = find(session, table)?;
            match found {
                Found::Table(table) if table.temporary => {
                    Err(SqlError::not_supported("SHOW INDEX of a temporary table").into())
                }
                Found::View(view) => {
                    run_text(session, &rewrite::index(&schema, &view.name, None), sink)
                }
                _ => run_text(
                    session,
                    &rewrite::index(&schema, &table.name, selection.as_ref()),
                    sink,
                ),
            }
        }
        Show::CreateTable(name) => match find(session, name)?.1 {
            Found::Table(table) => rows::create_table(session, sink, &table),
            Found::View(view) => rows::create_view(sink, &view),
            Found::Computed => {
                Err(SqlError::not_supported("SHOW CREATE TABLE of a computed table").into())
            }
        },
        Show::CreateView(name) => match find(session, name)? {
            (_, Found::View(view)) => rows::create_view(sink, &view),
            (schema, _) => {
                let text = format!("'{schema}.{}' is not VIEW", name.name);
                Err(SqlError::new(1347, b"HY000", text).into())
            }
        },
        _ => show_rows(session, show, sink),
    }
}

fn show_rows(
    session: &mut Session,
    show: &Show,
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    match show {
        Show::CreateDatabase { name, if_not_exists } => {
            let database = session.engine.database();
            let schema = database.catalog.schema(name).ok_or_else(|| unknown_schema(name))?;
            rows::create_database(sink, schema, *if_not_exists)
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
        Show::BinaryLogs => rows::binary_logs(session, sink),
        Show::BinaryLogStatus { .. } => rows::binary_log_status(session, sink),
        Show::CreateProgram { kind, name } => Err(no_program(*kind, &name.name).into()),
        Show::ReplicaStatus { .. } => {
            rows::answer(sink, &[Column::Text("Replica_IO_State", 128)], &[])
        }
        Show::BinlogEvents { .. } => Err(SqlError::not_supported("SHOW BINLOG EVENTS").into()),
        _ => Err(SqlError::not_supported("this SHOW").into()),
    }
}

/// DESCRIBE, which is SHOW COLUMNS with a column's name or pattern.
///
/// # Errors
/// As SHOW COLUMNS.
pub fn describe(
    session: &mut Session,
    describe: &Describe,
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    let filter = describe.column.clone().map(ShowFilter::Like);
    columns(session, &describe.table, false, &filter, sink)
}

fn run_text(
    session: &mut Session,
    sql: &str,
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    let parsed = parse_one(sql.as_bytes(), ParserMode::default()).map_err(SqlError::from)?;
    match &parsed.statement {
        Statement::Query(query) => run::query(session, None, query, &[], sink),
        _ => Err(SqlError::not_supported("this SHOW").into()),
    }
}

/// What a name stands for.
enum Found {
    Table(Arc<TableDef>),
    View(Arc<ViewDef>),
    Computed,
}

/// The schema of a name and what is there.
fn find(session: &Session, name: &TableName) -> Result<(String, Found), SqlError> {
    let schema = name.schema.clone().or_else(|| session.database.as_deref().map(str::to_owned));
    let schema = schema.ok_or_else(|| SqlError::new(1046, b"3D000", "No database selected"))?;
    if let Some(table) = session.temporary.table(&schema, &name.name) {
        return Ok((schema, Found::Table(table)));
    }
    if information_schema::table(&schema, &name.name).is_some() {
        return Ok((schema, Found::Computed));
    }
    let database = session.engine.database();
    let Some(home) = database.catalog.schema(&schema) else { return Err(unknown_schema(&schema)) };
    if let Some(view) = home.view(&name.name) {
        return Ok((schema, Found::View(view.clone())));
    }
    match home.table(&name.name) {
        Some(table) => Ok((schema, Found::Table(table.clone()))),
        None => {
            let text = format!("Table '{schema}.{}' doesn't exist", name.name);
            Err(SqlError::new(1146, b"42S02", text))
        }
    }
}

fn unknown_schema(name: &str) -> SqlError {
    SqlError::new(1049, b"42000", format!("Unknown database '{name}'"))
}

/// 1049 for SHOW TABLES FROM a schema that is not there.
fn check_schema(session: &Session, show: &Show) -> Result<(), SqlError> {
    let (Show::Tables { schema: Some(schema), .. }
    | Show::TableStatus { schema: Some(schema), .. }
    | Show::Triggers { schema: Some(schema), .. }
    | Show::Events { schema: Some(schema), .. }) = show
    else {
        return Ok(());
    };
    let computed = information_schema::SCHEMAS.iter().any(|own| own.eq_ignore_ascii_case(schema));
    let there = computed || session.engine.database().catalog.schema(schema).is_some();
    if there { Ok(()) } else { Err(unknown_schema(schema)) }
}

fn columns(
    session: &mut Session,
    name: &TableName,
    full: bool,
    filter: &Option<ShowFilter>,
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    match find(session, name)? {
        (_, Found::Table(table)) if table.temporary => {
            temporary_columns(&table, full, filter, sink)
        }
        (_, Found::View(view)) if crate::query::prepare(session, &whole(&view)?).is_err() => {
            Err(crate::query::bind::invalid_view(&view).into())
        }
        (schema, _) => {
            run_text(session, &rewrite::columns(&schema, &name.name, full, filter), sink)
        }
    }
}

/// `SELECT * FROM` a view.
fn whole(view: &ViewDef) -> Result<Parsed, SqlError> {
    let (schema, name) = (quote_name(&view.schema), quote_name(&view.name));
    let sql = format!("SELECT * FROM {schema}.{name}");
    parse_one(sql.as_bytes(), ParserMode::default()).map_err(SqlError::from)
}

/// Columns of a temporary table, which information_schema does not have.
fn temporary_columns(
    table: &TableDef,
    full: bool,
    filter: &Option<ShowFilter>,
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    let short =
        [(3, "Field"), (15, "Type"), (6, "Null"), (16, "Key"), (5, "Default"), (17, "Extra")];
    let long = [
        (3, "Field"),
        (15, "Type"),
        (14, "Collation"),
        (6, "Null"),
        (16, "Key"),
        (5, "Default"),
        (17, "Extra"),
        (18, "Privileges"),
        (19, "Comment"),
    ];
    let places: &[(usize, &'static str)] = if full { &long } else { &short };
    let pattern = match filter {
        None => None,
        Some(ShowFilter::Like(pattern)) => Some(pattern.as_str()),
        Some(ShowFilter::Where(_)) => {
            return Err(SqlError::not_supported("SHOW COLUMNS … WHERE of a temporary table").into());
        }
    };
    let collation = crate::value::collation::CollationId::UTF8MB3_GENERAL_CI.collation();
    let wanted = |row: &Vec<Value>| {
        let name = row.get(3).map(crate::value::convert::to_text).unwrap_or_default();
        pattern.is_none_or(|pattern| collation.like(&name, pattern, Some('\\')))
    };
    let pick = |row: Vec<Value>| {
        places.iter().map(|(at, _)| row.get(*at).cloned().unwrap_or(Value::Null)).collect()
    };
    let all = information_schema::table_columns(table).into_iter();
    let rows: Vec<Vec<Value>> = all.filter(wanted).map(pick).collect();
    let columns: Vec<Column> = places.iter().map(|(_, name)| Column::Text(name, 1024)).collect();
    rows::answer(sink, &columns, &rows)
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

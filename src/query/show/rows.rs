//! Forms of SHOW whose rows are made here.

use std::sync::Arc;

use super::create_table::create_table_text;
use crate::engine::catalog::{SchemaDef, TableDef, ViewDef};
use crate::query::expr::ExprType;
use crate::query::session::{Session, WarningLevel};
use crate::query::{Interrupt, Outcome, ResultColumn, ResultSink, accounts};
use crate::sql::statement::ast::{Account, Expr, SelectItem, SetExpr, ShowLimit};
use crate::sql::statement::{ParserMode, Statement, parse_one, quote_name};
use crate::value::collation::CollationId;
use crate::value::types::{ColumnType, IntegerSize};
use crate::value::{SqlError, Value};

/// A column of an answer.
pub enum Column {
    /// Text of up to so many characters.
    Text(&'static str, u64),
    /// A number.
    Number(&'static str),
}

type Answer = Result<Outcome, Interrupt>;

/// Hands columns and rows over.
pub fn answer(sink: &mut dyn ResultSink, columns: &[Column], rows: &[Vec<Value>]) -> Answer {
    let columns: Vec<ResultColumn> = columns.iter().map(result_column).collect();
    send(sink, &columns, rows)
}

fn send(sink: &mut dyn ResultSink, columns: &[ResultColumn], rows: &[Vec<Value>]) -> Answer {
    sink.columns(columns)?;
    for row in rows {
        sink.row(row)?;
    }
    Ok(Outcome::Rows { count: rows.len() as u64 })
}

fn result_column(column: &Column) -> ResultColumn {
    match column {
        Column::Text(name, length) => {
            named(name, ExprType::text(*length, CollationId::UTF8MB4_0900_AI_CI, true))
        }
        Column::Number(name) => {
            let (size, unsigned) = (IntegerSize::Big, true);
            let ty = ColumnType::Integer { size, unsigned, width: None, zerofill: false };
            named(name, ExprType::new(ty, false))
        }
    }
}

fn named(name: &str, ty: ExprType) -> ResultColumn {
    let empty: Arc<str> = "".into();
    ResultColumn {
        schema: empty.clone(),
        table: empty.clone(),
        org_table: empty.clone(),
        name: name.into(),
        org_name: empty,
        ty,
        flags: 0,
    }
}

fn text(text: impl AsRef<str>) -> Value {
    Value::Text(text.as_ref().into())
}

/// SHOW WARNINGS, SHOW ERRORS.
pub fn warnings(
    session: &Session,
    sink: &mut dyn ResultSink,
    errors_only: bool,
    limit: Option<ShowLimit>,
) -> Answer {
    let limit = limit.unwrap_or(ShowLimit { offset: 0, count: u64::MAX });
    let bound = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let wanted = |level: WarningLevel| !errors_only || level == WarningLevel::Error;
    let list = session.diagnostics.list().iter().filter(|warning| wanted(warning.level));
    let rows: Vec<Vec<Value>> = list
        .skip(bound(limit.offset))
        .take(bound(limit.count))
        .map(|warning| {
            let level = match warning.level {
                WarningLevel::Note => "Note",
                WarningLevel::Warning => "Warning",
                WarningLevel::Error => "Error",
            };
            vec![text(level), Value::UInt(u64::from(warning.code)), text(&warning.message)]
        })
        .collect();
    let columns = [Column::Text("Level", 7), Column::Number("Code"), Column::Text("Message", 512)];
    answer(sink, &columns, &rows)
}

/// SHOW CREATE TABLE of a table.
pub fn create_table(session: &Session, sink: &mut dyn ResultSink, table: &TableDef) -> Answer {
    let next = session.engine.auto_increment(table.id);
    let rows = [vec![text(&table.name), text(create_table_text(table, next))]];
    answer(sink, &[Column::Text("Table", 64), Column::Text("Create Table", 1024)], &rows)
}

/// The statement that makes a view; with a schema its name is whole and all columns are named.
pub fn create_view_text(view: &ViewDef, schema: Option<&str>) -> String {
    let (user, host) = view.definer.split_once('@').unwrap_or((&view.definer, "%"));
    let security = if view.invoker { "INVOKER" } else { "DEFINER" };
    let check = match &*view.check_option {
        "NONE" => String::new(),
        kind => format!(" WITH {kind} CHECK OPTION"),
    };
    let columns = match schema.is_none() && names_itself(view) {
        true => String::new(),
        false => {
            let columns: Vec<String> = view.columns.iter().map(|name| quote_name(name)).collect();
            format!(" ({})", columns.join(","))
        }
    };
    let schema = schema.map_or(String::new(), |schema| format!("{}.", quote_name(schema)));
    format!(
        "CREATE ALGORITHM={} DEFINER={}@{} SQL SECURITY {security} VIEW {schema}{}{columns} AS {}{check}",
        view.algorithm,
        quote_name(user),
        quote_name(host),
        quote_name(&view.name),
        view.sql,
    )
}

/// Whether the query's own names are those of the view's columns.
fn names_itself(view: &ViewDef) -> bool {
    let parsed = parse_one(view.sql.as_bytes(), ParserMode::default());
    let Ok(Statement::Query(query)) = parsed.map(|parsed| parsed.statement) else { return false };
    let mut body = &*query.body;
    while let SetExpr::SetOperation { left, .. } = body {
        body = left;
    }
    let SetExpr::Select(select) = body else { return false };
    let name = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.value.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => {
            parts.last().map(|part| part.value.clone())
        }
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        _ => None,
    };
    let names: Vec<Option<String>> = select.projection.iter().map(name).collect();
    names.len() == view.columns.len()
        && names.iter().zip(&view.columns).all(|(own, shown)| own.as_deref() == Some(&**shown))
}

/// SHOW CREATE VIEW, and SHOW CREATE TABLE of a view.
pub fn create_view(sink: &mut dyn ResultSink, view: &ViewDef) -> Answer {
    let sql = create_view_text(view, None);
    let collation = view.collation.collation();
    let rows =
        [vec![text(&view.name), text(sql), text(collation.charset.name), text(collation.name)]];
    let columns = [
        Column::Text("View", 64),
        Column::Text("Create View", 1024),
        Column::Text("character_set_client", 32),
        Column::Text("collation_connection", 32),
    ];
    answer(sink, &columns, &rows)
}

/// SHOW CREATE DATABASE.
pub fn create_database(
    sink: &mut dyn ResultSink,
    schema: &SchemaDef,
    if_not_exists: bool,
) -> Answer {
    let collation = schema.collation.collation();
    let condition = if if_not_exists { "/*!32312 IF NOT EXISTS*/ " } else { "" };
    let shows_collation = !collation.is_default || collation.charset.name == "utf8mb4";
    let collate = match shows_collation {
        true => format!(" COLLATE {}", collation.name),
        false => String::new(),
    };
    let sql = format!(
        "CREATE DATABASE {condition}{} /*!40100 DEFAULT CHARACTER SET {}{collate} */ \
         /*!80016 DEFAULT ENCRYPTION='N' */",
        quote_name(&schema.name),
        collation.charset.name,
    );
    let columns = [Column::Text("Database", 64), Column::Text("Create Database", 1024)];
    answer(sink, &columns, &[vec![text(&schema.name), text(sql)]])
}

/// SHOW GRANTS.
pub fn grants(
    ctx: &crate::query::EvalContext<'_>,
    sink: &mut dyn ResultSink,
    account: Option<&Account>,
) -> Answer {
    let (title, lines) = accounts::show_grants(ctx, account.unwrap_or(&Account::Current))?;
    let ty = ExprType::text(1024, CollationId::UTF8MB4_0900_AI_CI, false);
    let rows: Vec<Vec<Value>> = lines.into_iter().map(|line| vec![text(line)]).collect();
    send(sink, &[named(&title, ty)], &rows)
}

/// SHOW CREATE USER.
pub fn create_user(
    ctx: &crate::query::EvalContext<'_>,
    sink: &mut dyn ResultSink,
    account: &Account,
) -> Answer {
    let (title, line) = accounts::show_create_user(ctx, account)?;
    let ty = ExprType::text(1024, CollationId::UTF8MB4_0900_AI_CI, false);
    send(sink, &[named(&title, ty)], &[vec![text(line)]])
}

/// SHOW BINARY LOGS.
///
/// # Errors
/// 1381 without a log.
pub fn binary_logs(session: &Session, sink: &mut dyn ResultSink) -> Answer {
    let log = session.engine.log().ok_or_else(no_log)?;
    let files = log.files();
    let rows: Vec<Vec<Value>> = files
        .iter()
        .map(|file| vec![text(file.name()), Value::UInt(file.size), text("No")])
        .collect();
    let columns =
        [Column::Text("Log_name", 255), Column::Number("File_size"), Column::Text("Encrypted", 3)];
    answer(sink, &columns, &rows)
}

/// SHOW BINARY LOG STATUS, SHOW MASTER STATUS.
pub fn binary_log_status(session: &Session, sink: &mut dyn ResultSink) -> Answer {
    let rows: Vec<Vec<Value>> = match session.engine.log() {
        None => Vec::new(),
        Some(log) => {
            let at = log.revealed();
            let executed = session.engine.database().executed.to_string();
            let files = log.files();
            let file = files.iter().find(|file| file.number == at.file);
            let name = file.map(|file| file.name()).unwrap_or_default();
            vec![vec![text(name), Value::UInt(at.offset), text(""), text(""), text(executed)]]
        }
    };
    let columns = [
        Column::Text("File", 255),
        Column::Number("Position"),
        Column::Text("Binlog_Do_DB", 255),
        Column::Text("Binlog_Ignore_DB", 255),
        Column::Text("Executed_Gtid_Set", 1024),
    ];
    answer(sink, &columns, &rows)
}

fn no_log() -> SqlError {
    SqlError::new(1381, b"HY000", "You are not using binary logging")
}

/// SHOW PRIVILEGES.
pub fn privileges(sink: &mut dyn ResultSink) -> Answer {
    const LIST: [(&str, &str, &str); 12] = [
        ("Alter", "Tables", "To alter the table"),
        ("Create", "Databases,Tables,Indexes", "To create new databases and tables"),
        ("Create view", "Tables", "To create new views"),
        ("Create user", "Server Admin", "To create new users"),
        ("Delete", "Tables", "To delete existing rows"),
        ("Drop", "Databases,Tables", "To drop databases, tables, and views"),
        ("Grant option", "Databases,Tables", "To give to other users those privileges you possess"),
        ("Index", "Tables", "To create or drop indexes"),
        ("Insert", "Tables", "To insert data into tables"),
        ("Select", "Tables", "To retrieve rows from table"),
        ("Update", "Tables", "To update existing rows"),
        ("Usage", "Server Admin", "No privileges - allow connect only"),
    ];
    let row =
        |(name, place, about): &(&str, &str, &str)| vec![text(name), text(place), text(about)];
    let rows: Vec<Vec<Value>> = LIST.iter().map(row).collect();
    let columns =
        [Column::Text("Privilege", 21), Column::Text("Context", 25), Column::Text("Comment", 80)];
    answer(sink, &columns, &rows)
}

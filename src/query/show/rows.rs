//! Forms of SHOW whose rows are made here.

use std::sync::Arc;

use super::create_table::create_table_text;
use super::{Answer, text};
use crate::engine::catalog::{SchemaDef, TableDef, ViewDef};
use crate::query::accounts::{Privilege, PrivilegeSet, require_schema, require_table};
use crate::query::expr::ExprType;
use crate::query::session::{Session, WarningLevel};
use crate::query::{Outcome, ResultColumn, ResultSink, accounts, column_flags};
use crate::sql::statement::ast::{Account, Expr, Query, SelectItem, SetExpr, ShowLimit};
use crate::sql::statement::{
    ParserMode, Statement, look_through, parse_one, print_view, quote_name,
};
use crate::value::collation::CollationId;
use crate::value::types::{ColumnType, IntegerSize};
use crate::value::{SqlError, Value};

/// A column of an answer.
#[derive(Debug, Clone, Copy)]
pub enum Column {
    /// Text of up to so many characters.
    Text(&'static str, u64),
    /// Text that may be NULL.
    Nullable(&'static str, u64),
    /// Bytes, up to so many.
    Binary(&'static str, u64),
    /// A BIGINT UNSIGNED.
    Number(&'static str),
    /// A BIGINT UNSIGNED that may be NULL.
    MaybeNumber(&'static str),
    /// An INT UNSIGNED.
    Int(&'static str),
}

/// Hands columns and rows over.
pub fn answer(sink: &mut dyn ResultSink, columns: &[Column], rows: &[Vec<Value>]) -> Answer {
    let columns: Vec<ResultColumn> = columns.iter().map(result_column).collect();
    send(sink, &columns, rows)
}

/// Hands columns over; rows follow.
pub fn send_columns(sink: &mut dyn ResultSink, columns: &[Column]) -> Result<(), SqlError> {
    let columns: Vec<ResultColumn> = columns.iter().map(result_column).collect();
    sink.columns(&columns)
}

/// Hands columns that are made already, and rows, over.
pub fn send(sink: &mut dyn ResultSink, columns: &[ResultColumn], rows: &[Vec<Value>]) -> Answer {
    sink.columns(columns)?;
    for row in rows {
        sink.row(row)?;
    }
    Ok(Outcome::Rows { count: rows.len() as u64 })
}

/// The column as a result has it.
pub fn result_column(column: &Column) -> ResultColumn {
    let string = |length: u64, nullable: bool| {
        ExprType::text(length, CollationId::UTF8MB4_0900_AI_CI, nullable)
    };
    let number = |size: IntegerSize| {
        let ty = ColumnType::Integer { size, unsigned: true, width: None, zerofill: false };
        ExprType::new(ty, false)
    };
    match column {
        Column::Text(name, length) => named(name, string(*length, false)),
        Column::Nullable(name, length) => named(name, string(*length, true)),
        Column::Number(name) => named(name, number(IntegerSize::Big)),
        Column::Binary(name, length) => {
            named(name, ExprType::text(*length, CollationId::BINARY, false))
        }
        Column::MaybeNumber(name) => {
            let ty = number(IntegerSize::Big);
            named(name, ExprType { nullable: true, ..ty })
        }
        Column::Int(name) => named(name, number(IntegerSize::Int)),
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
        flags: if ty.nullable { 0 } else { column_flags::NOT_NULL },
        ty,
    }
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
    let columns = [Column::Text("Level", 7), Column::Int("Code"), Column::Text("Message", 512)];
    answer(sink, &columns, &rows)
}

/// SHOW CREATE TABLE of a table.
pub fn create_table(session: &Session, sink: &mut dyn ResultSink, table: &TableDef) -> Answer {
    let next = session.engine.auto_increment(table.id);
    let rows = [vec![text(&table.name), text(create_table_text(table, next))]];
    answer(sink, &[Column::Text("Table", 64), Column::Text("Create Table", 1024)], &rows)
}

/// The statement that makes a view as the log has it: all names are whole and all columns named.
pub fn create_view_text(view: &ViewDef) -> String {
    view_text(view, Some(&view.schema), true, &view.sql)
}

/// The same as SHOW CREATE VIEW has it: the default schema is not named where all is in it.
fn shown_view_text(view: &ViewDef, current: Option<&str>) -> String {
    let here = current == Some(&*view.schema);
    let columns = !names_itself(view);
    let parsed = parse_one(view.sql.as_bytes(), ParserMode::default());
    let sql = match parsed.map(|parsed| parsed.statement) {
        Ok(Statement::Query(query)) if here && is_all_in(&query, &view.schema) => {
            print_view(&query, Some(&view.schema))
        }
        _ => view.sql.to_string(),
    };
    let schema = if here { None } else { Some(&*view.schema) };
    view_text(view, schema, columns, &sql)
}

/// Whether a query names tables of one schema only.
fn is_all_in(query: &Query, schema: &str) -> bool {
    let tables = look_through(query).tables;
    tables.iter().all(|table| table.schema.as_deref().is_none_or(|own| own == schema))
}

fn view_text(view: &ViewDef, schema: Option<&str>, columns: bool, sql: &str) -> String {
    let (user, host) = view.definer.split_once('@').unwrap_or((&view.definer, "%"));
    let security = if view.invoker { "INVOKER" } else { "DEFINER" };
    let check = match &*view.check_option {
        "NONE" => String::new(),
        kind => format!(" WITH {kind} CHECK OPTION"),
    };
    let columns = match columns {
        false => String::new(),
        true => {
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
        sql,
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
///
/// # Errors
/// 1142 without SELECT and SHOW VIEW.
pub fn create_view(session: &Session, sink: &mut dyn ResultSink, view: &ViewDef) -> Answer {
    for privilege in [Privilege::Select, Privilege::ShowView] {
        require_table(session, privilege, &view.schema, &view.name)?;
    }
    let sql = shown_view_text(view, session.database.as_deref());
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
    if !is_own(ctx, account) {
        require_schema(ctx.session, Privilege::Select, "mysql")?;
    }
    let (title, lines) = accounts::show_grants(ctx, account.unwrap_or(&Account::Current))?;
    let ty = ExprType::text(1024, CollationId::UTF8MB4_0900_AI_CI, false);
    let rows: Vec<Vec<Value>> = lines.into_iter().map(|line| vec![text(line)]).collect();
    send(sink, &[named(&title, ty)], &rows)
}

/// Whether an account is that of the session.
fn is_own(ctx: &crate::query::EvalContext<'_>, account: Option<&Account>) -> bool {
    match account {
        None | Some(Account::Current) => true,
        Some(Account::Named { user, host }) => *ctx.session.account == *format!("{user}@{host}"),
    }
}

/// SHOW CREATE USER.
pub fn create_user(
    ctx: &crate::query::EvalContext<'_>,
    sink: &mut dyn ResultSink,
    account: &Account,
) -> Answer {
    if !is_own(ctx, Some(account)) {
        require_schema(ctx.session, Privilege::Select, "mysql")?;
    }
    let (title, line) = accounts::show_create_user(ctx, account)?;
    let ty = ExprType::text(1024, CollationId::UTF8MB4_0900_AI_CI, false);
    send(sink, &[named(&title, ty)], &[vec![text(line)]])
}

/// SHOW PRIVILEGES.
pub fn privileges(sink: &mut dyn ResultSink) -> Answer {
    let listed =
        PRIVILEGES.iter().map(|(name, place, about)| vec![text(name), text(place), text(about)]);
    let dynamic = PrivilegeSet::dynamic().iter();
    let dynamic = dynamic.map(|name| vec![text(name), text("Server Admin"), text("")]);
    let rows: Vec<Vec<Value>> = listed.chain(dynamic).collect();
    let columns =
        [Column::Text("Privilege", 10), Column::Text("Context", 15), Column::Text("Comment", 63)];
    answer(sink, &columns, &rows)
}

/// What SHOW PRIVILEGES says of the static ones: name, context, comment.
const PRIVILEGES: [(&str, &str, &str); 33] = [
    ("Alter", "Tables", "To alter the table"),
    ("Alter routine", "Functions,Procedures", "To alter or drop stored functions/procedures"),
    ("Create", "Databases,Tables,Indexes", "To create new databases and tables"),
    ("Create routine", "Databases", "To use CREATE FUNCTION/PROCEDURE"),
    ("Create role", "Server Admin", "To create new roles"),
    ("Create temporary tables", "Databases", "To use CREATE TEMPORARY TABLE"),
    ("Create view", "Tables", "To create new views"),
    ("Create user", "Server Admin", "To create new users"),
    ("Delete", "Tables", "To delete existing rows"),
    ("Drop", "Databases,Tables", "To drop databases, tables, and views"),
    ("Drop role", "Server Admin", "To drop roles"),
    ("Event", "Server Admin", "To create, alter, drop and execute events"),
    ("Execute", "Functions,Procedures", "To execute stored routines"),
    ("File", "File access on server", "To read and write files on the server"),
    (
        "Grant option",
        "Databases,Tables,Functions,Procedures",
        "To give to other users those privileges you possess",
    ),
    ("Index", "Tables", "To create or drop indexes"),
    ("Insert", "Tables", "To insert data into tables"),
    ("Lock tables", "Databases", "To use LOCK TABLES (together with SELECT privilege)"),
    ("Process", "Server Admin", "To view the plain text of currently executing queries"),
    ("Proxy", "Server Admin", "To make proxy user possible"),
    ("References", "Databases,Tables", "To have references on tables"),
    ("Reload", "Server Admin", "To reload or refresh tables, logs and privileges"),
    ("Replication client", "Server Admin", "To ask where the slave or master servers are"),
    ("Replication slave", "Server Admin", "To read binary log events from the master"),
    ("Select", "Tables", "To retrieve rows from table"),
    ("Show databases", "Server Admin", "To see all databases with SHOW DATABASES"),
    ("Show view", "Tables", "To see views with SHOW CREATE VIEW"),
    ("Shutdown", "Server Admin", "To shut down the server"),
    ("Super", "Server Admin", "To use KILL thread, SET GLOBAL, CHANGE REPLICATION SOURCE, etc."),
    ("Trigger", "Tables", "To use triggers"),
    ("Create tablespace", "Server Admin", "To create/alter/drop tablespaces"),
    ("Update", "Tables", "To update existing rows"),
    ("Usage", "Server Admin", "No privileges - allow connect only"),
];

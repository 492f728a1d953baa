//! The tables of the schema `mysql` as they are made in a new data directory, and root's first row.

use super::password;
use super::privilege::ALL;
use crate::engine::catalog::{
    ColumnDef, DefaultValue, IndexDef, IndexKind, IndexPart, SchemaDef, TableDef,
};
use crate::engine::{CatalogChange, CommitOptions, DdlStatement, Engine, Transaction, Use};
use crate::query::cells::text;
use crate::value::types::{BlobSize, CollationId, ColumnType, IntegerSize};
use crate::value::{Row, SqlError, Value};

/// The schema that they are in.
pub(super) const SCHEMA: &str = "mysql";

/// `ascii_general_ci`: host names.
const ASCII: CollationId = CollationId(11);
/// `utf8mb3_bin`: user and schema names.
const BIN: CollationId = CollationId(83);
/// `utf8mb3_general_ci`.
const GENERAL: CollationId = CollationId(33);

/// Makes the tables and root's account in a database that has none. `password` is root's; none is none.
///
/// # Errors
/// The log cannot be written.
pub async fn bootstrap(engine: &Engine, password: Option<&[u8]>) -> Result<(), SqlError> {
    if engine.database().catalog.schema(SCHEMA).is_some() {
        return Ok(());
    }
    let changes = bootstrap_changes();
    let statement =
        DdlStatement { sql: BOOTSTRAP.to_owned(), unlogged: true, ..DdlStatement::default() };
    engine.ddl(engine.begin(Default::default()), statement, changes).await?;
    let mut transaction = engine.begin(Default::default());
    for host in ["localhost", "%"] {
        insert_root(&mut transaction, host, password)?;
    }
    let options = CommitOptions { unlogged: true, ..CommitOptions::default() };
    engine.commit(transaction, options).await.map(drop)
}

/// How the log names it; recovery makes the same tables again.
pub const BOOTSTRAP: &str = "/* anabranch: bootstrap */";

/// The schemas and tables that [`bootstrap`] makes.
pub fn bootstrap_changes() -> Vec<CatalogChange> {
    let mut changes = vec![
        CatalogChange::CreateSchema(SchemaDef::new(SCHEMA, CollationId::UTF8MB4_0900_AI_CI)),
        CatalogChange::CreateSchema(SchemaDef::new("sys", CollationId::UTF8MB4_0900_AI_CI)),
    ];
    let tables =
        [user(), db(), tables_priv(), global_grants(), general_log(), slow_log(), columns_priv()];
    changes.extend(tables.map(|table| CatalogChange::CreateTable(Box::new(table))));
    changes
}

fn insert_root(
    transaction: &mut Transaction,
    host: &str,
    password: Option<&[u8]>,
) -> Result<(), SqlError> {
    let table = transaction
        .use_table(SCHEMA, "user", Use::Write)
        .map_err(crate::engine::Interrupt::into_error)?;
    let authentication = password::stored(password.unwrap_or_default(), password::DEFAULT_PLUGIN)?;
    let yes = member(&["N", "Y"], "Y");
    let values = table.columns.iter().map(|column| match &*column.name {
        "Host" => text(host),
        "User" => text("root"),
        "authentication_string" => authentication.clone(),
        name if name.ends_with("_priv") => yes.clone(),
        _ => default_of(column),
    });
    let row = Row::new(values.collect());
    transaction.insert(&table, row).map_err(crate::engine::Interrupt::into_error)?;
    Ok(())
}

/// What the column holds when nothing is said.
pub(super) fn default_of(column: &ColumnDef) -> Value {
    match &column.default {
        Some(DefaultValue::Value(value)) => value.clone(),
        _ => Value::Null,
    }
}

/// A member of an ENUM by its name; the error value where there is none.
pub(super) fn member(members: &[&str], name: &str) -> Value {
    let number = members.iter().position(|member| *member == name).map_or(0, |at| at as u64 + 1);
    Value::Member(std::sync::Arc::new(crate::value::Member { number, text: name.into() }))
}

/// `mysql.general_log`: always empty; dump tools ask for it by name.
fn general_log() -> TableDef {
    let mut table = TableDef::new(SCHEMA, "general_log", GENERAL);
    table.columns = vec![
        logged_at("event_time"),
        column("user_host", medium_text(), None),
        column("thread_id", unsigned(IntegerSize::Big), None),
        column("server_id", unsigned(IntegerSize::Int), None),
        column("command_type", varchar(64), None),
        column("argument", ColumnType::Blob(BlobSize::Medium), None),
    ];
    table.comment = "General log".into();
    table
}

/// `mysql.slow_log`: likewise.
fn slow_log() -> TableDef {
    let count = || ColumnType::Integer {
        size: IntegerSize::Int,
        unsigned: false,
        width: None,
        zerofill: false,
    };
    let mut table = TableDef::new(SCHEMA, "slow_log", GENERAL);
    table.columns = vec![
        logged_at("start_time"),
        column("user_host", medium_text(), None),
        column("query_time", ColumnType::Time(6), None),
        column("lock_time", ColumnType::Time(6), None),
        column("rows_sent", count(), None),
        column("rows_examined", count(), None),
        column("db", varchar(512), None),
        column("last_insert_id", count(), None),
        column("insert_id", count(), None),
        column("server_id", unsigned(IntegerSize::Int), None),
        column("sql_text", ColumnType::Blob(BlobSize::Medium), None),
        column("thread_id", unsigned(IntegerSize::Big), None),
    ];
    table.comment = "Slow log".into();
    table
}

fn logged_at(name: &str) -> ColumnDef {
    let mut time = column(name, ColumnType::Timestamp(6), None);
    time.default = Some(DefaultValue::Expression("CURRENT_TIMESTAMP(6)".into()));
    time.on_update_now = true;
    time
}

fn medium_text() -> ColumnType {
    ColumnType::Text { size: BlobSize::Medium, collation: GENERAL }
}

fn varchar(length: u32) -> ColumnType {
    ColumnType::Char { varying: true, length, collation: GENERAL }
}

/// `mysql.user`.
fn user() -> TableDef {
    let mut table = TableDef::new(SCHEMA, "user", BIN);
    table.columns = vec![key("Host", 255, ASCII), key("User", 32, BIN)];
    let (roles, others): (Vec<_>, Vec<_>) =
        ALL.iter().partition(|facts| facts.column.ends_with("_role"));
    table.columns.extend(others.iter().map(|facts| flag(&format!("{}_priv", facts.column))));
    table.columns.push(choice("ssl_type", &["", "ANY", "X509", "SPECIFIED"], ""));
    for name in ["ssl_cipher", "x509_issuer", "x509_subject"] {
        let ty = ColumnType::Blob(BlobSize::Normal);
        table.columns.push(column(name, ty, Some(Value::Bytes([].into()))));
    }
    for name in ["max_questions", "max_updates", "max_connections", "max_user_connections"] {
        table.columns.push(column(name, unsigned(IntegerSize::Int), Some(Value::UInt(0))));
    }
    table.columns.push(key("plugin", 64, BIN));
    if let Some(plugin) = table.columns.last_mut() {
        plugin.default = Some(DefaultValue::Value(text(password::DEFAULT_PLUGIN)));
    }
    let long = ColumnType::Text { size: BlobSize::Normal, collation: BIN };
    table.columns.push(optional("authentication_string", long));
    table.columns.push(flag("password_expired"));
    table.columns.push(optional("password_last_changed", ColumnType::Timestamp(0)));
    table.columns.push(optional("password_lifetime", unsigned(IntegerSize::Small)));
    table.columns.push(flag("account_locked"));
    table.columns.extend(roles.iter().map(|facts| flag(&format!("{}_priv", facts.column))));
    table.columns.push(optional("Password_reuse_history", unsigned(IntegerSize::Small)));
    table.columns.push(optional("Password_reuse_time", unsigned(IntegerSize::Small)));
    let yes_or_no = ColumnType::Enum { members: names(&["N", "Y"]), collation: GENERAL };
    table.columns.push(optional("Password_require_current", yes_or_no));
    table.columns.push(optional("User_attributes", ColumnType::Json));
    primary(table, &["Host", "User"], "Users and global privileges")
}

/// `mysql.db`.
fn db() -> TableDef {
    let mut table = TableDef::new(SCHEMA, "db", BIN);
    table.columns = vec![key("Host", 255, ASCII), key("Db", 64, BIN), key("User", 32, BIN)];
    let granted = ALL.iter().filter(|facts| facts.schema);
    table.columns.extend(granted.map(|facts| flag(&format!("{}_priv", facts.column))));
    primary(table, &["Host", "User", "Db"], "Database privileges")
}

/// `mysql.tables_priv`.
fn tables_priv() -> TableDef {
    let mut table = TableDef::new(SCHEMA, "tables_priv", BIN);
    table.columns = vec![
        key("Host", 255, ASCII),
        key("Db", 64, BIN),
        key("User", 32, BIN),
        key("Table_name", 64, BIN),
        varying("Grantor", 288, BIN),
        optional("Timestamp", ColumnType::Timestamp(0)),
    ];
    let granted: Vec<&str> = ALL.iter().filter_map(|facts| facts.table).collect();
    table.columns.push(set("Table_priv", &granted));
    table.columns.push(set("Column_priv", &["Select", "Insert", "Update", "References"]));
    primary(table, &["Host", "User", "Db", "Table_name"], "Table privileges")
}

/// `mysql.columns_priv`, which drivers read: it stays empty.
fn columns_priv() -> TableDef {
    let mut table = TableDef::new(SCHEMA, "columns_priv", BIN);
    table.columns = vec![
        key("Host", 255, ASCII),
        key("Db", 64, BIN),
        key("User", 32, BIN),
        key("Table_name", 64, BIN),
        key("Column_name", 64, GENERAL),
        optional("Timestamp", ColumnType::Timestamp(0)),
        set("Column_priv", &["Select", "Insert", "Update", "References"]),
    ];
    primary(table, &["Host", "User", "Db", "Table_name", "Column_name"], "Column privileges")
}

/// `mysql.global_grants`.
fn global_grants() -> TableDef {
    let mut table = TableDef::new(SCHEMA, "global_grants", BIN);
    table.columns = vec![
        key("USER", 32, BIN),
        key("HOST", 255, ASCII),
        key("PRIV", 32, GENERAL),
        flag("WITH_GRANT_OPTION"),
    ];
    primary(table, &["USER", "HOST", "PRIV"], "Extended global grants")
}

fn primary(mut table: TableDef, columns: &[&str], comment: &str) -> TableDef {
    let parts = columns.iter().filter_map(|name| table.column_index(name));
    let parts = parts.map(|column| IndexPart { column, prefix: None, descending: false });
    table.indexes = vec![IndexDef {
        name: "PRIMARY".into(),
        kind: IndexKind::Primary,
        parts: parts.collect(),
        comment: "".into(),
        visible: true,
    }];
    table.comment = comment.into();
    table
}

fn column(name: &str, ty: ColumnType, default: Option<Value>) -> ColumnDef {
    let mut column = ColumnDef::new(name, ty);
    column.nullable = false;
    column.default = default.map(DefaultValue::Value);
    column
}

fn optional(name: &str, ty: ColumnType) -> ColumnDef {
    ColumnDef::new(name, ty)
}

fn key(name: &str, length: u32, collation: CollationId) -> ColumnDef {
    column(name, ColumnType::Char { varying: false, length, collation }, Some(text("")))
}

fn varying(name: &str, length: u32, collation: CollationId) -> ColumnDef {
    column(name, ColumnType::Char { varying: true, length, collation }, Some(text("")))
}

fn flag(name: &str) -> ColumnDef {
    choice(name, &["N", "Y"], "N")
}

fn choice(name: &str, members: &[&str], default: &str) -> ColumnDef {
    let ty = ColumnType::Enum { members: names(members), collation: GENERAL };
    column(name, ty, Some(member(members, default)))
}

fn set(name: &str, members: &[&str]) -> ColumnDef {
    let ty = ColumnType::Set { members: names(members), collation: GENERAL };
    let none =
        Value::Member(std::sync::Arc::new(crate::value::Member { number: 0, text: "".into() }));
    column(name, ty, Some(none))
}

fn names(members: &[&str]) -> std::sync::Arc<[Box<str>]> {
    members.iter().map(|member| Box::from(*member)).collect()
}

fn unsigned(size: IntegerSize) -> ColumnType {
    ColumnType::Integer { size, unsigned: true, width: None, zerofill: false }
}

//! information_schema and performance_schema: every table of MySQL 8's with its columns, computed from the
//! catalog, the accounts and the server around the sessions when it is read. Nobody sees there what they have no
//! privilege on ([`sight`]).
//!
//! A table is its columns as a text of SQL ([`definitions`]), and a function that makes its rows.

mod columns;
mod constraints;
mod definitions;
mod keys;
mod lists;
mod locks;
mod performance;
mod privileges;
mod replication;
mod row;
mod server;
mod sight;
mod tables;

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

pub use columns::table_columns;
pub use keys::table_statistics;
pub use sight::Sight;

use super::accounts::Privilege;
use super::ddl;
use super::{EqualityFilter, EvalContext, Interrupt, Session, VirtualColumn, VirtualTable};
use crate::sql::statement::{ParserMode, Statement, parse_one};
use crate::value::types::ColumnType;
use crate::value::{SqlError, Value};
use row::Wanted;

/// Rows of a table.
type Rows = Result<Vec<Vec<Value>>, Interrupt>;

/// Makes the rows of a table.
type Make = fn(&mut EvalContext<'_>, &Wanted<'_>) -> Rows;

/// A computed table.
pub struct Table {
    schema: &'static str,
    name: &'static str,
    /// Its columns as CREATE TABLE has them.
    definition: &'static str,
    /// The same, parsed when they are first asked for.
    columns: OnceLock<Vec<VirtualColumn>>,
    make: Make,
}

impl VirtualTable for Table {
    fn schema(&self) -> &str {
        self.schema
    }

    fn name(&self) -> &str {
        self.name
    }

    fn is_view(&self) -> bool {
        let plain =
            ["ENGINES", "OPTIMIZER_TRACE", "PLUGINS", "PROCESSLIST", "PROFILING", "TABLESPACES"];
        self.schema == SCHEMAS[0]
            && !plain.contains(&self.name)
            && !self.name.starts_with("INNODB_")
            && !self.name.ends_with("_PRIVILEGES")
    }

    fn columns(&self) -> &[VirtualColumn] {
        self.columns.get_or_init(|| parse_columns(self.definition))
    }

    fn rows(&self, ctx: &mut EvalContext<'_>, filters: &[EqualityFilter]) -> Rows {
        (self.make)(ctx, &Wanted::new(self.columns(), filters))
    }
}

/// All tables by schema and name, both in upper case.
static TABLES: LazyLock<BTreeMap<(String, String), Table>> = LazyLock::new(|| {
    let key = |table: &Table| (table.schema.to_ascii_uppercase(), table.name.to_ascii_uppercase());
    definitions::all().into_iter().map(|table| (key(&table), table)).collect()
});

/// The computed table of this name, in any case.
pub fn table(schema: &str, name: &str) -> Option<&'static dyn VirtualTable> {
    SCHEMAS.iter().find(|own| own.eq_ignore_ascii_case(schema))?;
    let key = (schema.to_ascii_uppercase(), name.to_ascii_uppercase());
    TABLES.get(&key).map(|table| table as &dyn VirtualTable)
}

/// The computed tables of a schema, in any case, by name.
pub fn tables_of(schema: &str) -> impl Iterator<Item = &'static Table> {
    TABLES.values().filter(move |table| table.schema.eq_ignore_ascii_case(schema))
}

/// The schemas whose tables are computed.
pub const SCHEMAS: [&str; 2] = ["information_schema", "performance_schema"];

/// The computed schema of this name, in any case.
pub fn schema(name: &str) -> Option<&'static str> {
    SCHEMAS.into_iter().find(|own| own.eq_ignore_ascii_case(name))
}

/// Why a table is not found whose schema is not in the catalog: 1109, 1146, 1049.
pub fn unknown_table(schema_name: &str, name: &str) -> SqlError {
    match schema(schema_name) {
        Some("information_schema") => {
            let name = name.to_uppercase();
            let message = format!("Unknown table '{name}' in information_schema");
            SqlError::new(1109, b"42S02", message)
        }
        Some(own) => crate::engine::no_such_table(own, name),
        None => crate::engine::unknown_database(schema_name),
    }
}

/// What of performance_schema everybody may read.
const PUBLIC: [&str; 9] = [
    "global_status",
    "global_variables",
    "keyring_keys",
    "processlist",
    "session_account_connect_attrs",
    "session_connect_attrs",
    "session_status",
    "session_variables",
    "variables_by_thread",
];

/// Whether the account may read a computed table: information_schema shows to each what it may see.
///
/// # Errors
/// 1142.
pub fn require(session: &Session, table: &dyn VirtualTable) -> Result<(), SqlError> {
    let (schema, name) = (table.schema(), table.name());
    let public = schema == "information_schema" || PUBLIC.contains(&name);
    match public || Sight::of(session).may(Privilege::Select, schema, name) {
        true => Ok(()),
        false => Err(super::show::denied(session, "SELECT", name)),
    }
}

/// Columns from a text of SQL. A text that is wrong gives no columns; a test looks at each.
fn parse_columns(columns: &str) -> Vec<VirtualColumn> {
    let sql = format!("CREATE TABLE t ({columns}) COLLATE utf8mb3_general_ci");
    let parsed = parse_one(sql.as_bytes(), ParserMode::default());
    let Ok(Statement::CreateTable(create)) = parsed.map(|parsed| parsed.statement) else {
        return Vec::new();
    };
    let columns = create.columns.iter().map(|column| VirtualColumn {
        name: column.name.as_str().into(),
        ty: ddl::virtual_type(&column.name, &column.ty).unwrap_or(ColumnType::Null),
        nullable: column.nullable.unwrap_or(true),
    });
    columns.collect()
}

#[cfg(test)]
mod tests;

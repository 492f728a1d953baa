//! A column of a table.

use std::sync::Arc;

use crate::value::Value;
use crate::value::types::ColumnType;

/// A column.
#[derive(Debug, Clone)]
pub struct ColumnDef {
    /// Its name, as it was written.
    pub name: Arc<str>,
    /// Its type.
    pub ty: ColumnType,
    /// Its definition named a character set or collation, which is then shown even where it is the table's.
    pub collation_given: bool,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// What an INSERT that does not name it stores. None: NULL where it may be, an error where not.
    pub default: Option<DefaultValue>,
    /// `ALTER … DROP DEFAULT`: also where it may be NULL, an INSERT must name it.
    pub no_default: bool,
    /// `ON UPDATE CURRENT_TIMESTAMP`, with the fraction of its type.
    pub on_update_now: bool,
    /// The expression that its value follows from.
    pub generated: Option<Generated>,
    /// `AUTO_INCREMENT`.
    pub auto_increment: bool,
    /// `COMMENT`.
    pub comment: Arc<str>,
    /// `INVISIBLE`: not in `SELECT *`.
    pub invisible: bool,
    /// Made for an expression in an index: no statement can name it, nothing shows it.
    pub hidden: bool,
}

impl ColumnDef {
    /// A column of this name and type that may be NULL and has nothing else.
    pub fn new(name: &str, ty: ColumnType) -> Self {
        Self {
            name: name.into(),
            ty,
            collation_given: false,
            nullable: true,
            default: None,
            no_default: false,
            on_update_now: false,
            generated: None,
            auto_increment: false,
            comment: "".into(),
            invisible: false,
            hidden: false,
        }
    }
}

/// What a column holds when a statement does not say.
#[derive(Debug, Clone)]
pub enum DefaultValue {
    /// A value of the column's type. `DEFAULT NULL` is `Value::Null`.
    Value(Value),
    /// An expression as SQL text, `CURRENT_TIMESTAMP(n)` included.
    Expression(Arc<str>),
}

/// A generated column's expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// As SQL text.
    pub sql: Arc<str>,
    /// `STORED`; otherwise `VIRTUAL`. Rows hold the value of both.
    pub stored: bool,
}

/// Whether two names of columns, indexes or constraints are the same: their case does not count.
pub fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || (!one.is_ascii() && !other.is_ascii() && one.to_lowercase() == other.to_lowercase())
}

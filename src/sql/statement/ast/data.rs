//! Statements that read or change rows.

use super::{
    ColumnName, Expr, OrderByExpr, Query, SelectItem, Statement, TableName, TableWithJoins,
};

/// SELECT … INTO @a, @b, or INTO OUTFILE.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectInto {
    /// The query.
    pub query: Box<Query>,
    /// Where its one row goes.
    pub variables: Vec<String>,
}

/// INSERT and REPLACE.
#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    /// LOW_PRIORITY, HIGH_PRIORITY or DELAYED; the last gives warning 3005.
    pub priority: Option<Priority>,
    /// IGNORE.
    pub ignore: bool,
    /// Into what.
    pub table: TableName,
    /// The columns listed; none means all, in order.
    pub columns: Option<Vec<ColumnName>>,
    /// What.
    pub source: InsertSource,
    /// `AS new(a, b)`.
    pub row_alias: Option<RowAlias>,
    /// ON DUPLICATE KEY UPDATE; `VALUES(a)` in it is a function.
    pub on_duplicate: Vec<Assignment>,
    /// RETURNING, as MariaDB has it.
    pub returning: Option<Vec<SelectItem>>,
}

/// How soon a write is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// LOW_PRIORITY.
    Low,
    /// HIGH_PRIORITY.
    High,
    /// DELAYED.
    Delayed,
}

/// Where inserted rows come from.
#[derive(Debug, Clone, PartialEq)]
pub enum InsertSource {
    /// VALUES, and SET with its columns in [`Insert::columns`]. An empty row is all defaults.
    Values(Vec<Vec<Expr>>),
    /// SELECT, TABLE, VALUES ROW().
    Query(Box<Query>),
}

/// The name of the row being inserted.
#[derive(Debug, Clone, PartialEq)]
pub struct RowAlias {
    /// Its name.
    pub name: String,
    /// Names of its columns, if given.
    pub columns: Vec<String>,
}

/// `a = 1`
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// What is set.
    pub column: ColumnName,
    /// To what; `DEFAULT` is a function without arguments.
    pub value: Expr,
}

/// UPDATE. With one table and no joins ORDER BY and LIMIT may be there.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// WITH in front.
    pub with: Option<super::With>,
    /// LOW_PRIORITY.
    pub low_priority: bool,
    /// IGNORE.
    pub ignore: bool,
    /// The tables.
    pub tables: Vec<TableWithJoins>,
    /// SET.
    pub assignments: Vec<Assignment>,
    /// WHERE.
    pub selection: Option<Expr>,
    /// ORDER BY.
    pub order_by: Vec<OrderByExpr>,
    /// LIMIT.
    pub limit: Option<Expr>,
}

/// DELETE.
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    /// WITH in front.
    pub with: Option<super::With>,
    /// LOW_PRIORITY.
    pub low_priority: bool,
    /// QUICK.
    pub quick: bool,
    /// IGNORE.
    pub ignore: bool,
    /// The tables (or aliases) whose rows go, of a multi-table DELETE; empty: the one in `tables`.
    pub targets: Vec<TableName>,
    /// FROM, or USING.
    pub tables: Vec<TableWithJoins>,
    /// WHERE.
    pub selection: Option<Expr>,
    /// ORDER BY.
    pub order_by: Vec<OrderByExpr>,
    /// LIMIT.
    pub limit: Option<Expr>,
    /// RETURNING, as MariaDB has it.
    pub returning: Option<Vec<SelectItem>>,
}

/// LOAD DATA.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadData {
    /// LOCAL: the client sends the file.
    pub local: bool,
    /// LOW_PRIORITY or CONCURRENT.
    pub priority: Option<Priority>,
    /// The file's name.
    pub file: String,
    /// REPLACE or IGNORE.
    pub duplicates: OnDuplicate,
    /// Into what.
    pub table: TableName,
    /// CHARACTER SET.
    pub charset: Option<String>,
    /// How fields are cut.
    pub format: FileFormat,
    /// IGNORE n LINES.
    pub ignore_lines: u64,
    /// Columns and `@variables` that the fields go to; empty means all columns.
    pub targets: Vec<LoadTarget>,
    /// SET.
    pub assignments: Vec<Assignment>,
}

/// What a row that exists already does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDuplicate {
    /// An error; with LOCAL as IGNORE.
    Fail,
    /// REPLACE.
    Replace,
    /// IGNORE.
    Ignore,
}

/// FIELDS and LINES of LOAD DATA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFormat {
    /// FIELDS TERMINATED BY; a tab unless given.
    pub field_end: String,
    /// ENCLOSED BY.
    pub enclosed: Option<char>,
    /// OPTIONALLY ENCLOSED BY.
    pub optionally: bool,
    /// ESCAPED BY; `\` unless given, none with an empty string.
    pub escaped: Option<char>,
    /// LINES STARTING BY.
    pub line_start: String,
    /// LINES TERMINATED BY; a line feed unless given.
    pub line_end: String,
}

impl Default for FileFormat {
    fn default() -> Self {
        Self {
            field_end: "\t".to_owned(),
            enclosed: None,
            optionally: false,
            escaped: Some('\\'),
            line_start: String::new(),
            line_end: "\n".to_owned(),
        }
    }
}

/// Where a field of a file goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadTarget {
    /// To a column.
    Column(ColumnName),
    /// To `@name`.
    Variable(String),
}

/// EXPLAIN, EXPLAIN ANALYZE, EXPLAIN FOR CONNECTION.
#[derive(Debug, Clone, PartialEq)]
pub struct Explain {
    /// ANALYZE.
    pub analyze: bool,
    /// FORMAT.
    pub format: ExplainFormat,
    /// Of what.
    pub statement: Statement,
}

/// How EXPLAIN answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExplainFormat {
    /// Rows of twelve columns.
    #[default]
    Traditional,
    /// A JSON document.
    Json,
    /// A tree of text.
    Tree,
}

/// DESCRIBE t, with a column's name or a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Describe {
    /// The table.
    pub table: TableName,
    /// A column, or a LIKE pattern.
    pub column: Option<String>,
}

//! What a statement did, as text that can be compared: the form in which answers are recorded.

use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::{Column, Row, Value};

/// What a server answered to one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// An OK packet.
    Done { affected: u64, insert_id: u64, warnings: Vec<u16> },
    /// A result set.
    Rows(Rows),
    /// An ERR packet. The text is shown, not compared and not recorded.
    Failed { code: u16, state: String, text: String },
    /// No answer: the connection or the server ended, or time was up.
    Lost(String),
}

/// A result set, each value already in its printed form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    pub types: Vec<String>,
    pub names: String,
    pub rows: Vec<String>,
    pub warnings: Vec<u16>,
}

impl Rows {
    pub fn new(columns: &[Column], rows: &[Row]) -> Self {
        let names: Vec<String> = columns.iter().map(|c| escape(c.name_ref(), false)).collect();
        Self {
            types: columns.iter().map(type_name).collect(),
            names: names.join("\t"),
            rows: rows.iter().map(line).collect(),
            warnings: Vec::new(),
        }
    }
}

/// One line per row: values with tabs between.
fn line(row: &Row) -> String {
    let values: Vec<String> =
        (0..row.len()).map(|i| row.as_ref(i).map_or("?".into(), print)).collect();
    values.join("\t")
}

fn print(value: &Value) -> String {
    match value {
        Value::NULL => "NULL".into(),
        Value::Bytes(bytes) => escape(bytes, true),
        other => other.as_sql(false),
    }
}

/// Printable text stays; the rest is written as `\n`, `\t`, `\\` or `\xHH`. With `value`, the words that mean
/// something in a script are told apart from the same words as text.
fn escape(bytes: &[u8], value: bool) -> String {
    match bytes {
        b"" => return "(empty)".into(),
        b"NULL" if value => return "\\x4eULL".into(),
        _ => {}
    }
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push(&mut out, c));
        chunk.invalid().iter().for_each(|b| out.push_str(&format!("\\x{b:02x}")));
    }
    if out.ends_with(' ') {
        out.pop();
        out.push_str("\\x20");
    }
    out
}

fn push(out: &mut String, c: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
        c => out.push(c),
    }
}

/// The protocol's type, whether it is unsigned, and its decimals where they mean something.
fn type_name(column: &Column) -> String {
    let flags = column.flags();
    let base = base_name(column, flags);
    let unsigned = base.ends_with("int") && flags.contains(ColumnFlags::UNSIGNED_FLAG);
    let decimals = match base {
        "float" | "double" if column.decimals() == 31 => 0,
        "decimal" | "float" | "double" | "time" | "datetime" | "timestamp" => column.decimals(),
        _ => 0,
    };
    match (unsigned, decimals) {
        (true, _) => format!("{base}.u"),
        (false, 0) => base.into(),
        (false, n) => format!("{base}.{n}"),
    }
}

fn base_name(column: &Column, flags: ColumnFlags) -> &'static str {
    let binary = column.character_set() == 63;
    let either = |text, bytes| if binary { bytes } else { text };
    if flags.contains(ColumnFlags::ENUM_FLAG) {
        return "enum";
    }
    if flags.contains(ColumnFlags::SET_FLAG) {
        return "set";
    }
    match column.column_type() {
        ColumnType::MYSQL_TYPE_TINY => "tinyint",
        ColumnType::MYSQL_TYPE_SHORT => "smallint",
        ColumnType::MYSQL_TYPE_INT24 => "mediumint",
        ColumnType::MYSQL_TYPE_LONG => "int",
        ColumnType::MYSQL_TYPE_LONGLONG => "bigint",
        ColumnType::MYSQL_TYPE_NEWDECIMAL => "decimal",
        ColumnType::MYSQL_TYPE_FLOAT => "float",
        ColumnType::MYSQL_TYPE_DOUBLE => "double",
        ColumnType::MYSQL_TYPE_DATE => "date",
        ColumnType::MYSQL_TYPE_TIME => "time",
        ColumnType::MYSQL_TYPE_DATETIME => "datetime",
        ColumnType::MYSQL_TYPE_TIMESTAMP => "timestamp",
        ColumnType::MYSQL_TYPE_YEAR => "year",
        ColumnType::MYSQL_TYPE_BIT => "bit",
        ColumnType::MYSQL_TYPE_JSON => "json",
        ColumnType::MYSQL_TYPE_NULL => "null",
        ColumnType::MYSQL_TYPE_STRING => either("char", "binary"),
        ColumnType::MYSQL_TYPE_VAR_STRING => either("varchar", "varbinary"),
        ColumnType::MYSQL_TYPE_TINY_BLOB
        | ColumnType::MYSQL_TYPE_BLOB
        | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
        | ColumnType::MYSQL_TYPE_LONG_BLOB => either("text", "blob"),
        _ => "other",
    }
}

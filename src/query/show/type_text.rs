//! Types as MySQL 8 writes them: `COLUMN_TYPE`, `DATA_TYPE`, SHOW COLUMNS, SHOW CREATE TABLE.

use crate::sql::statement::quote_text;
use crate::value::types::{BlobSize, ColumnType, IntegerSize};

/// `varchar(20)`, `int unsigned`, `enum('a','b')`: without character set.
pub fn column_type_text(ty: &ColumnType) -> String {
    let name = data_type(ty);
    match ty {
        ColumnType::Integer { unsigned, width, zerofill, .. } => {
            let width = width.map_or(String::new(), |width| format!("({width})"));
            format!("{name}{width}{}", number_flags(*unsigned, *zerofill))
        }
        ColumnType::Decimal { precision, scale, unsigned, zerofill } => {
            format!("{name}({precision},{scale}){}", number_flags(*unsigned, *zerofill))
        }
        ColumnType::Float { unsigned, digits, zerofill, .. } => {
            let digits = digits.map_or(String::new(), |(m, d)| format!("({m},{d})"));
            format!("{name}{digits}{}", number_flags(*unsigned, *zerofill))
        }
        ColumnType::Bit(bits) => format!("bit({bits})"),
        ColumnType::Time(digits) | ColumnType::DateTime(digits) | ColumnType::Timestamp(digits)
            if *digits > 0 =>
        {
            format!("{name}({digits})")
        }
        ColumnType::Char { length, .. } | ColumnType::Binary { length, .. } => {
            format!("{name}({length})")
        }
        ColumnType::Enum { members, .. } | ColumnType::Set { members, .. } => {
            let list: Vec<String> = members.iter().map(|member| member_text(member)).collect();
            format!("{name}({})", list.join(","))
        }
        _ => name.to_owned(),
    }
}

/// A member between quotes, which are doubled in it.
fn member_text(member: &str) -> String {
    format!("'{}'", member.replace('\'', "''"))
}

fn number_flags(unsigned: bool, zerofill: bool) -> &'static str {
    match (unsigned, zerofill) {
        (_, true) => " unsigned zerofill",
        (true, false) => " unsigned",
        (false, false) => "",
    }
}

/// `varchar`, `int`: the name alone.
pub fn data_type(ty: &ColumnType) -> &'static str {
    match ty {
        ColumnType::Integer { size, .. } => match size {
            IntegerSize::Tiny => "tinyint",
            IntegerSize::Small => "smallint",
            IntegerSize::Medium => "mediumint",
            IntegerSize::Int => "int",
            IntegerSize::Big => "bigint",
        },
        ColumnType::Decimal { .. } => "decimal",
        ColumnType::Float { double: false, .. } => "float",
        ColumnType::Float { .. } => "double",
        ColumnType::Bit(_) => "bit",
        ColumnType::Year => "year",
        ColumnType::Date => "date",
        ColumnType::Time(_) => "time",
        ColumnType::DateTime(_) => "datetime",
        ColumnType::Timestamp(_) => "timestamp",
        ColumnType::Char { varying: true, .. } => "varchar",
        ColumnType::Char { .. } => "char",
        ColumnType::Text { size, .. } => match size {
            BlobSize::Tiny => "tinytext",
            BlobSize::Normal => "text",
            BlobSize::Medium => "mediumtext",
            BlobSize::Long => "longtext",
        },
        ColumnType::Binary { varying: true, .. } => "varbinary",
        ColumnType::Binary { .. } => "binary",
        ColumnType::Blob(size) => match size {
            BlobSize::Tiny => "tinyblob",
            BlobSize::Normal => "blob",
            BlobSize::Medium => "mediumblob",
            BlobSize::Long => "longblob",
        },
        ColumnType::Enum { .. } => "enum",
        ColumnType::Set { .. } => "set",
        ColumnType::Json => "json",
        ColumnType::Null => "null",
    }
}

/// Whether SHOW CREATE TABLE writes no `DEFAULT NULL` for such a column.
pub fn has_no_default(ty: &ColumnType) -> bool {
    matches!(ty, ColumnType::Text { .. } | ColumnType::Blob(_))
}

/// A comment or another text in quotes.
pub fn quoted(text: &str) -> String {
    quote_text(text).replace("\\'", "''")
}

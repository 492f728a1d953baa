//! The text of SHOW CREATE TABLE, exactly as MySQL 8 writes it.

use std::fmt::Write as _;

use super::type_text::{column_type_text, has_no_default, quoted};
use crate::engine::catalog::{
    CheckDef, ColumnDef, DefaultValue, ForeignKeyAction, ForeignKeyDef, IndexDef, IndexKind,
    TableDef,
};
use crate::sql::statement::quote_name;
use crate::value::Value;
use crate::value::collation::CollationId;
use crate::value::convert::to_bytes;
use crate::value::display::text_of;
use crate::value::types::ColumnType;

/// Options that are shown behind the character set, in MySQL's order.
const OPTIONS: [&str; 12] = [
    "MIN_ROWS",
    "MAX_ROWS",
    "AVG_ROW_LENGTH",
    "PACK_KEYS",
    "STATS_PERSISTENT",
    "STATS_AUTO_RECALC",
    "STATS_SAMPLE_PAGES",
    "CHECKSUM",
    "DELAY_KEY_WRITE",
    "ROW_FORMAT",
    "KEY_BLOCK_SIZE",
    "COMPRESSION",
];

/// The statement that makes the table. `next_auto` is the counter's next value, if there is a counter.
pub fn create_table_text(table: &TableDef, next_auto: Option<u64>) -> String {
    named_table_text(table, &quote_name(&table.name), next_auto)
}

/// The same, with its schema.
pub fn full_create_table_text(table: &TableDef) -> String {
    let name = format!("{}.{}", quote_name(&table.schema), quote_name(&table.name));
    let first = Some(table.first_auto_increment).filter(|first| *first > 0);
    named_table_text(table, &name, first)
}

fn named_table_text(table: &TableDef, name: &str, next_auto: Option<u64>) -> String {
    let shown = table.columns.iter().filter(|column| !column.hidden);
    let mut lines: Vec<String> = shown.map(|column| column_text(table, column)).collect();
    lines.extend(table.indexes.iter().map(|index| index_text(table, index)));
    let mut foreign_keys: Vec<&ForeignKeyDef> = table.foreign_keys.iter().collect();
    foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
    lines.extend(foreign_keys.into_iter().map(|key| foreign_key_text(table, key)));
    let mut checks: Vec<&CheckDef> = table.checks.iter().collect();
    checks.sort_by_key(|check| check.name.to_lowercase());
    lines.extend(checks.into_iter().map(check_text));
    let temporary = if table.temporary { "TEMPORARY " } else { "" };
    let body = lines.join(",\n  ");
    format!("CREATE {temporary}TABLE {name} (\n  {body}\n){}", options_text(table, next_auto))
}

/// A comment as SHOW CREATE TABLE quotes it: a quote is doubled there, other than in expressions.
fn comment_text(comment: &str) -> String {
    let mut out = String::with_capacity(comment.len() + 2);
    out.push('\'');
    for char in comment.chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            '\'' => out.push_str("''"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}

fn column_text(table: &TableDef, column: &ColumnDef) -> String {
    let mut text = format!("{} {}", quote_name(&column.name), column_type_text(&column.ty));
    text.push_str(&collation_text(table.collation, column));
    if let Some(generated) = &column.generated {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        let _ = write!(text, " GENERATED ALWAYS AS ({}) {kind}", generated.sql);
    }
    if !column.nullable {
        text.push_str(" NOT NULL");
    } else if matches!(column.ty, ColumnType::Timestamp(_)) {
        text.push_str(" NULL");
    }
    text.push_str(&default_text(column));
    if column.on_update_now {
        let _ = write!(text, " ON UPDATE {}", now_text(&column.ty));
    }
    if column.auto_increment {
        text.push_str(" AUTO_INCREMENT");
    }
    if column.invisible {
        text.push_str(" /*!80023 INVISIBLE */");
    }
    if !column.comment.is_empty() {
        let _ = write!(text, " COMMENT {}", comment_text(&column.comment));
    }
    text
}

/// `CURRENT_TIMESTAMP` with the fraction of a type.
pub fn now_text(ty: &ColumnType) -> String {
    match ty {
        ColumnType::DateTime(digits) | ColumnType::Timestamp(digits) if *digits > 0 => {
            format!("CURRENT_TIMESTAMP({digits})")
        }
        _ => "CURRENT_TIMESTAMP".to_owned(),
    }
}

/// The collation of a text column.
pub fn collation_of(ty: &ColumnType) -> Option<CollationId> {
    match ty {
        ColumnType::Char { collation, .. }
        | ColumnType::Text { collation, .. }
        | ColumnType::Enum { collation, .. }
        | ColumnType::Set { collation, .. } => Some(*collation),
        _ => None,
    }
}

fn collation_text(table: CollationId, column: &ColumnDef) -> String {
    let Some(id) = collation_of(&column.ty) else { return String::new() };
    let collation = id.collation();
    let charset = collation.charset.name;
    let given = column.collation_given;
    let mut text = String::new();
    if given || id != table {
        let _ = write!(text, " CHARACTER SET {charset}");
    }
    // utf8mb4 has had two defaults, so it is not left to be guessed.
    let unsure = charset == "utf8mb4" && id != table;
    if given || !collation.is_default || unsure {
        let _ = write!(text, " COLLATE {}", collation.name);
    }
    text
}

fn default_text(column: &ColumnDef) -> String {
    match &column.default {
        _ if column.generated.is_some() || column.auto_increment => String::new(),
        Some(DefaultValue::Expression(sql)) if is_now(sql) => format!(" DEFAULT {sql}"),
        Some(DefaultValue::Expression(sql)) => format!(" DEFAULT ({sql})"),
        Some(DefaultValue::Value(value)) if !matches!(value, Value::Null) => {
            format!(" DEFAULT {}", literal_text(value, &column.ty))
        }
        _ if column.nullable && !column.no_default && !has_no_default(&column.ty) => {
            " DEFAULT NULL".to_owned()
        }
        _ => String::new(),
    }
}

/// Whether a default's expression is the word CURRENT_TIMESTAMP, which stands without parentheses.
pub fn is_now(sql: &str) -> bool {
    sql.starts_with("CURRENT_TIMESTAMP")
}

fn literal_text(value: &Value, ty: &ColumnType) -> String {
    match (value, ty) {
        (Value::UInt(bits), ColumnType::Bit(_)) => format!("b'{bits:b}'"),
        (Value::Bytes(_), _) => match std::str::from_utf8(&to_bytes(value)) {
            Ok(text) if !text.contains('\0') => quoted(text),
            _ => {
                let hex: String =
                    to_bytes(value).iter().map(|byte| format!("{byte:02x}")).collect();
                format!("0x{hex}")
            }
        },
        _ => quoted(&text_of(value, ty)),
    }
}

fn index_text(table: &TableDef, index: &IndexDef) -> String {
    let mut text = match index.kind {
        IndexKind::Primary => "PRIMARY KEY".to_owned(),
        IndexKind::Unique => format!("UNIQUE KEY {}", quote_name(&index.name)),
        IndexKind::Plain => format!("KEY {}", quote_name(&index.name)),
    };
    let parts: Vec<String> = index
        .parts
        .iter()
        .map(|part| {
            let column = table.columns.get(part.column);
            let name = match column {
                Some(ColumnDef { hidden: true, generated: Some(generated), .. }) => {
                    format!("({})", generated.sql)
                }
                column => quote_name(column.map_or("", |column| &column.name)),
            };
            let prefix = part.prefix.map_or(String::new(), |prefix| format!("({prefix})"));
            format!("{name}{prefix}{}", if part.descending { " DESC" } else { "" })
        })
        .collect();
    let _ = write!(text, " ({})", parts.join(","));
    if !index.comment.is_empty() {
        let _ = write!(text, " COMMENT {}", comment_text(&index.comment));
    }
    if !index.visible {
        text.push_str(" /*!80000 INVISIBLE */");
    }
    text
}

/// ``CONSTRAINT `n` FOREIGN KEY (`a`) REFERENCES `p` (`b`) ON DELETE CASCADE``
pub fn foreign_key_text(table: &TableDef, key: &ForeignKeyDef) -> String {
    let own = |at: &usize| quote_name(table.columns.get(*at).map_or("", |column| &column.name));
    let columns: Vec<String> = key.columns.iter().map(own).collect();
    let parents: Vec<String> = key.parent_columns.iter().map(|name| quote_name(name)).collect();
    let schema = match key.parent.schema == table.schema {
        true => String::new(),
        false => format!("{}.", quote_name(&key.parent.schema)),
    };
    format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {schema}{} ({}){}{}",
        quote_name(&key.name),
        columns.join(", "),
        quote_name(&key.parent.name),
        parents.join(", "),
        action_text(" ON DELETE", key.on_delete),
        action_text(" ON UPDATE", key.on_update),
    )
}

fn action_text(event: &str, action: ForeignKeyAction) -> String {
    match action {
        ForeignKeyAction::NoAction => String::new(),
        action => format!("{event} {}", action_name(action)),
    }
}

/// `CASCADE` and the like.
pub fn action_name(action: ForeignKeyAction) -> &'static str {
    match action {
        ForeignKeyAction::NoAction => "NO ACTION",
        ForeignKeyAction::Restrict => "RESTRICT",
        ForeignKeyAction::Cascade => "CASCADE",
        ForeignKeyAction::SetNull => "SET NULL",
        ForeignKeyAction::SetDefault => "SET DEFAULT",
    }
}

fn check_text(check: &CheckDef) -> String {
    let enforced = if check.enforced { "" } else { " /*!80016 NOT ENFORCED */" };
    format!("CONSTRAINT {} CHECK ({}){enforced}", quote_name(&check.name), check.sql)
}

fn options_text(table: &TableDef, next_auto: Option<u64>) -> String {
    let mut text = format!(" ENGINE={}", table.engine);
    let counted = table.auto_increment_column().and(next_auto).filter(|next| *next > 1);
    if let Some(next) = counted {
        let _ = write!(text, " AUTO_INCREMENT={next}");
    }
    let collation = table.collation.collation();
    let _ = write!(text, " DEFAULT CHARSET={}", collation.charset.name);
    if !collation.is_default || collation.charset.name == "utf8mb4" {
        let _ = write!(text, " COLLATE={}", collation.name);
    }
    for name in OPTIONS {
        if let Some(value) = table.options.get(name)
            && !(name == "KEY_BLOCK_SIZE" && value == "0")
        {
            let value = if name == "COMPRESSION" { quoted(value) } else { value.clone() };
            let _ = write!(text, " {name}={value}");
        }
    }
    if !table.comment.is_empty() {
        let _ = write!(text, " COMMENT={}", comment_text(&table.comment));
    }
    text
}

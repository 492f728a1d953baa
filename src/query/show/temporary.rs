//! SHOW COLUMNS and SHOW INDEX of a session's temporary tables, which information_schema does not have.

use super::Answer;
use super::rows::{Column, answer};
use crate::engine::catalog::TableDef;
use crate::query::{ResultSink, Session, information_schema};
use crate::sql::statement::ast::ShowFilter;
use crate::value::collation::CollationId;
use crate::value::{SqlError, Value};

/// Characters from which on a column of the answer is a TEXT.
const LONG_TEXT: u64 = 65_535;

/// A column of the answer: its place in the computed table, its name.
type Place = (usize, &'static str);

const SHORT: [Place; 6] =
    [(3, "Field"), (15, "Type"), (6, "Null"), (16, "Key"), (5, "Default"), (17, "Extra")];
const LONG: [Place; 9] = [
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
const INDEX: [Place; 15] = [
    (2, "Table"),
    (3, "Non_unique"),
    (5, "Key_name"),
    (6, "Seq_in_index"),
    (7, "Column_name"),
    (8, "Collation"),
    (9, "Cardinality"),
    (10, "Sub_part"),
    (11, "Packed"),
    (12, "Null"),
    (13, "Index_type"),
    (14, "Comment"),
    (15, "Index_comment"),
    (16, "Visible"),
    (17, "Expression"),
];

/// SHOW COLUMNS.
///
/// # Errors
/// 1235 for WHERE.
pub fn columns(
    table: &TableDef,
    full: bool,
    filter: &Option<ShowFilter>,
    sink: &mut dyn ResultSink,
) -> Answer {
    let places: &[Place] = if full { &LONG } else { &SHORT };
    let pattern = match filter {
        None => None,
        Some(ShowFilter::Like(pattern)) => Some(pattern.as_str()),
        Some(ShowFilter::Where(_)) => {
            return Err(SqlError::not_supported("SHOW COLUMNS … WHERE of a temporary table").into());
        }
    };
    let collation = CollationId::UTF8MB3_GENERAL_CI.collation();
    let wanted = |row: &Vec<Value>| {
        let name = row.get(3).map(crate::value::convert::to_text).unwrap_or_default();
        pattern.is_none_or(|pattern| collation.like(&name, pattern, Some('\\')))
    };
    let mut all = information_schema::table_columns(table);
    for extra in all.iter_mut().filter_map(|row| row.get_mut(17)) {
        // Of a temporary table MySQL writes this word where there is nothing to say.
        if crate::value::convert::to_text(extra).is_empty() {
            *extra = Value::Text("NULL".into());
        }
    }
    let all = all.into_iter();
    pick(places, all.filter(wanted), sink)
}

/// SHOW INDEX.
///
/// # Errors
/// 1235 for WHERE.
pub fn index(
    session: &Session,
    table: &TableDef,
    filtered: bool,
    sink: &mut dyn ResultSink,
) -> Answer {
    if filtered {
        return Err(SqlError::not_supported("SHOW INDEX … WHERE of a temporary table").into());
    }
    let rows = information_schema::table_statistics(&session.engine.database(), table);
    pick(&INDEX, rows.into_iter(), sink)
}

fn pick(
    places: &[Place],
    rows: impl Iterator<Item = Vec<Value>>,
    sink: &mut dyn ResultSink,
) -> Answer {
    let choose = |row: Vec<Value>| {
        places.iter().map(|(at, _)| row.get(*at).cloned().unwrap_or(Value::Null)).collect()
    };
    let rows: Vec<Vec<Value>> = rows.map(choose).collect();
    let length = |name: &str| if matches!(name, "Type" | "Default") { LONG_TEXT } else { 1024 };
    let columns: Vec<Column> =
        places.iter().map(|(_, name)| Column::Nullable(name, length(name))).collect();
    answer(sink, &columns, &rows)
}

//! What ALTER TABLE does to rows: where each value of the new form comes from.

use std::sync::Arc;

use super::super::{Scene, errors, values};
use super::draft::{Draft, Source};
use crate::engine::RowConversion;
use crate::engine::catalog::{ColumnDef, DefaultValue, ForeignKeyDef, TableDef};
use crate::store::{Direction, IndexNo, KeyRange, View};
use crate::value::store::{StoreMode, store};
use crate::value::temporal::UnixTime;
use crate::value::types::ColumnType;
use crate::value::warning::Unheard;
use crate::value::{Row, SqlError, Value};

/// Where a value of a new row comes from.
enum Made {
    /// It stays what it was, at this place.
    Kept(usize),
    /// It was of another type, or might have been NULL.
    Stored { at: usize, from: ColumnType, to: ColumnType, nullable: bool, name: Arc<str> },
    /// The same in every row.
    Fixed(Value),
}

/// Whether a table has no rows.
pub fn is_empty(scene: &Scene<'_>, table: &TableDef) -> bool {
    if table.temporary {
        return scene.temporary.is_empty(&table.schema, &table.name);
    }
    scene.database.tables.get(table.id).is_none_or(|rows| rows.is_empty())
}

/// How rows change; none where they stay as they are.
///
/// # Errors
/// 1235 where an expression would have to be computed for rows that are there.
pub fn conversion(
    scene: &Scene<'_>,
    old: &TableDef,
    draft: &Draft,
) -> Result<Option<RowConversion>, SqlError> {
    let empty = is_empty(scene, old) || scene.context.replay && draft.is_computed();
    let mut made = Vec::with_capacity(draft.table.columns.len());
    for (column, source) in draft.table.columns.iter().zip(&draft.sources) {
        made.push(made_from(scene, old, column, *source, empty)?);
    }
    if draft.checks_changed && !empty && !scene.context.replay {
        return Err(SqlError::not_supported("ADD CHECK to a table with rows"));
    }
    let same = made.len() == old.columns.len()
        && made
            .iter()
            .enumerate()
            .all(|(place, made)| matches!(made, Made::Kept(at) if *at == place));
    if same {
        return Ok(None);
    }
    let mode = values::store_mode(scene.context);
    Ok(Some(Arc::new(move |row: &Row| convert(&made, row, &mode))))
}

fn made_from(
    scene: &Scene<'_>,
    old: &TableDef,
    column: &ColumnDef,
    source: Source,
    empty: bool,
) -> Result<Made, SqlError> {
    let before = match source {
        Source::Old(at) => old.columns.get(at).map(|before| (at, before)),
        Source::New => None,
    };
    let Some((at, before)) = before else { return new_column(scene, column, empty) };
    let computed =
        |column: &ColumnDef| column.generated.as_ref().map(|generated| generated.sql.clone());
    if computed(before) != computed(column) && computed(column).is_some() && !empty {
        return Err(SqlError::not_supported("changing a generated column of a table with rows"));
    }
    let stays = before.ty == column.ty && (column.nullable || !before.nullable);
    if stays {
        return Ok(Made::Kept(at));
    }
    let (from, to) = (before.ty.clone(), column.ty.clone());
    Ok(Made::Stored { at, from, to, nullable: column.nullable, name: column.name.clone() })
}

/// The values of a column that is new.
fn new_column(scene: &Scene<'_>, column: &ColumnDef, empty: bool) -> Result<Made, SqlError> {
    if column.generated.is_some() {
        return match empty {
            true => Ok(Made::Fixed(Value::Null)),
            false => Err(SqlError::not_supported("adding a generated column to a table with rows")),
        };
    }
    if column.auto_increment {
        return match empty {
            true => Ok(Made::Fixed(Value::Int(0))),
            false => {
                Err(SqlError::not_supported("adding an AUTO_INCREMENT column to a table with rows"))
            }
        };
    }
    let value = match &column.default {
        Some(DefaultValue::Value(value)) => value.clone(),
        Some(DefaultValue::Expression(sql)) if sql.starts_with("CURRENT_TIMESTAMP") => {
            now_in(scene, &column.ty)
        }
        Some(DefaultValue::Expression(_)) if !empty => {
            return Err(SqlError::not_supported(
                "adding a column with an expression as default to a table with rows",
            ));
        }
        Some(DefaultValue::Expression(_)) => Value::Null,
        None if column.nullable => Value::Null,
        None => {
            let zero = values::implicit_default(&column.ty);
            zero.ok_or_else(|| errors::bad_default(&column.name))?
        }
    };
    Ok(Made::Fixed(value))
}

/// The statement's time: UTC in a TIMESTAMP, local time in a DATETIME.
fn now_in(scene: &Scene<'_>, ty: &ColumnType) -> Value {
    let now = UnixTime(scene.context.now_seconds.saturating_mul(1_000_000));
    let local = match ty {
        ColumnType::Timestamp(_) => now.to_utc(),
        _ => scene.context.zone.to_local(now),
    };
    local.map_or(Value::Null, Value::DateTime)
}

fn convert(made: &[Made], row: &Row, mode: &StoreMode) -> Result<Row, SqlError> {
    let old = row.values();
    let at = |place: usize| old.get(place).cloned().unwrap_or(Value::Null);
    let value = |made: &Made| match made {
        Made::Kept(place) => Ok(at(*place)),
        Made::Fixed(value) => Ok(value.clone()),
        Made::Stored { at: place, from, to, nullable, name } => match at(*place) {
            Value::Null if *nullable => Ok(Value::Null),
            Value::Null => Err(SqlError::new(1138, b"22004", "Invalid use of NULL value")),
            value => store(&value, Some(from), to, mode, name, 1, &mut Unheard),
        },
    };
    Ok(Row::new(made.iter().map(value).collect::<Result<_, _>>()?))
}

/// 1452: every row of the table must have the parent that its newest foreign key asks for.
pub fn check_parents(scene: &Scene<'_>, draft: &Draft) -> Result<(), SqlError> {
    let table = &draft.table;
    let Some(key) = table.foreign_keys.last() else { return Ok(()) };
    if !scene.context.foreign_key_checks || scene.context.replay || is_empty(scene, table) {
        return Ok(());
    }
    let catalog = &scene.database.catalog;
    let Some(parent) = catalog.table(&key.parent.schema, &key.parent.name) else { return Ok(()) };
    let places: Option<Vec<usize>> =
        key.parent_columns.iter().map(|name| parent.column_index(name)).collect();
    let Some(places) = places else { return Ok(()) };
    let index = parent
        .indexes
        .iter()
        .position(|index| super::super::foreign_keys::begins_with(index, &places));
    let Some(index) = index.map(|place| parent.index_no(place)) else { return Ok(()) };
    let view = View::new(&scene.database.tables, None);
    for found in view.scan(table.id, IndexNo::ROWS, &KeyRange::all(), Direction::Forward) {
        let values = child_values(draft, key, found.row.values());
        if values.iter().any(|value| matches!(value, Value::Null)) {
            continue;
        }
        let wanted = parent.shape.search_key(index, &values);
        let mut there = view.scan(parent.id, index, &KeyRange::prefix(wanted), Direction::Forward);
        if there.next().is_none() {
            return Err(no_parent_row(table, key));
        }
    }
    Ok(())
}

/// The values of a foreign key's columns in a row of the old form.
fn child_values(draft: &Draft, key: &ForeignKeyDef, row: &[Value]) -> Vec<Value> {
    let value = |column: &usize| match draft.sources.get(*column) {
        Some(Source::Old(at)) => row.get(*at).cloned().unwrap_or(Value::Null),
        _ => Value::Null,
    };
    key.columns.iter().map(value).collect()
}

fn no_parent_row(table: &TableDef, key: &ForeignKeyDef) -> SqlError {
    let constraint = crate::query::show::foreign_key_text(table, key);
    let text = format!(
        "Cannot add or update a child row: a foreign key constraint fails (`{}`.`{}`, {constraint})",
        table.schema, table.name
    );
    SqlError::new(1452, b"23000", text)
}

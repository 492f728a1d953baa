//! What ALTER TABLE does to rows: where each value of the new form comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::{Scene, errors, values};
use super::algorithm::Work;
use super::computed::Computed;
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
    /// Computed when the rest of the row is there.
    Computed,
    /// The next number, for an AUTO_INCREMENT column that is new.
    Counted { next: AtomicU64, unsigned: bool },
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
/// An expression of the new form does not compile.
pub fn conversion(
    scene: &Scene<'_>,
    old: &TableDef,
    draft: &Draft,
    work: Work,
) -> Result<Option<RowConversion>, SqlError> {
    let mut made = Vec::with_capacity(draft.table.columns.len());
    for (column, source) in draft.table.columns.iter().zip(&draft.sources) {
        made.push(made_from(scene, old, draft, column, *source)?);
    }
    recompute(draft, &mut made);
    let check = draft.checks_changed && !scene.context.replay;
    let same = made.len() == old.columns.len()
        && made
            .iter()
            .enumerate()
            .all(|(place, made)| matches!(made, Made::Kept(at) if *at == place));
    if same && !check {
        return Ok(None);
    }
    let computed = computed(scene, old, draft, &made, check)?;
    let mode = values::store_mode(scene.context);
    let copies = matches!(work, Work::Copy(_));
    let number = AtomicU64::new(0);
    Ok(Some(Arc::new(move |row: &Row| {
        let number = number.fetch_add(1, Ordering::Relaxed) + 1;
        let mut values = convert(&made, row, &Storing { mode: &mode, copies, number })?;
        if let Some(computed) = &computed {
            computed.complete(&mut values)?;
        }
        Ok(Row::new(values))
    })))
}

/// What is made of columns that change is made anew.
fn recompute(draft: &Draft, made: &mut [Made]) {
    if !made.iter().any(|made| matches!(made, Made::Stored { .. } | Made::Computed)) {
        return;
    }
    for (column, made) in draft.table.columns.iter().zip(made) {
        if column.generated.is_some() {
            *made = Made::Computed;
        }
    }
}

/// How values of altered rows are stored.
struct Storing<'a> {
    mode: &'a StoreMode,
    /// As MySQL would copy them, which decides what is wrong with a NULL.
    copies: bool,
    /// The row's, from 1.
    number: u64,
}

/// What must be computed for rows that are there; nothing where there are none.
fn computed(
    scene: &Scene<'_>,
    old: &TableDef,
    draft: &Draft,
    made: &[Made],
    check: bool,
) -> Result<Option<Computed>, SqlError> {
    let wanted = |at: &usize| matches!(made.get(*at), Some(Made::Computed));
    let places: Vec<usize> = (0..made.len()).filter(wanted).collect();
    if is_empty(scene, old) || places.is_empty() && !check {
        return Ok(None);
    }
    let is_default =
        |at: &usize| draft.table.columns.get(*at).is_some_and(|column| column.generated.is_none());
    let defaults = places.into_iter().filter(is_default).collect();
    Computed::new(scene.context, &draft.table, defaults, check).map(Some)
}

fn made_from(
    scene: &Scene<'_>,
    old: &TableDef,
    draft: &Draft,
    column: &ColumnDef,
    source: Source,
) -> Result<Made, SqlError> {
    let before = match source {
        Source::Old(at) => old.columns.get(at).map(|before| (at, before)),
        Source::New => None,
    };
    let Some((at, before)) = before else { return new_column(scene, draft, column) };
    if column.generated.is_some()
        && (before.generated != column.generated || before.ty != column.ty)
    {
        return Ok(Made::Computed);
    }
    let stays = before.ty == column.ty && (column.nullable || !before.nullable);
    if stays {
        return Ok(Made::Kept(at));
    }
    let (from, to) = (before.ty.clone(), column.ty.clone());
    Ok(Made::Stored { at, from, to, nullable: column.nullable, name: column.name.clone() })
}

/// The values of a column that is new.
fn new_column(scene: &Scene<'_>, draft: &Draft, column: &ColumnDef) -> Result<Made, SqlError> {
    if column.generated.is_some() {
        return Ok(Made::Computed);
    }
    if column.auto_increment {
        let first = draft.next_auto.unwrap_or(1).max(1);
        let unsigned = matches!(column.ty, ColumnType::Integer { unsigned: true, .. });
        return Ok(Made::Counted { next: AtomicU64::new(first), unsigned });
    }
    Ok(match &column.default {
        Some(DefaultValue::Value(value)) => Made::Fixed(value.clone()),
        Some(DefaultValue::Expression(sql)) if sql.starts_with("CURRENT_TIMESTAMP") => {
            Made::Fixed(now_in(scene, &column.ty))
        }
        Some(DefaultValue::Expression(_)) => Made::Computed,
        None if column.nullable => Made::Fixed(Value::Null),
        None => {
            let zero = values::implicit_default(&column.ty);
            Made::Fixed(zero.ok_or_else(|| errors::bad_default(&column.name))?)
        }
    })
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

fn convert(made: &[Made], row: &Row, storing: &Storing<'_>) -> Result<Vec<Value>, SqlError> {
    let old = row.values();
    let at = |place: usize| old.get(place).cloned().unwrap_or(Value::Null);
    let value = |made: &Made| match made {
        Made::Kept(place) => Ok(at(*place)),
        Made::Fixed(value) => Ok(value.clone()),
        Made::Computed => Ok(Value::Null),
        Made::Counted { next, unsigned } => {
            let number = next.fetch_add(1, Ordering::Relaxed);
            Ok(if *unsigned { Value::UInt(number) } else { Value::Int(number.cast_signed()) })
        }
        Made::Stored { at: place, from, to, nullable, name } => match at(*place) {
            Value::Null if *nullable => Ok(Value::Null),
            Value::Null => Err(is_null(name, storing)),
            value => {
                store(&value, Some(from), to, storing.mode, name, storing.number, &mut Unheard)
            }
        },
    };
    made.iter().map(value).collect()
}

/// A NULL in a column that may have none any more.
fn is_null(name: &str, storing: &Storing<'_>) -> SqlError {
    if !storing.copies {
        return SqlError::new(1138, b"22004", "Invalid use of NULL value");
    }
    let text = format!("Data truncated for column '{name}' at row {}", storing.number);
    SqlError::new(1265, b"01000", text)
}

/// How many rows a table has.
pub fn count(scene: &Scene<'_>, table: &TableDef) -> u64 {
    if table.temporary {
        return scene.temporary.rows(&table.schema, &table.name);
    }
    scene.database.tables.get(table.id).map_or(0, |rows| rows.len() as u64)
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

//! What takes long in a DDL statement, done before its place in the log is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::limits::{Limits, Progress};
use super::{Prepared, apply};
use crate::engine::catalog::{TableDef, TableName};
use crate::engine::{CatalogChange, Database, RowConversion, errors};
use crate::store::{Direction, IndexNo, Key, KeyRange, Table, TableId, View};
use crate::value::{Row, SqlError, Value};

/// Gives ids to new tables.
#[derive(Debug)]
pub(crate) struct Ids(AtomicU64);

impl Ids {
    /// Ids from `next` on.
    pub fn from(next: u64) -> Self {
        Self(AtomicU64::new(next))
    }

    /// An id that no table has had.
    pub fn take(&self) -> TableId {
        TableId(self.0.fetch_add(1, Relaxed))
    }

    /// Ids below `next` are taken.
    pub fn raise(&self, next: u64) {
        self.0.fetch_max(next, Relaxed);
    }

    /// The id that comes next.
    pub fn next(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Prepares the changes of one statement; each sees what those before it do.
///
/// # Errors
/// What a row conversion says; 1062 for duplicates in a new unique index; 1146 and 1049 for names that
/// are gone.
pub(crate) fn prepare(
    changes: Vec<CatalogChange>,
    database: &Database,
    ids: &Ids,
    limits: Limits<'_>,
) -> Result<Vec<Prepared>, SqlError> {
    let mut scratch = database.clone();
    let mut steps = Vec::with_capacity(changes.len());
    for change in changes {
        let step = prepare_one(change, &scratch, ids, limits)?;
        // A counter is shared by all states: it must not be set before the statement is in the log.
        if !matches!(step, Prepared::SetAutoIncrement(..)) {
            apply(std::slice::from_ref(&step), &mut scratch);
        }
        steps.push(step);
    }
    Ok(steps)
}

fn prepare_one(
    change: CatalogChange,
    database: &Database,
    ids: &Ids,
    limits: Limits<'_>,
) -> Result<Prepared, SqlError> {
    Ok(match change {
        CatalogChange::CreateSchema(schema) => Prepared::CreateSchema(schema),
        CatalogChange::DropSchema(name) => Prepared::DropSchema(name),
        CatalogChange::AlterSchema { name, collation } => Prepared::AlterSchema(name, collation),
        CatalogChange::CreateTable(table) => create(*table, database, ids)?,
        CatalogChange::DropTables(names) => Prepared::DropTables(names),
        CatalogChange::RenameTables(pairs) => Prepared::Rename(pairs),
        CatalogChange::AlterTable { old, new, convert } => {
            alter((&old, *new, convert.as_ref()), database, ids, limits)?
        }
        CatalogChange::Truncate(name) => truncate(&name, database, ids)?,
        CatalogChange::CreateView(view) => Prepared::CreateView(*view),
        CatalogChange::DropViews(names) => Prepared::DropViews(names),
        CatalogChange::SetAutoIncrement(name, next) => set_counter(&name, next, database)?,
    })
}

fn create(mut table: TableDef, database: &Database, ids: &Ids) -> Result<Prepared, SqlError> {
    if database.catalog.schema(&table.schema).is_none() {
        return Err(errors::unknown_database(&table.schema));
    }
    table.finish(ids.take())?;
    let rows = Table::new(table.shape.clone());
    rows.counters().raise_auto(table.first_auto_increment);
    Ok(Prepared::Replace { old: None, new: Arc::new(table), rows: Box::new(rows) })
}

fn truncate(name: &TableName, database: &Database, ids: &Ids) -> Result<Prepared, SqlError> {
    let mut table = TableDef::clone(existing(name, database)?);
    table.version += 1;
    table.finish(ids.take())?;
    let rows = Box::new(Table::new(table.shape.clone()));
    Ok(Prepared::Replace { old: Some(name.clone()), new: Arc::new(table), rows })
}

fn set_counter(name: &TableName, next: u64, database: &Database) -> Result<Prepared, SqlError> {
    let table = existing(name, database)?;
    let rows = rows_of(table, database)?;
    let highest = table.auto_increment_column().map_or(0, |column| highest(rows, column));
    Ok(Prepared::SetAutoIncrement(table.id, next.max(highest.saturating_add(1))))
}

fn highest(rows: &Table, column: usize) -> u64 {
    each_row(rows, |rows| rows.map(|(_, row)| auto_value(&row, column)).max().unwrap_or(0))
}

/// The number in an AUTO_INCREMENT column, 0 for what is not above it.
pub(crate) fn auto_value(row: &Row, column: usize) -> u64 {
    match row.values().get(column) {
        Some(Value::Int(number)) => u64::try_from(*number).unwrap_or(0),
        Some(Value::UInt(number)) => *number,
        Some(Value::Double(number)) if *number >= 1.0 => *number as u64,
        _ => 0,
    }
}

fn alter(
    (old_name, mut new, convert): (&TableName, TableDef, Option<&RowConversion>),
    database: &Database,
    ids: &Ids,
    limits: Limits<'_>,
) -> Result<Prepared, SqlError> {
    let old = existing(old_name, database)?;
    new.version = old.version + 1;
    new.finish(old.id)?;
    if convert.is_none() && new.shape == old.shape {
        return Ok(Prepared::Redefine { old: old_name.clone(), new: Arc::new(new) });
    }
    new.finish(ids.take())?;
    let rows = rebuild(rows_of(old, database)?, &new, convert, limits)?;
    Ok(Prepared::Replace { old: Some(old_name.clone()), new: Arc::new(new), rows: Box::new(rows) })
}

/// The rows of a table in its new form.
///
/// # Errors
/// What the conversion says; 1062, 1114; why the statement must stop.
pub(crate) fn rebuild(
    old: &Table,
    new: &TableDef,
    convert: Option<&RowConversion>,
    limits: Limits<'_>,
) -> Result<Table, SqlError> {
    let auto = new.auto_increment_column();
    let (mut failed, mut highest, mut last) = (None, 0, None);
    let mut progress = Progress::start(limits, &new.shape, convert.is_some());
    let built = each_row(old, |rows| {
        let converted = rows.map_while(|(key, row)| {
            let row = convert.map_or(Ok(row.clone()), |convert| convert(&row));
            let row = row.and_then(|row| progress.row(&new.name, &key, &row).map(|()| row));
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    failed = Some(error);
                    return None;
                }
            };
            highest = auto.map_or(0, |column| auto_value(&row, column)).max(highest);
            last = Some(row.clone());
            Some((key, row))
        });
        Table::build(new.shape.clone(), converted)
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let table = built.map_err(|duplicate| {
        errors::duplicate_entry(new, new.place_of(duplicate.index), last.as_ref())
    })?;
    let next = old.counters().next_auto().max(highest.saturating_add(1));
    table.counters().raise_auto(if auto.is_some() { next } else { 0 });
    Ok(table)
}

/// Hands every row of a table to `work`, with its key.
fn each_row<T>(table: &Table, work: impl FnOnce(&mut dyn Iterator<Item = (Key, Row)>) -> T) -> T {
    let mut alone = crate::store::Tables::default();
    alone.insert(table.clone());
    let view = View::new(&alone, None);
    let all = KeyRange::all();
    let rows = view.scan(table.id(), IndexNo::ROWS, &all, Direction::Forward);
    work(&mut rows.map(|found| (found.row_key, found.row.clone())))
}

fn existing<'a>(name: &TableName, database: &'a Database) -> Result<&'a Arc<TableDef>, SqlError> {
    let table = database.catalog.table(&name.schema, &name.name);
    table.ok_or_else(|| errors::no_such_table(&name.schema, &name.name))
}

fn rows_of<'a>(table: &TableDef, database: &'a Database) -> Result<&'a Table, SqlError> {
    let rows = database.tables.get(table.id).map(|rows| &**rows);
    rows.ok_or_else(|| errors::no_such_table(&table.schema, &table.name))
}

//! Row events of another server, carried out through a transaction.

use std::collections::HashMap;
use std::sync::Arc;

use crate::binlog::event::{Images, Rows, TableMap};
use crate::binlog::row::Layout;
use crate::engine::catalog::{DefaultValue, TableDef};
use crate::engine::recovery::error::RecoveryError;
use crate::engine::replay::images::{ImageIndex, is_same_value};
use crate::engine::replay::{Mapped, Maps, whole};
use crate::engine::{DdlReplay, Engine, Interrupt, LockMode, Transaction, Use};
use crate::engine::{TransactionOptions, errors};
use crate::store::locks::OnConflict;
use crate::store::{Direction, IndexNo, Key, KeyRange, TableId};
use crate::value::types::ColumnType;
use crate::value::{Json, Row, SqlError, Value};

/// One row of a row event: what it was and what it is, as far as the event tells.
#[derive(Debug, Clone)]
pub struct RowStep {
    table: Arc<TableDef>,
    before: Option<Image>,
    after: Option<Image>,
    /// Foreign keys change other rows with it, and the log does not tell.
    cascades: bool,
}

/// Values by column; what the event does not tell is `None`.
pub(super) type Image = Vec<Option<Value>>;

impl RowStep {
    /// Whose row it is.
    pub(super) fn table(&self) -> &TableDef {
        &self.table
    }

    /// What is told of the row, before and after.
    pub(super) fn images(&self) -> impl Iterator<Item = &Image> {
        self.before.iter().chain(&self.after)
    }
}

/// A transaction that began elsewhere, while it is carried out here.
pub struct Foreign {
    pub(super) transaction: Transaction,
    maps: Maps,
    /// Rows by contents, of tables without a primary key.
    images: HashMap<TableId, ImageIndex>,
    cascades: bool,
}

impl Foreign {
    /// Begins one.
    pub fn begin(engine: &Engine) -> Self {
        Self::with(engine.begin(TransactionOptions::default()))
    }

    /// Goes on with a transaction.
    pub fn with(transaction: Transaction) -> Self {
        let (maps, images) = (Maps::default(), HashMap::new());
        Self { transaction, maps, images, cascades: false }
    }

    /// The source's log does not tell what foreign keys do to other rows.
    pub fn set_cascades(&mut self, cascades: bool) {
        self.cascades = cascades;
    }

    /// What it has written, to be committed.
    pub fn into_transaction(self) -> Transaction {
        self.transaction
    }

    /// What it has written so far: for savepoints.
    pub fn transaction(&mut self) -> &mut Transaction {
        &mut self.transaction
    }

    /// Notes a table map. Says whether rows are to be looked for by more than their keys: nothing else may be on
    /// its way then.
    ///
    /// # Errors
    /// 1146; 1677 where the table here has other columns; a wait.
    pub fn map(&mut self, map: &TableMap) -> Result<bool, Interrupt> {
        let table = self.transaction.use_table(&map.schema, &map.name, Use::Write)?;
        compare(map, &table)?;
        self.maps.note_as(map, &table).map_err(|error| event_error(&error))?;
        Ok(table.shape.primary.is_none() || (self.cascades && self.has_children(&table)))
    }

    /// A row event as steps, to be carried out in order by [`Foreign::change`].
    ///
    /// # Errors
    /// The event cannot be read.
    pub fn steps(&self, rows: &Rows<'_>) -> Result<Vec<RowStep>, SqlError> {
        let mapped = self.maps.get(rows.table).map_err(|e| event_error(&e))?;
        steps(rows, mapped, self.cascades).collect()
    }

    /// Takes the table of a step that was read ahead ([`super::Ahead`]) into use.
    ///
    /// # Errors
    /// 1412 where it is another by now; 1146; a wait, after which it is called again.
    pub fn enlist(&mut self, step: &RowStep) -> Result<(), Interrupt> {
        let there = &step.table;
        let table = self.transaction.use_table(&there.schema, &there.name, Use::Write)?;
        match Arc::ptr_eq(&table, there) {
            true => Ok(()),
            false => Err(errors::definition_changed().into()),
        }
    }

    /// Carries out one row's change.
    ///
    /// # Errors
    /// 1032, 1062 and what writing gives; a wait, after which it is called again with the same step.
    pub fn change(&mut self, step: &RowStep, ddl: &dyn DdlReplay) -> Result<(), Interrupt> {
        let table = &*step.table;
        let found = match &step.before {
            Some(before) => Some(self.find(table, before, ddl)?),
            None => None,
        };
        match (found, &step.after) {
            (Some((key, row)), Some(after)) => {
                let new = filled(table, after, Some(&row), ddl)?;
                if step.cascades {
                    self.cascade(table, &row, Some(&new), ddl)?;
                }
                let moved = duplicate(table, self.transaction.update(table, &key, new.clone()))?;
                self.index(table, &new, &moved);
            }
            (Some((key, row)), None) => {
                if step.cascades {
                    self.cascade(table, &row, None, ddl)?;
                }
                self.transaction.delete(table, &key)?;
            }
            (None, Some(after)) => {
                let new = filled(table, after, None, ddl)?;
                let key = duplicate(table, self.transaction.insert(table, new.clone()))?;
                self.index(table, &new, &key);
            }
            (None, None) => {}
        }
        Ok(())
    }

    /// The row that an image speaks of, locked.
    fn find(
        &mut self,
        table: &TableDef,
        before: &Image,
        ddl: &dyn DdlReplay,
    ) -> Result<(Key, Row), Interrupt> {
        let key = match &table.shape.primary {
            Some(_) => key_of(table, before)?,
            None => self.find_by_contents(table, before, ddl)?,
        };
        let locked =
            self.transaction.lock_and_get(table, &key, LockMode::Exclusive, OnConflict::Wait)?;
        let row = locked.ok_or_else(|| not_found(table))?;
        match agrees(before, &row) {
            true => Ok((key, row)),
            false => Err(differs(table).into()),
        }
    }

    fn find_by_contents(
        &mut self,
        table: &TableDef,
        before: &Image,
        ddl: &dyn DdlReplay,
    ) -> Result<Key, Interrupt> {
        let row = complete(table, before.clone(), ddl)?;
        let index = self.images.entry(table.id).or_default();
        let latest = self.transaction.latest();
        let view = latest.view();
        index.build(|put| {
            let all = KeyRange::all();
            for found in view.scan(table.id, IndexNo::ROWS, &all, Direction::Forward) {
                put(found.row, &found.row_key);
            }
        });
        let key = index.take(&row, |key| view.get(table.id, key));
        let key = key.ok_or_else(|| not_found(table))?;
        // It is put back: the caller may have to wait and search again.
        index.put(&row, &key);
        Ok(key)
    }

    /// Notes a row in the index of contents. What is gone stays there: it is passed over when it is found.
    fn index(&mut self, table: &TableDef, row: &Row, key: &Key) {
        if let Some(index) = self.images.get_mut(&table.id) {
            index.put(row, key);
        }
    }
}

/// The rows of an event of that table, in order.
pub(super) fn steps<'a>(
    rows: &'a Rows<'_>,
    mapped: &'a Mapped,
    cascades: bool,
) -> impl Iterator<Item = Result<RowStep, SqlError>> + 'a {
    let Mapped { table, layouts } = mapped;
    rows.images(layouts).map(move |images| {
        let Images { before, after } = images.map_err(|error| malformed(&error.to_string()))?;
        let before = before.map(|image| converted(image, layouts, table)).transpose()?;
        let after = after.map(|image| converted(image, layouts, table)).transpose()?;
        let cascades = cascades && before.is_some() && !rows.no_foreign_key_checks;
        Ok(RowStep { table: table.clone(), before, after, cascades })
    })
}

/// The key of the row that an image speaks of.
fn key_of(table: &TableDef, image: &Image) -> Result<Key, SqlError> {
    let parts = table.shape.primary.iter().flat_map(|primary| &primary.parts);
    let told = parts.map(|part| part.column).all(|at| image.get(at).is_some_and(Option::is_some));
    let values = image.iter().map(|value| value.clone().unwrap_or(Value::Null));
    let mut values: Vec<Value> = values.collect();
    values.resize(table.columns.len().max(values.len()), Value::Null);
    let key = told.then(|| table.shape.row_key(&Row::new(values))).flatten();
    key.ok_or_else(|| malformed("a row event without the table's primary key"))
}

/// Whether a row is as an image says, as far as it does.
fn agrees(image: &Image, row: &Row) -> bool {
    let mut pairs = image.iter().zip(row.values());
    pairs.all(|(told, there)| told.as_ref().is_none_or(|told| is_same_value(told, there)))
}

/// A new row: what the image tells, and for the rest the old row's values or the columns' defaults.
fn filled(
    table: &TableDef,
    image: &Image,
    old: Option<&Row>,
    ddl: &dyn DdlReplay,
) -> Result<Row, SqlError> {
    let mut values = image.clone();
    for (at, value) in values.iter_mut().enumerate().filter(|(_, value)| value.is_none()) {
        *value = match old {
            Some(old) => old.values().get(at).cloned(),
            None => default(table, at),
        };
    }
    complete(table, values, ddl)
}

/// The row that a step adds.
///
/// # Errors
/// 1594 where the step changes or removes one.
pub(super) fn new_row(step: &RowStep, ddl: &dyn DdlReplay) -> Result<Row, SqlError> {
    match (&step.before, &step.after) {
        (None, Some(after)) => filled(&step.table, after, None, ddl),
        _ => Err(malformed("a change of a row in a table that is being made")),
    }
}

/// What a column of a new row holds that the source did not tell: it was the column's default there.
fn default(table: &TableDef, at: usize) -> Option<Value> {
    let column = table.columns.get(at)?;
    match &column.default {
        Some(DefaultValue::Value(value)) => Some(value.clone()),
        Some(DefaultValue::Expression(_)) => None,
        None => column.nullable.then_some(Value::Null),
    }
}

/// A row with all its columns.
fn complete(table: &TableDef, image: Image, ddl: &dyn DdlReplay) -> Result<Row, SqlError> {
    let name = table.full_name();
    let missing = || malformed(&format!("a row of {name} without all of its columns"));
    let values: Option<Vec<Value>> = image.into_iter().collect();
    whole(table, values.ok_or_else(missing)?, ddl)?.ok_or_else(missing)
}

/// Tells a duplicate as MySQL does.
pub(super) fn duplicate(table: &TableDef, done: Result<Key, Interrupt>) -> Result<Key, Interrupt> {
    done.map_err(|interrupt| match interrupt {
        Interrupt::Duplicate(found) => {
            errors::duplicate_entry(table, found.index, Some(&found.row)).into()
        }
        other => other,
    })
}

/// JSON that a source keeps as text is JSON here.
fn converted(mut image: Image, layouts: &[Layout], table: &TableDef) -> Result<Image, SqlError> {
    for ((value, layout), column) in image.iter_mut().zip(layouts).zip(&table.columns) {
        if column.ty == ColumnType::Json
            && !matches!(layout, Layout::Json { .. })
            && let Some(held) = value
        {
            *held = as_json(held)?;
        }
    }
    Ok(image)
}

fn as_json(value: &Value) -> Result<Value, SqlError> {
    let wrong = || malformed("a text that is to be JSON");
    let text = match value {
        Value::Text(text) => text,
        Value::Bytes(bytes) => std::str::from_utf8(bytes).map_err(|_| wrong())?,
        Value::Null => return Ok(Value::Null),
        _ => return Err(wrong()),
    };
    Ok(Value::Json(Arc::new(Json::parse(text).map_err(|_| wrong())?)))
}

/// The table must have the columns that the source's has: 1677 names the first that it has not.
pub(super) fn compare(map: &TableMap, table: &TableDef) -> Result<(), SqlError> {
    let columns = table.columns.get(..table.logged_columns()).unwrap_or_default();
    if map.columns.len() != columns.len() {
        let message = format!(
            "Table definition on source and replica does not match: Column count mismatch: the source's \
             table {}.{} has {} columns, the one here {}",
            map.schema,
            map.name,
            map.columns.len(),
            columns.len()
        );
        return Err(SqlError::new(1535, b"HY000", message));
    }
    let layouts = map.layouts().map_err(|error| malformed(&error.to_string()))?;
    for (at, (layout, column)) in layouts.into_iter().zip(columns).enumerate() {
        let here = Layout::of(&column.ty).map_err(|error| malformed(&error.to_string()))?;
        if !fits(&layout.clone().understood_as(&column.ty), &here) {
            let message = format!(
                "Column {at} of table '{}.{}' cannot be converted from type '{layout:?}' to type '{here:?}'",
                map.schema, map.name
            );
            return Err(SqlError::new(1677, b"HY000", message));
        }
    }
    Ok(())
}

/// Whether values that lie so on the source are values of a column that lies so here.
fn fits(there: &Layout, here: &Layout) -> bool {
    use Layout::*;
    match (there, here) {
        (Integer { bytes: a, unsigned: x }, Integer { bytes: b, unsigned: y }) => a == b && x == y,
        (Text { .. }, Text { .. }) | (Bytes { .. }, Bytes { .. }) => true,
        (Enum { bytes: a, .. }, Enum { bytes: b, .. })
        | (Set { bytes: a, .. }, Set { bytes: b, .. }) => a == b,
        (Json { .. } | Text { .. } | Bytes { .. }, Json { .. }) => true,
        (OldTimestamp, Timestamp(0)) | (OldTime, Time(0)) | (OldDateTime, DateTime(0)) => true,
        (there, here) => there == here,
    }
}

/// 1032 for a row that is not there.
fn not_found(table: &TableDef) -> SqlError {
    SqlError::new(1032, b"HY000", format!("Can't find record in '{}'", table.name))
}

/// 1032 for a row that is there with other values.
fn differs(table: &TableDef) -> SqlError {
    let message = format!(
        "Can't find record in '{}': the row with its key has other values here than on the source",
        table.name
    );
    SqlError::new(1032, b"HY000", message)
}

/// 1594: the event cannot be understood.
fn malformed(what: &str) -> SqlError {
    SqlError::new(1594, b"HY000", format!("Relay log read failure: {what}"))
}

pub(super) fn event_error(error: &RecoveryError) -> SqlError {
    match error {
        RecoveryError::NoTable { schema, table } => errors::no_such_table(schema, table),
        other => malformed(&other.to_string()),
    }
}

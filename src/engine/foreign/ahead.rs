//! A transaction that is read before it is carried out: its rows, and hashes of the keys that they touch.
//!
//! Two transactions without a hash in common can be carried out beside each other. Where hashes would not tell
//! (tables without a primary key, foreign keys, images without the key's columns) there is none: such a
//! transaction is carried out alone.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use smallvec::SmallVec;

use super::rows::{Image, RowStep, compare, steps};
use crate::binlog::event::{Rows, TableMap};
use crate::engine::catalog::TableDef;
use crate::engine::replay::Maps;
use crate::engine::{Database, Engine};
use crate::store::{IndexNo, KeyShape};
use crate::value::Value;

/// Rows that are read and not carried out yet.
pub struct Ahead {
    database: Arc<Database>,
    maps: Maps,
    steps: Vec<RowStep>,
    keys: Vec<u64>,
}

/// It is to be carried out alone, event by event: it needs more than rows' keys tell, or cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alone;

impl Ahead {
    /// For a transaction of which nothing is read yet.
    pub fn new(engine: &Engine) -> Self {
        let (maps, steps, keys) = (Maps::default(), Vec::new(), Vec::new());
        Self { database: engine.database(), maps, steps, keys }
    }

    /// Notes a table map.
    ///
    /// # Errors
    /// Keys do not tell all about the table's rows, or it is not as on the source.
    pub fn map(&mut self, map: &TableMap) -> Result<(), Alone> {
        let catalog = &self.database.catalog;
        let table = catalog.table(&map.schema, &map.name).ok_or(Alone)?;
        let related = !table.foreign_keys.is_empty()
            || !catalog.references_to(&table.schema, &table.name).is_empty();
        if related || table.shape.primary.is_none() {
            return Err(Alone);
        }
        compare(map, table).map_err(|_| Alone)?;
        self.maps.note_as(map, table).map_err(|_| Alone)
    }

    /// Reads a row event.
    ///
    /// # Errors
    /// It cannot be read, or does not tell all keys.
    pub fn rows(&mut self, rows: &Rows<'_>) -> Result<(), Alone> {
        let mapped = self.maps.get(rows.table).map_err(|_| Alone)?;
        for step in steps(rows, mapped, false) {
            let step = step.map_err(|_| Alone)?;
            put_keys(&step, &mut self.keys)?;
            self.steps.push(step);
        }
        Ok(())
    }

    /// Hashes of the keys that its rows have, before and after.
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// The rows, in order.
    pub fn into_steps(self) -> Vec<RowStep> {
        self.steps
    }
}

fn put_keys(step: &RowStep, out: &mut Vec<u64>) -> Result<(), Alone> {
    let table = step.table();
    for image in step.images() {
        out.push(key_hash(table, IndexNo::ROWS, image)?.ok_or(Alone)?);
        let unique = table.shape.secondary.iter().enumerate().filter(|(_, shape)| shape.unique);
        for (at, _) in unique {
            out.extend(key_hash(table, IndexNo(at + 1), image)?);
        }
    }
    Ok(())
}

/// The hash of one key of an image; none where a part is NULL, which no other row's equals.
fn key_hash(table: &TableDef, index: IndexNo, image: &Image) -> Result<Option<u64>, Alone> {
    let shape: &KeyShape = table.shape.key_shape(index).ok_or(Alone)?;
    let mut values: SmallVec<[Value; 4]> = SmallVec::new();
    for part in &shape.parts {
        match image.get(part.column).and_then(Option::as_ref).ok_or(Alone)? {
            Value::Null => return Ok(None),
            value => values.push(value.clone()),
        }
    }
    let mut bytes = Vec::with_capacity(32);
    shape.encode_values(&table.shape.columns, &values, &mut bytes);

    Ok(Some(FixedState::default().hash_one(&(table.id, index, bytes))))
}

//! Changing rows.

use std::sync::Arc;

use super::{LockMode, Transaction};
use crate::engine::apply::auto_value;
use crate::engine::catalog::TableDef;
use crate::engine::temporary::is_temporary;
use crate::engine::{Duplicate, Interrupt, errors};
use crate::store::locks::OnConflict;
use crate::store::{IndexNo, Key, Table};
use crate::value::{Row, SqlError};

impl Transaction {
    /// Adds a row, whose values must fit the columns, and gives its key.
    ///
    /// # Errors
    /// A wait; a duplicate, which is then locked; 1114, 1197, 1792.
    pub fn insert(&mut self, table: &TableDef, row: Row) -> Result<Key, Interrupt> {
        let rows = self.writable(table)?;
        let known = table.shape.row_key(&row);
        let key = known.clone().unwrap_or_else(|| rows.counters().take_row_key());
        if !is_temporary(table.id) {
            self.lock_place(table, IndexNo::ROWS, key.clone())?;
            self.lock_places(table, &key, &row, None)?;
        }
        let rows = self.check_unique(table, &key, &row, None)?;
        note_auto_increment(table, &rows, &row);
        self.writes.insert_as(&rows, key.clone(), row);
        Ok(key)
    }

    /// Puts a row in the place of the one at `key`, and gives its new key. What is there must have been read
    /// under its lock.
    ///
    /// # Errors
    /// A wait; a duplicate, which is then locked; 1114, 1197, 1792; 1032 where there is no row.
    pub fn update(&mut self, table: &TableDef, key: &Key, row: Row) -> Result<Key, Interrupt> {
        self.writable(table)?;
        let before = self.lock_for_change(table, key)?;
        let moved = table.shape.row_key(&row).filter(|moved| moved != key);
        if !is_temporary(table.id) {
            self.lock_new_places(table, key, moved.as_ref(), &row, &before)?;
        }
        let new_key = moved.as_ref().unwrap_or(key);
        let rows = self.check_unique(table, new_key, &row, Some(key))?;
        note_auto_increment(table, &rows, &row);
        Ok(self.writes.update(&rows, key, before, row))
    }

    fn lock_new_places(
        &self,
        table: &TableDef,
        key: &Key,
        moved: Option<&Key>,
        row: &Row,
        before: &Row,
    ) -> Result<(), Interrupt> {
        match moved {
            None => self.lock_places(table, key, row, Some(before)),
            Some(moved) => {
                self.lock_place(table, IndexNo::ROWS, moved.clone())?;
                self.lock_places(table, moved, row, None)
            }
        }
    }

    /// Takes a row out and gives it.
    ///
    /// # Errors
    /// A wait; 1197, 1792; 1032 where there is no row.
    pub fn delete(&mut self, table: &TableDef, key: &Key) -> Result<Row, Interrupt> {
        let rows = self.deletable(table)?;
        let before = self.lock_for_change(table, key)?;
        self.writes.delete(&rows, key, before.clone());
        Ok(before)
    }

    fn lock_for_change(&self, table: &TableDef, key: &Key) -> Result<Row, Interrupt> {
        let row = self.lock_and_get(table, key, LockMode::Exclusive, OnConflict::Wait)?;
        row.ok_or_else(|| {
            let message = format!("Can't find record in '{}'", table.name);
            SqlError::new(1032, b"HY000", message).into()
        })
    }

    /// The rows to write to, if there is room for more.
    fn writable(&self, table: &TableDef) -> Result<Arc<Table>, Interrupt> {
        let rows = self.deletable(table)?;
        let used = self.core.database().tables.bytes().saturating_add(self.writes.bytes());
        if used as u64 > self.core.options.memory_bytes {
            return Err(errors::table_full(&table.name).into());
        }
        Ok(rows)
    }

    /// The rows to delete from: that needs no room in the tables.
    fn deletable(&self, table: &TableDef) -> Result<Arc<Table>, Interrupt> {
        if self.options.read_only && !is_temporary(table.id) {
            return Err(errors::read_only().into());
        }
        if self.writes.bytes() as u64 > self.core.options.transaction_bytes {
            return Err(errors::transaction_too_large().into());
        }
        self.newest_rows(table)
    }

    fn newest_rows(&self, table: &TableDef) -> Result<Arc<Table>, Interrupt> {
        let latest = self.latest();
        let rows = latest.view().tables().get(table.id).cloned();
        rows.ok_or_else(|| errors::definition_changed().into())
    }

    /// Makes sure that no other row has the row's unique keys, whose places are locked. One that has them
    /// may be about to go: so it is locked, and looked for again.
    fn check_unique(
        &self,
        table: &TableDef,
        key: &Key,
        row: &Row,
        itself: Option<&Key>,
    ) -> Result<Arc<Table>, Interrupt> {
        let mut locked: Option<Key> = None;
        loop {
            let latest = self.latest();
            let rows = latest.view().tables().get(table.id).cloned();
            let rows = rows.ok_or_else(errors::definition_changed)?;
            let Some(found) = latest.view().duplicate(&rows, key, row, itself) else {
                return Ok(rows);
            };
            if locked.as_ref() == Some(&found.row_key) {
                let row = latest.get(table.id, &found.row_key).cloned();
                let index = table.place_of(found.index);
                let row = row.ok_or_else(errors::definition_changed)?;
                let duplicate = Duplicate { index, key: found.row_key, row };
                return Err(Interrupt::Duplicate(Box::new(duplicate)));
            }
            self.lock_row(table, &found.row_key, LockMode::Shared, OnConflict::Wait)?;
            locked = Some(found.row_key);
        }
    }

    /// Takes `count` numbers for AUTO_INCREMENT and gives the first; the others follow at `increment`. They
    /// are congruent to `offset` modulo `increment` (`auto_increment_offset`, `auto_increment_increment`),
    /// and gone even if the transaction is rolled back. 0 if the table is gone.
    pub fn next_auto_increment(
        &self,
        table: &TableDef,
        count: u64,
        offset: u64,
        increment: u64,
    ) -> u64 {
        let Ok(rows) = self.newest_rows(table) else { return 0 };
        let step = increment.max(1);
        let offset = if offset > step { 1 } else { offset };
        rows.counters().take_auto(|counter| {
            let first = aligned(counter.max(1), offset, step);
            let last = first.saturating_add(step.saturating_mul(count.max(1) - 1));
            (first, last.saturating_add(1))
        })
    }
}

/// The smallest number from `counter` on that is congruent to `offset` modulo `step`.
fn aligned(counter: u64, offset: u64, step: u64) -> u64 {
    if counter <= offset {
        return offset.max(1);
    }
    let beyond = (counter - offset) % step;
    if beyond == 0 { counter } else { counter.saturating_add(step - beyond) }
}

/// Later rows get greater numbers than this one has.
fn note_auto_increment(table: &TableDef, rows: &Table, row: &Row) {
    if let Some(column) = table.auto_increment_column() {
        let number = auto_value(row, column);
        if number > 0 {
            rows.counters().raise_auto(number.saturating_add(1));
        }
    }
}

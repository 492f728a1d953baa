//! What a transaction has written and not yet published.
//!
//! It is kept twice. The [`Overlay`] is the net effect: what the transaction's own reads merge in, and what
//! is applied at commit; a row that was inserted and deleted again leaves nothing there. The changes are
//! every step in order, with images before and after, as the binlog tells them: replicas go through the
//! same states.
//!
//! A mark remembers the overlay as it was, so going back to it takes no undoing.

use super::key::Key;
use super::overlay::Overlay;
use super::shape::TableId;
use super::size;
use super::table::Table;
use crate::value::Row;

/// One row change, as it was made.
#[derive(Debug, Clone)]
pub struct Change {
    /// Where.
    pub table: TableId,
    /// Which statement of the transaction made it, counted by [`WriteSet::start_statement`].
    pub statement: u32,
    /// The row before; none for an insert.
    pub before: Option<Row>,
    /// The row after; none for a delete.
    pub after: Option<Row>,
}

impl Change {
    fn bytes(&self) -> usize {
        let images = [&self.before, &self.after];
        size_of::<Self>() + images.into_iter().flatten().map(size::image).sum::<usize>()
    }
}

/// What a transaction has written.
#[derive(Debug, Clone, Default)]
pub struct WriteSet {
    overlay: Overlay,
    changes: Vec<Change>,
    statement: u32,
    bytes: usize,
}

/// A moment that a write set can go back to. Later moments are then gone.
#[derive(Debug, Clone)]
pub struct Mark {
    overlay: Overlay,
    changes: usize,
    bytes: usize,
}

impl WriteSet {
    /// Nothing written.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The net effect: to be merged into reads, and cheap to keep as it is now.
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// Every row change in the order in which they were made.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What follows belongs to another statement.
    pub fn start_statement(&mut self) {
        self.statement = self.statement.wrapping_add(1);
    }

    /// This moment.
    pub fn mark(&self) -> Mark {
        Mark { overlay: self.overlay.clone(), changes: self.changes.len(), bytes: self.bytes }
    }

    /// Forgets what was written since that moment of this write set.
    pub fn rollback_to(&mut self, mark: &Mark) {
        self.overlay = mark.overlay.clone();
        self.changes.truncate(mark.changes);
        self.bytes = mark.bytes;
    }

    /// Adds a row and gives its key. That no row is there, and none has its unique keys, was found out
    /// before (`View::duplicate`), under locks.
    pub fn insert(&mut self, table: &Table, row: Row) -> Key {
        let key = table.shape().row_key(&row);
        let key = key.unwrap_or_else(|| table.counters().take_row_key());
        self.insert_as(table, key.clone(), row);
        key
    }

    /// As `insert`, where the key was made before: to lock it.
    pub fn insert_as(&mut self, table: &Table, key: Key, row: Row) {
        self.bytes += size::row(&key, &row);
        self.overlay.table_mut(table.shape()).insert(key, &row);
        self.log(table, None, Some(row));
    }

    /// Takes the row `before` out, which is what the key leads to now.
    pub fn delete(&mut self, table: &Table, key: &Key, before: Row) {
        self.bytes += size::entry(key);
        self.overlay.table_mut(table.shape()).delete(key, &before);
        self.log(table, Some(before), None);
    }

    /// Puts `after` in the place of `before`, which is what the key leads to now, and gives its key: another
    /// one if the primary key is changed.
    pub fn update(&mut self, table: &Table, key: &Key, before: Row, after: Row) -> Key {
        let moved = table.shape().row_key(&after).filter(|moved| moved != key);
        let writes = self.overlay.table_mut(table.shape());
        let new_key = moved.clone().unwrap_or_else(|| key.clone());
        if moved.is_some() {
            writes.delete(key, &before);
            writes.insert(new_key.clone(), &after);
        } else {
            writes.replace(new_key.clone(), &before, &after);
        }
        self.bytes += size::row(&new_key, &after);
        self.log(table, Some(before), Some(after));
        new_key
    }

    fn log(&mut self, table: &Table, before: Option<Row>, after: Option<Row>) {
        let change = Change { table: table.id(), statement: self.statement, before, after };
        self.bytes += change.bytes();
        self.changes.push(change);
    }
}

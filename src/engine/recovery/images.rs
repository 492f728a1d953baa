//! Finding rows by their contents, in tables without a primary key.
//!
//! The log tells such a row by its values alone. Which of several equal rows is meant makes no difference.

use std::collections::HashMap;

use crate::engine::codec::Stored;
use crate::store::{Direction, IndexNo, Key, KeyRange, Table, Tables, View};
use crate::value::Row;

/// Row keys by a hash of the row. Built at the first search: a table that only grows never needs it.
#[derive(Debug, Default)]
pub(super) struct ImageIndex {
    built: bool,
    keys: HashMap<u64, Vec<Key>>,
    scratch: Vec<u8>,
}

impl ImageIndex {
    /// Takes out the key of a row with these contents.
    pub fn take(&mut self, rows: &Table, row: &Row) -> Option<Key> {
        self.build(rows);
        let hash = self.hash(row);
        let candidates = self.keys.get_mut(&hash)?;
        // Equal hashes of unlike rows are so rare that the stored bytes are compared only then.
        let found = candidates.iter().rposition(|key| is_same(rows.get(key), row))?;
        let key = candidates.swap_remove(found);
        if candidates.is_empty() {
            self.keys.remove(&hash);
        }
        Some(key)
    }

    /// A row is there now.
    pub fn put(&mut self, row: &Row, key: &Key) {
        if self.built {
            let hash = self.hash(row);
            self.keys.entry(hash).or_default().push(key.clone());
        }
    }

    fn build(&mut self, rows: &Table) {
        if self.built {
            return;
        }
        self.built = true;
        let mut alone = Tables::default();
        alone.insert(rows.clone());
        let view = View::new(&alone, None);
        let all = KeyRange::all();
        for found in view.scan(rows.id(), IndexNo::ROWS, &all, Direction::Forward) {
            self.put(found.row, &found.row_key);
        }
    }

    fn hash(&mut self, row: &Row) -> u64 {
        self.scratch.clear();
        row.put(&mut self.scratch);
        let (low, high) = self.scratch.split_at(self.scratch.len() / 2);
        u64::from(crc32fast::hash(low)) << 32 | u64::from(crc32fast::hash(high))
    }
}

fn is_same(found: Option<&Row>, row: &Row) -> bool {
    let bytes = |row: &Row| {
        let mut bytes = Vec::new();
        row.put(&mut bytes);
        bytes
    };
    found.is_some_and(|found| bytes(found) == bytes(row))
}

//! Finding rows by their contents, in tables without a primary key.
//!
//! The log tells such a row by its values alone. Which of several equal rows is meant makes no difference.

use std::collections::HashMap;

use crate::engine::codec::Stored;
use crate::store::Key;
use crate::value::{Row, Value};

/// Row keys by a hash of the row. Built at the first search: a table that only grows never needs it.
#[derive(Debug, Default)]
pub(in crate::engine) struct ImageIndex {
    built: bool,
    keys: HashMap<u64, Vec<Key>>,
    scratch: Vec<u8>,
}

impl ImageIndex {
    /// Fills it, if it is not yet: `rows` hands over every row with its key.
    pub fn build(&mut self, rows: impl FnOnce(&mut dyn FnMut(&Row, &Key))) {
        if !self.built {
            self.built = true;
            rows(&mut |row, key| self.put(row, key));
        }
    }

    /// Takes out the key of a row with these contents. `get` tells what is there now.
    pub fn take<'a>(&mut self, row: &Row, get: impl Fn(&Key) -> Option<&'a Row>) -> Option<Key> {
        let hash = self.hash(row);
        let candidates = self.keys.get_mut(&hash)?;
        // Equal hashes of unlike rows are so rare that the stored bytes are compared only then.
        let found =
            candidates.iter().rposition(|key| get(key).is_some_and(|there| is_same(there, row)))?;
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

    fn hash(&mut self, row: &Row) -> u64 {
        self.scratch.clear();
        row.put(&mut self.scratch);
        let (low, high) = self.scratch.split_at(self.scratch.len() / 2);
        u64::from(crc32fast::hash(low)) << 32 | u64::from(crc32fast::hash(high))
    }
}

/// Whether two rows have the same contents.
pub(in crate::engine) fn is_same(one: &Row, other: &Row) -> bool {
    one.values().len() == other.values().len()
        && one.values().iter().zip(other.values()).all(|(one, other)| is_same_value(one, other))
}

/// Whether two values are stored alike.
pub(in crate::engine) fn is_same_value(one: &Value, other: &Value) -> bool {
    let bytes = |value: &Value| {
        let mut bytes = Vec::new();
        value.put(&mut bytes);
        bytes
    };
    bytes(one) == bytes(other)
}

//! What the store must know of a table: the types of its columns, and what its keys are made of.

use std::sync::Arc;

use smallvec::SmallVec;

use super::key::Key;
use crate::value::key::encode;
use crate::value::types::ColumnType;
use crate::value::{Row, Value};

/// A table, for as long as its rows live; one that is altered or truncated goes on under another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableId(pub u64);

/// One of a table's orders: 0 is that of the rows themselves, `n` that of `secondary[n - 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndexNo(pub usize);

impl IndexNo {
    /// The rows' own order: by primary key, or by hidden number.
    pub const ROWS: Self = Self(0);
}

/// One column in a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPart {
    /// Which column of the row.
    pub column: usize,
    /// Only so much of it: characters of text, bytes of binary.
    pub prefix: Option<u32>,
    /// From large to small.
    pub descending: bool,
}

/// What a key is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyShape {
    /// Its columns, in order.
    pub parts: Vec<KeyPart>,
    /// No two rows may have the same, unless a part is NULL.
    pub unique: bool,
}

impl KeyShape {
    /// Appends the key columns of a row (one value for each of the table's columns).
    pub fn encode_row(&self, columns: &[ColumnType], row: &[Value], out: &mut Vec<u8>) {
        for part in &self.parts {
            let value = row.get(part.column).unwrap_or(&Value::Null);
            encode_part(part, columns, value, out);
        }
    }

    /// Appends values of the first parts, which must be of their columns' types: a prefix to search for.
    pub fn encode_values(&self, columns: &[ColumnType], values: &[Value], out: &mut Vec<u8>) {
        for (part, value) in self.parts.iter().zip(values) {
            encode_part(part, columns, value, out);
        }
    }

    /// Whether a part of this row's key is NULL, which makes it unlike every other.
    pub fn has_null(&self, row: &[Value]) -> bool {
        self.parts.iter().any(|part| matches!(row.get(part.column), None | Some(Value::Null)))
    }
}

fn encode_part(part: &KeyPart, columns: &[ColumnType], value: &Value, out: &mut Vec<u8>) {
    let column_type = columns.get(part.column).unwrap_or(&ColumnType::Null);
    encode(value, column_type, part.descending, part.prefix, out);
}

/// A table's columns and keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShape {
    /// The table.
    pub id: TableId,
    /// Its columns' types.
    pub columns: Arc<[ColumnType]>,
    /// What orders its rows; without one they are numbered as they come.
    pub primary: Option<KeyShape>,
    /// Its other indexes.
    pub secondary: Vec<KeyShape>,
}

/// A row's place in a secondary index: its key columns, and behind them its row key.
///
/// The row key is there in unique indexes too. It decides nothing between rows whose columns differ,
/// lets rows with NULL stand side by side, and spares each entry a second key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// The whole key.
    pub key: Key,
    /// How many bytes at its end are the row key.
    pub tail: u32,
}

impl IndexEntry {
    /// The part that the columns make.
    pub fn columns(&self) -> Key {
        Key::new(split(&self.key, self.tail).0)
    }

    /// The row's key.
    pub fn row_key(&self) -> Key {
        row_key(&self.key, self.tail)
    }
}

/// The row key at the end of an index key.
pub(super) fn row_key(key: &Key, tail: u32) -> Key {
    Key::new(split(key, tail).1)
}

/// What the columns make of an index key, and its row key.
pub(super) fn split(key: &Key, tail: u32) -> (&[u8], &[u8]) {
    let bytes = key.bytes();
    bytes.split_at(bytes.len().saturating_sub(tail as usize))
}

/// Keys of one row are made here, one after the other.
type Scratch = Vec<u8>;

impl TableShape {
    /// The shape of an index; that of the rows is none in a table without a primary key.
    pub fn key_shape(&self, index: IndexNo) -> Option<&KeyShape> {
        match index.0.checked_sub(1) {
            None => self.primary.as_ref(),
            Some(at) => self.secondary.get(at),
        }
    }

    /// Whether no two rows may have the same columns in that index.
    pub fn is_unique(&self, index: IndexNo) -> bool {
        index == IndexNo::ROWS || self.key_shape(index).is_some_and(|shape| shape.unique)
    }

    /// The row's key, if it is made of its columns.
    pub fn row_key(&self, row: &Row) -> Option<Key> {
        let mut scratch = Scratch::new();
        self.primary.as_ref()?.encode_row(&self.columns, row.values(), &mut scratch);
        Some(Key::new(&scratch))
    }

    /// The row's places in the secondary indexes, in their order.
    pub fn entries<'a>(
        &'a self,
        row: &'a Row,
        row_key: &'a Key,
    ) -> impl Iterator<Item = IndexEntry> + 'a {
        let mut scratch = Scratch::new();
        self.secondary.iter().map(move |shape| {
            scratch.clear();
            shape.encode_row(&self.columns, row.values(), &mut scratch);
            scratch.extend_from_slice(row_key.bytes());
            IndexEntry { key: Key::new(&scratch), tail: row_key.bytes().len() as u32 }
        })
    }

    /// The keys that no other row may have: for each unique secondary index the columns' part, save
    /// where one of them is NULL. Whoever adds the row locks these; the row key goes without saying.
    pub fn unique_keys(&self, row: &Row) -> SmallVec<[(IndexNo, Key); 2]> {
        let values = row.values();
        let mut scratch = Scratch::new();
        let unique = self.secondary.iter().enumerate().filter(|(_, shape)| shape.unique);
        let whole = unique.filter(|(_, shape)| !shape.has_null(values));
        whole
            .map(|(at, shape)| {
                scratch.clear();
                shape.encode_row(&self.columns, values, &mut scratch);
                (IndexNo(at + 1), Key::new(&scratch))
            })
            .collect()
    }

    /// The bytes that search `index` for values of its first columns. In the rows' order of a table
    /// without a primary key there is nothing to search for: every key starts with the empty one.
    pub fn search_key(&self, index: IndexNo, values: &[Value]) -> Key {
        let mut scratch = Scratch::new();
        if let Some(shape) = self.key_shape(index) {
            shape.encode_values(&self.columns, values, &mut scratch);
        }
        Key::new(&scratch)
    }
}

//! Stand-ins for what the rooms below are about to land; gone with the next landing.

use std::sync::Arc;

use crate::value::types::ColumnType;

/// A table's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableId(pub u64);

/// A key.
pub type Key = Arc<[u8]>;

/// One part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPart {
    /// Column.
    pub column: usize,
    /// Prefix.
    pub prefix: Option<u32>,
    /// Descending.
    pub descending: bool,
}

/// What a key is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyShape {
    /// Parts.
    pub parts: Vec<KeyPart>,
    /// Unique.
    pub unique: bool,
}

/// A table's columns and keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShape {
    /// The table.
    pub id: TableId,
    /// Types.
    pub columns: Arc<[ColumnType]>,
    /// Primary key.
    pub primary: Option<KeyShape>,
    /// Other indexes.
    pub secondary: Vec<KeyShape>,
}

/// Rows of all tables.
#[derive(Debug, Clone, Default)]
pub struct Tables;

/// A lock that is not free.
#[derive(Debug)]
pub struct LockWait;

/// A directory.
pub trait Disk: Send + Sync {}

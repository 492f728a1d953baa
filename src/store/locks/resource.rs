//! What can be locked, and by whom.

use std::fmt;
use std::sync::Arc;

use super::super::key::Key;
use super::super::range::KeyRange;
use super::super::shape::{IndexNo, TableId};

/// Who holds locks: a session, with the one transaction that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnerId(pub u64);

/// How long a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// Until the transaction ends.
    Transaction,
    /// Until it is given back, or the session ends: LOCK TABLES, GET_LOCK.
    Session,
}

/// Something that can be locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// A key of an index: a row by its row key (index 0), a value of a unique index by its columns, an
    /// entry of another index by its whole key. It need not exist.
    Row {
        /// Which table.
        table: TableId,
        /// Which of its orders.
        index: IndexNo,
        /// Which key.
        key: Key,
    },
    /// Keys that come to be in a range. Held together by any number of owners; none of the others
    /// inserts there meanwhile. It waits for keys there that others hold as inserted.
    Range {
        /// Which table.
        table: TableId,
        /// Which of its orders.
        index: IndexNo,
        /// From where to where.
        range: KeyRange,
    },
    /// The definition of a table, or of a schema where the table's name is empty; with both empty, of
    /// everything.
    Metadata {
        /// The schema.
        schema: Arc<str>,
        /// The table.
        table: Arc<str>,
    },
    /// A user's lock by name, as the caller folds it. Each time it is taken again it must be given back
    /// once more.
    Named(Arc<str>),
}

/// One order of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SpaceId(pub TableId, pub IndexNo);

/// What is locked by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Name {
    Metadata(Arc<str>, Arc<str>),
    User(Arc<str>),
}

/// Where a lock is noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Key(SpaceId, Key),
    /// All ranges that the owner holds in there.
    Ranges(SpaceId),
    Name(Name),
}

impl Place {
    pub(super) fn is_user(&self) -> bool {
        matches!(self, Self::Name(Name::User(_)))
    }

    /// As callers name it; ranges are told with the range.
    pub(super) fn resource(&self, range: Option<&KeyRange>) -> Resource {
        match self {
            Self::Key(SpaceId(table, index), key) => {
                Resource::Row { table: *table, index: *index, key: key.clone() }
            }
            Self::Ranges(SpaceId(table, index)) => {
                let range = range.cloned().unwrap_or_else(KeyRange::all);
                Resource::Range { table: *table, index: *index, range }
            }
            Self::Name(Name::Metadata(schema, table)) => {
                Resource::Metadata { schema: schema.clone(), table: table.clone() }
            }
            Self::Name(Name::User(name)) => Resource::Named(name.clone()),
        }
    }
}

impl From<Resource> for (Place, Option<KeyRange>) {
    fn from(resource: Resource) -> Self {
        match resource {
            Resource::Row { table, index, key } => (Place::Key(SpaceId(table, index), key), None),
            Resource::Range { table, index, range } => {
                (Place::Ranges(SpaceId(table, index)), Some(range))
            }
            Resource::Metadata { schema, table } => {
                (Place::Name(Name::Metadata(schema, table)), None)
            }
            Resource::Named(name) => (Place::Name(Name::User(name)), None),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row { table, index, key } => {
                write!(formatter, "row {}.{}.{key:?}", table.0, index.0)
            }
            Self::Range { table, index, range } => {
                write!(formatter, "range {}.{}.{range}", table.0, index.0)
            }
            Self::Metadata { schema, table } => write!(formatter, "metadata {schema}.{table}"),
            Self::Named(name) => write!(formatter, "named {name}"),
        }
    }
}

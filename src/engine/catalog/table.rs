//! A table: its columns, indexes and constraints, and the shape that the store needs of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::logged::LoggedForm;
use super::{ColumnDef, TableName, same_name};
use crate::store::{IndexNo, KeyPart, KeyShape, TableId, TableShape};
use crate::value::SqlError;
use crate::value::types::CollationId;

/// A table's definition.
#[derive(Debug, Clone)]
pub struct TableDef {
    /// Given by the engine when the table is made or rebuilt: what locks, rows and counters go by.
    pub id: TableId,
    /// The schema it is in.
    pub schema: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its columns, in order. Rows have a value for each, those of hidden ones included. Invariant: hidden
    /// ones come last.
    pub columns: Vec<ColumnDef>,
    /// Its indexes. Invariant: PRIMARY, if there is one, is the first.
    pub indexes: Vec<IndexDef>,
    /// Its foreign keys, in order of creation.
    pub foreign_keys: Vec<ForeignKeyDef>,
    /// Its CHECK constraints.
    pub checks: Vec<CheckDef>,
    /// The default of its columns.
    pub collation: CollationId,
    /// `ENGINE`, as it is shown: `InnoDB`.
    pub engine: Arc<str>,
    /// `COMMENT`.
    pub comment: Arc<str>,
    /// Options that are kept to be shown, such as `ROW_FORMAT`, by upper-case name.
    pub options: BTreeMap<String, String>,
    /// `AUTO_INCREMENT=` of the statement that made it, 0 for none. Not the counter itself:
    /// that is `Engine::auto_increment`.
    pub first_auto_increment: u64,
    /// Unix time of its creation, in seconds.
    pub created: i64,
    /// Lives in one session and is not logged.
    pub temporary: bool,
    /// Grows with every change of the definition and with TRUNCATE.
    pub version: u64,
    /// What the store needs to know. Invariant: derived from the rest by [`TableDef::finish`].
    pub shape: Arc<TableShape>,
    pub(super) logged: LoggedForm,
}

impl TableDef {
    /// A table without columns. Fill it in; the engine calls [`TableDef::finish`] when it takes it.
    pub fn new(schema: &str, name: &str, collation: CollationId) -> Self {
        Self {
            id: TableId(0),
            schema: schema.into(),
            name: name.into(),
            columns: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            collation,
            engine: "InnoDB".into(),
            comment: "".into(),
            options: BTreeMap::new(),
            first_auto_increment: 0,
            created: 0,
            temporary: false,
            version: 1,
            shape: Arc::new(TableShape {
                id: TableId(0),
                columns: Arc::new([]),
                primary: None,
                secondary: Vec::new(),
            }),
            logged: LoggedForm::default(),
        }
    }

    /// Gives the table its id and derives its shape.
    ///
    /// # Errors
    /// 1072 for an index over a column that is not there.
    pub fn finish(&mut self, id: TableId) -> Result<(), SqlError> {
        self.id = id;
        self.logged = LoggedForm::default();
        self.indexes.sort_by_key(|index| index.kind != IndexKind::Primary);
        let indexes = self.indexes.iter().map(|index| self.key_shape(index));
        let mut shapes = indexes.collect::<Result<Vec<_>, _>>()?;
        let has_primary = self.primary().is_some();
        let primary = has_primary.then(|| shapes.remove(0));
        let columns = self.columns.iter().map(|column| column.ty.clone()).collect();
        self.shape = Arc::new(TableShape { id, columns, primary, secondary: shapes });
        Ok(())
    }

    fn key_shape(&self, index: &IndexDef) -> Result<KeyShape, SqlError> {
        let part = |part: &IndexPart| {
            if part.column >= self.columns.len() {
                let message = format!("Key column '{}' doesn't exist in table", part.column);
                return Err(SqlError::new(1072, b"42000", message));
            }
            let IndexPart { column, prefix, descending } = *part;
            Ok(KeyPart { column, prefix, descending })
        };
        let parts = index.parts.iter().map(part).collect::<Result<_, _>>()?;
        Ok(KeyShape { parts, unique: index.kind != IndexKind::Plain })
    }

    /// `schema.name`.
    pub fn full_name(&self) -> TableName {
        TableName { schema: self.schema.clone(), name: self.name.clone() }
    }

    /// The place of the column of this name. Hidden columns have none.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| !column.hidden && same_name(&column.name, name))
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&ColumnDef> {
        self.columns.get(self.column_index(name)?)
    }

    /// The place of the AUTO_INCREMENT column.
    pub fn auto_increment_column(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.auto_increment)
    }

    /// The primary key.
    pub fn primary(&self) -> Option<&IndexDef> {
        self.indexes.first().filter(|index| index.kind == IndexKind::Primary)
    }

    /// The index of this name, with its place in `indexes`.
    pub fn index(&self, name: &str) -> Option<(usize, &IndexDef)> {
        self.indexes.iter().enumerate().find(|(_, index)| same_name(&index.name, name))
    }

    /// The store's number of the index at this place of `indexes`: 0 is the order of the rows, and a
    /// table without a primary key still has it.
    pub fn index_no(&self, place: usize) -> IndexNo {
        IndexNo(if self.primary().is_some() { place } else { place + 1 })
    }

    /// The place in `indexes` of the store's index number, 0 for the order of hidden row ids.
    pub fn place_of(&self, index: IndexNo) -> usize {
        if self.primary().is_some() { index.0 } else { index.0.saturating_sub(1) }
    }

    /// The definition behind a store's index number; none for the order of hidden row ids.
    pub fn index_by_no(&self, index: IndexNo) -> Option<&IndexDef> {
        let place = if self.primary().is_some() { index.0 } else { index.0.checked_sub(1)? };
        self.indexes.get(place)
    }
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexDef {
    /// `PRIMARY` for the primary key.
    pub name: Arc<str>,
    /// Primary, unique or neither.
    pub kind: IndexKind,
    /// What it is ordered by. An expression is a hidden generated column.
    pub parts: Vec<IndexPart>,
    /// `COMMENT`.
    pub comment: Arc<str>,
    /// `VISIBLE`; the planner does not use others.
    pub visible: bool,
}

/// The kinds of indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexKind {
    /// PRIMARY KEY.
    Primary,
    /// UNIQUE: no two rows with equal keys, unless one part is NULL.
    Unique,
    /// Neither.
    Plain,
}

/// One part of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexPart {
    /// The column's place in the table.
    pub column: usize,
    /// Only this many characters (or bytes) of it.
    pub prefix: Option<u32>,
    /// `DESC`.
    pub descending: bool,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKeyDef {
    /// The constraint's name.
    pub name: Arc<str>,
    /// Places of the columns in this table.
    pub columns: Vec<usize>,
    /// The table that it points to. It need not exist (`foreign_key_checks=0`).
    pub parent: TableName,
    /// The columns there, by name.
    pub parent_columns: Vec<Arc<str>>,
    /// `ON DELETE`.
    pub on_delete: ForeignKeyAction,
    /// `ON UPDATE`.
    pub on_update: ForeignKeyAction,
}

/// What happens to the child rows when a parent row goes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignKeyAction {
    /// `NO ACTION`, or nothing written: as RESTRICT.
    NoAction,
    /// `RESTRICT`: the statement fails.
    Restrict,
    /// `CASCADE`.
    Cascade,
    /// `SET NULL`.
    SetNull,
    /// `SET DEFAULT`: parsed, refused as InnoDB does.
    SetDefault,
}

impl ForeignKeyDef {
    /// Whether a change of a parent row changes child rows.
    pub fn cascades(&self) -> bool {
        let changes =
            |action| matches!(action, ForeignKeyAction::Cascade | ForeignKeyAction::SetNull);
        changes(self.on_delete) || changes(self.on_update)
    }
}

/// A CHECK constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckDef {
    /// Its name.
    pub name: Arc<str>,
    /// The condition as SQL text.
    pub sql: Arc<str>,
    /// `ENFORCED`.
    pub enforced: bool,
}

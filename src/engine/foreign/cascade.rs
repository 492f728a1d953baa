//! What foreign keys do to other tables' rows, where the source's log does not tell.
//!
//! MariaDB, and MySQL before 9.6, leave it to the storage engine: the log has the parent's row alone. Children are
//! changed before their parent, so that a step that had to wait can be taken again: what was done by then no longer
//! points to the parent.

use std::sync::Arc;

use super::Foreign;
use crate::engine::catalog::{ForeignKeyAction, ForeignKeyDef, IndexPart, Reference, TableDef};
use crate::engine::{DdlReplay, Interrupt, Use};
use crate::store::{Direction, IndexNo, Key, KeyRange};
use crate::value::{Row, SqlError, Value};

use crate::engine::replay::images::is_same_value;
use crate::engine::replay::whole;

/// Tables that one change goes through, as InnoDB bounds it.
const MAX_DEPTH: usize = 15;

/// A parent's row before and after, and how far from the logged one it is.
struct Parent<'a> {
    table: &'a TableDef,
    before: &'a Row,
    after: Option<&'a Row>,
    depth: usize,
}

/// Whether a foreign key changes rows of its table.
fn acts(key: &ForeignKeyDef) -> bool {
    let act = |action| matches!(action, ForeignKeyAction::Cascade | ForeignKeyAction::SetNull);
    act(key.on_delete) || act(key.on_update)
}

impl Foreign {
    /// Whether changes of a table's rows change others.
    pub(super) fn has_children(&self, table: &TableDef) -> bool {
        let latest = self.transaction.latest();
        let catalog = &latest.database().catalog;
        catalog.references_to(&table.schema, &table.name).iter().any(|reference| {
            let child = catalog.table(&reference.child.schema, &reference.child.name);
            child.and_then(|child| child.foreign_keys.get(reference.foreign_key)).is_some_and(acts)
        })
    }

    /// Changes the rows that point to one that is about to change.
    pub(super) fn cascade(
        &mut self,
        table: &TableDef,
        before: &Row,
        after: Option<&Row>,
        ddl: &dyn DdlReplay,
    ) -> Result<(), Interrupt> {
        self.cascade_from(&Parent { table, before, after, depth: 0 }, ddl)
    }

    fn cascade_from(&mut self, parent: &Parent<'_>, ddl: &dyn DdlReplay) -> Result<(), Interrupt> {
        if parent.depth > MAX_DEPTH {
            let message = "Foreign key cascade delete/update exceeds max depth of 15.";
            return Err(SqlError::new(3008, b"HY000", message).into());
        }
        let latest = self.transaction.latest().database().clone();
        let table = parent.table;
        for reference in latest.catalog.references_to(&table.schema, &table.name) {
            self.cascade_to(parent, reference, ddl)?;
        }
        Ok(())
    }

    fn cascade_to(
        &mut self,
        parent: &Parent<'_>,
        reference: &Reference,
        ddl: &dyn DdlReplay,
    ) -> Result<(), Interrupt> {
        let name = &reference.child;
        let child = self.transaction.use_table(&name.schema, &name.name, Use::Write)?;
        let Some(key) = child.foreign_keys.get(reference.foreign_key) else { return Ok(()) };
        let values = |row: &Row| parent_values(parent.table, key, row);
        let (old, new) = (values(parent.before), parent.after.and_then(values));
        let Some(old) = old.filter(|old| !old.iter().any(|value| matches!(value, Value::Null)))
        else {
            return Ok(());
        };
        let same = |new: &Vec<Value>| new.iter().zip(&old).all(|(a, b)| is_same_value(a, b));
        if parent.after.is_some() && new.as_ref().is_none_or(same) {
            return Ok(());
        }
        let action = if new.is_some() { key.on_update } else { key.on_delete };
        let nulls = vec![Value::Null; old.len()];
        let put = match action {
            ForeignKeyAction::Cascade => new,
            ForeignKeyAction::SetNull => Some(nulls),
            _ => return Ok(()),
        };
        for (row_key, row) in self.pointing(&child, key, &old) {
            self.change_child(
                &child,
                (row_key, row),
                put.as_ref().map(|put| (key, put)),
                (parent.depth, ddl),
            )?;
        }
        Ok(())
    }

    fn change_child(
        &mut self,
        child: &Arc<TableDef>,
        (row_key, row): (Key, Row),
        put: Option<(&ForeignKeyDef, &Vec<Value>)>,
        (depth, ddl): (usize, &dyn DdlReplay),
    ) -> Result<(), Interrupt> {
        let after = put.map(|(key, put)| with_values(child, &row, key, put, ddl)).transpose()?;
        let parent = Parent { table: child, before: &row, after: after.as_ref(), depth: depth + 1 };
        self.cascade_from(&parent, ddl)?;
        match after {
            Some(after) => {
                super::rows::duplicate(child, self.transaction.update(child, &row_key, after))
                    .map(drop)
            }
            None => self.transaction.delete(child, &row_key).map(drop),
        }
    }

    /// The rows of a child that point to these values.
    fn pointing(&self, child: &TableDef, key: &ForeignKeyDef, values: &[Value]) -> Vec<(Key, Row)> {
        let leads = |parts: &[IndexPart]| {
            parts.len() >= key.columns.len()
                && parts
                    .iter()
                    .zip(&key.columns)
                    .all(|(part, column)| part.column == *column && part.prefix.is_none())
        };
        let index = child.indexes.iter().position(|index| leads(&index.parts));
        let (index, range) = index.map_or((IndexNo::ROWS, KeyRange::all()), |place| {
            let number = child.index_no(place);
            (number, KeyRange::prefix(child.shape.search_key(number, values)))
        });
        let latest = self.transaction.latest();
        let points = |row: &Row| {
            key.columns.iter().zip(values).all(|(column, value)| {
                row.values().get(*column).is_some_and(|own| is_same_value(own, value))
            })
        };
        let rows = latest.view().scan(child.id, index, &range, Direction::Forward);
        let found = rows.map(|found| (found.row_key.clone(), found.row.clone()));
        // An index finds what its collation calls equal, as the source's does.
        found.filter(|(_, row)| index != IndexNo::ROWS || points(row)).collect()
    }
}

fn parent_values(table: &TableDef, key: &ForeignKeyDef, row: &Row) -> Option<Vec<Value>> {
    let columns = key.parent_columns.iter().map(|name| table.column_index(name));
    columns.map(|column| row.values().get(column?).cloned()).collect()
}

/// A child's row with other values in its foreign key.
fn with_values(
    child: &TableDef,
    row: &Row,
    key: &ForeignKeyDef,
    put: &[Value],
    ddl: &dyn DdlReplay,
) -> Result<Row, SqlError> {
    if child.columns.iter().any(|column| column.generated.is_some() && !column.hidden) {
        return Err(SqlError::not_supported(
            "a cascade to a table with generated columns that the source does not log",
        ));
    }
    let logged = child.logged_columns();
    let mut values: Vec<Value> = row.values().iter().take(logged).cloned().collect();
    for (column, value) in key.columns.iter().zip(put) {
        if let Some(slot) = values.get_mut(*column) {
            *slot = value.clone();
        }
    }
    let missing = || SqlError::not_supported("a cascade to this table");
    whole(child, values, ddl)?.ok_or_else(missing)
}

//! A table whose rows a statement changes, with what must hold of each row: generated columns, CHECK
//! constraints, foreign keys.

use std::sync::Arc;

use super::rules::Rules;
use crate::engine::catalog::{ForeignKeyDef, TableDef, same_name};
use crate::engine::{self, Use};
use crate::query::Interrupt;
use crate::query::bind::Compiler;

/// A table and its rules, compiled.
pub(super) struct Target {
    /// The table.
    pub table: Arc<TableDef>,
    /// Generated columns and CHECK constraints.
    pub rules: Rules,
    /// Foreign keys of the table; none while `foreign_key_checks` is off.
    pub parents: Vec<Parent>,
    /// Foreign keys that point to the table; filled where rows may go or change.
    pub children: Vec<Child>,
}

/// A foreign key of a target.
pub(super) struct Parent {
    /// Its place among the table's.
    pub foreign_key: usize,
    /// The table that it points to and the columns there; none where that does not exist.
    pub parent: Option<(Arc<TableDef>, Vec<usize>)>,
}

/// A foreign key that points to a target.
pub(super) struct Child {
    /// The table that has it.
    pub table: Arc<TableDef>,
    /// Its place among that table's.
    pub foreign_key: usize,
    /// The target's columns that it points to.
    pub columns: Vec<usize>,
}

impl Child {
    /// Its definition.
    pub fn definition(&self) -> Option<&ForeignKeyDef> {
        self.table.foreign_keys.get(self.foreign_key)
    }
}

impl Target {
    /// Compiles a table's rules.
    pub fn compile(compiler: &mut Compiler<'_>, table: Arc<TableDef>) -> Result<Self, Interrupt> {
        let rules = Rules::compile(compiler, table.clone())?;
        let parents = parents(compiler, &table)?;
        Ok(Self { table, rules, parents, children: Vec::new() })
    }

    /// How many values a row has.
    pub fn width(&self) -> usize {
        self.table.columns.len()
    }
}

/// The tables that the table's foreign keys point to.
fn parents(compiler: &mut Compiler<'_>, table: &TableDef) -> Result<Vec<Parent>, Interrupt> {
    if table.foreign_keys.is_empty() || !compiler.session.variables.foreign_key_checks {
        return Ok(Vec::new());
    }
    let mut found = Vec::with_capacity(table.foreign_keys.len());
    for (foreign_key, definition) in table.foreign_keys.iter().enumerate() {
        let name = &definition.parent;
        let how = Use::LockingRead;
        let used = compiler.session.transaction().use_table(&name.schema, &name.name, how);
        let parent = match used {
            Ok(parent) => {
                places(&parent, &definition.parent_columns).map(|places| (parent, places))
            }
            Err(engine::Interrupt::Error(error)) if error.code == 1146 => None,
            Err(other) => return Err(other.into()),
        };
        found.push(Parent { foreign_key, parent });
    }
    // InnoDB keeps foreign keys by name: of several that fail, the error names the first.
    found.sort_by(|a, b| name_of(table, a).cmp(&name_of(table, b)));
    Ok(found)
}

fn name_of<'a>(table: &'a TableDef, parent: &Parent) -> Option<&'a str> {
    table.foreign_keys.get(parent.foreign_key).map(|key| &*key.name)
}

/// The places of columns by their names; none where one is not there.
pub(super) fn places(table: &TableDef, names: &[Arc<str>]) -> Option<Vec<usize>> {
    let place =
        |name: &Arc<str>| table.columns.iter().position(|column| same_name(&column.name, name));
    names.iter().map(place).collect()
}

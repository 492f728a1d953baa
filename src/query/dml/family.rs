//! The tables that a statement may change: those that it names, and those that foreign keys lead to from
//! there by CASCADE and SET NULL. All are taken into use before the first row is changed, as MySQL does.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::target::{Child, Target, places};
use crate::engine::Use;
use crate::engine::catalog::{ForeignKeyAction, ForeignKeyDef, Reference, TableDef};
use crate::query::Interrupt;
use crate::query::bind::Compiler;
use crate::store::TableId;

/// Tables with their rules, by id.
#[derive(Default)]
pub(super) struct Family {
    targets: BTreeMap<TableId, Arc<Target>>,
}

impl Family {
    /// Whether it is one table without foreign keys, and none point to it.
    pub fn is_alone(&self) -> bool {
        let mut targets = self.targets.values();
        let alone = |target: &Arc<Target>| target.parents.is_empty() && target.children.is_empty();
        targets.next().is_some_and(alone) && targets.next().is_none()
    }

    /// The table, if it is one of them.
    pub fn get(&self, table: TableId) -> Option<Arc<Target>> {
        self.targets.get(&table).cloned()
    }

    /// Adds a table whose rows come (`gone` false) or also go and change.
    pub fn add(
        &mut self,
        compiler: &mut Compiler<'_>,
        table: Arc<TableDef>,
        gone: bool,
    ) -> Result<Arc<Target>, Interrupt> {
        if let Some(known) = self.get(table.id) {
            return Ok(known);
        }
        let id = table.id;
        let mut waiting = vec![table];
        while let Some(table) = waiting.pop() {
            if self.targets.contains_key(&table.id) {
                continue;
            }
            let mut target = Target::compile(compiler, table.clone())?;
            if gone {
                target.children = children(compiler, &table)?;
            }
            let changed =
                target.children.iter().filter(|child| child.definition().is_some_and(acts));
            waiting.extend(changed.map(|child| child.table.clone()));
            self.targets.insert(table.id, Arc::new(target));
        }
        self.get(id)
            .ok_or_else(|| crate::value::SqlError::new(1105, b"HY000", "A table is gone").into())
    }
}

/// Whether the foreign key changes rows of its table.
fn acts(key: &ForeignKeyDef) -> bool {
    let act = |action| matches!(action, ForeignKeyAction::Cascade | ForeignKeyAction::SetNull);
    act(key.on_delete) || act(key.on_update)
}

/// The foreign keys that point to a table.
fn children(compiler: &mut Compiler<'_>, table: &TableDef) -> Result<Vec<Child>, Interrupt> {
    if table.temporary || !compiler.session.variables.foreign_key_checks {
        return Ok(Vec::new());
    }
    let database = compiler.session.engine.database();
    let references = database.catalog.references_to(&table.schema, &table.name);
    let mut found = Vec::with_capacity(references.len());
    for reference in references {
        found.extend(child(compiler, table, reference)?);
    }
    Ok(found)
}

fn child(
    compiler: &mut Compiler<'_>,
    table: &TableDef,
    reference: &Reference,
) -> Result<Option<Child>, Interrupt> {
    let Reference { child, foreign_key, .. } = reference;
    let database = compiler.session.engine.database();
    let known = database.catalog.table(&child.schema, &child.name);
    let Some(definition) = known.and_then(|known| known.foreign_keys.get(*foreign_key)) else {
        return Ok(None);
    };
    let how = if acts(definition) { Use::Write } else { Use::LockingRead };
    let own = compiler.session.transaction().use_table(&child.schema, &child.name, how)?;
    let columns = places(table, &definition.parent_columns);
    Ok(columns.map(|columns| Child { table: own, foreign_key: *foreign_key, columns }))
}

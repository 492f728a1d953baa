//! Foreign keys: parents of rows that come, children of rows that go or change.
//!
//! ```text
//! insert            the row, then its parents (it may be its own)
//! update            children by ON UPDATE, the row, the parents of changed keys
//! delete            children by ON DELETE, the row
//! ```
//!
//! Children come before the row that they follow, so the log never has a child without its parent. Rules
//! are InnoDB's: every row is checked when it is changed (NO ACTION is RESTRICT), a NULL in a key points
//! nowhere, cascades go fifteen tables deep, and one that would update a table for a second time restricts
//! instead. Parents that are found are locked shared, which keeps them until the transaction ends.

use std::fmt::Write as _;

use super::errors::cascade_too_deep;
use super::lookup::Lookup;
use super::target::{Child, Parent, Target};
use super::writer::{Step, Writer};
use crate::engine::LockMode;
use crate::engine::catalog::{ForeignKeyAction, ForeignKeyDef, TableDef};
use crate::query::{EvalContext, Interrupt};
use crate::sql::statement::quote_name;
use crate::store::Key;
use crate::value::{Row, SqlError, Value};

/// How many cascades may follow each other: with the first table that makes the fifteen of the message.
const MAX_DEPTH: usize = 14;

/// Makes sure that the parents of a row are there. With the row as it was before only those of changed keys
/// are looked at; `followed` is the foreign key whose parent the row follows at this moment.
pub(super) fn check_parents(
    target: &Target,
    row: &Row,
    before: Option<&Row>,
    followed: Option<usize>,
    ctx: &mut EvalContext<'_>,
) -> Result<(), Interrupt> {
    for parent in &target.parents {
        let Some(key) = target.table.foreign_keys.get(parent.foreign_key) else { continue };
        let Some(values) = values_of(row, &key.columns) else { continue };
        let same = before.is_some_and(|before| is_same(&target.table, &key.columns, before, row));
        if same || followed == Some(parent.foreign_key) {
            continue;
        }
        if !has_parent(parent, &values, ctx)? {
            return Err(no_parent(&target.table, key).into());
        }
    }
    Ok(())
}

fn has_parent(
    parent: &Parent,
    values: &[Value],
    ctx: &mut EvalContext<'_>,
) -> Result<bool, Interrupt> {
    let Some((table, columns)) = &parent.parent else { return Ok(false) };
    let lookup = Lookup { table, columns, values, mode: LockMode::Shared };
    Ok(lookup.first(ctx, |_| true)?.is_some())
}

impl Writer {
    /// Does to the children of a row that goes what their foreign keys say.
    pub(super) fn leave_children(
        &mut self,
        target: &Target,
        row: &Row,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        for child in &target.children {
            let Some(definition) = child.definition() else { continue };
            let Some(values) = values_of(row, &child.columns) else { continue };
            match definition.on_delete {
                ForeignKeyAction::Cascade => {
                    for found in self.found(child, &values, ctx)? {
                        self.cascade_delete(child, &found, ctx)?;
                    }
                }
                ForeignKeyAction::SetNull => {
                    let nulls = vec![Value::Null; child.columns.len()];
                    for found in self.found(child, &values, ctx)? {
                        if !self.is_going(&child.table, &found) {
                            self.cascade_update(child, &found, &nulls, ctx)?;
                        }
                    }
                }
                _ => self.restrict(child, &values, ctx)?,
            }
        }
        Ok(())
    }

    /// Does to the children of a row that changes what their foreign keys say.
    pub(super) fn follow_children(
        &mut self,
        target: &Target,
        (before, after): (&Row, &Row),
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        for child in &target.children {
            let Some(definition) = child.definition() else { continue };
            let Some(values) = values_of(before, &child.columns) else { continue };
            if is_same(&target.table, &child.columns, before, after) {
                continue;
            }
            let again = self.is_updating(&child.table);
            let new = match definition.on_update {
                ForeignKeyAction::Cascade if !again => all_values(after, &child.columns),
                ForeignKeyAction::SetNull if !again => vec![Value::Null; child.columns.len()],
                _ => {
                    self.restrict(child, &values, ctx)?;
                    continue;
                }
            };
            for found in self.found(child, &values, ctx)? {
                self.cascade_update(child, &found, &new, ctx)?;
            }
        }
        Ok(())
    }

    fn found(
        &self,
        child: &Child,
        values: &[Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<Vec<Key>, Interrupt> {
        let Some(key) = child.definition() else { return Ok(Vec::new()) };
        let mode = LockMode::Exclusive;
        Lookup { table: &child.table, columns: &key.columns, values, mode }.all(ctx)
    }

    fn restrict(
        &self,
        child: &Child,
        values: &[Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        let Some(key) = child.definition() else { return Ok(()) };
        let mode = LockMode::Shared;
        let lookup = Lookup { table: &child.table, columns: &key.columns, values, mode };
        // A row that is going itself, such as one that points to itself, holds nobody.
        match lookup.first(ctx, |found| !self.is_going(&child.table, found))? {
            Some(_) => Err(has_children(&child.table, key).into()),
            None => Ok(()),
        }
    }

    fn cascade_delete(
        &mut self,
        child: &Child,
        key: &Key,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        if self.is_going(&child.table, key) {
            return Ok(());
        }
        let Some(target) = self.family.get(child.table.id) else { return Ok(()) };
        ctx.session.transaction().note_cascade();
        self.deeper(Step::Delete(child.table.id, key.clone()), |writer| {
            let now = ctx.session.transaction().latest().get(child.table.id, key).cloned();
            match now {
                Some(row) => writer.delete(&target, key, &row, ctx),
                None => Ok(()),
            }
        })
    }

    fn cascade_update(
        &mut self,
        child: &Child,
        key: &Key,
        values: &[Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        let (Some(target), Some(definition)) =
            (self.family.get(child.table.id), child.definition())
        else {
            return Ok(());
        };
        ctx.session.transaction().note_cascade();
        let before = ctx.session.transaction().latest().get(child.table.id, key).cloned();
        let Some(before) = before else { return Ok(()) };
        let mut row = before.values().to_vec();
        for (at, value) in definition.columns.iter().zip(values) {
            if let Some(place) = row.get_mut(*at) {
                place.clone_from(value);
            }
        }
        let mode = ctx.store_mode();
        target.rules.generate(&mut row, &mode, ctx)?;
        let change = (key, &before, Row::new(row));
        self.deeper(Step::Update(child.table.id), |writer| {
            writer.cascaded(&target, change, child.foreign_key, ctx)
        })
    }

    fn deeper(
        &mut self,
        step: Step,
        work: impl FnOnce(&mut Self) -> Result<(), Interrupt>,
    ) -> Result<(), Interrupt> {
        if self.depth >= MAX_DEPTH {
            return Err(cascade_too_deep().into());
        }
        self.depth += 1;
        self.steps.push(step);
        let result = work(self);
        self.steps.pop();
        self.depth -= 1;
        result
    }
}

/// The values of columns, unless one is NULL.
fn values_of(row: &Row, columns: &[usize]) -> Option<Vec<Value>> {
    let values = all_values(row, columns);
    (!values.iter().any(|value| matches!(value, Value::Null))).then_some(values)
}

fn all_values(row: &Row, columns: &[usize]) -> Vec<Value> {
    let value = |at: &usize| row.values().get(*at).cloned().unwrap_or(Value::Null);
    columns.iter().map(value).collect()
}

/// Whether both rows have the same values in these columns.
fn is_same(table: &TableDef, columns: &[usize], one: &Row, other: &Row) -> bool {
    columns.iter().all(|at| {
        let column = table.columns.get(*at);
        let values = (one.values().get(*at), other.values().get(*at));
        let (Some(column), (Some(one), Some(other))) = (column, values) else { return true };
        super::row::is_identical(one, other, &column.ty)
    })
}

/// 1452.
fn no_parent(table: &TableDef, key: &ForeignKeyDef) -> SqlError {
    let described = describe(table, key);
    let message =
        format!("Cannot add or update a child row: a foreign key constraint fails ({described})");
    SqlError::new(1452, b"23000", message)
}

/// 1451.
fn has_children(table: &TableDef, key: &ForeignKeyDef) -> SqlError {
    let described = describe(table, key);
    let message = format!(
        "Cannot delete or update a parent row: a foreign key constraint fails ({described})"
    );
    SqlError::new(1451, b"23000", message)
}

/// The constraint as messages show it.
fn describe(table: &TableDef, key: &ForeignKeyDef) -> String {
    let own = key.columns.iter().filter_map(|at| table.columns.get(*at));
    let own: Vec<String> = own.map(|column| quote_name(&column.name)).collect();
    let theirs: Vec<String> = key.parent_columns.iter().map(|name| quote_name(name)).collect();
    let mut parent = quote_name(&key.parent.name);
    if key.parent.schema != table.schema {
        parent = format!("{}.{parent}", quote_name(&key.parent.schema));
    }
    let mut text = format!(
        "{}.{}, CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {parent} ({})",
        quote_name(&table.schema),
        quote_name(&table.name),
        quote_name(&key.name),
        own.join(", "),
        theirs.join(", "),
    );
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if let Some(action) = action_text(action) {
            let _ = write!(text, " ON {event} {action}");
        }
    }
    text
}

fn action_text(action: ForeignKeyAction) -> Option<&'static str> {
    match action {
        ForeignKeyAction::NoAction => None,
        ForeignKeyAction::Restrict => Some("RESTRICT"),
        ForeignKeyAction::Cascade => Some("CASCADE"),
        ForeignKeyAction::SetNull => Some("SET NULL"),
        ForeignKeyAction::SetDefault => Some("SET DEFAULT"),
    }
}

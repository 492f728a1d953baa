//! Foreign keys: a child's parent must be there, and a parent's change has consequences for its children.
//!
//! A child's write locks the parent's row in share mode, a parent's change has it exclusively: so neither can
//! pass by the other.

use std::sync::Arc;

use super::identical;
use super::rules::Rules;
use crate::engine::catalog::{ForeignKeyAction, ForeignKeyDef, TableDef};
use crate::engine::{LockMode, Use};
use crate::query::expr::{ExprType, comparison_with_itself};
use crate::query::{EvalContext, Interrupt};
use crate::store::locks::OnConflict;
use crate::store::{Direction, IndexNo, Key, KeyRange};
use crate::value::{Row, SqlError, Value};

/// How deep actions may follow each other.
const MAX_CASCADES: usize = 15;

/// Makes sure that the row's parents are there. `before` is the row as it was; keys that stay are not asked
/// for again.
///
/// # Errors
/// 1452; a wait.
pub fn check_parents(
    table: &Arc<TableDef>,
    before: Option<&[Value]>,
    row: &[Value],
    ctx: &mut EvalContext<'_>,
) -> Result<(), Interrupt> {
    if table.foreign_keys.is_empty() || !ctx.session.variables.foreign_key_checks {
        return Ok(());
    }
    for foreign_key in &table.foreign_keys {
        let values = pick(row, &foreign_key.columns);
        if values.iter().any(|value| matches!(value, Value::Null)) {
            continue;
        }
        let stays =
            before.is_some_and(|before| same_values(&pick(before, &foreign_key.columns), &values));
        if !stays && !has_parent(table, foreign_key, row, &values, ctx)? {
            return Err(no_parent(table, foreign_key).into());
        }
    }
    Ok(())
}

fn pick(row: &[Value], columns: &[usize]) -> Vec<Value> {
    columns.iter().map(|column| row.get(*column).cloned().unwrap_or(Value::Null)).collect()
}

fn same_values(one: &[Value], other: &[Value]) -> bool {
    one.iter().zip(other).all(|(one, other)| identical(one, other))
}

fn has_parent(
    table: &Arc<TableDef>,
    foreign_key: &ForeignKeyDef,
    row: &[Value],
    values: &[Value],
    ctx: &mut EvalContext<'_>,
) -> Result<bool, Interrupt> {
    let (schema, name) = (&foreign_key.parent.schema, &foreign_key.parent.name);
    let itself = *schema == table.schema && *name == table.name;
    let parent = match itself {
        true => table.clone(),
        false => match ctx.session.transaction().use_table(schema, name, Use::LockingRead) {
            Ok(parent) => parent,
            Err(crate::engine::Interrupt::Error(error)) if error.code == 1146 => return Ok(false),
            Err(other) => return Err(other.into()),
        },
    };
    let Some(columns) = parent_columns(&parent, foreign_key) else { return Ok(false) };
    if itself && same_values(&pick(row, &columns), values) {
        return Ok(true);
    }
    let values = as_columns(&parent, &columns, values);
    for (key, _) in find_rows(&parent, &columns, &values, ctx) {
        let transaction = ctx.session.transaction();
        let locked = transaction.lock_and_get(&parent, &key, LockMode::Shared, OnConflict::Wait)?;
        let still = |row: &Row| matches_row(&parent, &columns, &values, row.values());
        if locked.as_ref().is_some_and(still) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn parent_columns(parent: &TableDef, foreign_key: &ForeignKeyDef) -> Option<Vec<usize>> {
    foreign_key.parent_columns.iter().map(|name| parent.column_index(name)).collect()
}

/// Signed and unsigned numbers have forms of their own.
fn as_columns(table: &TableDef, columns: &[usize], values: &[Value]) -> Vec<Value> {
    let unsigned = |column: &usize| {
        table
            .columns
            .get(*column)
            .is_some_and(|column| ExprType::new(column.ty.clone(), true).is_unsigned())
    };
    let fit = |(column, value): (&usize, &Value)| match value {
        Value::Int(number) if unsigned(column) => Value::UInt(*number as u64),
        Value::UInt(number) if !unsigned(column) => Value::Int(*number as i64),
        other => other.clone(),
    };
    columns.iter().zip(values).map(fit).collect()
}

fn matches_row(table: &TableDef, columns: &[usize], values: &[Value], row: &[Value]) -> bool {
    columns.iter().zip(values).all(|(column, value)| {
        let Some(definition) = table.columns.get(*column) else { return false };
        let how = comparison_with_itself(&ExprType::new(definition.ty.clone(), true));
        row.get(*column).is_some_and(|own| {
            crate::value::compare(own, value, how) == Some(std::cmp::Ordering::Equal)
        })
    })
}

/// The rows that have these values now, own changes included.
fn find_rows(
    table: &Arc<TableDef>,
    columns: &[usize],
    values: &[Value],
    ctx: &mut EvalContext<'_>,
) -> Vec<(Key, Row)> {
    let index = index_over(table, columns);
    let (index, range) = match index {
        Some((index, order)) => {
            let ordered: Vec<Value> =
                order.iter().map(|at| values.get(*at).cloned().unwrap_or(Value::Null)).collect();
            (index, KeyRange::prefix(table.shape.search_key(index, &ordered)))
        }
        None => (IndexNo::ROWS, KeyRange::all()),
    };
    let latest = ctx.session.transaction().latest();
    let found = latest.view().scan(table.id, index, &range, Direction::Forward);
    let fits = |row: &Row| matches_row(table, columns, values, row.values());
    found
        .filter(|found| fits(found.row))
        .map(|found| (found.row_key.clone(), found.row.clone()))
        .collect()
}

/// An index whose first columns are these, in any order; and that order.
fn index_over(table: &TableDef, columns: &[usize]) -> Option<(IndexNo, Vec<usize>)> {
    table.indexes.iter().enumerate().find_map(|(place, index)| {
        let first = index.parts.get(..columns.len())?;
        let order: Option<Vec<usize>> = first
            .iter()
            .map(|part| {
                let plain = part.prefix.is_none();
                columns.iter().position(|column| *column == part.column).filter(|_| plain)
            })
            .collect();
        Some((table.index_no(place), order?))
    })
}

/// A row was changed (`after`) or taken out: does what its children's foreign keys say.
///
/// # Errors
/// 1451; a wait; what the children's own rules raise.
pub fn parent_changed(
    table: &Arc<TableDef>,
    before: &[Value],
    after: Option<&[Value]>,
    depth: usize,
    ctx: &mut EvalContext<'_>,
) -> Result<(), Interrupt> {
    if table.temporary || !ctx.session.variables.foreign_key_checks {
        return Ok(());
    }
    let database = ctx.session.engine.database();
    let references = database.catalog.references_to(&table.schema, &table.name);
    for reference in references {
        let Some(child) = database.catalog.table(&reference.child.schema, &reference.child.name)
        else {
            continue;
        };
        let Some(foreign_key) = child.foreign_keys.get(reference.foreign_key) else { continue };
        let Some(columns) = parent_columns(table, foreign_key) else { continue };
        let old = pick(before, &columns);
        let new = after.map(|after| pick(after, &columns));
        let stays = new.as_ref().is_some_and(|new| same_values(&old, new));
        if stays || old.iter().any(|value| matches!(value, Value::Null)) {
            continue;
        }
        if depth >= MAX_CASCADES {
            let message = "Foreign key cascade delete/update exceeds max depth of 15.";
            return Err(SqlError::new(3008, b"HY000", message).into());
        }
        let step = Step { foreign_key, old: &old, new: new.as_deref(), depth };
        act(child, step, ctx)?;
    }
    Ok(())
}

/// One foreign key's consequences.
struct Step<'a> {
    foreign_key: &'a ForeignKeyDef,
    old: &'a [Value],
    new: Option<&'a [Value]>,
    depth: usize,
}

fn act(child: &Arc<TableDef>, step: Step<'_>, ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
    let columns = &step.foreign_key.columns;
    let child = ctx.session.transaction().use_table(&child.schema, &child.name, Use::Write)?;
    let old = as_columns(&child, columns, step.old);
    let action = match step.new {
        Some(_) => step.foreign_key.on_update,
        None => step.foreign_key.on_delete,
    };
    let mut rules: Option<Rules> = None;
    for (key, _) in find_rows(&child, columns, &old, ctx) {
        let transaction = ctx.session.transaction();
        let locked =
            transaction.lock_and_get(&child, &key, LockMode::Exclusive, OnConflict::Wait)?;
        let Some(row) = locked.filter(|row| matches_row(&child, columns, &old, row.values()))
        else {
            continue;
        };
        match action {
            ForeignKeyAction::Cascade if step.new.is_none() => {
                ctx.session.transaction().delete(&child, &key)?;
                parent_changed(&child, row.values(), None, step.depth + 1, ctx)?;
            }
            ForeignKeyAction::Cascade | ForeignKeyAction::SetNull => {
                let values = match (action, step.new) {
                    (ForeignKeyAction::Cascade, Some(new)) => as_columns(&child, columns, new),
                    _ => vec![Value::Null; columns.len()],
                };
                if rules.is_none() {
                    rules = Some(Rules::new(child.clone(), ctx.session)?);
                }
                if let Some(rules) = &rules {
                    change_child(rules, &key, &row, (columns, values), step.depth, ctx)?;
                }
            }
            _ => return Err(has_children(&child, step.foreign_key).into()),
        }
    }
    Ok(())
}

fn change_child(
    rules: &Rules,
    key: &Key,
    row: &Row,
    (columns, values): (&[usize], Vec<Value>),
    depth: usize,
    ctx: &mut EvalContext<'_>,
) -> Result<(), Interrupt> {
    let before = row.values();
    let mut after = before.to_vec();
    for (column, value) in columns.iter().zip(values) {
        if let Some(place) = after.get_mut(*column) {
            *place = value;
        }
    }
    let mode = ctx.store_mode();
    rules.generate(&mut after, &mode, ctx)?;
    let updated = ctx.session.transaction().update(&rules.table, key, Row::new(after.clone()));
    match updated {
        Ok(_) => {}
        Err(crate::engine::Interrupt::Duplicate(duplicate)) => {
            return Err(super::duplicate::error(&rules.table, &duplicate).into());
        }
        Err(other) => return Err(other.into()),
    }
    parent_changed(&rules.table, before, Some(&after), depth + 1, ctx)
}

/// `` `db`.`child`, CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `parent` (`id`) ON DELETE CASCADE ``
fn describe(child: &TableDef, foreign_key: &ForeignKeyDef) -> String {
    let quoted = |names: Vec<&str>| {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let own = foreign_key.columns.iter().filter_map(|column| child.columns.get(*column));
    let own = quoted(own.map(|column| &*column.name).collect());
    let theirs = quoted(foreign_key.parent_columns.iter().map(|name| &**name).collect());
    let parent = match foreign_key.parent.schema == child.schema {
        true => format!("`{}`", foreign_key.parent.name),
        false => format!("`{}`.`{}`", foreign_key.parent.schema, foreign_key.parent.name),
    };
    let action = |what: &str, action: ForeignKeyAction| match action {
        ForeignKeyAction::NoAction => String::new(),
        ForeignKeyAction::Restrict => format!(" ON {what} RESTRICT"),
        ForeignKeyAction::Cascade => format!(" ON {what} CASCADE"),
        ForeignKeyAction::SetNull => format!(" ON {what} SET NULL"),
        ForeignKeyAction::SetDefault => format!(" ON {what} SET DEFAULT"),
    };
    format!(
        "`{}`.`{}`, CONSTRAINT `{}` FOREIGN KEY ({own}) REFERENCES {parent} ({theirs}){}{}",
        child.schema,
        child.name,
        foreign_key.name,
        action("DELETE", foreign_key.on_delete),
        action("UPDATE", foreign_key.on_update),
    )
}

fn no_parent(child: &TableDef, foreign_key: &ForeignKeyDef) -> SqlError {
    let described = describe(child, foreign_key);
    let message =
        format!("Cannot add or update a child row: a foreign key constraint fails ({described})");
    SqlError::new(1452, b"23000", message)
}

fn has_children(child: &TableDef, foreign_key: &ForeignKeyDef) -> SqlError {
    let described = describe(child, foreign_key);
    let message = format!(
        "Cannot delete or update a parent row: a foreign key constraint fails ({described})"
    );
    SqlError::new(1451, b"23000", message)
}

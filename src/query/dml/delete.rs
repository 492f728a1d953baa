//! DELETE, from one table or from several that are joined.

use std::collections::HashSet;
use std::sync::Arc;

use super::ignorable;
use super::returning::Returning;
use super::update::{find, finder, key_in, writing};
use super::writer::Writer;
use crate::engine::catalog::TableDef;
use crate::query::bind::{Compiler, Scope};
use crate::query::{EvalContext, Interrupt, Outcome, ResultSink, Session};
use crate::sql::statement::ast;
use crate::store::Key;
use crate::value::{SqlError, Value, Warning, Warnings};

/// A table whose rows go, and where its row and key are in the frame.
struct Target {
    table: Arc<TableDef>,
    slot: usize,
    key_slot: usize,
}

/// DELETE.
///
/// # Errors
/// Those of names, types and constraints; a wait.
pub fn delete(
    session: &mut Session,
    delete: &ast::Delete,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    let mut compiler = writing(session, params);
    if let Some(with) = &delete.with {
        compiler.push_ctes(with)?;
    }
    compiler.scopes.push(Scope::new());
    let tree = compiler.from(&delete.tables)?;
    let targets = targets(&mut compiler, &delete.targets)?;
    let conditions = compiler.where_conditions(delete.selection.as_ref())?;
    let places: Vec<_> = match &delete.returning {
        Some(_) => targets.iter().map(|target| (target.table.clone(), target.slot)).collect(),
        None => Vec::new(),
    };
    let clauses = (delete.order_by.as_slice(), delete.limit.as_ref());
    let finder = finder(&mut compiler, (tree, conditions), clauses, &places)?;
    let mut returning = match targets.first() {
        Some(target) => {
            Returning::compile(&mut compiler, delete.returning.as_ref(), &target.table)?
        }
        None => None,
    };
    let mut ctx = EvalContext::new(session, params);
    let writer = Writer::new(delete.ignore, &mut ctx);
    let rows = find(&finder, &mut ctx)?;
    let mut seen: HashSet<(u64, Key)> = HashSet::new();
    let mut affected = 0;
    for frame in rows {
        ctx.tick()?;
        for target in &targets {
            let Some(key) = key_in(&frame, target.key_slot) else { continue };
            if !seen.insert((target.table.id.0, key.clone())) {
                continue;
            }
            match writer.remove(&target.table, &key, &mut ctx) {
                Ok(()) => affected += 1,
                Err(interrupt) if delete.ignore => {
                    let error = ignorable(interrupt)?;
                    Warnings::warn(&mut ctx, Warning::new(error.code, error.message));
                }
                // A cascade of this statement has taken it already.
                Err(Interrupt::Error(error)) if error.code == 1032 => {}
                Err(other) => return Err(other),
            }
            if let Some(returning) = &mut returning {
                let row = frame.get(target.slot..).unwrap_or_default();
                returning.add(row, &mut ctx)?;
            }
        }
    }
    ctx.keep_assigned();
    session.row_count = affected as i64;
    match returning {
        Some(returning) => returning.finish(sink),
        None => Ok(Outcome::affected(affected)),
    }
}

/// The sources that are named, or the only one.
fn targets(
    compiler: &mut Compiler<'_>,
    names: &[ast::TableName],
) -> Result<Vec<Target>, Interrupt> {
    let scope = compiler.scope();
    let describe = |source: &crate::query::plan::SourcePlan| {
        Some(Target {
            table: source.table()?.clone(),
            slot: source.slot,
            key_slot: source.key_slot?,
        })
    };
    if names.is_empty() {
        return match scope.plans.first().and_then(describe) {
            Some(only) => Ok(vec![only]),
            None => Err(not_updatable("of the DELETE").into()),
        };
    }
    let mut targets = Vec::with_capacity(names.len());
    for name in names {
        let is = |source: &&crate::query::plan::SourcePlan| {
            *source.alias == *name.name
                && name.schema.as_ref().is_none_or(|schema| {
                    source.table().is_some_and(|table| *table.schema == **schema)
                })
        };
        let Some(source) = scope.plans.iter().find(is) else {
            let message = format!("Unknown table '{}' in MULTI DELETE", name.name);
            return Err(SqlError::new(1109, b"42S02", message).into());
        };
        targets.push(describe(source).ok_or_else(|| not_updatable(&name.name))?);
    }
    Ok(targets)
}

fn not_updatable(name: &str) -> SqlError {
    let message = format!("The target table {name} of the DELETE is not updatable");
    SqlError::new(1288, b"HY000", message)
}

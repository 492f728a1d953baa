//! ONLY_FULL_GROUP_BY: columns that a group does not determine may not be shown.

use super::items::Item;
use super::{Compiler, Scope};
use crate::engine::catalog::IndexKind;
use crate::query::expr::{CompareOp, Expr, ExprKind};
use crate::query::plan::{FromTree, SortKey};
use crate::query::session::SqlMode;
use crate::value::SqlError;

impl Compiler<'_> {
    /// Checks the clauses behind GROUP BY.
    ///
    /// # Errors
    /// 1055; 1140 without GROUP BY.
    pub(crate) fn check_full_group(
        &mut self,
        items: &[Item],
        having: Option<&Expr>,
        order: &[SortKey],
        equalities: &[(usize, Option<usize>)],
    ) -> Result<(), SqlError> {
        let strict = self.session.variables.sql_mode.has(SqlMode::ONLY_FULL_GROUP_BY);
        if !strict || !self.is_grouped() {
            return Ok(());
        }
        let scope = self.scope();
        let allowed = determined(scope, equalities);
        let check = |expr: &Expr, number: usize, clause: &str| match offender(expr, scope, &allowed)
        {
            None => Ok(()),
            Some(slot) => Err(not_in_group(scope, slot, number, clause)),
        };
        for (at, item) in items.iter().enumerate() {
            check(&item.expr, at + 1, "SELECT list")?;
        }
        if let Some(having) = having {
            check(having, 1, "HAVING clause")?;
        }
        for (at, key) in order.iter().enumerate() {
            check(&key.expr, at + 1, "ORDER BY clause")?;
        }
        Ok(())
    }
}

/// Pairs of slots that conditions make equal; a slot alone is equal to a constant.
pub(super) fn equalities(tree: &FromTree, conditions: &[Expr]) -> Vec<(usize, Option<usize>)> {
    let mut found = Vec::new();
    conditions.iter().for_each(|condition| of_condition(condition, &mut found));
    of_tree(tree, &mut found);
    found
}

fn of_tree(tree: &FromTree, found: &mut Vec<(usize, Option<usize>)>) {
    if let FromTree::Join { left, right, on, .. } = tree {
        on.iter().for_each(|condition| of_condition(condition, found));
        of_tree(left, found);
        of_tree(right, found);
    }
}

fn of_condition(condition: &Expr, found: &mut Vec<(usize, Option<usize>)>) {
    let ExprKind::Compare { op: CompareOp::Equal, sides, .. } = &condition.kind else { return };
    match (column_slot(&sides.0), column_slot(&sides.1)) {
        (Some(one), Some(other)) => found.push((one, Some(other))),
        (Some(slot), None) if sides.1.slots().is_empty() => found.push((slot, None)),
        (None, Some(slot)) if sides.0.slots().is_empty() => found.push((slot, None)),
        _ => {}
    }
}

fn column_slot(expr: &Expr) -> Option<usize> {
    match &expr.kind {
        ExprKind::Slot(slot) => Some(*slot),
        ExprKind::LocalTime(inner) => column_slot(inner),
        _ => None,
    }
}

/// By slot: whether a group has one value in it.
fn determined(scope: &Scope, equalities: &[(usize, Option<usize>)]) -> Vec<bool> {
    let mut allowed = vec![false; scope.frame];
    let set = |slot: usize, allowed: &mut Vec<bool>| {
        allowed.get_mut(slot).is_some_and(|place| !std::mem::replace(place, true))
    };
    let own = scope.plans.iter().flat_map(|source| source.slots());
    let of_sources: Vec<usize> = own.collect();
    for slot in 0..scope.frame {
        if !of_sources.contains(&slot) {
            set(slot, &mut allowed);
        }
    }
    for (expr, _) in &scope.group {
        if let Some(slot) = column_slot(expr) {
            set(slot, &mut allowed);
        }
    }
    loop {
        let mut changed = false;
        let is = |slot: usize, allowed: &[bool]| allowed.get(slot).copied().unwrap_or(false);
        for (one, other) in equalities {
            match other {
                None => changed |= set(*one, &mut allowed),
                Some(other) if is(*one, &allowed) => changed |= set(*other, &mut allowed),
                Some(other) if is(*other, &allowed) => changed |= set(*one, &mut allowed),
                _ => {}
            }
        }
        for source in &scope.plans {
            let Some(table) = source.table() else { continue };
            let whole = table.indexes.iter().any(|index| {
                index.kind != IndexKind::Plain
                    && index.parts.iter().all(|part| {
                        let column = table.columns.get(part.column);
                        is(source.slot + part.column, &allowed)
                            && part.prefix.is_none()
                            && column.is_some_and(|column| !column.nullable)
                    })
            });
            if whole {
                source.slots().for_each(|slot| changed |= set(slot, &mut allowed));
            }
        }
        if !changed {
            return allowed;
        }
    }
}

/// A slot that is not determined.
fn offender(expr: &Expr, scope: &Scope, allowed: &[bool]) -> Option<usize> {
    if scope.group.iter().any(|(known, _)| known.same_as(expr)) {
        return None;
    }
    let wrong = |slot: usize| (!allowed.get(slot).copied().unwrap_or(true)).then_some(slot);
    match &expr.kind {
        ExprKind::Slot(slot) => return wrong(*slot),
        ExprKind::Scalar(query)
        | ExprKind::Exists(query, _)
        | ExprKind::Quantified { query, .. } => {
            if let Some(slot) = query.imports.iter().find_map(|(outer, _)| wrong(*outer)) {
                return Some(slot);
            }
        }
        _ => {}
    }
    let mut found = None;
    expr.for_each_part(&mut |part| found = found.or_else(|| offender(part, scope, allowed)));
    found
}

/// The full name of the column that fills a slot.
pub(super) fn column_name(scope: &Scope, slot: usize) -> String {
    let name = scope.sources.iter().find_map(|source| {
        let column =
            source.columns.iter().find(|column| column_slot(&column.expr) == Some(slot))?;
        let schema = match source.schema.is_empty() {
            true => String::new(),
            false => format!("{}.", source.schema),
        };
        Some(format!("{schema}{}.{}", source.alias, column.name))
    });
    name.unwrap_or_default()
}

fn not_in_group(scope: &Scope, slot: usize, number: usize, clause: &str) -> SqlError {
    let column = column_name(scope, slot);
    if scope.group.is_empty() {
        let message = format!(
            "In aggregated query without GROUP BY, expression #{number} of {clause} contains nonaggregated column '{column}'; this is incompatible with sql_mode=only_full_group_by"
        );
        return SqlError::new(1140, b"42000", message);
    }
    let message = format!(
        "Expression #{number} of {clause} is not in GROUP BY clause and contains nonaggregated column '{column}' which is not functionally dependent on columns in GROUP BY clause; this is incompatible with sql_mode=only_full_group_by"
    );
    SqlError::new(1055, b"42000", message)
}

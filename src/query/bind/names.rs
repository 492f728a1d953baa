//! Names of columns: where they are looked for, and how those of enclosing blocks are imported.

use std::sync::Arc;

use super::errors::{ambiguous, unknown_column};
use super::{Clause, Compiler, Scope};
use crate::engine::catalog::{TableDef, same_name};
use crate::query::Interrupt;
use crate::query::expr::{Expr, ExprKind};
use crate::value::SqlError;

/// A column that a name led to.
#[derive(Debug, Clone)]
pub struct FoundColumn {
    /// What it is.
    pub expr: Expr,
    /// The table's column, and the table's name in the statement.
    pub origin: Option<(Arc<TableDef>, usize, Arc<str>)>,
    /// What a result calls it, where that is not the name as it was written.
    pub heading: Option<Arc<str>>,
}

/// A name in parts.
#[derive(Debug, Clone, Copy)]
pub struct ColumnPath<'a> {
    /// The schema, if given.
    pub schema: Option<&'a str>,
    /// The table, if given.
    pub table: Option<&'a str>,
    /// The column.
    pub column: &'a str,
}

impl std::fmt::Display for ColumnPath<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for part in [self.schema, self.table].into_iter().flatten() {
            write!(out, "{part}.")?;
        }
        out.write_str(self.column)
    }
}

/// Whether a clause sees a column of its own block: HAVING, outside of aggregates, only what is selected or
/// grouped by.
fn is_in_reach(scope: &Scope, found: &FoundColumn) -> bool {
    let same = |expr: &Expr| expr.same_as(&found.expr);
    scope.clause != Clause::Having
        || !scope.aggregates_allowed
        || scope.aliases.iter().any(|(_, expr)| same(expr))
        || scope.group.iter().any(|(expr, _)| same(expr))
}

impl Compiler<'_> {
    /// The scope that is being compiled.
    pub(crate) fn scope(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::new());
        }
        let last = self.scopes.len() - 1;
        // tidy: there is one, see above
        self.scopes.get_mut(last).expect("a scope")
    }

    fn clause_name(&self) -> &'static str {
        self.scopes.last().map_or("field list", |scope| scope.clause.name())
    }

    /// The expression that a name stands for.
    pub(crate) fn column(&mut self, path: ColumnPath<'_>) -> Result<Expr, Interrupt> {
        if let Some(alias) = self.alias(&path)? {
            return Ok(alias);
        }
        Ok(self.find_column(path)?.expr)
    }

    /// The column that a name leads to, in this block or an enclosing one.
    pub(crate) fn find_column(&mut self, path: ColumnPath<'_>) -> Result<FoundColumn, Interrupt> {
        let innermost = self.scopes.len().saturating_sub(1);
        for level in (0..self.scopes.len()).rev() {
            let Some(scope) = self.scopes.get(level) else { break };
            if level == innermost || !scope.fenced {
                let found = find_in(scope, &path)?;
                let found = found.filter(|found| level != innermost || is_in_reach(scope, found));
                if let Some(found) = found {
                    return Ok(self.import_column(found, level));
                }
                if level != innermost
                    && let Some(found) = outer_alias(scope, &path)
                {
                    return Ok(self.import_column(found, level));
                }
            }
            if scope.wall {
                break;
            }
        }
        // A name that GROUP BY or ORDER BY does not find may still be an item's.
        if let Some(expr) = self.late_alias(&path) {
            return Ok(FoundColumn { expr, origin: None, heading: None });
        }
        Err(unknown_column(&path.to_string(), self.clause_name()).into())
    }

    /// HAVING and ORDER BY look at the select list first.
    fn alias(&mut self, path: &ColumnPath<'_>) -> Result<Option<Expr>, Interrupt> {
        let scope = self.scope();
        if path.table.is_some() || !matches!(scope.clause, Clause::Having | Clause::Order) {
            return Ok(None);
        }
        let found: Vec<&Expr> = scope
            .aliases
            .iter()
            .filter(|(name, _)| same_name(name, path.column))
            .map(|(_, expr)| expr)
            .collect();
        let Some(first) = found.first() else { return Ok(None) };
        let same = |expr: &&&Expr| format!("{:?}", expr.kind) == format!("{:?}", first.kind);
        if found.iter().all(|expr| same(&expr)) {
            return Ok(Some((*first).clone()));
        }
        Err(ambiguous(path.column, scope.clause.name()).into())
    }

    /// GROUP BY looks at the select list last.
    fn late_alias(&mut self, path: &ColumnPath<'_>) -> Option<Expr> {
        let scope = self.scope();
        if path.table.is_some() || scope.clause != Clause::Group {
            return None;
        }
        let mut found = scope.aliases.iter().filter(|(name, _)| same_name(name, path.column));
        found.next().map(|(_, expr)| expr.clone())
    }

    /// Makes a column of an enclosing block one of this block.
    fn import_column(&mut self, mut found: FoundColumn, level: usize) -> FoundColumn {
        if let Some(scope) = self.scopes.get_mut(level) {
            scope.mark_expr(&found.expr);
        }
        for inner in level + 1..self.scopes.len() {
            if let Some(scope) = self.scopes.get_mut(inner) {
                found.expr.map_slots(&mut |slot| scope.import(slot));
            }
        }
        found
    }
}

fn find_in(scope: &Scope, path: &ColumnPath<'_>) -> Result<Option<FoundColumn>, SqlError> {
    match path.table {
        None => find_unqualified(scope, path),
        Some(table) => find_qualified(scope, path, table),
    }
}

fn find_unqualified(scope: &Scope, path: &ColumnPath<'_>) -> Result<Option<FoundColumn>, SqlError> {
    let mut found = None;
    for place in &scope.columns {
        let Some(source) = scope.sources.get(place.source) else { continue };
        let Some(column) = source.columns.get(place.column) else { continue };
        if is_unnamed(column) || !same_name(&column.name, path.column) {
            continue;
        }
        if found.is_some() {
            return Err(ambiguous(&path.to_string(), scope.clause.name()));
        }
        found = Some(describe(source, column));
    }
    Ok(found)
}

/// Made for an index: no statement can name it.
fn is_unnamed(column: &super::ColumnInfo) -> bool {
    column
        .origin
        .as_ref()
        .is_some_and(|(table, at)| table.columns.get(*at).is_some_and(|column| column.hidden))
}

fn find_qualified(
    scope: &Scope,
    path: &ColumnPath<'_>,
    table: &str,
) -> Result<Option<FoundColumn>, SqlError> {
    for place in &scope.visible {
        let Some(source) = scope.sources.get(*place) else { continue };
        let right_schema = path.schema.is_none_or(|schema| *source.schema == *schema);
        if *source.alias != *table || !right_schema {
            continue;
        }
        let mut columns = source.columns.iter();
        let named =
            columns.find(|column| !is_unnamed(column) && same_name(&column.name, path.column));
        if let Some(column) = named {
            return Ok(Some(describe(source, column)));
        }
    }
    Ok(None)
}

pub(super) fn describe(source: &super::SourceInfo, column: &super::ColumnInfo) -> FoundColumn {
    let origin =
        column.origin.as_ref().map(|(table, at)| (table.clone(), *at, source.alias.clone()));
    let heading = column.own_heading.then(|| column.name.clone());
    FoundColumn { expr: column.expr.clone(), origin, heading }
}

/// A subquery in HAVING or ORDER BY sees the enclosing block's select list.
fn outer_alias(scope: &Scope, path: &ColumnPath<'_>) -> Option<FoundColumn> {
    if path.table.is_some() || !matches!(scope.clause, Clause::Having | Clause::Order) {
        return None;
    }
    let (_, expr) = scope.aliases.iter().find(|(name, _)| same_name(name, path.column))?;
    let plain = !expr.any_part(&|part| {
        matches!(
            part.kind,
            ExprKind::Scalar(_) | ExprKind::Exists(..) | ExprKind::Quantified { .. }
        )
    });
    plain.then(|| FoundColumn { expr: expr.clone(), origin: None, heading: None })
}

//! WITH CHECK OPTION: a row that is written through a view must be one that the view shows.
//!
//! ```text
//! view ── FROM ──▶ view ── FROM ──▶ table
//!  WHERE a          WHERE b          rows are asked a, and b, as the options of both say
//! ```

use std::sync::Arc;

use crate::engine::Use;
use crate::engine::catalog::{TableDef, ViewDef, same_name};
use crate::query::bind::Compiler;
use crate::query::expr::Expr;
use crate::query::{EvalContext, Interrupt};
use crate::sql::statement::change::each_child_mut;
use crate::sql::statement::{self, ast};
use crate::value::{SqlError, Value};

/// So many views lie above one another at most.
const MAX_DEPTH: usize = 32;

/// What views ask of the rows that are written through them.
#[derive(Default)]
pub(super) struct ViewChecks {
    /// The view that the statement names, `schema.view`.
    view: String,
    conditions: Vec<Expr>,
}

impl ViewChecks {
    /// Asks the views.
    ///
    /// # Errors
    /// 1369 where one would not show the row.
    pub fn check(&self, row: &[Value], ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        for condition in &self.conditions {
            if condition.truth(ctx, row)? != Some(true) {
                let message = format!("CHECK OPTION failed '{}'", self.view);
                return Err(SqlError::new(1369, b"HY000", message).into());
            }
        }
        Ok(())
    }
}

/// The table behind a view.
pub(super) struct Behind {
    /// It.
    pub table: Arc<TableDef>,
    /// The view's columns by name, with their places in the table; none where one is computed.
    pub columns: Option<Vec<(Arc<str>, usize)>>,
    /// What is asked of rows.
    pub checks: ViewChecks,
}

/// The table behind a view of one table; none where the view has joins, groups or the like.
pub(super) fn behind(
    compiler: &mut Compiler<'_>,
    view: &ViewDef,
) -> Result<Option<Behind>, Interrupt> {
    let Some(layer) = layer(compiler, view, false, 0)? else { return Ok(None) };
    let mut conditions = Vec::with_capacity(layer.conditions.len());
    for condition in &layer.conditions {
        conditions.push(compiler.over_table(condition, &layer.table)?);
    }
    let columns = layer.columns.into_iter().map(|(name, at)| Some((name, at?))).collect();
    let view = format!("{}.{}", view.schema, view.name);
    let checks = ViewChecks { view, conditions };
    Ok(Some(Behind { table: layer.table, columns, checks }))
}

/// A view over a table, with conditions on the table's own columns.
struct Layer {
    table: Arc<TableDef>,
    columns: Vec<(Arc<str>, Option<usize>)>,
    conditions: Vec<ast::Expr>,
}

fn layer(
    compiler: &mut Compiler<'_>,
    view: &ViewDef,
    cascaded: bool,
    depth: usize,
) -> Result<Option<Layer>, Interrupt> {
    let Some((name, select)) = simple_query(view).filter(|_| depth < MAX_DEPTH) else {
        return Ok(None);
    };
    let schema = name.schema.as_deref().unwrap_or(&view.schema);
    let cascades = cascaded || &*view.check_option == "CASCADED";
    let inner = compiler.session.engine.database().catalog.view(schema, &name.name).cloned();
    let below = match inner {
        Some(inner) => match layer(compiler, &inner, cascades, depth + 1)? {
            Some(layer) => layer,
            None => return Ok(None),
        },
        None => base(compiler, schema, &name.name)?,
    };
    let Layer { table, columns, mut conditions } = below;
    if cascades || &*view.check_option == "LOCAL" {
        conditions.extend(select.selection.map(|condition| over(condition, &columns, &table)));
    }
    let shown = shown(&select.projection, &columns);
    let named = shown
        .into_iter()
        .enumerate()
        .map(|(at, (name, place))| (view.columns.get(at).cloned().unwrap_or(name), place));
    let columns = named.collect();
    Ok(Some(Layer { table, columns, conditions }))
}

fn base(compiler: &mut Compiler<'_>, schema: &str, name: &str) -> Result<Layer, Interrupt> {
    let schema: Arc<str> = schema.into();
    let table = compiler.base_table(&schema, name, Use::Write)?;
    let columns = table.columns.iter().enumerate().filter(|(_, column)| !column.hidden);
    let columns = columns.map(|(at, column)| (column.name.clone(), Some(at))).collect();
    Ok(Layer { table, columns, conditions: Vec::new() })
}

/// A condition on a layer's columns as one on the table's.
fn over(
    mut condition: ast::Expr,
    columns: &[(Arc<str>, Option<usize>)],
    table: &TableDef,
) -> ast::Expr {
    rewrite(&mut condition, columns, table);
    condition
}

fn rewrite(expr: &mut ast::Expr, columns: &[(Arc<str>, Option<usize>)], table: &TableDef) {
    let name = match expr {
        ast::Expr::Identifier(name) => Some(name.value.clone()),
        ast::Expr::CompoundIdentifier(parts) => parts.last().map(|part| part.value.clone()),
        _ => None,
    };
    let Some(name) = name else {
        return each_child_mut(expr, &mut |child| rewrite(child, columns, table));
    };
    let place = columns.iter().find(|(own, _)| same_name(own, &name)).and_then(|(_, at)| *at);
    if let Some(column) = place.and_then(|at| table.columns.get(at)) {
        *expr = ast::Expr::Identifier(ast::Ident::new(&*column.name));
    }
}

/// The table and the block of a view that is `SELECT … FROM table [WHERE …]` and nothing more.
fn simple_query(view: &ViewDef) -> Option<(ast::TableName, ast::Select)> {
    let mode = statement::ParserMode::default();
    let parsed = statement::parse_one(view.sql.as_bytes(), mode).ok()?;
    let ast::Statement::Query(query) = parsed.statement else { return None };
    let ast::SetExpr::Select(select) = query.body.as_ref() else { return None };
    let plain = query.with.is_none() && query.order_by.is_none() && query.limit_clause.is_none();
    let whole = select.distinct.is_none() && select.having.is_none();
    let ungrouped =
        matches!(&select.group_by, ast::GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let [only] = select.from.as_slice() else { return None };
    let ast::TableFactor::Table { name, args: None, .. } = &only.relation else { return None };
    let fits = plain && whole && ungrouped && only.joins.is_empty();
    fits.then(|| Some((ast::TableName::of(name)?, select.as_ref().clone())))?
}

/// The columns that the items show, with their places in the table.
fn shown(
    items: &[ast::SelectItem],
    columns: &[(Arc<str>, Option<usize>)],
) -> Vec<(Arc<str>, Option<usize>)> {
    let mut found = Vec::new();
    for item in items {
        let (expr, alias) = match item {
            ast::SelectItem::UnnamedExpr(expr) => (expr, None),
            ast::SelectItem::ExprWithAlias { expr, alias } => (expr, Some(&alias.value)),
            ast::SelectItem::ExprWithAliases { expr, aliases } => {
                (expr, aliases.first().map(|alias| &alias.value))
            }
            _ => {
                found.extend(columns.iter().cloned());
                continue;
            }
        };
        let name = match expr {
            ast::Expr::Identifier(name) => Some(&name.value),
            ast::Expr::CompoundIdentifier(names) => names.last().map(|name| &name.value),
            _ => None,
        };
        let place = name.and_then(|name| {
            columns.iter().find(|(own, _)| same_name(own, name)).and_then(|(_, at)| *at)
        });
        let called = alias.or(name).map_or("", String::as_str);
        found.push((called.into(), place));
    }
    found
}

//! A view's query as MySQL keeps it: every column with its table, `*` written out, every item with its name,
//! joins two by two. So the view means the same whatever is added to its tables later, and from wherever it
//! is read.
//!
//! ```text
//! SELECT * FROM t WHERE a > 1   ─▶   select `d`.`t`.`a` AS `a` from `d`.`t` where (`d`.`t`.`a` > 1)
//! ```
//!
//! The query was compiled before, so names that are not found here are words of functions and stay.

mod from;
mod names;

use super::Scene;
use crate::sql::statement::ast::{
    Cte, Expr, GroupByExpr, Ident, OrderByKind, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, Value, name_parts,
};
use crate::sql::statement::change::each_child_mut;
use names::{Block, Clause, ident, parts_of};

/// Rewrites a view's query; `schema` is the default one.
pub fn qualify(scene: &Scene<'_>, schema: &str, query: &mut Query) {
    let mut qualifier = Qualifier { scene, schema, blocks: Vec::new(), ctes: Vec::new() };
    qualifier.query(query);
}

struct Qualifier<'a> {
    scene: &'a Scene<'a>,
    schema: &'a str,
    /// The blocks around, the innermost last.
    blocks: Vec<Block>,
    /// Common table expressions in sight, with their columns.
    ctes: Vec<(String, Vec<String>)>,
}

impl Qualifier<'_> {
    /// Rewrites a query and tells the names of its columns.
    fn query(&mut self, query: &mut Query) -> Vec<String> {
        let known = self.ctes.len();
        if let Some(with) = &mut query.with {
            for cte in &mut with.cte_tables {
                self.cte(cte, with.recursive);
            }
        }
        let order = query.order_by.as_mut().and_then(|order| match &mut order.kind {
            OrderByKind::Expressions(list) => Some(list),
            OrderByKind::All(_) => None,
        });
        let mut order: Vec<&mut Expr> =
            order.into_iter().flatten().map(|item| &mut item.expr).collect();
        let names = match query.body.as_mut() {
            SetExpr::Select(select) => self.select(select, &mut order),
            body => {
                let names = self.body(body);
                order.into_iter().for_each(|expr| name_position(expr, &names));
                names
            }
        };
        self.ctes.truncate(known);
        names
    }

    fn cte(&mut self, cte: &mut Cte, recursive: bool) {
        let given: Vec<String> =
            cte.alias.columns.iter().map(|column| column.name.value.clone()).collect();
        let name = cte.alias.name.value.clone();
        // One that refers to itself has the columns of its first block.
        let first = match given.is_empty() {
            true => headings(&cte.query.body),
            false => given.clone(),
        };
        if recursive {
            self.ctes.push((name.clone(), first));
        }
        let found = self.query(&mut cte.query);
        if recursive {
            self.ctes.pop();
        }
        self.ctes.push((name, if given.is_empty() { found } else { given }));
    }

    fn body(&mut self, body: &mut SetExpr) -> Vec<String> {
        match body {
            SetExpr::Select(select) => self.select(select, &mut []),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, right, .. } => {
                let names = self.body(left);
                self.body(right);
                names
            }
            SetExpr::Values(values) => {
                let width = values.rows.first().map_or(0, |row| row.content.len());
                (0..width).map(|at| format!("column_{at}")).collect()
            }
            _ => Vec::new(),
        }
    }

    fn select(&mut self, select: &mut Select, order: &mut [&mut Expr]) -> Vec<String> {
        self.blocks.push(Block::default());
        let from = std::mem::take(&mut select.from);
        select.from = self.from(from);
        let names = self.items(&mut select.projection);
        if let Some(condition) = &mut select.selection {
            self.expr(condition);
        }
        if let GroupByExpr::Expressions(list, _) = &mut select.group_by {
            list.iter_mut().for_each(|expr| self.key(expr, Clause::Group));
        }
        if let Some(having) = &mut select.having {
            self.in_clause(Clause::Having, |this| this.expr(having));
        }
        for window in &mut select.named_window {
            if let crate::sql::statement::ast::NamedWindowExpr::WindowSpec(spec) = &mut window.1 {
                spec.partition_by.iter_mut().for_each(|expr| self.expr(expr));
                spec.order_by.iter_mut().for_each(|item| self.expr(&mut item.expr));
            }
        }
        order.iter_mut().for_each(|expr| self.key(expr, Clause::Order));
        self.blocks.pop();
        names
    }

    /// The select list: stars written out, every item named.
    fn items(&mut self, items: &mut Vec<SelectItem>) -> Vec<String> {
        let mut named = Vec::with_capacity(items.len());
        for item in std::mem::take(items) {
            match item {
                SelectItem::Wildcard(_) => named.extend(self.star(None)),
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    let parts: Vec<&str> = name_parts(&name).collect();
                    named.extend(self.star(Some(&parts)));
                }
                item => named.extend(self.item(item)),
            }
        }
        let names = named.iter().map(|(name, _)| name.clone()).collect();
        *items = named
            .into_iter()
            .map(|(name, expr)| SelectItem::ExprWithAlias { expr, alias: ident(name) })
            .collect();
        names
    }

    fn item(&mut self, item: SelectItem) -> Option<(String, Expr)> {
        let (mut expr, name, given) = match item {
            SelectItem::ExprWithAlias { expr, alias } => (expr, alias.value, true),
            SelectItem::ExprWithAliases { expr, mut aliases } => {
                let name = aliases.pop().map_or(String::new(), |alias| alias.value);
                (expr, name, false)
            }
            SelectItem::UnnamedExpr(expr) => {
                let name = parts_of(&expr).last().map_or(String::new(), |part| part.value.clone());
                (expr, name, false)
            }
            _ => return None,
        };
        self.expr(&mut expr);
        if let Some(block) = self.blocks.last_mut() {
            block.items.push((given.then(|| name.clone()), expr.clone()));
        }
        Some((name, expr))
    }

    fn star(&mut self, of: Option<&[&str]>) -> Vec<(String, Expr)> {
        let Some(block) = self.blocks.last_mut() else { return Vec::new() };
        let found = block.star(of);
        block.items.extend(found.iter().map(|(_, expr)| (None, expr.clone())));
        found
    }

    fn in_clause(&mut self, clause: Clause, work: impl FnOnce(&mut Self)) {
        let set = |this: &mut Self, clause| {
            if let Some(block) = this.blocks.last_mut() {
                block.clause = clause;
            }
        };
        set(self, clause);
        work(self);
        set(self, Clause::Other);
    }

    /// A key of GROUP BY or ORDER BY: a position stands for its item.
    fn key(&mut self, expr: &mut Expr, clause: Clause) {
        let item = position(expr).and_then(|at| self.blocks.last()?.items.get(at).cloned());
        match item {
            Some((_, item)) => *expr = item,
            None => self.in_clause(clause, |this| this.expr(expr)),
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                if let Some(found) = self.resolve(parts_of(expr)) {
                    *expr = found;
                }
            }
            Expr::Prefixed { .. } => {}
            Expr::Subquery(query) => self.subquery(query),
            Expr::Exists { subquery, .. } => {
                show_one(subquery);
                self.subquery(subquery);
            }
            Expr::InSubquery { expr, subquery, .. } => {
                self.expr(expr);
                self.subquery(subquery);
            }
            expr => each_child_mut(expr, &mut |child| self.expr(child)),
        }
    }

    /// A query in an expression: its items need no names.
    fn subquery(&mut self, query: &mut Query) {
        self.query(query);
        let mut body = query.body.as_mut();
        while let SetExpr::SetOperation { left, .. } = body {
            body = left;
        }
        if let SetExpr::Select(select) = body {
            for item in &mut select.projection {
                if let SelectItem::ExprWithAlias { expr, .. } = item {
                    *item = SelectItem::UnnamedExpr(expr.clone());
                }
            }
        }
    }

    fn resolve(&self, parts: &[Ident]) -> Option<Expr> {
        self.blocks.iter().rev().find_map(|block| block.resolve(parts))
    }
}

/// `EXISTS (SELECT * …)` asks for rows, not for columns.
fn show_one(query: &mut Query) {
    if let SetExpr::Select(select) = query.body.as_mut()
        && let [item @ SelectItem::Wildcard(_)] = select.projection.as_mut_slice()
    {
        let one = Expr::Value(Value::Number("1".to_owned(), false).into());
        *item = SelectItem::UnnamedExpr(one);
    }
}

/// The place that a number in GROUP BY or ORDER BY means.
fn position(expr: &Expr) -> Option<usize> {
    let Expr::Value(value) = expr else { return None };
    let Value::Number(digits, _) = &value.value else { return None };
    digits.parse::<usize>().ok()?.checked_sub(1)
}

/// ORDER BY of a union knows the names of its columns only.
fn name_position(expr: &mut Expr, names: &[String]) {
    if let Some(name) = position(expr).and_then(|at| names.get(at)) {
        *expr = Expr::Identifier(ident(name.clone()));
    }
}

/// The names of a block's items as they were written.
fn headings(body: &SetExpr) -> Vec<String> {
    let mut body = body;
    while let SetExpr::SetOperation { left, .. } = body {
        body = left;
    }
    let SetExpr::Select(select) = body else { return Vec::new() };
    let name = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        SelectItem::ExprWithAliases { aliases, .. } => Some(aliases.first()?.value.clone()),
        SelectItem::UnnamedExpr(expr) => Some(parts_of(expr).last()?.value.clone()),
        _ => None,
    };
    select.projection.iter().filter_map(name).collect()
}

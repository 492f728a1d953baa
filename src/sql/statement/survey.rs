//! What a query looks at, all of it: subqueries, derived tables, common table expressions.

use super::ast::{
    Expr, GroupByExpr, JoinConstraint, JoinOperator, OrderByKind, Query, Select, SelectItem,
    SetExpr, TableFactor, TableName, TableWithJoins,
};
use super::walk::each_expr;

/// What was found.
#[derive(Debug, Default)]
pub struct Survey {
    /// Every name in FROM, those of common table expressions included.
    pub tables: Vec<TableName>,
    /// The same with their aliases, without common table expressions.
    pub named: Vec<(TableName, Option<String>)>,
    /// Names of common table expressions.
    ctes: Vec<String>,
    /// There is a user's or system variable.
    pub variables: bool,
}

/// Looks through a query.
pub fn look_through(query: &Query) -> Survey {
    let mut survey = Survey::default();
    survey.query(query);
    survey
}

/// Looks through a list of tables.
pub fn look_through_tables(tables: &[TableWithJoins]) -> Survey {
    let mut survey = Survey::default();
    tables.iter().for_each(|tables| survey.tables(tables));
    survey
}

impl Survey {
    fn query(&mut self, query: &Query) {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.ctes.push(cte.alias.name.value.clone());
            self.query(&cte.query);
        }
        self.body(&query.body);
        if let Some(order) = &query.order_by
            && let OrderByKind::Expressions(list) = &order.kind
        {
            list.iter().for_each(|item| self.expr(&item.expr));
        }
    }

    fn body(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left);
                self.body(right);
            }
            SetExpr::Values(values) => {
                values.rows.iter().flat_map(|row| &row.content).for_each(|expr| self.expr(expr));
            }
            _ => {}
        }
    }

    fn select(&mut self, select: &Select) {
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expr)
                | SelectItem::ExprWithAlias { expr, .. }
                | SelectItem::ExprWithAliases { expr, .. } => self.expr(expr),
                _ => {}
            }
        }
        select.from.iter().for_each(|tables| self.tables(tables));
        let conditions = select.selection.iter().chain(&select.having);
        conditions.for_each(|expr| self.expr(expr));
        if let GroupByExpr::Expressions(list, _) = &select.group_by {
            list.iter().for_each(|expr| self.expr(expr));
        }
    }

    fn tables(&mut self, tables: &TableWithJoins) {
        self.factor(&tables.relation);
        for join in &tables.joins {
            self.factor(&join.relation);
            let (JoinOperator::LeftOuter(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::StraightJoin(constraint)
            | JoinOperator::CrossJoin(constraint)
            | JoinOperator::Inner(constraint)) = &join.join_operator
            else {
                continue;
            };
            if let JoinConstraint::On(condition) = constraint {
                self.expr(condition);
            }
        }
    }

    fn factor(&mut self, factor: &TableFactor) {
        match factor {
            TableFactor::Table { name, alias, .. } => {
                let Some(name) = TableName::of(name) else { return };
                if name.schema.is_some() || !self.ctes.contains(&name.name) {
                    let alias = alias.as_ref().map(|alias| alias.name.value.clone());
                    self.named.push((name.clone(), alias));
                }
                self.tables.push(name);
            }
            TableFactor::Derived { subquery, .. } => self.query(subquery),
            TableFactor::NestedJoin { table_with_joins, .. } => self.tables(table_with_joins),
            _ => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        each_expr(expr, &mut |part| match part {
            Expr::Prefixed { prefix, .. } if prefix.value.starts_with('@') => self.variables = true,
            Expr::Subquery(query) => self.query(query),
            Expr::Exists { subquery, .. } | Expr::InSubquery { subquery, .. } => {
                self.query(subquery);
            }
            _ => {}
        });
    }
}

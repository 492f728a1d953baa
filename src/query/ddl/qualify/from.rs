//! FROM: tables with their schema, joins two by two with ON, RIGHT JOIN as LEFT JOIN.

use super::Qualifier;
use super::names::{Source, ident, parts_of};
use crate::engine::catalog::same_name;
use crate::sql::statement::ast::{
    BinaryOperator, Expr, Join, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart,
    TableAlias, TableFactor, TableIndexHints, TableName, TableWithJoins, name_parts, plain_table,
};

/// Columns by their names, as `*` shows them.
type Star = Vec<(String, Expr)>;

impl Qualifier<'_> {
    /// All of FROM as one table or one tree of joins.
    pub(super) fn from(&mut self, from: Vec<TableWithJoins>) -> Vec<TableWithJoins> {
        let mut whole: Option<TableWithJoins> = None;
        let mut star = Star::new();
        for tables in from {
            let (tables, shown) = self.tables(tables);
            star.extend(shown);
            whole = Some(match whole {
                None => tables,
                Some(mut left) => {
                    let operator = JoinOperator::Inner(JoinConstraint::None);
                    left.joins.push(join(factor_of(tables), operator));
                    left
                }
            });
        }
        if let Some(block) = self.blocks.last_mut() {
            block.star = star;
        }
        whole.into_iter().collect()
    }

    fn tables(&mut self, tables: TableWithJoins) -> (TableWithJoins, Star) {
        let (relation, mut star) = self.factor(tables.relation);
        let mut whole = TableWithJoins { relation, joins: Vec::new() };
        for part in tables.joins {
            let (relation, right) = self.factor(part.relation);
            let constraint = self.constraint(&part.join_operator, &mut star, right);
            match part.join_operator {
                JoinOperator::RightOuter(_) => {
                    let left = factor_of(whole);
                    let joins = vec![join(left, JoinOperator::LeftOuter(constraint))];
                    whole = TableWithJoins { relation, joins };
                }
                JoinOperator::LeftOuter(_) => {
                    whole.joins.push(join(relation, JoinOperator::LeftOuter(constraint)));
                }
                JoinOperator::StraightJoin(_) => {
                    whole.joins.push(join(relation, JoinOperator::StraightJoin(constraint)));
                }
                _ => whole.joins.push(join(relation, JoinOperator::Inner(constraint))),
            }
        }
        (whole, star)
    }

    /// What joins two sides, as ON; `star` grows by the right side's columns.
    fn constraint(
        &mut self,
        operator: &JoinOperator,
        star: &mut Star,
        right: Star,
    ) -> JoinConstraint {
        let (JoinOperator::LeftOuter(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::StraightJoin(constraint)
        | JoinOperator::CrossJoin(constraint)
        | JoinOperator::Inner(constraint)) = operator
        else {
            return JoinConstraint::None;
        };
        let is_common = |name: &str| right.iter().any(|(other, _)| same_name(other, name));
        let common: Vec<String> = match constraint {
            JoinConstraint::On(condition) => {
                let mut condition = condition.clone();
                self.expr(&mut condition);
                star.extend(right);
                return JoinConstraint::On(condition);
            }
            JoinConstraint::None => Vec::new(),
            JoinConstraint::Using(columns) => columns
                .iter()
                .filter_map(|name| name_parts(name).last().map(str::to_owned))
                .collect(),
            JoinConstraint::Natural => {
                let names = star.iter().map(|(name, _)| name.clone());
                names.filter(|name| is_common(name)).collect()
            }
        };
        let outer_right = matches!(operator, JoinOperator::RightOuter(_));
        coalesce(&common, star, right, outer_right)
    }

    fn factor(&mut self, factor: TableFactor) -> (TableFactor, Star) {
        match factor {
            TableFactor::Table { name, alias, args: None, index_hints, .. } => {
                self.table(&name, alias, index_hints)
            }
            TableFactor::Derived { lateral, mut subquery, alias, sample } => {
                let found = self.query(&mut subquery);
                let given = alias.as_ref().map_or(&[][..], |alias| &alias.columns);
                let given: Vec<String> = given.iter().map(|one| one.name.value.clone()).collect();
                let columns = if given.is_empty() { found } else { given };
                let name = alias.as_ref().map_or("", |alias| &alias.name.value).to_owned();
                let star = self.add(None, name, columns.into_iter().map(|c| (c, true)).collect());
                (TableFactor::Derived { lateral, subquery, alias, sample }, star)
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                let (tables, star) = self.tables(*table_with_joins);
                (factor_of(tables), star)
            }
            other => (other, Star::new()),
        }
    }

    fn table(
        &mut self,
        name: &ObjectName,
        alias: Option<TableAlias>,
        hints: Vec<TableIndexHints>,
    ) -> (TableFactor, Star) {
        let Some(table) = TableName::of(name) else {
            return (plain_table(name.clone(), alias, hints), Star::new());
        };
        let called = alias.as_ref().map(|alias| alias.name.value.clone());
        let cte = self.ctes.iter().rev().find(|(own, _)| *own == table.name);
        if let (None, Some((own, columns))) = (&table.schema, cte) {
            let columns = columns.iter().map(|column| (column.clone(), true)).collect();
            let called = called.unwrap_or_else(|| own.clone());
            let star = self.add(None, called, columns);
            return (plain_table(name.clone(), alias, hints), star);
        }
        let schema = table.schema.unwrap_or_else(|| self.schema.to_owned());
        let columns = self.columns_of(&schema, &table.name);
        let star = match called {
            Some(called) => self.add(None, called, columns),
            None => self.add(Some(schema.clone()), table.name.clone(), columns),
        };
        let whole = [schema, table.name].map(|part| ObjectNamePart::Identifier(ident(part)));
        (plain_table(ObjectName(whole.to_vec()), alias, hints), star)
    }

    fn add(&mut self, schema: Option<String>, name: String, columns: Vec<(String, bool)>) -> Star {
        let source = Source { schema, name, columns };
        let star = source.shown();
        if let Some(block) = self.blocks.last_mut() {
            block.sources.push(source);
        }
        star
    }

    /// The columns of a table or view, and whether `*` shows them.
    fn columns_of(&self, schema: &str, name: &str) -> Vec<(String, bool)> {
        if let Some(own) = crate::query::virtual_table::lookup(schema, name) {
            return own.columns().iter().map(|column| (column.name.to_string(), true)).collect();
        }
        let catalog = &self.scene.database.catalog;
        if let Some(view) = catalog.view(schema, name) {
            return view.columns.iter().map(|column| (column.to_string(), true)).collect();
        }
        let Some(table) = catalog.table(schema, name) else { return Vec::new() };
        let named = table.columns.iter().filter(|column| !column.hidden);
        named.map(|column| (column.name.to_string(), !column.invisible)).collect()
    }
}

/// Columns of both sides become one; what is equal about them is the condition.
fn coalesce(common: &[String], star: &mut Star, right: Star, outer_right: bool) -> JoinConstraint {
    let find = |list: &Star, name: &str| {
        list.iter().find(|(own, _)| same_name(own, name)).map(|(_, expr)| expr.clone())
    };
    let mut condition: Option<Expr> = None;
    let mut merged = Star::new();
    for name in common {
        let (Some(one), Some(other)) = (find(star, name), find(&right, name)) else { continue };
        let equal = equal(one.clone(), other.clone());
        condition = Some(match condition {
            None => equal,
            Some(before) => Expr::BinaryOp {
                left: Box::new(before),
                op: BinaryOperator::And,
                right: Box::new(equal),
            },
        });
        merged.push((name.clone(), if outer_right { other } else { one }));
    }
    let rest = |(name, _): &(String, Expr)| !common.iter().any(|own| same_name(own, name));
    let left = std::mem::take(star);
    // The name of a column is the one it has in its table.
    let own = |(name, expr): (String, Expr)| {
        (parts_of(&expr).last().map_or(name, |part| part.value.clone()), expr)
    };
    star.extend(merged.into_iter().map(own));
    star.extend(left.into_iter().filter(rest));
    star.extend(right.into_iter().filter(rest));
    condition.map_or(JoinConstraint::None, JoinConstraint::On)
}

fn equal(one: Expr, other: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(one), op: BinaryOperator::Eq, right: Box::new(other) }
}

fn join(relation: TableFactor, join_operator: JoinOperator) -> Join {
    Join { relation, global: false, join_operator }
}

/// A tree of joins as one side of another.
fn factor_of(tables: TableWithJoins) -> TableFactor {
    match tables.joins.is_empty() {
        true => tables.relation,
        false => TableFactor::NestedJoin { table_with_joins: Box::new(tables), alias: None },
    }
}

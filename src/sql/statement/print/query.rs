//! Queries.

use super::Printer;
use crate::sql::statement::ast::{
    Cte, Distinct, Expr, GroupByExpr, Ident, Join, JoinConstraint, JoinOperator, LimitClause,
    LockClause, LockType, NamedWindowExpr, NonBlock, ObjectName, ObjectNamePart, OrderByKind,
    Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SelectModifiers, SetExpr,
    SetOperator, SetQuantifier, TableAlias, TableFactor, TableWithJoins,
};
use sqlparser::ast::{TableIndexHintForClause, TableIndexHintType, TableIndexHints};

impl Printer {
    pub(super) fn query(&mut self, query: &Query) {
        if let Some(with) = &query.with {
            self.push(if with.recursive { "with recursive " } else { "with " });
            self.each(&with.cte_tables, ", ", Self::cte);
            self.push(" ");
        }
        self.body(&query.body);
        if let Some(order) = &query.order_by
            && let OrderByKind::Expressions(list) = &order.kind
        {
            self.push(" order by ");
            self.each(list, ",", Self::order_item);
        }
        if let Some(LimitClause::LimitOffset { limit: Some(limit), offset, .. }) =
            &query.limit_clause
        {
            self.push(" limit ");
            if let Some(offset) = offset {
                self.expr(&offset.value);
                self.push(",");
            }
            self.expr(limit);
        }
        query.locks.iter().for_each(|lock| self.lock(lock));
    }

    fn cte(&mut self, cte: &Cte) {
        self.name(&cte.alias.name);
        self.alias_columns(&cte.alias);
        self.push(" as (");
        self.query(&cte.query);
        self.push(")");
    }

    fn alias_columns(&mut self, alias: &TableAlias) {
        if !alias.columns.is_empty() {
            self.push(" (");
            self.each(&alias.columns, ",", |printer, column| printer.name(&column.name));
            self.push(")");
        }
    }

    fn lock(&mut self, lock: &LockClause) {
        self.push(match lock.lock_type {
            LockType::Share => " for share",
            LockType::Update => " for update",
        });
        if let Some(of) = &lock.of {
            self.push(" of ");
            self.object(of);
        }
        match lock.nonblock {
            Some(NonBlock::Nowait) => self.push(" nowait"),
            Some(NonBlock::SkipLocked) => self.push(" skip locked"),
            None => {}
        }
    }

    fn object(&mut self, name: &ObjectName) {
        let ident = |part: &ObjectNamePart| match part {
            ObjectNamePart::Identifier(ident) => Some(ident.clone()),
            ObjectNamePart::Function(_) => None,
        };
        let parts: Vec<_> = name.0.iter().filter_map(ident).collect();
        let parts = self.shown(&parts, 2);
        self.each(parts, ".", Self::name);
    }

    fn body(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => {
                self.push("(");
                self.query(query);
                self.push(")");
            }
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                // A left side without parentheses is a block, or binds as tight or tighter.
                self.body(left);
                self.push(match op {
                    SetOperator::Union => " union ",
                    SetOperator::Intersect => " intersect ",
                    _ => " except ",
                });
                match set_quantifier {
                    SetQuantifier::All => self.push("all "),
                    SetQuantifier::Distinct => self.push("distinct "),
                    _ => {}
                }
                self.body(right);
            }
            SetExpr::Values(values) => {
                self.push("values ");
                self.each(&values.rows, ",", |printer, row| {
                    printer.push("row(");
                    printer.exprs(&row.content);
                    printer.push(")");
                });
            }
            SetExpr::Table(table) => {
                self.push("table ");
                let parts = [table.schema_name.as_deref(), table.table_name.as_deref()];
                let parts: Vec<&str> = parts.into_iter().flatten().collect();
                self.each(&parts, ".", |printer, part| printer.push(&super::quote_name(part)));
            }
            _ => {}
        }
    }

    fn select(&mut self, select: &Select) {
        self.push("select ");
        for hint in &select.optimizer_hints {
            self.push(&format!("/*+{}*/ ", hint.text));
        }
        if select.distinct == Some(Distinct::Distinct) {
            self.push("distinct ");
        }
        if let Some(modifiers) = &select.select_modifiers {
            self.modifiers(modifiers);
        }
        self.each(&select.projection, ",", Self::item);
        if !select.from.is_empty() {
            self.push(" from ");
            self.each(&select.from, ",", Self::tables);
        }
        self.condition(" where ", select.selection.as_ref());
        if let GroupByExpr::Expressions(list, modifiers) = &select.group_by
            && !list.is_empty()
        {
            self.push(" group by ");
            self.exprs(list);
            self.push(if modifiers.is_empty() { "" } else { " with rollup" });
        }
        self.condition(" having ", select.having.as_ref());
        if !select.named_window.is_empty() {
            self.push(" window ");
            self.each(&select.named_window, ",", |printer, window| {
                printer.name(&window.0);
                printer.push(" as ");
                if let NamedWindowExpr::WindowSpec(spec) = &window.1 {
                    printer.window(spec);
                }
            });
        }
    }

    fn modifiers(&mut self, modifiers: &SelectModifiers) {
        let words = [
            (modifiers.high_priority, "high_priority "),
            (modifiers.straight_join, "straight_join "),
            (modifiers.sql_small_result, "sql_small_result "),
            (modifiers.sql_big_result, "sql_big_result "),
            (modifiers.sql_buffer_result, "sql_buffer_result "),
            (modifiers.sql_no_cache, "sql_no_cache "),
            (modifiers.sql_calc_found_rows, "sql_calc_found_rows "),
        ];
        words.into_iter().filter(|(is, _)| *is).for_each(|(_, word)| self.push(word));
    }

    fn condition(&mut self, word: &str, condition: Option<&Expr>) {
        if let Some(condition) = condition {
            self.push(word);
            self.expr(condition);
        }
    }

    fn item(&mut self, item: &SelectItem) {
        match item {
            SelectItem::UnnamedExpr(expr) => self.expr(expr),
            SelectItem::ExprWithAlias { expr, alias } => {
                self.expr(expr);
                self.push(" AS ");
                self.name(alias);
            }
            SelectItem::ExprWithAliases { expr, aliases } => {
                self.expr(expr);
                // An empty name cannot be written; a view names the items whose names matter.
                let named = |alias: &&Ident| !alias.value.is_empty() && !self.is_view;
                if let Some(alias) = aliases.first().filter(named) {
                    self.push(" AS ");
                    self.name(alias);
                }
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                self.object(name);
                self.push(".*");
            }
            _ => self.push("*"),
        }
    }

    fn tables(&mut self, tables: &TableWithJoins) {
        if self.is_view {
            return self.joined(tables);
        }
        self.factor(&tables.relation);
        tables.joins.iter().for_each(|join| self.join(join));
    }

    /// `((a join b on(…)) left join c on(…))`
    fn joined(&mut self, tables: &TableWithJoins) {
        self.push(&"(".repeat(tables.joins.len()));
        self.factor(&tables.relation);
        for join in &tables.joins {
            let (word, constraint) = match &join.join_operator {
                JoinOperator::LeftOuter(constraint) => ("left join", constraint),
                JoinOperator::StraightJoin(constraint) => ("straight_join", constraint),
                JoinOperator::Inner(constraint) => ("join", constraint),
                // A view has no others left; this one says so where it is not one of ours.
                _ => return self.join(join),
            };
            self.push(&format!(" {word} "));
            self.factor(&join.relation);
            if let JoinConstraint::On(condition) = constraint {
                self.push(" on(");
                self.expr(condition);
                self.push(")");
            }
            self.push(")");
        }
    }

    fn join(&mut self, join: &Join) {
        let (word, constraint) = match &join.join_operator {
            JoinOperator::LeftOuter(constraint) => ("left join", constraint),
            JoinOperator::RightOuter(constraint) => ("right join", constraint),
            JoinOperator::StraightJoin(constraint) => ("straight_join", constraint),
            JoinOperator::CrossJoin(constraint) => ("cross join", constraint),
            JoinOperator::Inner(constraint) => ("join", constraint),
            _ => return,
        };
        let natural = matches!(constraint, JoinConstraint::Natural);
        self.push(&format!(" {}{word} ", if natural { "natural " } else { "" }));
        self.factor(&join.relation);
        match constraint {
            JoinConstraint::On(condition) => self.condition(" on ", Some(condition)),
            JoinConstraint::Using(columns) => {
                self.push(" using (");
                self.each(columns, ",", Self::object);
                self.push(")");
            }
            JoinConstraint::Natural | JoinConstraint::None => {}
        }
    }

    fn factor(&mut self, factor: &TableFactor) {
        match factor {
            TableFactor::Table { name, alias, index_hints, .. } => {
                self.object(name);
                self.alias(alias.as_ref());
                index_hints.iter().for_each(|hint| self.hint(hint));
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                self.push(if *lateral { "lateral (" } else { "(" });
                self.query(subquery);
                self.push(")");
                self.alias(alias.as_ref());
            }
            TableFactor::NestedJoin { table_with_joins, .. } if self.is_view => {
                self.tables(table_with_joins);
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                self.push("(");
                self.tables(table_with_joins);
                self.push(")");
            }
            _ => {}
        }
    }

    fn alias(&mut self, alias: Option<&TableAlias>) {
        if let Some(alias) = alias {
            self.push(" ");
            self.name(&alias.name);
            self.alias_columns(alias);
        }
    }

    fn hint(&mut self, hint: &TableIndexHints) {
        self.push(match hint.hint_type {
            TableIndexHintType::Use => " use index ",
            TableIndexHintType::Ignore => " ignore index ",
            TableIndexHintType::Force => " force index ",
        });
        self.push(match hint.for_clause {
            Some(TableIndexHintForClause::Join) => "for join ",
            Some(TableIndexHintForClause::OrderBy) => "for order by ",
            Some(TableIndexHintForClause::GroupBy) => "for group by ",
            None => "",
        });
        self.push("(");
        self.each(&hint.index_names, ",", Self::name);
        self.push(")");
    }
}

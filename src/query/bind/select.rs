//! A SELECT: its clauses in the order in which they mean something, then operators in the order in which
//! they run.

use super::items::Item;
use super::query::{LimitParts, limited};
use super::{Clause, Compiler, Imports, Scope};
use crate::query::Interrupt;
use crate::query::aggregates::AggregateFunction;
use crate::query::expr::{Expr, ExprKind, comparison_with_itself};
use crate::query::plan::{
    Aggregate, FromTree, GroupKey, JoinInput, Node, OrderWish, QueryPlan, Sort, SortKey, Window,
    is_always, is_never, plan_from, result_column,
};
use crate::query::session::SqlMode;
use crate::sql::statement::ast;
use crate::value::SqlError;

/// The clauses of a block, compiled.
struct Clauses {
    tree: FromTree,
    conditions: Vec<Expr>,
    items: Vec<Item>,
    having: Option<Expr>,
    order: Vec<SortKey>,
    limit: LimitParts,
    distinct: bool,
    straight: bool,
    count_all: bool,
}

impl Compiler<'_> {
    /// A SELECT with the ORDER BY and LIMIT of its query.
    pub(crate) fn select(
        &mut self,
        select: &ast::Select,
        query: Option<&ast::Query>,
    ) -> Result<(QueryPlan, Imports), Interrupt> {
        self.scopes.push(Scope::new());
        let result = self.select_here(select, query);
        let imports = self.scopes.pop().map(|scope| scope.imports).unwrap_or_default();
        Ok((result?, imports))
    }

    fn select_here(
        &mut self,
        select: &ast::Select,
        query: Option<&ast::Query>,
    ) -> Result<QueryPlan, Interrupt> {
        if select.into.is_some() {
            return Err(SqlError::not_supported("SELECT … INTO here").into());
        }
        let clauses = self.clauses(select, query)?;
        let equal = super::full_group::equalities(&clauses.tree, &clauses.conditions);
        self.check_full_group(&clauses.items, clauses.having.as_ref(), &clauses.order, &equal)?;
        self.check_distinct_order(&clauses)?;
        self.assemble(clauses)
    }

    /// With DISTINCT what orders must be in the select list.
    fn check_distinct_order(&mut self, clauses: &Clauses) -> Result<(), SqlError> {
        let strict = self.session.variables.sql_mode.has(SqlMode::ONLY_FULL_GROUP_BY);
        if !clauses.distinct || !strict {
            return Ok(());
        }
        let shown: Vec<usize> = clauses
            .items
            .iter()
            .filter(|item| item.origin.is_some())
            .flat_map(|item| item.expr.slots())
            .collect();
        for (at, key) in clauses.order.iter().enumerate() {
            let whole = clauses.items.iter().any(|item| item.expr.same_as(&key.expr));
            let missing = key.expr.slots().into_iter().find(|slot| !shown.contains(slot));
            if let Some(slot) = missing.filter(|_| !whole) {
                let column = super::full_group::column_name(self.scope(), slot);
                let message = format!(
                    "Expression #{} of ORDER BY clause is not in SELECT list, references column '{column}' which is not in SELECT list; this is incompatible with DISTINCT",
                    at + 1
                );
                return Err(SqlError::new(3065, b"HY000", message));
            }
        }
        Ok(())
    }

    fn clauses(
        &mut self,
        select: &ast::Select,
        query: Option<&ast::Query>,
    ) -> Result<Clauses, Interrupt> {
        self.scope().named_windows = select
            .named_window
            .iter()
            .map(|named| (named.0.value.to_lowercase(), named.1.clone()))
            .collect();
        let tree = self.from(&select.from)?;
        let conditions = self.where_conditions(select.selection.as_ref())?;
        let scope = self.scope();
        (scope.clause, scope.aggregates_allowed, scope.windows_allowed) =
            (Clause::Fields, true, true);
        let mut items = self.items(&select.projection)?;
        self.scope().aliases =
            items.iter().map(|item| (item.name.clone(), item.expr.clone())).collect();
        self.check_named_windows()?;
        self.group_by(&select.group_by, &mut items)?;
        let having = self.having(select.having.as_ref())?;
        let order = self.order_keys(query.and_then(|query| query.order_by.as_ref()))?;
        let limit = self.limit(query.and_then(|query| query.limit_clause.as_ref()))?;
        let modifiers = select.select_modifiers.clone().unwrap_or_default();
        self.warn_of_modifiers(&modifiers);
        let distinct = matches!(select.distinct, Some(ast::Distinct::Distinct));
        let (straight, count_all) = (modifiers.straight_join, modifiers.sql_calc_found_rows);
        Ok(Clauses { tree, conditions, items, having, order, limit, distinct, straight, count_all })
    }

    /// What MySQL means to drop it warns of.
    fn warn_of_modifiers(&mut self, modifiers: &ast::SelectModifiers) {
        if modifiers.sql_calc_found_rows {
            self.deprecated(1287, "SQL_CALC_FOUND_ROWS is deprecated and will be removed in a future release. Consider using two separate queries instead.");
        }
        if modifiers.sql_no_cache {
            self.deprecated(
                1681,
                "'SQL_NO_CACHE' is deprecated and will be removed in a future release.",
            );
        }
    }

    /// WHERE in parts.
    pub(crate) fn where_conditions(
        &mut self,
        selection: Option<&ast::Expr>,
    ) -> Result<Vec<Expr>, Interrupt> {
        let Some(selection) = selection else { return Ok(Vec::new()) };
        let before = self.scope().clause;
        self.scope().clause = Clause::Where;
        let bound = self.condition(selection);
        self.scope().clause = before;
        Ok(bound?.conjuncts())
    }

    fn having(&mut self, having: Option<&ast::Expr>) -> Result<Option<Expr>, Interrupt> {
        let Some(having) = having else { return Ok(None) };
        let scope = self.scope();
        (scope.clause, scope.windows_allowed) = (Clause::Having, false);
        let bound = self.condition(having);
        self.scope().windows_allowed = true;
        let mut bound = bound?;
        self.use_group_slots(&mut bound);
        Ok(Some(bound))
    }

    /// ORDER BY.
    pub(crate) fn order_keys(
        &mut self,
        order_by: Option<&ast::OrderBy>,
    ) -> Result<Vec<SortKey>, Interrupt> {
        let Some(order_by) = order_by else { return Ok(Vec::new()) };
        let ast::OrderByKind::Expressions(exprs) = &order_by.kind else {
            return Err(SqlError::not_supported("ORDER BY ALL").into());
        };
        self.scope().clause = Clause::Order;
        let mut keys = Vec::with_capacity(exprs.len());
        for key in exprs {
            let mut expr = match self.position(&key.expr, "order clause")? {
                Some(expr) => expr,
                None => {
                    let bound = self.expr(&key.expr)?;
                    self.single(bound)?
                }
            };
            self.use_group_slots(&mut expr);
            let descending = matches!(key.options.sort, Some(ast::OrderBySort::Desc));
            // A constant orders nothing.
            if expr.as_literal().is_none() {
                keys.push(SortKey { expr, descending });
            }
        }
        Ok(keys)
    }

    /// `ORDER BY 2`.
    pub(crate) fn position(
        &mut self,
        expr: &ast::Expr,
        clause: &str,
    ) -> Result<Option<Expr>, SqlError> {
        let ast::Expr::Value(value) = expr else { return Ok(None) };
        let ast::Value::Number(text, _) = &value.value else { return Ok(None) };
        let Ok(place) = text.parse::<usize>() else { return Ok(None) };
        let aliases = &self.scope().aliases;
        let found = place.checked_sub(1).and_then(|place| aliases.get(place));
        match found {
            Some((_, expr)) => Ok(Some(expr.clone())),
            None => Err(super::errors::unknown_column(text, clause)),
        }
    }

    fn assemble(&mut self, clauses: Clauses) -> Result<QueryPlan, Interrupt> {
        let Clauses {
            tree,
            mut conditions,
            mut items,
            having,
            mut order,
            limit,
            distinct,
            straight,
            count_all,
        } = clauses;
        for condition in &mut conditions {
            let owned = std::mem::replace(condition, Expr::null());
            *condition = crate::query::plan::fold(owned, self.session);
        }
        let grouped = self.is_grouped();
        let impossible = conditions.iter().any(is_never);
        conditions.retain(|condition| !is_always(condition));
        let mut node = match self.count_rows(&tree, &conditions) {
            Some(node) => node,
            None if impossible => Node::Nothing,
            None => {
                self.source(tree, conditions, straight, &mut order, &limit, distinct || grouped)?
            }
        };
        let computed = self.stabilize(&mut items, &mut order, distinct);
        let later: Vec<usize> = {
            let computed = computed.iter().map(|(_, expr)| expr);
            let keys = order.iter().map(|key| &key.expr);
            let exprs = items
                .iter()
                .map(|item| &item.expr)
                .chain(having.iter())
                .chain(keys)
                .chain(computed);
            let of_windows = self.scopes.last().map(window_exprs).unwrap_or_default();
            exprs.flat_map(Expr::slots).chain(of_windows).collect()
        };
        if grouped && !matches!(node, Node::CountRows { .. }) {
            node = self.aggregate(node, &later);
        }
        if let Some(having) = having {
            node = Node::Filter { input: Box::new(node), condition: having };
        }
        node = self.windows(node);
        if !computed.is_empty() {
            node = Node::Compute { input: Box::new(node), values: computed };
        }
        let dedups = distinct && is_sorted_by(&items, &order);
        if distinct {
            let key = |item: &Item| (item.expr.clone(), comparison_with_itself(&item.expr.ty));
            node = Node::Distinct { input: Box::new(node), keys: items.iter().map(key).collect() };
        }
        if !order.is_empty() {
            let mut kept: Vec<usize> = items.iter().flat_map(|item| item.expr.slots()).collect();
            kept.sort_unstable();
            kept.dedup();
            node = if count_all {
                sorted(node, order, kept, &LimitParts::default())
            } else {
                sorted(node, order, kept, &limit)
            };
            if let Node::Sort(sort) = &mut node {
                sort.dedups = dedups;
            }
        }
        node = limited(node, limit, count_all);
        Ok(self.finish(node, items))
    }

    fn finish(&mut self, root: Node, items: Vec<Item>) -> QueryPlan {
        let mut columns = Vec::with_capacity(items.len());
        let mut outputs = Vec::with_capacity(items.len());
        for item in items {
            let origin = item.origin.as_ref().map(|(table, at, alias)| (&**table, *at, alias));
            columns.push(result_column(item.name, item.expr.ty.clone(), origin));
            outputs.push(item.expr);
        }
        QueryPlan { root, frame: self.scope().frame, outputs, columns }
    }

    pub(crate) fn is_grouped(&mut self) -> bool {
        let scope = self.scope();
        !scope.group.is_empty() || !scope.aggregates.is_empty()
    }

    /// COUNT(*) of one whole table.
    fn count_rows(&mut self, tree: &FromTree, conditions: &[Expr]) -> Option<Node> {
        let scope = self.scope();
        let (FromTree::Source(place), [call]) = (tree, scope.aggregates.as_slice()) else {
            return None;
        };
        let only = conditions.is_empty() && scope.group.is_empty() && !scope.rollup;
        if !only || call.function != AggregateFunction::CountAll {
            return None;
        }
        let source = scope.plans.get(*place)?;
        let table = source.table().filter(|_| source.lock.is_none())?;
        Some(Node::CountRows { table: table.clone(), slot: call.slot })
    }

    /// FROM and WHERE; drops the order's keys where the rows come in that order.
    fn source(
        &mut self,
        tree: FromTree,
        mut conditions: Vec<Expr>,
        straight: bool,
        order: &mut Vec<SortKey>,
        limit: &LimitParts,
        regrouped: bool,
    ) -> Result<Node, Interrupt> {
        let extreme = self.extreme(&tree);
        if let Some(key) = &extreme {
            let not_null = ExprKind::IsNull(Box::new(key.expr.clone()), true);
            if key.expr.ty.nullable {
                conditions.push(Expr::condition(not_null, false));
            }
        }
        let limited = limit.limit.is_some() || extreme.is_some();
        let wanted: Vec<SortKey> = match (&extreme, regrouped) {
            (Some(key), _) => vec![key.clone()],
            (None, false) if self.scope().windows.is_empty() => order.clone(),
            _ => Vec::new(),
        };
        let scope = self.scope();
        let mut known = vec![true; scope.frame];
        for slot in scope.plans.iter().flat_map(|source| source.slots()) {
            if let Some(known) = known.get_mut(slot) {
                *known = false;
            }
        }
        let (sources, used) = (&scope.plans, &scope.used);
        let wish = (!wanted.is_empty()).then_some(OrderWish { keys: &wanted, limited });
        let (node, ordered) =
            plan_from(JoinInput { tree, sources, conditions, used, known, straight, wish });
        if ordered && extreme.is_none() {
            order.clear();
        }
        Ok(match extreme {
            Some(_) if ordered => limit_one(node),
            _ => node,
        })
    }

    /// The key by whose order MIN or MAX is the first row's value.
    fn extreme(&mut self, tree: &FromTree) -> Option<SortKey> {
        let scope = self.scope();
        let (FromTree::Source(place), [call]) = (tree, scope.aggregates.as_slice()) else {
            return None;
        };
        let descending = match call.function {
            AggregateFunction::Min => false,
            AggregateFunction::Max => true,
            _ => return None,
        };
        let expr = call.args.first().filter(|_| scope.group.is_empty())?.clone();
        scope.plans.get(*place)?.column_of(&expr)?;
        // An ENUM's order in an index is not that of its texts.
        let plain = !matches!(
            expr.ty.ty,
            crate::value::types::ColumnType::Enum { .. }
                | crate::value::types::ColumnType::Set { .. }
        );
        plain.then_some(SortKey { expr, descending })
    }

    fn aggregate(&mut self, input: Node, later: &[usize]) -> Node {
        let scope = self.scope();
        let single = scope.group.is_empty();
        let keys: Vec<GroupKey> = scope
            .group
            .iter()
            .map(|(expr, slot)| GroupKey {
                expr: expr.clone(),
                how: comparison_with_itself(&expr.ty),
                slot: *slot,
            })
            .collect();
        let calls = std::mem::take(&mut scope.aggregates);
        let made = |slot: &usize| {
            calls.iter().any(|call| call.slot == *slot)
                || keys.iter().any(|key| key.slot == *slot)
                || scope.imports.iter().any(|(_, own)| own == slot)
                || scope.level_slot == Some(*slot)
        };
        let mut kept: Vec<usize> = later.iter().copied().filter(|slot| !made(slot)).collect();
        kept.sort_unstable();
        kept.dedup();
        let (rollup, level_slot) = (scope.rollup, scope.level_slot);
        Node::Aggregate(Box::new(Aggregate {
            input,
            keys,
            rollup,
            calls,
            kept,
            level_slot,
            single,
        }))
    }

    fn windows(&mut self, mut node: Node) -> Node {
        let scope = self.scope();
        let frame = scope.frame;
        for group in std::mem::take(&mut scope.windows) {
            let (partition, order, calls) = (group.partition, group.order, group.calls);
            node = Node::Window(Box::new(Window { input: node, partition, order, calls, frame }));
        }
        node
    }

    /// Items that must not be computed twice get a slot where DISTINCT or ORDER BY looks at them.
    fn stabilize(
        &mut self,
        items: &mut [Item],
        order: &mut [SortKey],
        distinct: bool,
    ) -> Vec<(usize, Expr)> {
        let mut computed = Vec::new();
        if order.is_empty() && !distinct {
            return computed;
        }
        for item in items {
            if !item.expr.is_volatile() && !item.expr.has_subquery() {
                continue;
            }
            let slot = self.scope().allocate_used();
            let place = Expr::slot(slot, item.expr.ty.clone());
            let expr = std::mem::replace(&mut item.expr, place.clone());
            for key in order.iter_mut().filter(|key| key.expr.same_as(&expr)) {
                key.expr = place.clone();
            }
            computed.push((slot, expr));
        }
        computed
    }
}

/// Slots that windows read.
fn window_exprs(scope: &Scope) -> Vec<usize> {
    let mut slots = Vec::new();
    let mut take = |expr: &Expr| slots.extend(expr.slots());
    for group in &scope.windows {
        group.partition.iter().for_each(&mut take);
        group.order.iter().for_each(|key| take(&key.expr));
        for call in &group.calls {
            call.args.iter().for_each(&mut take);
            if let crate::query::windows::WindowFunction::Aggregate(call) = &call.function {
                call.args.iter().for_each(&mut take);
                call.order.iter().for_each(|key| take(&key.expr));
            }
        }
    }
    slots
}

fn limit_one(node: Node) -> Node {
    limited(node, LimitParts { limit: Some(Expr::integer(1)), offset: None }, false)
}

/// Whether the order is by all that DISTINCT is by, and by nothing else.
fn is_sorted_by(items: &[Item], order: &[SortKey]) -> bool {
    let slot = |expr: &Expr| match expr.kind {
        ExprKind::Slot(slot) => Some(slot),
        _ => None,
    };
    let keys: Option<Vec<usize>> = order.iter().map(|key| slot(&key.expr)).collect();
    let items: Option<Vec<usize>> = items.iter().map(|item| slot(&item.expr)).collect();
    let (Some(keys), Some(items)) = (keys, items) else { return false };
    items.iter().all(|slot| keys.contains(slot)) && keys.iter().all(|slot| items.contains(slot))
}

/// The node with a sort around it.
pub(crate) fn sorted(node: Node, keys: Vec<SortKey>, kept: Vec<usize>, limit: &LimitParts) -> Node {
    let limit = limit.limit.clone().map(|rows| (rows, limit.offset.clone()));
    Node::Sort(Box::new(Sort { input: node, keys, kept, limit, dedups: false }))
}

/// `SELECT * FROM …`.
pub(super) fn star_from(from: ast::TableWithJoins) -> ast::Select {
    let mut select = ast::empty_select();
    select.projection = vec![ast::SelectItem::Wildcard(ast::WildcardAdditionalOptions::default())];
    select.from = vec![from];
    select
}

/// A table in FROM by its name.
pub(super) fn table_named(name: ast::ObjectName) -> ast::TableWithJoins {
    let relation = ast::plain_table(name, None, Vec::new());
    ast::TableWithJoins { relation, joins: Vec::new() }
}

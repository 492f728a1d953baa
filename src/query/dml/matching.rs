//! Finding the rows that UPDATE and DELETE change: FROM, WHERE, ORDER BY and LIMIT as a plan whose frame has
//! each row's key.
//!
//! Rows that change are locked exclusively; what is only read beside them is locked shared under the
//! stricter levels and read from the snapshot under the others, as InnoDB does.

use std::collections::HashSet;
use std::sync::Arc;

use super::errors::{not_updatable, read_while_changed, unsafe_update};
use super::reads::subqueries_read;
use crate::engine::catalog::TableDef;
use crate::engine::{Isolation, Use};
use crate::query::Interrupt;
use crate::query::bind::Compiler;
use crate::query::expr::{Expr, ExprType};
use crate::query::plan::{
    Conflict, FromTree, JoinInput, KeyPlan, Limit, Node, OrderWish, RowLock, Sort, SortKey,
    SourceKind, fold, is_always, is_never, plan_from,
};
use crate::sql::statement::ast;
use crate::store::TableId;
use crate::value::SqlError;

/// The parts of a statement that say which rows.
pub(super) struct Wanted<'a> {
    /// FROM.
    pub tables: &'a [ast::TableWithJoins],
    /// WHERE.
    pub selection: Option<&'a ast::Expr>,
    /// ORDER BY.
    pub order_by: &'a [ast::OrderByExpr],
    /// LIMIT.
    pub limit: Option<&'a ast::Expr>,
}

impl Wanted<'_> {
    /// Whether it is of one table, which alone may have ORDER BY and LIMIT.
    pub fn is_single(&self) -> bool {
        matches!(self.tables, [only] if only.joins.is_empty())
    }
}

/// A table whose rows change.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The table.
    pub table: Arc<TableDef>,
    /// Its name in the statement.
    pub alias: Arc<str>,
    /// The slot of its first column.
    pub slot: usize,
    /// The slot of the row's key; NULL where an outer join has no row.
    pub key_slot: usize,
}

/// FROM and WHERE, with names known and nothing planned yet.
pub(super) struct Found {
    tree: FromTree,
    conditions: Vec<Expr>,
    order: Vec<SortKey>,
    limit: Option<Expr>,
    is_single: bool,
}

/// How the rows are found.
pub(super) struct Matching {
    /// The operators.
    pub node: Node,
    /// How many slots the frame has.
    pub frame: usize,
    /// Whether rows may be changed while the next ones are still to be found.
    pub streams: bool,
}

/// Opens the block: FROM, WHERE, ORDER BY. It stays open until [`plan`].
pub(super) fn find(compiler: &mut Compiler<'_>, wanted: &Wanted<'_>) -> Result<Found, Interrupt> {
    compiler.how = Use::Write;
    compiler.lock = Some(RowLock { exclusive: true, conflict: Conflict::Wait });
    let tree = compiler.from(wanted.tables)?;
    cover_keys(compiler);
    let conditions = compiler.where_conditions(wanted.selection)?;
    let order = order(compiler, wanted.order_by)?;
    let limit = compiler.row_count(wanted.limit)?;
    Ok(Found { tree, conditions, order, limit, is_single: wanted.is_single() })
}

/// Where an outer join has no row there is no key either: so the key's slot, which is next to those of the
/// columns, becomes one of the source's.
fn cover_keys(compiler: &mut Compiler<'_>) {
    for source in &mut compiler.scope().plans {
        if source.key_slot == Some(source.slot + source.types.len()) {
            source.types.push(ExprType::bytes(3072, true));
        }
    }
}

fn order(
    compiler: &mut Compiler<'_>,
    keys: &[ast::OrderByExpr],
) -> Result<Vec<SortKey>, Interrupt> {
    let mut found = Vec::with_capacity(keys.len());
    for key in keys {
        let expr = compiler.single_expr(&key.expr)?;
        let descending = matches!(key.options.sort, Some(ast::OrderBySort::Desc));
        if expr.as_literal().is_none() {
            found.push(SortKey { expr, descending });
        }
    }
    Ok(found)
}

/// The place of a table whose rows change, by its column's table or its own name.
pub(super) fn place_of(
    compiler: &mut Compiler<'_>,
    alias: &str,
    id: Option<TableId>,
    statement: &str,
) -> Result<Place, Interrupt> {
    let scope = compiler.scope();
    let named = scope.sources.iter().find(|source| !source.private && *source.alias == *alias);
    let own = named.and_then(|source| scope.plans.get(source.plan?));
    // A view that was merged: its table, if that is there only once.
    let mut behind = scope.plans.iter().filter(|plan| {
        plan.table().is_some_and(|table| id.is_none_or(|id| table.id == id))
            && scope.sources.iter().any(|source| {
                source.private && source.plan.is_some_and(|at| same_plan(scope, at, plan))
            })
    });
    let plan = match own {
        Some(plan) => Some(plan),
        None => behind.next().filter(|_| behind.next().is_none()),
    };
    let refused = || not_updatable(alias, statement);
    let plan = plan.ok_or_else(refused)?;
    let (Some(table), Some(key_slot)) = (plan.table(), plan.key_slot) else {
        return Err(refused().into());
    };
    let (table, slot) = (table.clone(), plan.slot);
    Ok(Place { table, alias: alias.into(), slot, key_slot })
}

fn same_plan(
    scope: &crate::query::bind::Scope,
    at: usize,
    plan: &crate::query::plan::SourcePlan,
) -> bool {
    scope.plans.get(at).is_some_and(|own| own.slot == plan.slot)
}

/// Plans what was found; `kept` are slots that are read of each row, `moves` whether rows may change their
/// places in indexes.
pub(super) fn plan(
    compiler: &mut Compiler<'_>,
    found: Found,
    places: &[Place],
    kept: &[usize],
    moves: bool,
) -> Result<Matching, Interrupt> {
    let Found { tree, mut conditions, mut order, limit, is_single } = found;
    let has_subquery = conditions.iter().any(Expr::has_subquery);
    for condition in &mut conditions {
        let owned = std::mem::replace(condition, Expr::null());
        *condition = fold(owned, compiler.session);
    }
    let impossible = conditions.iter().any(is_never);
    conditions.retain(|condition| !is_always(condition));
    set_locks(compiler, places);
    let scope = compiler.scope();
    kept.iter().for_each(|slot| scope.mark(*slot));
    let mut known = vec![true; scope.frame];
    for slot in scope.plans.iter().flat_map(|source| source.slots()) {
        if let Some(known) = known.get_mut(slot) {
            *known = false;
        }
    }
    let limited = limit.is_some();
    let wish = (!order.is_empty()).then_some(OrderWish { keys: &order, limited });
    let (sources, used) = (&scope.plans, &scope.used);
    let input = JoinInput { tree, sources, conditions, used, known, straight: false, wish };
    let (mut node, ordered) = match impossible {
        // No row is looked at, nor locked.
        true => (Node::Nothing, true),
        false => plan_from(input),
    };
    if ordered {
        order.clear();
    }
    let frame = scope.frame;
    if compiler.session.variables.sql_safe_updates && limit.is_none() && walks(&node, places) {
        return Err(unsafe_update().into());
    }
    let streams = is_single && !has_subquery && (!moves || in_one_piece(&node));
    node = ordered_and_limited(node, order, limit, kept);
    Ok(Matching { node, frame, streams })
}

fn ordered_and_limited(
    node: Node,
    order: Vec<SortKey>,
    limit: Option<Expr>,
    kept: &[usize],
) -> Node {
    let mut node = node;
    if !order.is_empty() {
        let kept = kept.to_vec();
        let limit = limit.clone().map(|limit| (limit, None));
        node = Node::Sort(Box::new(Sort { input: node, keys: order, kept, limit, dedups: false }));
    }
    match limit {
        None => node,
        limit => {
            let offset = None;
            Node::Limit(Box::new(Limit { input: node, limit, offset, count_all: false }))
        }
    }
}

fn set_locks(compiler: &mut Compiler<'_>, places: &[Place]) {
    let isolation = compiler.session.transaction().isolation();
    let reads_lock = matches!(isolation, Isolation::RepeatableRead | Isolation::Serializable);
    for source in &mut compiler.scope().plans {
        if places.iter().any(|place| place.slot == source.slot) {
            continue;
        }
        let shared = RowLock { exclusive: false, conflict: Conflict::Wait };
        source.lock = reads_lock.then_some(shared);
    }
}

/// Whether rows are found in one walk, which does not see what is written meanwhile.
fn in_one_piece(node: &Node) -> bool {
    match node {
        Node::Scan(scan) => match &scan.keys {
            KeyPlan::All | KeyPlan::Point(_) => true,
            KeyPlan::Ranges(ranges) => ranges.len() <= 1,
        },
        Node::Filter { input, .. } => in_one_piece(input),
        Node::Nothing | Node::One => true,
        _ => false,
    }
}

/// Whether all rows of a table that changes are looked at.
fn walks(node: &Node, places: &[Place]) -> bool {
    match node {
        Node::Scan(scan) => {
            let changes = places.iter().any(|place| Some(place.key_slot) == scan.key_slot);
            changes && matches!(scan.keys, KeyPlan::All)
        }
        Node::Filter { input, .. } => walks(input, places),
        Node::NestedLoop(join) => walks(&join.outer, places) || walks(&join.inner, places),
        Node::HashJoin(join) => walks(&join.outer, places) || walks(&join.inner, places),
        _ => false,
    }
}

/// 1093 where a subquery reads a table that changes. One inside a derived table is read before.
pub(super) fn check_not_read(exprs: &[&Expr], changed: &[Place]) -> Result<(), SqlError> {
    let ids: HashSet<TableId> = changed.iter().map(|place| place.table.id).collect();
    if exprs.iter().any(|expr| subqueries_read(expr, &ids)) {
        let name = changed.first().map_or("", |place| &place.alias);
        return Err(read_while_changed(name));
    }
    Ok(())
}

impl Found {
    /// 1093 where a subquery of WHERE reads a table that changes.
    pub fn check_not_read(&self, changed: &[Place]) -> Result<(), SqlError> {
        let exprs: Vec<&Expr> = self.conditions.iter().collect();
        check_not_read(&exprs, changed)
    }

    /// Whether a derived table is among the sources, which may read what changes.
    pub fn has_derived(compiler: &mut Compiler<'_>) -> bool {
        let mut sources = compiler.scope().plans.iter();
        sources.any(|source| matches!(source.kind, SourceKind::Derived(..)))
    }
}

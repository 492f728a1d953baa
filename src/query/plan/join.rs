//! The order in which sources are joined, and how: by an index, by hashes, or by walking through.
//!
//! Inner joins are one list, reordered at will; the right side of a LEFT JOIN is a unit that comes after all
//! of its left side. The order is found greedily from each possible first unit; the cheapest is taken.

use super::access::{Access, Sarg, best_access, sargs};
use super::covered::residual;
use super::order::OrderWish;
use super::units::{FromTree, SourceKind, SourcePlan};
use super::{Derived, HashJoin, JoinKind, KeyPlan, NestedLoop, Node, Scan, VirtualScan};
use crate::query::expr::{CompareOp, Expr, ExprKind};

/// What is to be joined.
pub struct JoinInput<'a> {
    /// The tree as it was written.
    pub tree: FromTree,
    /// Its sources.
    pub sources: &'a [SourcePlan],
    /// WHERE, in parts.
    pub conditions: Vec<Expr>,
    /// By slot: whether anything reads it.
    pub used: &'a [bool],
    /// Whether the slot is known before any source is read.
    pub known: Vec<bool>,
    /// SELECT STRAIGHT_JOIN.
    pub straight: bool,
    /// The order that is wanted, if an index may give it.
    pub wish: Option<OrderWish<'a>>,
}

/// A list of units that join each other.
struct List {
    units: Vec<Unit>,
    conditions: Vec<Expr>,
}

/// A source or a nested list.
struct Unit {
    body: Body,
    /// ON of a LEFT JOIN whose right side this is.
    outer: Option<Vec<Expr>>,
    /// Units that come before.
    after: Vec<usize>,
    slots: Vec<usize>,
}

enum Body {
    Source(usize),
    Nested(List),
}

/// The operators for FROM and WHERE; tells whether the rows come in the wanted order.
pub fn plan_from(input: JoinInput<'_>) -> (Node, bool) {
    let JoinInput { tree, sources, mut conditions, used, known, straight, wish } = input;
    let mut list = flatten(tree, sources, &mut conditions, straight);
    list.conditions.append(&mut conditions);
    let mut planner = Planner { sources, used, known, wish, ordered: false };
    let node = planner.list(list, true);
    (node, planner.ordered)
}

fn flatten(
    tree: FromTree,
    sources: &[SourcePlan],
    conditions: &mut Vec<Expr>,
    straight: bool,
) -> List {
    match tree {
        FromTree::One => List { units: Vec::new(), conditions: Vec::new() },
        FromTree::Source(source) => {
            let slots = sources.get(source).map(|source| source.slots().collect());
            let slots = slots.unwrap_or_default();
            let unit = Unit { body: Body::Source(source), outer: None, after: Vec::new(), slots };
            List { units: vec![unit], conditions: Vec::new() }
        }
        FromTree::Join { left, right, kind, on, straight: own } => {
            let left = flatten(*left, sources, conditions, straight);
            let mut right_conditions = Vec::new();
            let right = flatten(*right, sources, &mut right_conditions, straight);
            let slots: Vec<usize> =
                right.units.iter().flat_map(|unit| unit.slots.iter().copied()).collect();
            let rejects = conditions.iter().any(|condition| rejects_null(condition, &slots));
            match kind {
                JoinKind::Left if !rejects => join_outer(left, right, slots, on),
                _ => join_inner(left, right, on, own || straight),
            }
        }
    }
}

fn join_inner(mut left: List, right: List, on: Vec<Expr>, straight: bool) -> List {
    let first = left.units.len();
    for mut unit in right.units {
        unit.after.iter_mut().for_each(|place| *place += first);
        if straight {
            unit.after.extend(0..first);
        }
        left.units.push(unit);
    }
    left.conditions.extend(right.conditions);
    left.conditions.extend(on);
    left
}

fn join_outer(mut left: List, mut right: List, slots: Vec<usize>, on: Vec<Expr>) -> List {
    let after = (0..left.units.len()).collect();
    let single = right.units.len() == 1 && right.conditions.is_empty();
    let single = single && right.units.iter().all(|unit| unit.outer.is_none());
    let body = match right.units.pop() {
        Some(unit) if single => unit.body,
        Some(unit) => {
            right.units.push(unit);
            Body::Nested(right)
        }
        None => Body::Nested(right),
    };
    left.units.push(Unit { body, outer: Some(on), after, slots });
    left
}

/// Whether the condition cannot be true where all these slots are NULL.
fn rejects_null(condition: &Expr, slots: &[usize]) -> bool {
    let strict = |part: &Expr| strictly_reads(part, slots);
    match &condition.kind {
        ExprKind::Compare { op, sides, .. } => {
            *op != CompareOp::NullSafeEqual && (strict(&sides.0) || strict(&sides.1))
        }
        ExprKind::IsNull(part, true) => strict(part),
        ExprKind::Between { parts, negated: false, .. } => strict(&parts.0),
        ExprKind::InSet { expr, negated: false, .. }
        | ExprKind::InList { expr, negated: false, .. } => strict(expr),
        ExprKind::Like { sides, negated: false, .. } => strict(&sides.0),
        ExprKind::And(parts) => parts.iter().any(|part| rejects_null(part, slots)),
        ExprKind::Or(parts) => parts.iter().all(|part| rejects_null(part, slots)),
        _ => false,
    }
}

/// Whether the expression is NULL where these slots are.
fn strictly_reads(expr: &Expr, slots: &[usize]) -> bool {
    match &expr.kind {
        ExprKind::Slot(slot) => slots.contains(slot),
        ExprKind::LocalTime(part) | ExprKind::Cast(part) | ExprKind::Coerce(part) => {
            strictly_reads(part, slots)
        }
        ExprKind::Arithmetic { sides, .. } => {
            strictly_reads(&sides.0, slots) || strictly_reads(&sides.1, slots)
        }
        _ => false,
    }
}

struct Planner<'a> {
    sources: &'a [SourcePlan],
    used: &'a [bool],
    known: Vec<bool>,
    wish: Option<OrderWish<'a>>,
    ordered: bool,
}

/// An order of units and what it costs.
struct Sequence {
    units: Vec<usize>,
    cost: f64,
}

impl Planner<'_> {
    fn list(&mut self, list: List, top: bool) -> Node {
        let sequence = self.order(&list);
        let mut pending = list.conditions;
        let mut units: Vec<Option<Unit>> = list.units.into_iter().map(Some).collect();
        let mut node = None;
        let mut rows = 1.0;
        for place in sequence.units {
            let Some(unit) = units.get_mut(place).and_then(Option::take) else { continue };
            let first = node.is_none() && top;
            let slots = unit.slots.clone();
            node = Some(self.add(node, unit, &mut pending, &mut rows, first));
            self.learn(&slots);
            let due = take_known(&mut pending, &self.known);
            node = filtered(node, due);
        }
        let node = filtered(node.or(Some(Node::One)), pending);
        node.unwrap_or(Node::One)
    }

    fn learn(&mut self, slots: &[usize]) {
        for slot in slots {
            if let Some(known) = self.known.get_mut(*slot) {
                *known = true;
            }
        }
    }

    fn is_known(&self, slot: usize) -> bool {
        self.known.get(slot).copied().unwrap_or(true)
    }

    fn add(
        &mut self,
        node: Option<Node>,
        unit: Unit,
        pending: &mut Vec<Expr>,
        rows: &mut f64,
        first: bool,
    ) -> Node {
        let kind = if unit.outer.is_some() { JoinKind::Left } else { JoinKind::Inner };
        let mut own = match unit.outer.clone() {
            Some(on) => on,
            None => take_servable(pending, &self.known, &unit.slots),
        };
        let Body::Source(place) = unit.body else {
            return self.add_nested(node, unit, kind, own, rows);
        };
        let Some(source) = self.sources.get(place) else { return Node::Nothing };
        let mut access = self.access(source, &own);
        if first {
            access = self.follow_wish(source, access);
        }
        let outer_rows = *rows;
        *rows = (outer_rows * access.rows).max(1.0);
        let Some(outer) = node else {
            let scan = self.scan(source, access, Expr::all(own), false);
            // A LEFT JOIN without a left side cannot be.
            return scan;
        };
        let walking = outer_rows * access.rows;
        let hashing = source.estimate * 1.5 + outer_rows;
        let keys = self.hash_keys(
            &mut own,
            &unit.slots,
            walking > hashing && is_independent(source, self),
        );
        if keys.is_empty() {
            let inner = self.scan(source, access, Expr::all(own), false);
            return Node::NestedLoop(Box::new(NestedLoop {
                outer,
                inner,
                kind,
                on: None,
                slots: unit.slots,
            }));
        }
        let (of_inner, rest) = split(own, |condition| self.reads_only(condition, &unit.slots));
        let alone = self.access_alone(source, &of_inner);
        let inner = self.scan(source, alone, Expr::all(of_inner), false);
        let on = Expr::all(rest);
        Node::HashJoin(Box::new(HashJoin { outer, inner, kind, keys, on, slots: unit.slots }))
    }

    fn add_nested(
        &mut self,
        node: Option<Node>,
        unit: Unit,
        kind: JoinKind,
        mut own: Vec<Expr>,
        rows: &mut f64,
    ) -> Node {
        let Body::Nested(mut list) = unit.body else { return Node::Nothing };
        let outer = node.unwrap_or(Node::One);
        let slots = unit.slots;
        let inner_rows = self.estimate(&list);
        let keys = self.hash_keys(&mut own, &slots, *rows > 4.0 && inner_rows > 4.0);
        let before = self.known.clone();
        if !keys.is_empty() {
            let (of_inner, rest) = split(own, |condition| self.reads_only(condition, &slots));
            list.conditions.extend(of_inner);
            // The inner side is read once: it may not look at the outer one.
            let imports = self.imports_only(&before);
            let outer_known = std::mem::replace(&mut self.known, imports);
            let inner = self.list(list, false);
            self.known = outer_known;
            *rows = (*rows * 2.0).max(1.0);
            let on = Expr::all(rest);
            return Node::HashJoin(Box::new(HashJoin { outer, inner, kind, keys, on, slots }));
        }
        list.conditions.extend(own);
        let inner = self.list(list, false);
        self.known = before;
        *rows = (*rows * inner_rows.sqrt()).max(1.0);
        Node::NestedLoop(Box::new(NestedLoop { outer, inner, kind, on: None, slots }))
    }

    /// Slots that no source of this FROM fills.
    fn imports_only(&self, known: &[bool]) -> Vec<bool> {
        let mut imports = known.to_vec();
        for slot in self.sources.iter().flat_map(SourcePlan::slots) {
            if let Some(known) = imports.get_mut(slot) {
                *known = false;
            }
        }
        imports
    }

    fn estimate(&self, list: &List) -> f64 {
        let rows = list.units.iter().map(|unit| match &unit.body {
            Body::Source(place) => self.sources.get(*place).map_or(1.0, |source| source.estimate),
            Body::Nested(list) => self.estimate(list),
        });
        rows.fold(1.0, f64::max)
    }

    fn access(&self, source: &SourcePlan, conditions: &[Expr]) -> Access {
        let found = self.sargs(source, conditions);
        best_access(source, &found)
    }

    fn sargs(&self, source: &SourcePlan, conditions: &[Expr]) -> Vec<Sarg> {
        let own = source.slots();
        sargs(source, conditions.iter(), &|slot| self.is_known(slot) && !own.contains(&slot))
    }

    /// Access that looks at no other source.
    fn access_alone(&self, source: &SourcePlan, conditions: &[Expr]) -> Access {
        let known = self.imports_only(&self.known);
        let found =
            sargs(source, conditions.iter(), &|slot| known.get(slot).copied().unwrap_or(true));
        best_access(source, &found)
    }

    fn follow_wish(&mut self, source: &SourcePlan, access: Access) -> Access {
        let Some(wish) = &self.wish else { return access };
        match wish.serve(source, &access) {
            Some(access) => {
                self.ordered = true;
                access
            }
            None => access,
        }
    }

    fn reads_only(&self, condition: &Expr, slots: &[usize]) -> bool {
        let imports = self.imports_only(&self.known);
        let own =
            |slot: &usize| slots.contains(slot) || imports.get(*slot).copied().unwrap_or(true);
        condition.slots().iter().all(own)
    }

    /// Takes equalities between known slots and these out of the conditions.
    fn hash_keys(
        &self,
        conditions: &mut Vec<Expr>,
        slots: &[usize],
        worth: bool,
    ) -> Vec<(Expr, Expr, crate::value::compare::Comparison)> {
        if !worth {
            return Vec::new();
        }
        let mut keys = Vec::new();
        let all = std::mem::take(conditions);
        for condition in all {
            match self.as_key(&condition, slots) {
                Some(key) => keys.push(key),
                None => conditions.push(condition),
            }
        }
        keys
    }

    fn as_key(
        &self,
        condition: &Expr,
        slots: &[usize],
    ) -> Option<(Expr, Expr, crate::value::compare::Comparison)> {
        let ExprKind::Compare { op: CompareOp::Equal, how, sides } = &condition.kind else {
            return None;
        };
        if condition.is_volatile() || *how == crate::value::compare::Comparison::Json {
            return None;
        }
        let inner = |expr: &Expr| {
            let own = expr.slots();
            !own.is_empty() && own.iter().all(|slot| slots.contains(slot))
        };
        let outer = |expr: &Expr| {
            expr.slots().iter().all(|slot| self.is_known(*slot) && !slots.contains(slot))
                && !expr.slots().is_empty()
        };
        let (left, right) = (&sides.0, &sides.1);
        if outer(left) && inner(right) {
            return Some((left.clone(), right.clone(), *how));
        }
        (outer(right) && inner(left)).then(|| (right.clone(), left.clone(), *how))
    }

    fn scan(
        &self,
        source: &SourcePlan,
        access: Access,
        filter: Option<Expr>,
        backward: bool,
    ) -> Node {
        let wanted = source.slots().enumerate();
        let wanted = wanted.filter(|(_, slot)| self.used.get(*slot).copied().unwrap_or(true));
        let columns: Vec<(usize, usize)> = wanted.collect();
        let backward = backward
            || (self.ordered
                && self.wish.as_ref().is_some_and(|wish| wish.backward(source, &access)));
        let found = |conditions: &[Expr]| self.sargs(source, conditions);
        let residual = residual(source, &access, filter.as_ref(), &found);
        match &source.kind {
            SourceKind::Table(table) => Node::Scan(Box::new(Scan {
                table: table.clone(),
                alias: source.alias.clone(),
                columns,
                key_slot: source.key_slot,
                index: access.index,
                keys: access.keys,
                backward,
                filter,
                residual,
                lock: source.lock,
                rows: access.rows,
            })),
            SourceKind::Virtual(table) => {
                let equal = self.known_values(source, filter.as_ref());
                let alias = source.alias.clone();
                Node::Virtual(Box::new(VirtualScan {
                    table: *table,
                    alias,
                    columns,
                    equal,
                    filter,
                }))
            }
            SourceKind::Derived(plan, imports, shared) => {
                let (plan, imports, shared) = (plan.clone(), imports.clone(), *shared);
                let (alias, slot) = (source.alias.clone(), source.slot);
                with_filter(
                    Node::Derived(Box::new(Derived { plan, alias, slot, imports, shared })),
                    filter,
                )
            }
            SourceKind::Working(cte) => {
                with_filter(Node::Working { cte: *cte, slot: source.slot }, filter)
            }
            SourceKind::Rows(rows) => {
                with_filter(Node::Rows { rows: rows.clone(), slot: source.slot }, filter)
            }
        }
    }

    /// Columns of a computed table whose value is known before it is read.
    fn known_values(&self, source: &SourcePlan, filter: Option<&Expr>) -> Vec<(usize, Expr)> {
        let Some(filter) = filter else { return Vec::new() };
        let mut found = Vec::new();
        for condition in filter.clone().conjuncts() {
            let ExprKind::Compare { op: CompareOp::Equal, sides, .. } = condition.kind else {
                continue;
            };
            let (left, right) = *sides;
            let own = source.slots();
            let known = |expr: &Expr| {
                expr.slots().iter().all(|slot| self.is_known(*slot) && !own.contains(slot))
            };
            match (source.column_of(&left), source.column_of(&right)) {
                (Some(column), None) if known(&right) => found.push((column, right)),
                (None, Some(column)) if known(&left) => found.push((column, left)),
                _ => {}
            }
        }
        found
    }

    /// The cheapest sequence found.
    fn order(&self, list: &List) -> Sequence {
        let mut best: Option<Sequence> = None;
        for first in 0..list.units.len() {
            let Some(sequence) = self.order_from(list, first) else { continue };
            if best.as_ref().is_none_or(|best| sequence.cost < best.cost * 0.999) {
                best = Some(sequence);
            }
        }
        best.unwrap_or_else(|| Sequence { units: (0..list.units.len()).collect(), cost: 0.0 })
    }

    fn order_from(&self, list: &List, first: usize) -> Option<Sequence> {
        let mut known = self.known.clone();
        let mut placed = Vec::with_capacity(list.units.len());
        let (mut rows, mut cost) = (1.0f64, 0.0f64);
        let mut next = Some(first);
        while placed.len() < list.units.len() {
            let choice = match next.take() {
                Some(place) => self.cost_of(list, place, &placed, &known, rows).map(|c| (place, c)),
                None => self.cheapest(list, &placed, &known, rows),
            };
            let (place, (own_cost, own_rows)) = choice?;
            cost += own_cost;
            rows = own_rows;
            for slot in &list.units.get(place)?.slots {
                if let Some(known) = known.get_mut(*slot) {
                    *known = true;
                }
            }
            placed.push(place);
        }
        Some(Sequence { units: placed, cost })
    }

    fn cheapest(
        &self,
        list: &List,
        placed: &[usize],
        known: &[bool],
        rows: f64,
    ) -> Option<(usize, (f64, f64))> {
        let open = (0..list.units.len()).filter(|place| !placed.contains(place));
        let costs =
            open.filter_map(|place| Some((place, self.cost_of(list, place, placed, known, rows)?)));
        costs.min_by(|one, other| {
            let weight = |cost: &(f64, f64)| cost.0 + cost.1;
            weight(&one.1).total_cmp(&weight(&other.1))
        })
    }

    /// What it costs to add the unit, and how many rows there are then; `None` where it may not come yet.
    fn cost_of(
        &self,
        list: &List,
        place: usize,
        placed: &[usize],
        known: &[bool],
        rows: f64,
    ) -> Option<(f64, f64)> {
        let unit = list.units.get(place)?;
        if !unit.after.iter().all(|before| placed.contains(before)) {
            return None;
        }
        let source = match &unit.body {
            Body::Source(place) => self.sources.get(*place)?,
            Body::Nested(list) => {
                let inner = self.estimate(list);
                return Some((rows * inner, rows * inner.sqrt()));
            }
        };
        let is_known = |slot: usize| known.get(slot).copied().unwrap_or(true);
        if !source.needs().iter().all(|slot| is_known(*slot)) {
            return None;
        }
        let conditions = unit.outer.as_ref().unwrap_or(&list.conditions);
        let own = source.slots();
        let found =
            sargs(source, conditions.iter(), &|slot| is_known(slot) && !own.contains(&slot));
        let access = best_access(source, &found);
        let filtering = 0.5f64.powi(count_filters(conditions, &unit.slots, known).min(4) as i32);
        let each = match access.keys {
            KeyPlan::All => access.rows * filtering,
            _ => access.rows,
        };
        let walking = rows * access.rows.max(1.0);
        let hashing = source.estimate * 1.5 + rows;
        let cost = if placed.is_empty() { access.rows } else { walking.min(hashing) };
        let after = if unit.outer.is_some() { rows * each.max(1.0) } else { rows * each };
        Some((cost + 0.1, after.max(0.01)))
    }
}

/// How many conditions would thin out the rows of this unit.
fn count_filters(conditions: &[Expr], slots: &[usize], known: &[bool]) -> usize {
    let servable = |condition: &&Expr| {
        let read = condition.slots();
        let ok = |slot: &usize| slots.contains(slot) || known.get(*slot).copied().unwrap_or(true);
        read.iter().any(|slot| slots.contains(slot)) && read.iter().all(ok)
    };
    conditions.iter().filter(servable).count()
}

/// Whether the source can be read once for all rows of the other side.
fn is_independent(source: &SourcePlan, planner: &Planner<'_>) -> bool {
    let imports = planner.imports_only(&planner.known);
    source.needs().iter().all(|slot| imports.get(*slot).copied().unwrap_or(true))
}

fn split(conditions: Vec<Expr>, test: impl Fn(&Expr) -> bool) -> (Vec<Expr>, Vec<Expr>) {
    conditions.into_iter().partition(|condition| test(condition))
}

/// Takes the conditions out whose slots are all known.
fn take_known(pending: &mut Vec<Expr>, known: &[bool]) -> Vec<Expr> {
    take(pending, |condition| {
        condition.slots().iter().all(|slot| known.get(*slot).copied().unwrap_or(true))
    })
}

/// Takes the conditions out that can be checked once these slots are there.
fn take_servable(pending: &mut Vec<Expr>, known: &[bool], slots: &[usize]) -> Vec<Expr> {
    take(pending, |condition| {
        let known =
            |slot: &usize| slots.contains(slot) || known.get(*slot).copied().unwrap_or(true);
        condition.slots().iter().all(known)
    })
}

fn take(pending: &mut Vec<Expr>, test: impl Fn(&Expr) -> bool) -> Vec<Expr> {
    let (taken, left) = split(std::mem::take(pending), test);
    *pending = left;
    taken
}

fn filtered(node: Option<Node>, conditions: Vec<Expr>) -> Option<Node> {
    Some(with_filter(node?, Expr::all(conditions)))
}

fn with_filter(node: Node, condition: Option<Expr>) -> Node {
    match condition {
        None => node,
        Some(condition) => match condition.as_literal() {
            Some(value) if is_false(value) => Node::Nothing,
            _ => Node::Filter { input: Box::new(node), condition },
        },
    }
}

fn is_false(value: &crate::value::Value) -> bool {
    use crate::value::Value;
    matches!(value, Value::Null | Value::Int(0) | Value::UInt(0))
}

//! Which keys of which index a scan has to look at: conditions to ranges.
//!
//! A range is planned over expressions that are known before the scan starts: constants, parameters, slots
//! of tables that were read before. Every condition is checked again on the rows, so a range may be too wide.

use super::super::expr::{CompareOp, Expr, ExprKind, comparison_with_itself, like_comparison};
use super::units::SourcePlan;
use crate::engine::catalog::{IndexDef, IndexKind, IndexPart, TableDef};
use crate::value::Value;
use crate::value::collation::like::literal_prefix;
use crate::value::compare::Comparison;
use crate::value::types::ColumnType;

/// Which keys.
#[derive(Debug, Clone)]
pub enum KeyPlan {
    /// All of them.
    All,
    /// At most one row: every column of a unique index is given.
    Point(PointPlan),
    /// Some ranges, one after the other. Invariant: they do not overlap once evaluated, or are made so.
    Ranges(Vec<RangePlan>),
}

/// A unique key's columns.
#[derive(Debug, Clone)]
pub struct PointPlan {
    /// Their values, in the index's order.
    pub values: Vec<Expr>,
}

/// A range: leading columns that are equal to something, and bounds for the next one.
#[derive(Debug, Clone, Default)]
pub struct RangePlan {
    /// The leading columns' values.
    pub equal: Vec<Expr>,
    /// Where the next column starts.
    pub low: Option<Bound>,
    /// Where it ends.
    pub high: Option<Bound>,
}

/// One end of a range.
#[derive(Debug, Clone)]
pub enum Bound {
    /// Up to or from a value, with or without it.
    Value(Expr, bool),
    /// Texts that start so: LIKE 'prefix%'.
    Prefix(Expr),
}

/// A condition on one column that an index may serve.
#[derive(Debug, Clone)]
pub(super) struct Sarg {
    pub column: usize,
    pub test: Test,
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    Equal(Expr),
    In(Vec<Expr>),
    Range(Option<Bound>, Option<Bound>),
    IsNull,
}

/// A way to read a table, and what it is expected to cost.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub index: usize,
    pub keys: KeyPlan,
    pub rows: f64,
    /// How many leading columns are equal to something.
    pub equal_parts: usize,
}

/// The conditions that an index may serve, given the slots that are known.
pub(super) fn sargs<'a>(
    source: &SourcePlan,
    conditions: impl Iterator<Item = &'a Expr>,
    known: &dyn Fn(usize) -> bool,
) -> Vec<Sarg> {
    let mut found = Vec::new();
    for condition in conditions {
        collect(source, condition, known, &mut found);
    }
    found
}

fn collect(
    source: &SourcePlan,
    condition: &Expr,
    known: &dyn Fn(usize) -> bool,
    found: &mut Vec<Sarg>,
) {
    match &condition.kind {
        ExprKind::And(parts) => parts.iter().for_each(|part| collect(source, part, known, found)),
        ExprKind::Compare { op, how, sides } => {
            let (left, right) = (&sides.0, &sides.1);
            found.extend(comparison(source, *op, left, right, *how, known));
            found.extend(comparison(source, op.flipped(), right, left, *how, known));
        }
        ExprKind::RowCompare { op: CompareOp::Equal, parts } => {
            for (left, right, how) in parts {
                found.extend(comparison(source, CompareOp::Equal, left, right, *how, known));
                found.extend(comparison(source, CompareOp::Equal, right, left, *how, known));
            }
        }
        ExprKind::Between { parts, how, negated: false } => {
            let (low, high) = (CompareOp::GreaterOrEqual, CompareOp::LessOrEqual);
            found.extend(comparison(source, low, &parts.0, &parts.1, how.0, known));
            found.extend(comparison(source, high, &parts.0, &parts.2, how.1, known));
        }
        ExprKind::InSet { expr, members, how, negated: false, .. } => {
            found.extend(members_of(source, expr, members.iter(), *how, known));
        }
        ExprKind::InList { expr, list, negated: false } => {
            let uniform = list.first().map(|(_, how)| *how);
            if let Some(how) = uniform.filter(|how| list.iter().all(|(_, own)| own == how)) {
                let members = list.iter().map(|(member, _)| member);
                found.extend(members_of(source, expr, members, how, known));
            }
        }
        ExprKind::Or(parts) => found.extend(disjunction(source, parts, known)),
        ExprKind::Like { sides, collation, escape, negated: false } => {
            found.extend(like(source, sides, like_comparison(*collation), *escape));
        }
        ExprKind::IsNull(part, false) => {
            found.extend(source.column_of(part).map(|column| Sarg { column, test: Test::IsNull }));
        }
        _ => {}
    }
}

/// `column op value`.
fn comparison(
    source: &SourcePlan,
    op: CompareOp,
    left: &Expr,
    right: &Expr,
    how: Comparison,
    known: &dyn Fn(usize) -> bool,
) -> Option<Sarg> {
    let column = source.column_of(left)?;
    let unknown = right.is_null_literal() || !is_known(right, known);
    if unknown || !serves(source, column, how) {
        return None;
    }
    let bound = |inclusive| Some(Bound::Value(right.clone(), inclusive));
    let test = match op {
        CompareOp::Equal => Test::Equal(right.clone()),
        CompareOp::NullSafeEqual if !right.ty.nullable => Test::Equal(right.clone()),
        CompareOp::Less => Test::Range(None, bound(false)),
        CompareOp::LessOrEqual => Test::Range(None, bound(true)),
        CompareOp::Greater => Test::Range(bound(false), None),
        CompareOp::GreaterOrEqual => Test::Range(bound(true), None),
        _ => return None,
    };
    Some(Sarg { column, test })
}

fn members_of<'a>(
    source: &SourcePlan,
    expr: &Expr,
    members: impl Iterator<Item = &'a Expr>,
    how: Comparison,
    known: &dyn Fn(usize) -> bool,
) -> Option<Sarg> {
    let column = source.column_of(expr)?;
    let members: Vec<Expr> = members.filter(|member| !member.is_null_literal()).cloned().collect();
    let usable = |member: &Expr| is_known(member, known) && serves(source, column, how);
    members.iter().all(usable).then_some(Sarg { column, test: Test::In(members) })
}

/// `a = 1 OR a = 2 OR a IN (3, 4)`.
fn disjunction(source: &SourcePlan, parts: &[Expr], known: &dyn Fn(usize) -> bool) -> Option<Sarg> {
    let mut column = None;
    let mut members = Vec::new();
    for part in parts {
        let mut found = Vec::new();
        collect(source, part, known, &mut found);
        let sarg = found.into_iter().find(|sarg| {
            matches!(sarg.test, Test::Equal(_) | Test::In(_))
                && column.is_none_or(|column| column == sarg.column)
        })?;
        column = Some(sarg.column);
        match sarg.test {
            Test::Equal(value) => members.push(value),
            Test::In(values) => members.extend(values),
            _ => return None,
        }
    }
    column.map(|column| Sarg { column, test: Test::In(members) })
}

fn like(
    source: &SourcePlan,
    sides: &(Expr, Expr),
    how: Comparison,
    escape: Option<char>,
) -> Option<Sarg> {
    let column = source.column_of(&sides.0)?;
    let ty = source.column_type(column)?;
    if !matches!(ty, ColumnType::Char { .. } | ColumnType::Text { .. }) {
        return None;
    }
    let text = match sides.1.as_literal() {
        Some(Value::Text(text)) => text,
        _ => return None,
    };
    let (prefix, _) = literal_prefix(text, escape);
    if prefix.is_empty() || comparison_with_itself(&sides.0.ty) != how {
        return None;
    }
    let literal = Expr::literal(Value::Text(prefix.into()), sides.1.ty.clone());
    let bound = Bound::Prefix(literal);
    Some(Sarg { column, test: Test::Range(Some(bound.clone()), Some(bound)) })
}

fn is_known(expr: &Expr, known: &dyn Fn(usize) -> bool) -> bool {
    let mut all = true;
    expr.for_each_slot(&mut |slot| all &= known(slot));
    all && !expr.is_volatile()
}

/// Whether the index's order is the one in which the comparison is made.
fn serves(source: &SourcePlan, column: usize, how: Comparison) -> bool {
    let Some(ty) = source.column_type(column) else { return false };
    let own = source.column_expr_type(column);
    match ty {
        ColumnType::Enum { .. } | ColumnType::Set { .. } | ColumnType::Json => false,
        ColumnType::Char { .. } | ColumnType::Text { .. } => {
            own.is_some_and(|own| comparison_with_itself(own) == how)
        }
        ColumnType::Binary { .. } | ColumnType::Blob(_) => how == Comparison::Binary,
        ColumnType::Date
        | ColumnType::Time(_)
        | ColumnType::DateTime(_)
        | ColumnType::Timestamp(_) => how == Comparison::Temporal,
        _ => matches!(how, Comparison::Int | Comparison::Decimal | Comparison::Double),
    }
}

/// The best way to read a table under these conditions.
pub(super) fn best_access(source: &SourcePlan, sargs: &[Sarg]) -> Access {
    let Some(table) = source.table() else {
        return Access { index: 0, keys: KeyPlan::All, rows: source.estimate, equal_parts: 0 };
    };
    let total = source.estimate.max(1.0);
    let mut best = Access { index: 0, keys: KeyPlan::All, rows: total, equal_parts: 0 };
    for (place, index) in table.indexes.iter().enumerate() {
        if !index.visible || source.ignores(place) {
            continue;
        }
        if let Some(access) = index_access(table, place, index, sargs, total)
            && (access.rows < best.rows || source.forces(place) || is_point_in_tiny(&access, &best))
        {
            best = access;
        }
    }
    best
}

/// A single row by its key is read by that key also where the table has no more rows now: a scan that locks
/// would meet those that come.
fn is_point_in_tiny(access: &Access, best: &Access) -> bool {
    matches!(access.keys, KeyPlan::Point(_)) && matches!(best.keys, KeyPlan::All)
}

/// How many ranges a scan may have.
const MAX_RANGES: usize = 10_000;

fn index_access(
    table: &TableDef,
    place: usize,
    index: &IndexDef,
    sargs: &[Sarg],
    total: f64,
) -> Option<Access> {
    let mut ranges = vec![RangePlan::default()];
    let mut equal_parts = 0;
    let mut bounded = 0;
    for part in &index.parts {
        let of_part = || sargs.iter().filter(|sarg| sarg.column == part.column);
        if let Some(values) = of_part().find_map(equal_values) {
            if ranges.len().saturating_mul(values.len()) > MAX_RANGES {
                break;
            }
            ranges = multiply(&ranges, &values);
            equal_parts += 1;
            // What is behind a prefix is not in order.
            if part.prefix.is_some() {
                break;
            }
            continue;
        }
        bounded = bound(&mut ranges, part, of_part());
        break;
    }
    if equal_parts == 0 && bounded == 0 {
        return None;
    }
    let whole =
        equal_parts == index.parts.len() && index.parts.iter().all(|part| part.prefix.is_none());
    let unique = index.kind != IndexKind::Plain && whole;
    let count = ranges.len() as f64;
    let each = if unique { 1.0 } else { estimate(total, equal_parts, bounded) };
    let rows = (each * count).min(total);
    let keys = match (unique, ranges.as_slice()) {
        (true, [only]) if !has_null(only) => {
            KeyPlan::Point(PointPlan { values: only.equal.clone() })
        }
        _ => KeyPlan::Ranges(ranges),
    };
    Some(Access { index: table.index_no(place).0, keys, rows, equal_parts })
}

fn has_null(range: &RangePlan) -> bool {
    range.equal.iter().any(Expr::is_null_literal)
}

/// How many rows a range is likely to hold; there are no statistics but the table's size.
fn estimate(total: f64, equal_parts: usize, bounded: usize) -> f64 {
    let equal = total / 20f64.powi(equal_parts.min(4) as i32 + 1).min(1e4);
    let equal = if equal_parts == 0 { total } else { equal.max(2.0) };
    let by_bounds = [1.0, 3.0, 10.0];
    equal / by_bounds.get(bounded).copied().unwrap_or(10.0)
}

fn equal_values(sarg: &Sarg) -> Option<Vec<Expr>> {
    match &sarg.test {
        Test::Equal(value) => Some(vec![value.clone()]),
        Test::In(values) => Some(values.clone()),
        Test::IsNull => Some(vec![Expr::null()]),
        Test::Range(..) => None,
    }
}

fn multiply(ranges: &[RangePlan], values: &[Expr]) -> Vec<RangePlan> {
    let with = |range: &RangePlan, value: &Expr| {
        let mut range = range.clone();
        range.equal.push(value.clone());
        range
    };
    ranges.iter().flat_map(|range| values.iter().map(move |value| with(range, value))).collect()
}

/// Adds bounds for a part; tells how many there are.
fn bound<'a>(
    ranges: &mut [RangePlan],
    part: &IndexPart,
    sargs: impl Iterator<Item = &'a Sarg>,
) -> usize {
    let (mut low, mut high) = (None, None);
    for sarg in sargs {
        if let Test::Range(from, to) = &sarg.test {
            low = low.or_else(|| from.clone());
            high = high.or_else(|| to.clone());
        }
    }
    // A prefix of a value says less than the value: both ends are taken in.
    let widen = |end: Option<Bound>| match (end, part.prefix) {
        (Some(Bound::Value(value, _)), Some(_)) => Some(Bound::Value(value, true)),
        (end, _) => end,
    };
    let (low, high) = (widen(low), widen(high));
    let count = usize::from(low.is_some()) + usize::from(high.is_some());
    for range in ranges {
        range.low.clone_from(&low);
        range.high.clone_from(&high);
    }
    count
}

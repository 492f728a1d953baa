//! Which conditions a scan's keys fulfil by themselves, so that they need not be checked again on each row.
//!
//! Only comparisons of whole numbers with a column of whole numbers count: there the order of the index is the
//! order of the comparison, whatever the values are. A value that an index cannot place (`keys::Found::Unknown`)
//! widens the keys while they are evaluated; then the scan checks every condition after all.

use super::KeyPlan;
use super::access::{Access, RangePlan, Sarg, Test};
use super::units::SourcePlan;
use crate::engine::catalog::{IndexDef, TableDef};
use crate::query::expr::{Expr, ExprKind};
use crate::value::compare::Comparison;
use crate::value::types::ColumnType;

/// The conditions of a filter that a scan's keys leave to be checked; `found` gives the conditions that an index
/// may serve among those that it is given, as they were when the access was chosen.
pub(super) fn residual(
    source: &SourcePlan,
    access: &Access,
    filter: Option<&Expr>,
    found: &dyn Fn(&[Expr]) -> Vec<Sarg>,
) -> Option<Expr> {
    let filter = filter?;
    let Some((table, index, range)) = served(source, access) else { return Some(filter.clone()) };
    let conditions = filter.clone().conjuncts();
    let all = found(&conditions);
    let is_left = |condition: &Expr| {
        let own = found(std::slice::from_ref(condition));
        !is_covered(condition, &own, &all, (table, index, &range))
    };
    Expr::all(conditions.into_iter().filter(is_left).collect())
}

/// The index of an access to one range.
fn served<'a>(
    source: &'a SourcePlan,
    access: &Access,
) -> Option<(&'a TableDef, &'a IndexDef, RangePlan)> {
    let table = source.table()?;
    let place = |place: &usize| table.index_no(*place).0 == access.index;
    let index = table.indexes.get((0..table.indexes.len()).find(place)?)?;
    let range = match &access.keys {
        KeyPlan::All => return None,
        KeyPlan::Point(point) => RangePlan { equal: point.values.clone(), low: None, high: None },
        KeyPlan::Ranges(ranges) => match ranges.as_slice() {
            [only] => only.clone(),
            _ => return None,
        },
    };
    Some((table, index, range))
}

fn is_covered(
    condition: &Expr,
    own: &[Sarg],
    all: &[Sarg],
    (table, index, range): (&TableDef, &IndexDef, &RangePlan),
) -> bool {
    is_of_integers(condition)
        && !own.is_empty()
        && own.iter().all(|sarg| {
            let is_integer = table
                .columns
                .get(sarg.column)
                .is_some_and(|column| matches!(column.ty, ColumnType::Integer { .. }));
            is_integer && is_used(sarg, all, index, range)
        })
}

/// A comparison or BETWEEN of whole numbers.
fn is_of_integers(condition: &Expr) -> bool {
    let int = Comparison::Int;
    match &condition.kind {
        ExprKind::Compare { how, .. } => *how == int,
        ExprKind::Between { how, negated: false, .. } => *how == (int, int),
        _ => false,
    }
}

/// Whether the range has this bound, and could not have had another in its place.
fn is_used(sarg: &Sarg, all: &[Sarg], index: &IndexDef, range: &RangePlan) -> bool {
    let part = index.parts.iter().position(|part| part.column == sarg.column);
    let Some(at) = part else { return false };
    if index.parts.get(at).is_none_or(|part| part.prefix.is_some()) {
        return false;
    }
    let of_column = || all.iter().filter(|other| other.column == sarg.column);
    match &sarg.test {
        Test::Equal(_) => at < range.equal.len() && of_column().count() == 1,
        Test::Range(low, high) => {
            let only_ranges = of_column().all(|other| matches!(other.test, Test::Range(..)));
            let lows = of_column().filter(|other| matches!(other.test, Test::Range(Some(_), _)));
            let highs = of_column().filter(|other| matches!(other.test, Test::Range(_, Some(_))));
            at == range.equal.len()
                && only_ranges
                && (low.is_none() || (range.low.is_some() && lows.count() == 1))
                && (high.is_none() || (range.high.is_some() && highs.count() == 1))
        }
        Test::In(_) | Test::IsNull => false,
    }
}

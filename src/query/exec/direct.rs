//! Queries that hand over columns of one table as they are: rows go from the table to the sink, without a frame
//! and without copies of their values.
//!
//! What a point select and a plain range cost is what the operators around them cost, so these do without any.

use std::sync::Arc;

use super::keys;
use super::scan::find_point;
use crate::query::expr::ExprKind;
use crate::query::plan::{KeyPlan, Node, QueryPlan, Scan};
use crate::query::{EvalContext, Heading, Interrupt, ResultSink};
use crate::store::{Direction, IndexNo, Key, KeyRange, View};
use crate::value::{Row, SqlError};

/// Rows between two looks whether the statement must stop.
const LOOK_EVERY: u64 = 256;

/// The columns of the table that are the result's, where a query is of this kind.
pub fn columns(plan: &QueryPlan) -> Option<Vec<usize>> {
    let Node::Scan(scan) = &plan.root else { return None };
    if scan.lock.is_some() || scan.residual.is_some() || scan.key_slot.is_some() {
        return None;
    }
    let column = |wanted: usize| {
        let own = scan.columns.iter().find(|(_, slot)| *slot == wanted);
        own.map(|(column, _)| *column)
    };
    let outputs = plan.outputs.iter().map(|output| match output.kind {
        ExprKind::Slot(slot) => column(slot),
        _ => None,
    });
    outputs.collect()
}

/// What is read.
enum Wanted {
    Row(Key),
    Ranges(keys::Ranges),
}

/// Runs a query of this kind and gives the number of its rows; `None` where its values turn out to be some that
/// the index cannot place: then the operators have to check each row.
///
/// # Errors
/// Those of the values; a kill, a time-out; the sink's.
pub fn emit(
    plan: &QueryPlan,
    (heading, columns): (&Arc<Heading>, &[usize]),
    ctx: &mut EvalContext<'_>,
    sink: &mut dyn ResultSink,
) -> Result<Option<u64>, Interrupt> {
    let Node::Scan(scan) = &plan.root else { return Ok(None) };
    let Some(wanted) = wanted(scan, ctx)? else { return Ok(None) };
    let (stop, mut budget) = (ctx.stop(), ctx.session.budget.clone());
    sink.heading(heading)?;
    let mut count = 0;
    let mut put = |row: &Row| -> Result<(), SqlError> {
        count += 1;
        if count % LOOK_EVERY == 0 {
            stop.check().and_then(|()| budget.check(count))?;
        }
        sink.row_of(row.values(), columns)
    };
    let view = ctx.session.transaction().view();
    let read = read(&view, scan, wanted, &mut put);
    ctx.session.budget = budget;
    read?;
    Ok(Some(count))
}

fn read(
    view: &View<'_>,
    scan: &Scan,
    wanted: Wanted,
    put: &mut dyn FnMut(&Row) -> Result<(), SqlError>,
) -> Result<(), SqlError> {
    let direction = if scan.backward { Direction::Backward } else { Direction::Forward };
    let mut each = |range: &KeyRange| {
        let mut rows = view.scan(scan.table.id, IndexNo(scan.index), range, direction);
        rows.try_for_each(|found| put(found.row))
    };
    match (wanted, direction) {
        (Wanted::Ranges(ranges), Direction::Forward) => ranges.iter().try_for_each(&mut each),
        (Wanted::Ranges(ranges), Direction::Backward) => {
            ranges.iter().rev().try_for_each(&mut each)
        }
        (Wanted::Row(key), _) => find_point(view, scan, key).map_or(Ok(()), |(_, row)| put(row)),
    }
}

/// The keys to read, where they are exactly what the conditions say.
fn wanted(scan: &Scan, ctx: &mut EvalContext<'_>) -> Result<Option<Wanted>, Interrupt> {
    Ok(match &scan.keys {
        KeyPlan::All => Some(Wanted::Ranges(smallvec::smallvec![KeyRange::all()])),
        KeyPlan::Point(point) => {
            match keys::point(&scan.table, scan.index, &point.values, ctx, &[])? {
                Err(()) => None,
                Ok(None) => Some(Wanted::Ranges(keys::Ranges::new())),
                Ok(Some(key)) => Some(Wanted::Row(key)),
            }
        }
        KeyPlan::Ranges(ranges) => {
            let (found, exact) = keys::ranges(&scan.table, scan.index, ranges, ctx, &[])?;
            exact.then_some(Wanted::Ranges(found))
        }
    })
}

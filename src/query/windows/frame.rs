//! A window's frame: which rows around the current one count.

use super::Partition;
use crate::query::expr::{Arithmetic, Expr, ExprKind, ExprType, comparison_with_itself};
use crate::query::{EvalContext, Interrupt};
use crate::value::compare::compare;
use crate::value::temporal::Unit;
use crate::value::{SqlError, Value};

/// A frame.
#[derive(Debug, Clone)]
pub struct Frame {
    /// ROWS or RANGE.
    pub units: FrameUnits,
    /// Where it starts.
    pub start: FrameBound,
    /// Where it ends.
    pub end: FrameBound,
}

/// As what a frame counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameUnits {
    /// Rows.
    Rows,
    /// Differences in the order's value.
    Range,
}

/// One end of a frame.
#[derive(Debug, Clone)]
pub enum FrameBound {
    /// UNBOUNDED PRECEDING.
    First,
    /// So far before; with INTERVAL a unit.
    Preceding(Expr, Option<Unit>),
    /// CURRENT ROW.
    Current,
    /// So far behind.
    Following(Expr, Option<Unit>),
    /// UNBOUNDED FOLLOWING.
    Last,
}

impl Frame {
    /// What holds where no frame is written: up to the current row's peers, or all without an order.
    pub fn default_for(ordered: bool) -> Self {
        let end = if ordered { FrameBound::Current } else { FrameBound::Last };
        Self { units: FrameUnits::Range, start: FrameBound::First, end }
    }

    /// Whether it always starts with the partition.
    pub fn grows(&self) -> bool {
        matches!(self.start, FrameBound::First)
    }

    /// The rows of the frame of the row at `at`, as a range.
    ///
    /// # Errors
    /// 3586 for an offset that is no number from 0 on.
    pub fn rows(
        &self,
        partition: &Partition<'_>,
        at: usize,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(usize, usize), Interrupt> {
        let count = partition.frames.len();
        let peers = partition.peers.get(at).copied().unwrap_or((at, at + 1));
        let by_rows = self.units == FrameUnits::Rows;
        let start = match &self.start {
            FrameBound::First => 0,
            FrameBound::Last => count,
            FrameBound::Current => {
                if by_rows {
                    at
                } else {
                    peers.0
                }
            }
            FrameBound::Preceding(by, _) if by_rows => at.saturating_sub(offset(by, ctx)?),
            FrameBound::Following(by, _) if by_rows => at.saturating_add(offset(by, ctx)?),
            bound => edge(bound, partition, at, false, ctx)?,
        };
        let end = match &self.end {
            FrameBound::First => 0,
            FrameBound::Last => count,
            FrameBound::Current => {
                if by_rows {
                    at + 1
                } else {
                    peers.1
                }
            }
            FrameBound::Preceding(by, _) if by_rows => (at + 1).saturating_sub(offset(by, ctx)?),
            FrameBound::Following(by, _) if by_rows => {
                at.saturating_add(offset(by, ctx)?).saturating_add(1)
            }
            bound => edge(bound, partition, at, true, ctx)?,
        };
        Ok((start.min(count), end.min(count)))
    }
}

fn wrong_offset() -> Interrupt {
    let message =
        "Window '<unnamed window>': frame start or end is negative, NULL or of non-integral type";
    SqlError::new(3586, b"HY000", message).into()
}

fn offset(by: &Expr, ctx: &mut EvalContext<'_>) -> Result<usize, Interrupt> {
    match by.eval(ctx, &[])? {
        Value::Int(number) => usize::try_from(number).map_err(|_| wrong_offset()),
        Value::UInt(number) => Ok(usize::try_from(number).unwrap_or(usize::MAX)),
        _ => Err(wrong_offset()),
    }
}

/// A bound by value: the first row at or behind it, or the first row behind it.
fn edge(
    bound: &FrameBound,
    partition: &Partition<'_>,
    at: usize,
    is_end: bool,
    ctx: &mut EvalContext<'_>,
) -> Result<usize, Interrupt> {
    let (by, unit, before) = match bound {
        FrameBound::Preceding(by, unit) => (by, *unit, true),
        FrameBound::Following(by, unit) => (by, *unit, false),
        _ => return Ok(at),
    };
    let peers = partition.peers.get(at).copied().unwrap_or((at, at + 1));
    let Some(key) = partition.order.first() else {
        return Ok(if is_end { partition.frames.len() } else { 0 });
    };
    let Some(frame) = partition.frames.get(at) else { return Ok(at) };
    let current = key.expr.eval(ctx, frame)?;
    if matches!(current, Value::Null) {
        return Ok(if is_end { peers.1 } else { peers.0 });
    }
    // With DESC what precedes is greater.
    let subtract = before != key.descending;
    let limit = moved(&key.expr, by, unit, subtract)?.eval(ctx, frame)?;
    let how = comparison_with_itself(&key.expr.ty);
    let mut place = 0;
    for row in partition.frames {
        let value = key.expr.eval(ctx, row)?;
        let order = match &value {
            Value::Null => std::cmp::Ordering::Less,
            value => compare(value, &limit, how).unwrap_or(std::cmp::Ordering::Less),
        };
        let order =
            if key.descending && !matches!(value, Value::Null) { order.reverse() } else { order };
        // NULLs come last with DESC.
        let inside = match (is_end, key.descending && matches!(value, Value::Null)) {
            (_, true) => false,
            (true, _) => order.is_le(),
            (false, _) => order.is_lt(),
        };
        if !inside {
            break;
        }
        place += 1;
    }
    Ok(place)
}

/// The order's value moved by the offset.
fn moved(key: &Expr, by: &Expr, unit: Option<Unit>, subtract: bool) -> Result<Expr, Interrupt> {
    let sides = Box::new((key.clone(), by.clone()));
    if let Some(unit) = unit {
        let ty = key.ty.clone().with_nullable(true);
        return Ok(Expr::new(ExprKind::DateAdd { sides, unit, subtract }, ty));
    }
    let op = if subtract { Arithmetic::Subtract } else { Arithmetic::Add };
    let class = op.class(&key.ty, &by.ty);
    let ty = match class {
        crate::query::expr::NumberClass::Integer => ExprType::big_integer(false, true),
        _ => op.result(&key.ty, &by.ty, Default::default(), 4),
    };
    Ok(Expr::new(ExprKind::Arithmetic { op, class, sides, text: "range".into() }, ty))
}

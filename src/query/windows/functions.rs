//! The values of window functions for every row of a partition.

use super::{Partition, WindowCall, WindowFunction};
use crate::query::aggregates::{Accumulator, AggregateCall};
use crate::query::expr::Expr;
use crate::query::{EvalContext, Interrupt};
use crate::value::types::ColumnType;
use crate::value::{Decimal, SqlError, Value};

/// The function's value for each row, in order.
///
/// # Errors
/// Those of its arguments; 1210 for wrong ones.
pub fn compute(
    call: &WindowCall,
    partition: &Partition<'_>,
    ctx: &mut EvalContext<'_>,
) -> Result<Vec<Value>, Interrupt> {
    let count = partition.frames.len();
    match &call.function {
        WindowFunction::RowNumber => Ok((1..=count).map(|at| Value::UInt(at as u64)).collect()),
        WindowFunction::Rank => Ok(by_peers(partition, |peers, _| Value::UInt(peers.0 as u64 + 1))),
        WindowFunction::DenseRank => Ok(dense_rank(partition)),
        WindowFunction::PercentRank => Ok(by_peers(partition, |peers, _| {
            Value::Double(if count > 1 { peers.0 as f64 / (count - 1) as f64 } else { 0.0 })
        })),
        WindowFunction::CumeDist => {
            Ok(by_peers(partition, |peers, _| Value::Double(peers.1 as f64 / count as f64)))
        }
        WindowFunction::Ntile => ntile(call, partition, ctx),
        WindowFunction::Lag => neighbour(call, partition, true, ctx),
        WindowFunction::Lead => neighbour(call, partition, false, ctx),
        WindowFunction::FirstValue | WindowFunction::LastValue | WindowFunction::NthValue => {
            value_of_frame(call, partition, ctx)
        }
        WindowFunction::Aggregate(aggregate) => aggregate_over(call, aggregate, partition, ctx),
    }
}

fn by_peers(
    partition: &Partition<'_>,
    value: impl Fn((usize, usize), usize) -> Value,
) -> Vec<Value> {
    partition.peers.iter().enumerate().map(|(at, peers)| value(*peers, at)).collect()
}

fn dense_rank(partition: &Partition<'_>) -> Vec<Value> {
    let mut rank = 0;
    by_peers_mut(partition, |peers, at| {
        rank += u64::from(peers.0 == at);
        Value::UInt(rank)
    })
}

fn by_peers_mut(
    partition: &Partition<'_>,
    mut value: impl FnMut((usize, usize), usize) -> Value,
) -> Vec<Value> {
    partition.peers.iter().enumerate().map(|(at, peers)| value(*peers, at)).collect()
}

fn wrong_arguments(name: &str) -> Interrupt {
    SqlError::new(1210, b"HY000", format!("Incorrect arguments to {name}")).into()
}

/// A whole number from an argument that is the same for all rows.
fn whole(
    arg: Option<&Expr>,
    otherwise: u64,
    name: &str,
    ctx: &mut EvalContext<'_>,
) -> Result<u64, Interrupt> {
    let Some(arg) = arg else { return Ok(otherwise) };
    match arg.eval(ctx, &[])? {
        Value::Int(number) => u64::try_from(number).map_err(|_| wrong_arguments(name)),
        Value::UInt(number) => Ok(number),
        _ => Err(wrong_arguments(name)),
    }
}

fn ntile(
    call: &WindowCall,
    partition: &Partition<'_>,
    ctx: &mut EvalContext<'_>,
) -> Result<Vec<Value>, Interrupt> {
    let tiles = whole(call.args.first(), 0, "ntile", ctx)?;
    if tiles == 0 {
        return Err(wrong_arguments("ntile"));
    }
    let count = partition.frames.len() as u64;
    let (size, larger) = (count / tiles, count % tiles);
    let tile = |at: u64| {
        // The first tiles have one row more where they do not come out even.
        let border = larger * (size + 1);
        if at < border { at / (size + 1) + 1 } else { larger + (at - border) / size.max(1) + 1 }
    };
    Ok((0..count).map(|at| Value::UInt(tile(at))).collect())
}

fn neighbour(
    call: &WindowCall,
    partition: &Partition<'_>,
    before: bool,
    ctx: &mut EvalContext<'_>,
) -> Result<Vec<Value>, Interrupt> {
    let name = if before { "lag" } else { "lead" };
    let distance = whole(call.args.get(1), 1, name, ctx)?;
    let distance = usize::try_from(distance).unwrap_or(usize::MAX);
    let Some(arg) = call.args.first() else { return Err(wrong_arguments(name)) };
    let mut values = Vec::with_capacity(partition.frames.len());
    for (at, frame) in partition.frames.iter().enumerate() {
        let place = if before { at.checked_sub(distance) } else { at.checked_add(distance) };
        values.push(
            match (place.and_then(|place| partition.frames.get(place)), call.args.get(2)) {
                (Some(other), _) => arg.eval(ctx, other)?,
                (None, Some(otherwise)) => scaled(otherwise.eval(ctx, frame)?, arg),
                (None, None) => Value::Null,
            },
        );
    }
    Ok(values)
}

/// A default among decimals has their digits.
fn scaled(value: Value, arg: &Expr) -> Value {
    match (&value, &arg.ty.ty) {
        (Value::Int(number), ColumnType::Decimal { scale, .. }) => {
            Value::Decimal(Decimal::from_i64(*number).round(i32::from(*scale)))
        }
        _ => value,
    }
}

fn value_of_frame(
    call: &WindowCall,
    partition: &Partition<'_>,
    ctx: &mut EvalContext<'_>,
) -> Result<Vec<Value>, Interrupt> {
    let Some(arg) = call.args.first() else { return Err(wrong_arguments("window function")) };
    let nth = match call.function {
        WindowFunction::NthValue => {
            let nth = whole(call.args.get(1), 0, "nth_value", ctx)?;
            nth.checked_sub(1).ok_or_else(|| wrong_arguments("nth_value"))?
        }
        _ => 0,
    };
    let nth = usize::try_from(nth).unwrap_or(usize::MAX);
    let mut values = Vec::with_capacity(partition.frames.len());
    for at in 0..partition.frames.len() {
        let (start, end) = call.frame.rows(partition, at, ctx)?;
        let place = match call.function {
            WindowFunction::LastValue => end.checked_sub(1),
            _ => start.checked_add(nth),
        };
        let place = place.filter(|place| (start..end).contains(place));
        values.push(match place.and_then(|place| partition.frames.get(place)) {
            Some(frame) => arg.eval(ctx, frame)?,
            None => Value::Null,
        });
    }
    Ok(values)
}

/// An aggregate over each row's frame; one that only grows is gathered once.
fn aggregate_over(
    call: &WindowCall,
    aggregate: &AggregateCall,
    partition: &Partition<'_>,
    ctx: &mut EvalContext<'_>,
) -> Result<Vec<Value>, Interrupt> {
    let mut charge = ctx.memory.charge();
    let mut values: Vec<Value> = Vec::with_capacity(partition.frames.len());
    let mut gathered = Accumulator::new(aggregate);
    let (mut from, mut to) = (0, 0);
    for at in 0..partition.frames.len() {
        ctx.tick()?;
        let (start, end) = call.frame.rows(partition, at, ctx)?;
        let same = at > 0 && (start, end) == (from, to);
        if same && let Some(last) = values.last() {
            values.push(last.clone());
            continue;
        }
        if start != from || end < to {
            gathered = Accumulator::new(aggregate);
            to = start;
        }
        for frame in partition.frames.get(to..end).unwrap_or_default() {
            gathered.add(aggregate, ctx, frame, &mut charge)?;
        }
        (from, to) = (start, end.max(start));
        values.push(gathered.result(aggregate, ctx)?);
    }
    Ok(values)
}

//! Key plans to key ranges: values are brought to the columns' types, so that an index finds them.

use std::cell::Cell;

use crate::engine::catalog::TableDef;
use crate::query::expr::Expr;
use crate::query::plan::{Bound, RangePlan};
use crate::query::{EvalContext, Interrupt};
use crate::store::{Edge, IndexNo, Key, KeyRange, KeyShape};
use crate::value::types::{CollationId, ColumnType, IntegerSize};
use crate::value::warning::Unheard;
use crate::value::{DateTime, Decimal, Value, convert};

/// Values of a key's columns.
type Values = smallvec::SmallVec<[Value; 4]>;
/// A key's bytes before they are one.
type Bytes = Vec<u8>;

/// A value as an index column may hold it.
#[derive(Debug, Clone)]
enum Found {
    /// It.
    Exact(Value),
    /// Between this one and the next that the column could hold.
    Between(Value),
    /// Below all that the column could hold.
    Below,
    /// Above all.
    Above,
    /// NULL: nothing compares with it.
    Null,
    /// It cannot be said.
    Unknown,
}

/// The key of a row that has these values in a unique index; `None`: no row can.
///
/// # Errors
/// Those of evaluating the values. `Ok(Err(()))` where the index cannot tell.
pub fn point(
    table: &TableDef,
    index: usize,
    values: &[Expr],
    ctx: &mut EvalContext<'_>,
    frame: &[Value],
) -> Result<Result<Option<Key>, ()>, Interrupt> {
    let Some(shape) = table.shape.key_shape(IndexNo(index)) else { return Ok(Err(())) };
    let mut found = Values::new();
    for (part, expr) in shape.parts.iter().zip(values) {
        let value = expr.eval(ctx, frame)?;
        match fit(value, column_type(table, part.column), ctx) {
            Found::Exact(value) => found.push(value),
            Found::Unknown => return Ok(Err(())),
            _ => return Ok(Ok(None)),
        }
    }
    let mut bytes = Bytes::with_capacity(24);
    shape.encode_values(&table.shape.columns, &found, &mut bytes);
    Ok(Ok(Some(Key::new(&bytes))))
}

/// The ranges of a plan, in order, none twice; and whether they hold exactly what the plan says: they are wider
/// where the index cannot place a value.
///
/// # Errors
/// Those of evaluating the values.
pub fn ranges(
    table: &TableDef,
    index: usize,
    plans: &[RangePlan],
    ctx: &mut EvalContext<'_>,
    frame: &[Value],
) -> Result<(Ranges, bool), Interrupt> {
    let Some(shape) = table.shape.key_shape(IndexNo(index)) else {
        return Ok((smallvec::smallvec![KeyRange::all()], false));
    };
    let maker = Maker { table, shape, exact: Cell::new(true) };
    let mut ranges = Ranges::with_capacity(plans.len());
    for plan in plans {
        ranges.extend(maker.range(plan, ctx, frame)?.filter(|range| !range.is_empty()));
    }
    if ranges.len() > 1 {
        ranges.sort_by(|one, other| low_end(one).cmp(&low_end(other)));
        ranges.dedup();
    }
    Ok((ranges, maker.exact.get()))
}

/// Ranges of an index; mostly one.
pub type Ranges = smallvec::SmallVec<[KeyRange; 1]>;

fn low_end(range: &KeyRange) -> Option<&Key> {
    match range.from() {
        std::ops::Bound::Included(key) | std::ops::Bound::Excluded(key) => Some(key),
        std::ops::Bound::Unbounded => None,
    }
}

fn column_type(table: &TableDef, column: usize) -> &ColumnType {
    table.columns.get(column).map_or(&ColumnType::Null, |column| &column.ty)
}

struct Maker<'a> {
    table: &'a TableDef,
    shape: &'a KeyShape,
    /// No range was widened so far.
    exact: Cell<bool>,
}

/// The ends of a range in one column.
struct Ends {
    low: Option<(Value, bool)>,
    high: Option<(Value, bool)>,
}

impl Maker<'_> {
    /// Both ends of a range; `None` where nothing can be in it.
    fn ends(
        &self,
        plan: &RangePlan,
        ty: &ColumnType,
        ctx: &mut EvalContext<'_>,
        frame: &[Value],
    ) -> Result<Option<Ends>, Interrupt> {
        let mut ends = Ends { low: None, high: None };
        if let Some(bound) = &plan.low {
            let (expr, inclusive) = parts(bound);
            let value = expr.eval(ctx, frame)?;
            match fit(value, ty, ctx) {
                Found::Exact(value) => ends.low = Some((value, inclusive)),
                Found::Between(value) => ends.low = Some((value, false)),
                Found::Below => {}
                Found::Unknown => self.exact.set(false),
                Found::Above | Found::Null => return Ok(None),
            }
        }
        if let Some(bound) = &plan.high {
            let (expr, inclusive) = parts(bound);
            let mut value = expr.eval(ctx, frame)?;
            if matches!(bound, Bound::Prefix(_)) {
                value = last_with_prefix(value, ty);
            }
            match fit(value, ty, ctx) {
                Found::Exact(value) => ends.high = Some((value, inclusive)),
                Found::Between(value) => ends.high = Some((value, true)),
                Found::Above => {}
                Found::Unknown => self.exact.set(false),
                Found::Below | Found::Null => return Ok(None),
            }
        }
        Ok(Some(ends))
    }

    fn range(
        &self,
        plan: &RangePlan,
        ctx: &mut EvalContext<'_>,
        frame: &[Value],
    ) -> Result<Option<KeyRange>, Interrupt> {
        let mut equal = Values::new();
        for (part, expr) in self.shape.parts.iter().zip(&plan.equal) {
            let value = expr.eval(ctx, frame)?;
            match fit(value, column_type(self.table, part.column), ctx) {
                Found::Exact(value) => equal.push(value),
                Found::Null if expr.is_null_literal() => equal.push(Value::Null),
                Found::Unknown => {
                    self.exact.set(false);
                    return Ok(Some(self.prefix(&equal)));
                }
                _ => return Ok(None),
            }
        }
        let Some(part) = self.shape.parts.get(equal.len()) else {
            return Ok(Some(self.prefix(&equal)));
        };
        if plan.low.is_none() && plan.high.is_none() {
            return Ok(Some(self.prefix(&equal)));
        }
        let ty = column_type(self.table, part.column);
        let Some(ends) = self.ends(plan, ty, ctx, frame)? else { return Ok(None) };
        Ok(Some(self.between(&equal, ends, part.descending)))
    }

    fn key(&self, equal: &[Value], last: Option<&Value>) -> Key {
        let values: Values = equal.iter().chain(last).cloned().collect();
        let mut bytes = Bytes::with_capacity(24);
        self.shape.encode_values(&self.table.shape.columns, &values, &mut bytes);
        Key::new(&bytes)
    }

    fn prefix(&self, equal: &[Value]) -> KeyRange {
        match equal.is_empty() {
            true => KeyRange::all(),
            false => KeyRange::prefix(self.key(equal, None)),
        }
    }

    fn between(&self, equal: &[Value], ends: Ends, descending: bool) -> KeyRange {
        let open = || match equal.is_empty() {
            true => Edge::Open,
            false => Edge::Including(self.key(equal, None)),
        };
        let edge = |end: &(Value, bool)| match end.1 {
            true => Edge::Including(self.key(equal, Some(&end.0))),
            false => Edge::Excluding(self.key(equal, Some(&end.0))),
        };
        // NULL is below every value and in no range.
        let after_null = || Edge::Excluding(self.key(equal, Some(&Value::Null)));
        let low = ends.low.as_ref().map_or_else(after_null, edge);
        let high = ends.high.as_ref().map_or_else(open, edge);
        match descending {
            false => KeyRange::between(low, high),
            true => KeyRange::between(high, low),
        }
    }
}

fn parts(bound: &Bound) -> (&Expr, bool) {
    match bound {
        Bound::Value(expr, inclusive) => (expr, *inclusive),
        Bound::Prefix(expr) => (expr, true),
    }
}

/// A text that is not below any that starts so.
fn last_with_prefix(value: Value, ty: &ColumnType) -> Value {
    /// So many greatest characters behind the prefix are more than what texts have.
    const MANY: usize = 64;
    let Value::Text(text) = &value else { return value };
    let single_byte = match ty {
        ColumnType::Char { collation, .. } | ColumnType::Text { collation, .. } => {
            matches!(*collation, CollationId::LATIN1_SWEDISH_CI | CollationId::ASCII_GENERAL_CI)
        }
        _ => false,
    };
    let greatest = if single_byte { '\u{ff}' } else { '\u{10ffff}' };
    let mut long = text.as_ref().to_owned();
    long.extend(std::iter::repeat_n(greatest, MANY));
    Value::Text(long.into())
}

/// A value as the column could hold it.
fn fit(value: Value, ty: &ColumnType, ctx: &mut EvalContext<'_>) -> Found {
    if matches!(value, Value::Null) {
        return Found::Null;
    }
    match ty {
        ColumnType::Integer { size, unsigned, zerofill, .. } => {
            fit_integer(&value, *size, *unsigned || *zerofill)
        }
        ColumnType::Bit(_) | ColumnType::Year => fit_integer(&value, IntegerSize::Big, true),
        ColumnType::Decimal { scale, .. } => fit_decimal(value, *scale),
        ColumnType::Float { double: true, .. } => fit_double(&value),
        ColumnType::Char { .. } | ColumnType::Text { .. } => match value {
            Value::Text(_) => Found::Exact(value),
            _ => Found::Unknown,
        },
        ColumnType::Binary { varying: true, .. } | ColumnType::Blob(_) => match value {
            Value::Bytes(_) => Found::Exact(value),
            Value::Text(text) => Found::Exact(Value::Bytes(text.as_bytes().into())),
            _ => Found::Unknown,
        },
        ColumnType::Date => fit_date(value),
        ColumnType::Time(fsp) => match value {
            Value::Time(time) => {
                let cut = time.truncate(*fsp);
                // Cutting moves negative times up.
                match cut != time && time.micros < 0 {
                    true => Found::Unknown,
                    false => exact_if(cut == time, Value::Time(cut)),
                }
            }
            _ => Found::Unknown,
        },
        ColumnType::DateTime(fsp) => fit_moment(value, *fsp, &|moment| Some(moment)),
        ColumnType::Timestamp(fsp) => {
            let zone = ctx.zone();
            fit_moment(value, *fsp, &|moment| zone.to_utc(moment))
        }
        _ => Found::Unknown,
    }
}

fn exact_if(exact: bool, value: Value) -> Found {
    if exact { Found::Exact(value) } else { Found::Between(value) }
}

fn fit_integer(value: &Value, size: IntegerSize, unsigned: bool) -> Found {
    let (whole, exact) = match value {
        Value::Int(number) => (i128::from(*number), true),
        Value::UInt(number) => (i128::from(*number), true),
        Value::Decimal(number) => {
            let floor = number.floor();
            match floor.to_i128() {
                Some(whole) => (whole, number.is_integer()),
                None => return if number.is_negative() { Found::Below } else { Found::Above },
            }
        }
        Value::Double(number) if number.is_finite() => {
            (number.floor() as i128, number.fract() == 0.0)
        }
        _ => return Found::Unknown,
    };
    let (least, greatest) = limits(size, unsigned);
    if whole < least {
        return Found::Below;
    }
    if whole > greatest {
        return Found::Above;
    }
    exact_if(exact, if unsigned { Value::UInt(whole as u64) } else { Value::Int(whole as i64) })
}

/// The least and the greatest number of a type.
fn limits(size: IntegerSize, unsigned: bool) -> (i128, i128) {
    let bits = match size {
        IntegerSize::Tiny => 8,
        IntegerSize::Small => 16,
        IntegerSize::Medium => 24,
        IntegerSize::Int => 32,
        IntegerSize::Big => 64,
    };
    match unsigned {
        true => (0, (1 << bits) - 1),
        false => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
    }
}

fn fit_decimal(value: Value, scale: u8) -> Found {
    let number = match value {
        Value::Int(number) => Decimal::from_i64(number),
        Value::UInt(number) => Decimal::from_u64(number),
        Value::Decimal(number) => number,
        _ => return Found::Unknown,
    };
    let cut = number.truncate(i32::from(scale));
    if cut == number {
        return Found::Exact(Value::Decimal(cut));
    }
    // Cutting moves negative numbers up.
    if number.is_negative() { Found::Unknown } else { Found::Between(Value::Decimal(cut)) }
}

fn fit_double(value: &Value) -> Found {
    match value {
        Value::Double(number) => Found::Exact(Value::Double(*number)),
        Value::Int(_) | Value::UInt(_) | Value::Decimal(_) => {
            Found::Exact(Value::Double(convert::to_f64(value, &mut Unheard)))
        }
        _ => Found::Unknown,
    }
}

fn fit_date(value: Value) -> Found {
    match value {
        Value::Date(_) => Found::Exact(value),
        Value::DateTime(moment) => exact_if(moment.micros == 0, Value::Date(moment.date)),
        _ => Found::Unknown,
    }
}

fn fit_moment(value: Value, fsp: u8, stored: &dyn Fn(DateTime) -> Option<DateTime>) -> Found {
    let moment = match value {
        Value::DateTime(moment) => moment,
        Value::Date(date) => date.midnight(),
        _ => return Found::Unknown,
    };
    let cut = moment.truncate(fsp);
    match stored(cut) {
        Some(found) => exact_if(cut == moment, Value::DateTime(found)),
        None => Found::Unknown,
    }
}

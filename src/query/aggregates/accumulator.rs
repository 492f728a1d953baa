//! What an aggregate function gathers.

use crate::query::keyed::KeySet;
use std::cmp::Ordering;
use std::sync::Arc;

use super::concat::Concat;
use super::{AggregateCall, AggregateFunction};
use crate::query::exec::Charge;
use crate::query::expr::{
    Expr, ExprKind, ExprType, NumberClass, hash_key, json_of, number_class, to_decimal, to_double,
    to_integer,
};
use crate::query::{EvalContext, Interrupt};
use crate::value::compare::{Comparison, compare};
use crate::value::json::{Json, Object};
use crate::value::{Decimal, SqlError, Value};

/// What was gathered of one group.
pub struct Accumulator {
    state: State,
    /// DISTINCT: what was seen.
    seen: Option<KeySet>,
}

enum State {
    Count(i64),
    /// Whole numbers, while they fit.
    Integers {
        sum: i128,
        count: u64,
    },
    Decimals {
        sum: Decimal,
        count: u64,
    },
    Doubles {
        sum: f64,
        count: u64,
    },
    Extreme(Option<Value>),
    Bits(u64),
    /// Welford's method.
    Variance {
        count: u64,
        mean: f64,
        square: f64,
    },
    Concat(Concat),
    Array(Option<Vec<Json>>),
    Object(Option<Object>),
    Any(Option<Value>),
}

fn overflow() -> Interrupt {
    SqlError::new(1690, b"22003", "DECIMAL value is out of range in 'sum'").into()
}

impl Accumulator {
    /// Nothing gathered yet.
    pub fn new(call: &AggregateCall) -> Self {
        use AggregateFunction as F;
        let class = call.args.first().map_or(NumberClass::Integer, |arg| number_class(&arg.ty));
        let state = match (call.function, class) {
            (F::Count | F::CountAll, _) => State::Count(0),
            (F::Sum | F::Avg, NumberClass::Integer) => State::Integers { sum: 0, count: 0 },
            (F::Sum | F::Avg, NumberClass::Decimal) => {
                State::Decimals { sum: Decimal::ZERO, count: 0 }
            }
            (F::Sum | F::Avg, NumberClass::Double) => State::Doubles { sum: 0.0, count: 0 },
            (F::Min | F::Max, _) => State::Extreme(None),
            (F::BitAnd, _) => State::Bits(u64::MAX),
            (F::BitOr | F::BitXor, _) => State::Bits(0),
            (F::StdPop | F::StdSamp | F::VarPop | F::VarSamp, _) => {
                State::Variance { count: 0, mean: 0.0, square: 0.0 }
            }
            (F::GroupConcat, _) => State::Concat(Concat::default()),
            (F::JsonArray, _) => State::Array(None),
            (F::JsonObject, _) => State::Object(None),
            (F::AnyValue, _) => State::Any(None),
        };
        Self { state, seen: call.distinct.then(KeySet::default) }
    }

    /// Takes a row in.
    ///
    /// # Errors
    /// Those of the arguments; 1038.
    pub fn add(
        &mut self,
        call: &AggregateCall,
        ctx: &mut EvalContext<'_>,
        frame: &[Value],
        charge: &mut Charge,
    ) -> Result<(), Interrupt> {
        if call.function == AggregateFunction::CountAll {
            if let State::Count(count) = &mut self.state {
                *count += 1;
            }
            return Ok(());
        }
        if self.seen.is_none() && self.add_whole_number(call, frame) {
            return Ok(());
        }
        let mut values = smallvec::SmallVec::<[Value; 2]>::new();
        for arg in &call.args {
            values.push(arg.eval(ctx, frame)?);
        }
        let keeps_null = matches!(
            call.function,
            AggregateFunction::JsonArray
                | AggregateFunction::JsonObject
                | AggregateFunction::AnyValue
        );
        if !keeps_null && values.iter().any(|value| matches!(value, Value::Null)) {
            return Ok(());
        }
        if let Some(seen) = &mut self.seen {
            let mut key = Vec::with_capacity(16);
            values.iter().zip(&call.how).for_each(|(value, how)| hash_key(value, *how, &mut key));
            charge.add(key.len() as u64 + 48)?;
            if !seen.insert(key) {
                return Ok(());
            }
        }
        self.take(call, &values, ctx, frame, charge)
    }

    /// The sum of a column of whole numbers, which needs no evaluating; false where it is something else.
    fn add_whole_number(&mut self, call: &AggregateCall, frame: &[Value]) -> bool {
        let State::Integers { sum, count } = &mut self.state else { return false };
        let Some(ExprKind::Slot(slot)) = call.args.first().map(|arg| &arg.kind) else {
            return false;
        };
        let number = match frame.get(*slot) {
            Some(Value::Int(number)) => i128::from(*number),
            Some(Value::UInt(number)) => i128::from(*number),
            _ => return false,
        };
        let Some(total) = sum.checked_add(number) else { return false };
        (*sum, *count) = (total, *count + 1);
        true
    }

    fn take(
        &mut self,
        call: &AggregateCall,
        values: &[Value],
        ctx: &mut EvalContext<'_>,
        frame: &[Value],
        charge: &mut Charge,
    ) -> Result<(), Interrupt> {
        let (Some(value), Some(arg)) = (values.first(), call.args.first()) else { return Ok(()) };
        match &mut self.state {
            State::Count(count) => *count += 1,
            State::Integers { sum, count } => {
                *sum = sum.checked_add(to_integer(value, &arg.ty, ctx)?).ok_or_else(overflow)?;
                *count += 1;
            }
            State::Decimals { sum, count } => {
                let number = to_decimal(value, &arg.ty, ctx)?;
                *sum = sum.add(&number).map_err(|_| overflow())?;
                *count += 1;
            }
            State::Doubles { sum, count } => {
                *sum += to_double(value, &arg.ty, ctx)?;
                *count += 1;
            }
            State::Extreme(best) => take_extreme(best, value, call),
            State::Bits(bits) => {
                let number = to_integer(value, &arg.ty, ctx)?;
                let number = u64::try_from(number).unwrap_or(number as u64);
                match call.function {
                    AggregateFunction::BitAnd => *bits &= number,
                    AggregateFunction::BitOr => *bits |= number,
                    _ => *bits ^= number,
                }
            }
            State::Variance { count, mean, square } => {
                let number = to_double(value, &arg.ty, ctx)?;
                *count += 1;
                let delta = number - *mean;
                *mean += delta / *count as f64;
                *square += delta * (number - *mean);
            }
            State::Concat(concat) => concat.add(call, values, ctx, frame, charge)?,
            State::Array(items) => {
                charge.add(64)?;
                items.get_or_insert_default().push(json_of(value, &arg.ty));
            }
            State::Object(object) => take_member(object, call, values, charge)?,
            State::Any(found) => {
                if found.is_none() {
                    *found = Some(value.clone());
                }
            }
        }
        Ok(())
    }

    /// The result.
    ///
    /// # Errors
    /// 1690 for a sum that no DECIMAL holds.
    pub fn finish(
        self,
        call: &AggregateCall,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Value, Interrupt> {
        self.result(call, ctx)
    }

    /// The result so far.
    ///
    /// # Errors
    /// As for [`Accumulator::finish`].
    pub fn result(
        &self,
        call: &AggregateCall,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Value, Interrupt> {
        let averages = call.function == AggregateFunction::Avg;
        Ok(match &self.state {
            State::Count(count) => Value::Int(*count),
            State::Integers { count: 0, .. }
            | State::Decimals { count: 0, .. }
            | State::Doubles { count: 0, .. } => Value::Null,
            State::Integers { sum, count } => {
                let sum = Decimal::from_parts(*sum, 0);
                if averages { average(&sum, *count, &call.ty)? } else { Value::Decimal(sum) }
            }
            State::Decimals { sum, count } => match averages {
                true => average(sum, *count, &call.ty)?,
                false => Value::Decimal(sum.clone()),
            },
            State::Doubles { sum, count } => {
                Value::Double(if averages { sum / *count as f64 } else { *sum })
            }
            State::Extreme(best) => best.clone().unwrap_or(Value::Null),
            State::Bits(bits) => Value::UInt(*bits),
            State::Variance { count, square, .. } => variance(call.function, *count, *square),
            State::Concat(concat) => concat.result(call, ctx),
            State::Array(items) => items
                .as_ref()
                .map_or(Value::Null, |items| Value::Json(Arc::new(Json::Array(items.clone())))),
            State::Object(object) => object
                .as_ref()
                .map_or(Value::Null, |object| Value::Json(Arc::new(Json::Object(object.clone())))),
            State::Any(found) => found.clone().unwrap_or(Value::Null),
        })
    }
}

fn take_extreme(best: &mut Option<Value>, value: &Value, call: &AggregateCall) {
    let Some(how) = call.how.first() else { return };
    let wanted = match call.function {
        AggregateFunction::Min => Ordering::Less,
        _ => Ordering::Greater,
    };
    // Members of ENUM and SET are compared as the text that they stand for.
    let (value, how) = match (value, call.args.first()) {
        (Value::Member(member), Some(arg)) => {
            (Value::Text(member.text.as_ref().into()), Comparison::Text(arg.ty.collation()))
        }
        (other, _) => (other.clone(), *how),
    };
    let better = match best {
        None => true,
        Some(best) => compare(&value, best, how) == Some(wanted),
    };
    if better {
        *best = Some(value);
    }
}

fn take_member(
    object: &mut Option<Object>,
    call: &AggregateCall,
    values: &[Value],
    charge: &mut Charge,
) -> Result<(), Interrupt> {
    let (Some(key), Some(value)) = (values.first(), values.get(1)) else { return Ok(()) };
    let types: Vec<&Expr> = call.args.iter().collect();
    let (Some(key_expr), Some(value_expr)) = (types.first(), types.get(1)) else { return Ok(()) };
    if matches!(key, Value::Null) {
        let message = "JSON documents may not contain NULL member names.";
        return Err(SqlError::new(3158, b"22032", message).into());
    }
    charge.add(96)?;
    let name = crate::value::convert::to_text_as(key, &key_expr.ty.ty);
    object.get_or_insert_with(Object::new).insert(&name, json_of(value, &value_expr.ty));
    Ok(())
}

fn average(sum: &Decimal, count: u64, ty: &ExprType) -> Result<Value, Interrupt> {
    let scale = ty.decimals();
    let digits = scale.saturating_sub(sum.scale());
    let value = sum.div(&Decimal::from_u64(count), digits).map_err(|_| overflow())?;
    Ok(Value::Decimal(value.round(i32::from(scale))))
}

fn variance(function: AggregateFunction, count: u64, square: f64) -> Value {
    use AggregateFunction as F;
    let sample = matches!(function, F::StdSamp | F::VarSamp);
    let divisor = count.saturating_sub(u64::from(sample));
    if divisor == 0 {
        return Value::Null;
    }
    let variance = square / divisor as f64;
    let root = matches!(function, F::StdPop | F::StdSamp);
    Value::Double(if root { variance.sqrt() } else { variance })
}

//! MAKEDATE, MAKETIME, SEC_TO_TIME, TIME_TO_SEC.

use super::super::args::{Args, Number};
use super::super::build::{ONE, THREE, TWO, pure};
use super::super::types::{self, Typed};
use super::super::{Call, Function, TypeContext};
use super::typing::{date, seconds_fraction, time_type};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::temporal::{Date, MAX_TIME, SECOND, Time};
use crate::value::types::ColumnType;
use crate::value::{Decimal, Value, Warning};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("makedate", TWO, date, makedate),
    pure("maketime", THREE, maketime_type, maketime),
    pure("sec_to_time", ONE, sec_to_time_type, sec_to_time),
    pure("time_to_sec", ONE, types::nullable_integer, time_to_sec),
];

fn maketime_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(time_type(seconds_fraction(args, 2)))
}

fn sec_to_time_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(time_type(seconds_fraction(args, 0)))
}

/// Years below 70 are of this century, below 100 of the last.
fn makedate(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let (year, day) = (args.int(0), args.int(1));
    let year = match year {
        0..=69 => year + 2000,
        70..=99 => year + 1900,
        year => year,
    };
    if !(0..=9999).contains(&year) || day <= 0 {
        return Ok(Value::Null);
    }
    let date = Date::new(year as u16, 1, 1).plus_days(day - 1);
    Ok(date.map_or(Value::Null, Value::Date))
}

/// Seconds of an argument in microseconds: rounded half away from zero.
fn micros(args: &mut Args<'_, '_>, at: usize) -> i128 {
    let wide = match args.number(at) {
        Number::Int(seconds) => return i128::from(seconds) * i128::from(SECOND),
        Number::UInt(seconds) => return i128::from(seconds) * i128::from(SECOND),
        Number::Decimal(seconds) => seconds,
        Number::Double(seconds) => Decimal::from_f64(seconds).unwrap_or_default(),
    };
    let micros = wide.round(6).mul(&Decimal::from_i64(SECOND));
    micros.ok().and_then(|micros| micros.to_i128()).unwrap_or(i128::from(i64::MAX))
}

/// A TIME from microseconds; beyond the range its end, with 1292.
fn clamped(args: &mut Args<'_, '_>, micros: i128, shown: &str) -> Value {
    let most = i128::from(MAX_TIME);
    if micros.abs() > most {
        let warning = Warning::truncated("time", shown);
        args.ctx.warn(warning.code, warning.message);
    }
    let time = Time { micros: micros.clamp(-most, most) as i64 };
    let fsp = match args.result().ty {
        ColumnType::Time(fsp) => fsp,
        _ => 0,
    };
    Value::Time(time.round(fsp))
}

fn maketime(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let (hours, minutes, seconds) = (args.int(0), args.int(1), micros(&mut args, 2));
    let minute = i128::from(60 * SECOND);
    if !(0..60).contains(&minutes) || !(0..minute).contains(&seconds) {
        return Ok(Value::Null);
    }
    let size =
        i128::from(hours.unsigned_abs()) * 60 * minute + i128::from(minutes) * minute + seconds;
    let shown = format!("{hours:02}:{minutes:02}:{:0>2}", args.text(2));
    Ok(clamped(&mut args, if hours < 0 { -size } else { size }, &shown))
}

fn sec_to_time(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let micros = micros(&mut args, 0);
    let shown = args.text(0);
    Ok(clamped(&mut args, micros, &shown))
}

fn time_to_sec(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let time = Args::new(ctx, values, call).time(0);
    Ok(time.map_or(Value::Null, |time| Value::Int(time.micros / SECOND)))
}

//! EXTRACT: `extract('DAY_HOUR', x)`.

use super::super::args::Args;
use super::super::build::{TWO, pure};
use super::super::{Call, Function, types};
use super::add::is_date_text;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::temporal::{Date, Time, Unit, WeekMode};

pub(in super::super) const FUNCTIONS: &[Function] =
    &[pure("extract", TWO, types::nullable_integer, extract).statement()];

fn extract(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let Some(unit) = Unit::by_name(&args.text(0)) else { return Ok(Value::Null) };
    if !unit.has_time() {
        let default = u64::from(args.ctx.session.variables.default_week_format);
        let moment = args.moment(1, false);
        let part = moment.map(|moment| of_date(moment.date, unit, default));
        return Ok(part.map_or(Value::Null, Value::Int));
    }
    let is_date = match args.value(1) {
        Value::Date(_) | Value::DateTime(_) => true,
        Value::Text(text) => is_date_text(text),
        _ => false,
    };
    let found = if is_date {
        args.moment(1, false).map(|moment| (i64::from(moment.date.day), moment.time()))
    } else {
        args.time(1).map(|time| (0, time))
    };
    Ok(found.map_or(Value::Null, |(day, time)| Value::Int(of_time(day, time, unit))))
}

fn of_date(date: Date, unit: Unit, week_format: u64) -> i64 {
    let (year, month, day) = (i64::from(date.year), i64::from(date.month), i64::from(date.day));
    match unit {
        Unit::Year => year,
        Unit::YearMonth => year * 100 + month,
        Unit::Quarter => (month + 2) / 3,
        Unit::Month => month,
        Unit::Week => date.week(WeekMode::from_number(week_format)).1.into(),
        _ => day,
    }
}

/// The parts of a composite unit stand behind each other, two digits each, six for microseconds. Negative
/// times give negative numbers.
fn of_time(day: i64, time: Time, unit: Unit) -> i64 {
    const MICROS: i64 = 1_000_000;
    let hour = time.hours() as i64;
    let (minute, second) = (time.minutes() as i64, time.seconds() as i64);
    let micros = i64::from(time.fraction());
    let day_hour = day * 100 + hour;
    let number = match unit {
        Unit::Hour => hour,
        Unit::Minute => minute,
        Unit::Second => second,
        Unit::Microsecond => micros,
        Unit::DayHour => day_hour,
        Unit::DayMinute => day_hour * 100 + minute,
        Unit::DaySecond => (day_hour * 100 + minute) * 100 + second,
        Unit::DayMicrosecond => ((day_hour * 100 + minute) * 100 + second) * MICROS + micros,
        Unit::HourMinute => hour * 100 + minute,
        Unit::HourSecond => (hour * 100 + minute) * 100 + second,
        Unit::HourMicrosecond => ((hour * 100 + minute) * 100 + second) * MICROS + micros,
        Unit::MinuteSecond => minute * 100 + second,
        Unit::MinuteMicrosecond => (minute * 100 + second) * MICROS + micros,
        Unit::SecondMicrosecond => second * MICROS + micros,
        _ => 0,
    };
    if time.micros < 0 { -number } else { number }
}

//! DATE_FORMAT, TIME_FORMAT, GET_FORMAT, and the format of FROM_UNIXTIME.

use std::fmt::Write;

use super::super::args::Args;
use super::super::build::{TWO, pure};
use super::super::types::{Typed, length_of, made_text};
use super::super::{Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::variables::locale::{self, Locale};
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::temporal::{Date, DateTime, Time, WeekMode};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("date_format", TWO, format_type, date_format).statement(),
    pure("time_format", TWO, format_type, time_format).statement(),
    pure("get_format", TWO, get_format_type, get_format),
];

fn format_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(made_text(formatted_length(args, ctx), ctx))
}

/// The longest text that a constant format may give; of others ten times their length.
pub(super) fn formatted_length(args: &[ExprType], ctx: &TypeContext<'_>) -> u64 {
    match ctx.constants.get(1) {
        Some(Some(Value::Text(format))) => constant_length(format),
        Some(Some(Value::Null)) => 0,
        _ => length_of(args, 1) * 10,
    }
}

fn constant_length(format: &str) -> u64 {
    let mut letters = format.chars();
    let mut length = 0;
    while let Some(letter) = letters.next() {
        let specifier = if letter == '%' { letters.next() } else { None };
        length += match specifier {
            Some('M' | 'W') => 64,
            Some('a' | 'b') => 32,
            Some('D' | 'Y' | 'x' | 'X') => 4,
            Some('H' | 'k') => 7,
            Some('T') => 8,
            Some('r') => 11,
            Some('f') => 6,
            Some('j') => 3,
            Some('c' | 'd' | 'e' | 'h' | 'I' | 'i' | 'l' | 'm' | 'p' | 'S' | 's' | 'u' | 'U') => 2,
            Some('v' | 'V' | 'y') => 2,
            _ => 1,
        };
    }
    length
}

fn get_format_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    Ok(made_text(17, ctx))
}

fn date_format(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let Some(moment) = args.moment(0, false) else { return Ok(Value::Null) };
    Ok(formatted(&args, moment, 1))
}

/// A date and time in the format that an argument gives.
pub(super) fn formatted(args: &Args<'_, '_>, moment: DateTime, format_at: usize) -> Value {
    let locale = locale::get(&args.ctx.session.variables.lc_time_names);
    let format = Format { date: moment.date, time: moment.time(), locale };
    match format.write(&args.text(format_at)) {
        Some(text) if !text.is_empty() => args.string(text),
        _ => Value::Null,
    }
}

fn time_format(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let Some(time) = args.time(0) else { return Ok(Value::Null) };
    let locale = locale::get(&args.ctx.session.variables.lc_time_names);
    let format = Format { date: Date::ZERO, time, locale };
    let text = format.write(&args.text(1)).filter(|text| !text.is_empty());
    Ok(text.map_or(Value::Null, |text| args.string(text)))
}

/// What is formatted.
struct Format {
    date: Date,
    time: Time,
    locale: &'static Locale,
}

impl Format {
    /// The text; none where a name is asked for that there is not (the month of zero).
    fn write(&self, format: &str) -> Option<String> {
        let mut out = String::new();
        if self.time.micros < 0 {
            out.push('-');
        }
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                out.push(letter);
                continue;
            }
            match letters.next() {
                Some(specifier) => self.specifier(specifier, &mut out)?,
                None => out.push('%'),
            }
        }
        Some(out)
    }

    fn specifier(&self, specifier: char, out: &mut String) -> Option<()> {
        match specifier {
            'M' | 'b' | 'W' | 'a' => out.push_str(self.name(specifier)?),
            'p' => out.push_str(if self.hour() % 24 < 12 { "AM" } else { "PM" }),
            'r' => {
                let (minute, second) = (self.time.minutes(), self.time.seconds());
                let half = if self.hour() % 24 < 12 { "AM" } else { "PM" };
                let _ = write!(out, "{:02}:{minute:02}:{second:02} {half}", self.hour12());
            }
            'T' => {
                let (minute, second) = (self.time.minutes(), self.time.seconds());
                let _ = write!(out, "{:02}:{minute:02}:{second:02}", self.hour());
            }
            'D' => {
                let _ = write!(out, "{}{}", self.date.day, ordinal(self.date.day));
            }
            specifier => match self.number(specifier)? {
                Some((number, width)) => {
                    let _ = write!(out, "{number:0width$}");
                }
                None => out.push(specifier),
            },
        }
        Some(())
    }

    fn hour(&self) -> u64 {
        self.time.hours()
    }

    fn hour12(&self) -> u64 {
        (self.hour() % 24 + 11) % 12 + 1
    }

    /// Names of months and days.
    fn name(&self, specifier: char) -> Option<&'static str> {
        let month = || usize::from(self.date.month).checked_sub(1);
        let day = || (self.date.month | self.date.day != 0).then(|| self.weekday());
        match specifier {
            'M' => self.locale.months.get(month()?),
            'b' => self.locale.short_months.get(month()?),
            'W' => self.locale.days.get(day()?),
            _ => self.locale.short_days.get(day()?),
        }
        .copied()
    }

    fn weekday(&self) -> usize {
        self.date.weekday().into()
    }

    /// A number and how many digits it has at least; `Some(None)`: no such specifier.
    fn number(&self, specifier: char) -> Option<Option<(u64, usize)>> {
        let time = &self.time;
        Some(Some(match specifier {
            'H' => (self.hour(), 2),
            'k' => (self.hour(), 1),
            'h' | 'I' => (self.hour12(), 2),
            'l' => (self.hour12(), 1),
            'i' => (time.minutes(), 2),
            'S' | 's' => (time.seconds(), 2),
            'f' => (time.fraction().into(), 6),
            _ => return self.date_number(specifier),
        }))
    }

    fn date_number(&self, specifier: char) -> Option<Option<(u64, usize)>> {
        let date = self.date;
        let week = |mode| date.week(WeekMode::from_number(mode));
        Some(Some(match specifier {
            'Y' => (date.year.into(), 4),
            'y' => (u64::from(date.year % 100), 2),
            'm' => (date.month.into(), 2),
            'c' => (date.month.into(), 1),
            'd' => (date.day.into(), 2),
            'e' => (date.day.into(), 1),
            'j' => (date.day_of_year().into(), 3),
            'w' => ((self.weekday() as u64 + 1) % 7, 1),
            'U' => (week(0).1.into(), 2),
            'u' => (week(1).1.into(), 2),
            'V' => (week(2).1.into(), 2),
            'v' => (week(3).1.into(), 2),
            'X' => (week(2).0.into(), 4),
            'x' => (week(3).0.into(), 4),
            _ => return Some(None),
        }))
    }
}

/// `st`, `nd`, `rd`, `th`.
fn ordinal(day: u8) -> &'static str {
    match (day, day % 10) {
        (10..=19, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

/// `get_format('DATE', 'USA')`: the formats of some standards.
fn get_format(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let kind = args.text(0).to_ascii_uppercase();
    let standard = args.text(1).to_ascii_uppercase();
    let format = match (kind.as_str(), standard.as_str()) {
        ("DATE", "USA") => "%m.%d.%Y",
        ("DATE", "JIS" | "ISO") => "%Y-%m-%d",
        ("DATE", "EUR") => "%d.%m.%Y",
        ("DATE", "INTERNAL") => "%Y%m%d",
        ("TIME", "USA") => "%h:%i:%s %p",
        ("TIME", "JIS" | "ISO") => "%H:%i:%s",
        ("TIME", "EUR") => "%H.%i.%s",
        ("TIME", "INTERNAL") => "%H%i%s",
        ("DATETIME" | "TIMESTAMP", "USA" | "EUR") => "%Y-%m-%d %H.%i.%s",
        ("DATETIME" | "TIMESTAMP", "JIS" | "ISO") => "%Y-%m-%d %H:%i:%s",
        ("DATETIME" | "TIMESTAMP", "INTERNAL") => "%Y%m%d%H%i%s",
        _ => return Ok(Value::Null),
    };
    Ok(args.string(format))
}

//! STR_TO_DATE.

use super::super::args::Args;
use super::super::build::{TWO, pure};
use super::super::types::Typed;
use super::super::{Call, Function, TypeContext, error};
use super::typing::{date_time_type, time_type};
use crate::query::expr::ExprType;
use crate::query::session::SqlMode;
use crate::query::variables::locale;
use crate::query::{EvalContext, Interrupt};
use crate::value::temporal::{Date, DateMode, DateTime, SECOND, Time, from_days};
use crate::value::types::ColumnType;
use crate::value::{Value, Warning};

pub(in super::super) const FUNCTIONS: &[Function] =
    &[pure("str_to_date", TWO, str_to_date_type, str_to_date).statement()];

/// A constant format says what it has: a date, a time, both. Others may have all.
fn str_to_date_type(_: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let format = match ctx.constants.get(1) {
        Some(Some(Value::Null)) => return Ok(ExprType::new(ColumnType::DateTime(0), true)),
        Some(Some(format)) => crate::value::convert::to_text(format),
        _ => return Ok(date_time_type(6)),
    };
    let specifiers: Vec<char> =
        format.split('%').skip(1).filter_map(|part| part.chars().next()).collect();
    let has = |wanted: &str| specifiers.iter().any(|letter| wanted.contains(*letter));
    let fsp = if has("f") { 6 } else { 0 };
    Ok(match (has("YyMmbcDdejWwaUuVvXx"), has("HkhIlpisSrTf")) {
        (true, true) => date_time_type(fsp),
        (false, true) => time_type(fsp),
        _ => ExprType::new(ColumnType::Date, true),
    })
}

fn str_to_date(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let (text, format) = (args.text(0), args.text(1));
    let mut reader = Reader { rest: &text, found: Found::default() };
    let read = reader.read(&format).and_then(|()| reader.found.settle());
    let rest = !reader.rest.trim().is_empty();
    let no_zero_in_date = args.ctx.sql_mode().has(SqlMode::NO_ZERO_IN_DATE);
    let mode = DateMode { no_zero_in_date, ..args.date_mode() };
    let value = read.and_then(|moment| shaped(moment, &call.result.ty, mode));
    let kind = match call.result.ty {
        ColumnType::Date => "date",
        ColumnType::Time(_) => "time",
        _ => "datetime",
    };
    match value {
        Some(value) => {
            if rest {
                let warning = Warning::truncated(kind, &text);
                args.ctx.warn(warning.code, warning.message);
            }
            Ok(value)
        }
        None => {
            args.ctx.warn(1411, error::incorrect_text("datetime", &text, "str_to_date"));
            Ok(Value::Null)
        }
    }
}

/// The value in the form of the result; none where its date is none that is taken.
fn shaped(moment: DateTime, ty: &ColumnType, mode: DateMode) -> Option<Value> {
    if let ColumnType::Time(_) = ty {
        return Some(Value::Time(Time { micros: moment.micros as i64 }));
    }
    let date = Some(moment.date).filter(|date| mode.accepts(*date))?;
    Some(match ty {
        ColumnType::Date => Value::Date(date),
        _ => Value::DateTime(moment),
    })
}

/// The parts that were read.
#[derive(Debug, Default)]
struct Found {
    year: u16,
    month: u8,
    day: u8,
    hour: u64,
    minute: u64,
    second: u64,
    micros: u64,
    pm: Option<bool>,
    twelve: bool,
    day_of_year: Option<u16>,
    weekday: Option<u8>,
    week: Option<u8>,
    week_year: Option<u16>,
    sunday_first: bool,
}

impl Found {
    /// The moment; none where the parts make none.
    fn settle(&self) -> Option<DateTime> {
        let mut hour = self.hour;
        if let Some(pm) = self.pm {
            if hour > 12 || !self.twelve {
                return None;
            }
            hour = hour % 12 + if pm { 12 } else { 0 };
        }
        if hour > 23 || self.minute > 59 || self.second > 59 {
            return None;
        }
        let seconds = hour * 3600 + self.minute * 60 + self.second;
        let micros = seconds * SECOND as u64 + self.micros;
        Some(DateTime { date: self.date()?, micros })
    }

    fn date(&self) -> Option<Date> {
        if let Some(day) = self.day_of_year {
            return Date::new(self.year, 1, 1).plus_days(i64::from(day) - 1);
        }
        if let (Some(week), Some(weekday)) = (self.week, self.weekday) {
            return self.of_week(week, weekday);
        }
        let (month_fits, day_fits) = (self.month <= 12, self.day <= 31);
        (month_fits && day_fits).then(|| Date::new(self.year, self.month, self.day))
    }

    /// The day of a week: `%X%V %W` and `%x%v %W`, also `%Y %U %W`.
    fn of_week(&self, week: u8, weekday: u8) -> Option<Date> {
        let year = self.week_year.unwrap_or(self.year);
        let first = Date::new(year, 1, 1);
        let start = i64::from(first.weekday());
        // Days from the first of January to the first day of week 1.
        let (offset, day) = if self.sunday_first {
            let start = (start + 1) % 7;
            (if start == 0 { 0 } else { 7 - start }, (i64::from(weekday) + 1) % 7)
        } else {
            (if start <= 3 { -start } else { 7 - start }, i64::from(weekday))
        };
        from_days(first.to_days() + offset + (i64::from(week) - 1) * 7 + day)
    }
}

/// Reads a text as a format says.
struct Reader<'a> {
    rest: &'a str,
    found: Found,
}

impl Reader<'_> {
    fn read(&mut self, format: &str) -> Option<()> {
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() {
                return Some(());
            }
            match letter {
                '%' => self.specifier(letters.next()?)?,
                letter if letter.is_whitespace() => {}
                letter => self.rest = self.rest.strip_prefix(letter)?,
            }
        }
        Some(())
    }

    fn specifier(&mut self, specifier: char) -> Option<()> {
        match specifier {
            'Y' | 'y' | 'm' | 'c' | 'd' | 'e' | 'j' | 'D' => self.date_part(specifier),
            'H' | 'k' | 'h' | 'I' | 'l' | 'i' | 's' | 'S' | 'f' | 'p' => self.time_part(specifier),
            'M' | 'b' | 'W' | 'a' => self.name(specifier),
            'w' | 'U' | 'u' | 'V' | 'v' | 'X' | 'x' => self.week_part(specifier),
            'r' => self.read("%I:%i:%S %p"),
            'T' => self.read("%H:%i:%S"),
            '.' => self.skip(|letter| letter.is_ascii_punctuation()),
            '@' => self.skip(char::is_alphabetic),
            '#' => self.skip(|letter| letter.is_ascii_digit()),
            other => {
                self.rest = self.rest.strip_prefix(other)?;
                Some(())
            }
        }
    }

    fn skip(&mut self, what: impl Fn(char) -> bool) -> Option<()> {
        self.rest = self.rest.trim_start_matches(what);
        Some(())
    }

    /// Up to so many digits, and how many there were.
    fn digits(&mut self, most: usize) -> Option<(u64, usize)> {
        let size = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let number = self.rest.get(..size)?.parse().ok()?;
        self.rest = self.rest.get(size..)?;
        Some((number, size))
    }

    fn year(&mut self, most: usize) -> Option<u16> {
        let (year, size) = self.digits(most)?;
        let century = match year {
            _ if size > 2 => 0,
            0..=69 => 2000,
            _ => 1900,
        };
        Some(year as u16 + century)
    }

    fn date_part(&mut self, specifier: char) -> Option<()> {
        match specifier {
            'Y' => self.found.year = self.year(4)?,
            'y' => self.found.year = self.year(2)?,
            'm' | 'c' => self.found.month = self.digits(2)?.0 as u8,
            'j' => self.found.day_of_year = Some(self.digits(3)?.0 as u16),
            'D' => {
                self.found.day = self.digits(2)?.0 as u8;
                self.rest = self.rest.get(2..)?;
            }
            _ => self.found.day = self.digits(2)?.0 as u8,
        }
        Some(())
    }

    fn time_part(&mut self, specifier: char) -> Option<()> {
        match specifier {
            'H' | 'k' => self.found.hour = self.digits(2)?.0,
            'h' | 'I' | 'l' => {
                self.found.hour = self.digits(2)?.0;
                self.found.twelve = true;
            }
            'i' => self.found.minute = self.digits(2)?.0,
            'f' => {
                let (number, size) = self.digits(6)?;
                self.found.micros = number * 10u64.pow(6 - size as u32);
            }
            'p' => {
                let half = self.rest.get(..2)?.to_ascii_uppercase();
                self.found.pm = Some(match half.as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                });
                self.rest = self.rest.get(2..)?;
            }
            _ => self.found.second = self.digits(2)?.0,
        }
        Some(())
    }

    fn week_part(&mut self, specifier: char) -> Option<()> {
        match specifier {
            'w' => self.found.weekday = Some((self.digits(1)?.0 as u8 + 6) % 7),
            'X' | 'x' => self.found.week_year = Some(self.year(4)?),
            _ => {
                self.found.week = Some(self.digits(2)?.0 as u8);
                self.found.sunday_first = matches!(specifier, 'U' | 'V');
            }
        }
        Some(())
    }

    /// The name of a month or a day, long or short, in any case.
    fn name(&mut self, specifier: char) -> Option<()> {
        let locale = locale::get("en_US");
        let names: &[&str] = match specifier {
            'M' => locale.months,
            'b' => locale.short_months,
            'W' => locale.days,
            _ => locale.short_days,
        };
        let starts = |name: &&str| -> bool {
            self.rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        let at = names.iter().position(starts)?;
        self.rest = self.rest.get(names.get(at)?.len()..)?;
        match specifier {
            'M' | 'b' => self.found.month = at as u8 + 1,
            _ => self.found.weekday = Some(at as u8),
        }
        Some(())
    }
}

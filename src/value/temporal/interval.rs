//! Intervals: `DATE + INTERVAL 1 MONTH`, and the difference of two dates in a unit.

use super::{DAY, Date, DateTime, SECOND, days_in_month};

/// The units of an interval. The composite ones take several numbers in one text (`'1:30' HOUR_MINUTE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Unit {
    Microsecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    SecondMicrosecond,
    MinuteMicrosecond,
    MinuteSecond,
    HourMicrosecond,
    HourSecond,
    HourMinute,
    DayMicrosecond,
    DaySecond,
    DayMinute,
    DayHour,
    YearMonth,
}

const NAMES: [(&str, Unit); 20] = [
    ("MICROSECOND", Unit::Microsecond),
    ("SECOND", Unit::Second),
    ("MINUTE", Unit::Minute),
    ("HOUR", Unit::Hour),
    ("DAY", Unit::Day),
    ("WEEK", Unit::Week),
    ("MONTH", Unit::Month),
    ("QUARTER", Unit::Quarter),
    ("YEAR", Unit::Year),
    ("SECOND_MICROSECOND", Unit::SecondMicrosecond),
    ("MINUTE_MICROSECOND", Unit::MinuteMicrosecond),
    ("MINUTE_SECOND", Unit::MinuteSecond),
    ("HOUR_MICROSECOND", Unit::HourMicrosecond),
    ("HOUR_SECOND", Unit::HourSecond),
    ("HOUR_MINUTE", Unit::HourMinute),
    ("DAY_MICROSECOND", Unit::DayMicrosecond),
    ("DAY_SECOND", Unit::DaySecond),
    ("DAY_MINUTE", Unit::DayMinute),
    ("DAY_HOUR", Unit::DayHour),
    ("YEAR_MONTH", Unit::YearMonth),
];

/// The fields of composite units, from the largest.
const DAYS: usize = 0;
const HOURS: usize = 1;
const MINUTES: usize = 2;
const SECONDS: usize = 3;
const MICROS: usize = 4;

impl Unit {
    /// The unit of this name, in any case; also `SQL_TSI_DAY` and its kin.
    pub fn by_name(name: &str) -> Option<Self> {
        let upper = name.to_ascii_uppercase();
        let plain = upper.strip_prefix("SQL_TSI_").unwrap_or(&upper);
        NAMES.iter().find(|(known, _)| *known == plain).map(|(_, unit)| *unit)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, unit)| *unit == self).map_or("", |(name, _)| *name)
    }

    /// Whether it changes the time of day, so that a DATE becomes a DATETIME.
    pub fn has_time(self) -> bool {
        use Unit::{Day, Month, Quarter, Week, Year, YearMonth};
        !matches!(self, Day | Week | Month | Quarter | Year | YearMonth)
    }

    /// Whether it has microseconds.
    pub fn has_micros(self) -> bool {
        self == Self::Microsecond || self.name().ends_with("_MICROSECOND")
    }

    /// Whether it takes several numbers.
    pub fn is_composite(self) -> bool {
        self.name().contains('_')
    }

    /// The first and last field of a composite unit of days and times.
    fn fields(self) -> Option<(usize, usize)> {
        Some(match self {
            Self::SecondMicrosecond => (SECONDS, MICROS),
            Self::MinuteMicrosecond => (MINUTES, MICROS),
            Self::MinuteSecond => (MINUTES, SECONDS),
            Self::HourMicrosecond => (HOURS, MICROS),
            Self::HourSecond => (HOURS, SECONDS),
            Self::HourMinute => (HOURS, MINUTES),
            Self::DayMicrosecond => (DAYS, MICROS),
            Self::DaySecond => (DAYS, SECONDS),
            Self::DayMinute => (DAYS, MINUTES),
            Self::DayHour => (DAYS, HOURS),
            _ => return None,
        })
    }
}

/// A span of time: months, which have no fixed length, and microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interval {
    /// Months.
    pub months: i64,
    /// Microseconds.
    pub micros: i128,
}

impl Interval {
    /// So many of a unit; of a composite one, of its last field.
    pub fn whole(amount: i64, unit: Unit) -> Self {
        let wide = i128::from(amount);
        let micros = |size: i64| Self { months: 0, micros: wide * i128::from(size) };
        match unit {
            Unit::Microsecond => micros(1),
            Unit::Second => micros(SECOND),
            Unit::Minute => micros(60 * SECOND),
            Unit::Hour => micros(3600 * SECOND),
            Unit::Day => micros(DAY),
            Unit::Week => micros(7 * DAY),
            Unit::Month | Unit::YearMonth => Self { months: amount, micros: 0 },
            Unit::Quarter => Self { months: amount.saturating_mul(3), micros: 0 },
            Unit::Year => Self { months: amount.saturating_mul(12), micros: 0 },
            _ => Self::parse(&amount.to_string(), unit).unwrap_or_default(),
        }
    }

    /// Seconds with a fraction, in microseconds.
    pub fn seconds(micros: i64) -> Self {
        Self { months: 0, micros: micros.into() }
    }

    /// From the text of a composite unit: numbers with anything between them, the last ones first missing
    /// (`'5' DAY_SECOND` is five seconds). None with more numbers than the unit has.
    pub fn parse(text: &str, unit: Unit) -> Option<Self> {
        let text = text.trim_ascii();
        let negative = text.starts_with('-');
        if unit == Unit::YearMonth {
            let numbers = numbers(text, 2)?;
            let months = match *numbers.as_slice() {
                [years, (months, _)] => years.0.saturating_mul(12).saturating_add(months),
                [(months, _)] => months,
                _ => 0,
            };
            return Some(Self { months, micros: 0 }.signed(negative));
        }
        let (first, last) = unit.fields()?;
        let numbers = numbers(text, last - first + 1)?;
        let mut fields = [0i64; 5];
        let start = last + 1 - numbers.len();
        for (field, (value, digits)) in fields.iter_mut().skip(start).zip(&numbers) {
            *field = *value;
            let _ = digits;
        }
        // `'1.5' SECOND_MICROSECOND` is a second and a half: missing digits are zeros at the end.
        if last == MICROS
            && let (Some((value, digits)), Some(field)) = (numbers.last(), fields.last_mut())
        {
            *field = value.saturating_mul(10i64.pow(6u32.saturating_sub(*digits)));
        }
        let sizes = [DAY, 3600 * SECOND, 60 * SECOND, SECOND, 1];
        let micros = fields
            .iter()
            .zip(sizes)
            .map(|(field, size)| i128::from(*field) * i128::from(size))
            .sum();
        Some(Self { months: 0, micros }.signed(negative))
    }

    fn signed(self, negative: bool) -> Self {
        if negative { self.neg() } else { self }
    }

    /// The other way.
    #[allow(clippy::should_implement_trait)]
    pub fn neg(self) -> Self {
        Self { months: self.months.saturating_neg(), micros: -self.micros }
    }
}

/// The runs of digits in a text with their lengths; none if there are more than `limit`.
fn numbers(text: &str, limit: usize) -> Option<Vec<(i64, u32)>> {
    let runs: Vec<_> = text
        .split(|character: char| !character.is_ascii_digit())
        .filter(|run| !run.is_empty())
        .map(|run| (run.parse().unwrap_or(i64::MAX), run.len() as u32))
        .collect();
    (runs.len() <= limit).then_some(runs)
}

impl DateTime {
    /// This moment and an interval; none outside the years 0 to 9999. A day beyond the end of its new month
    /// becomes the last one.
    pub fn plus(self, interval: Interval) -> Option<Self> {
        let date = self.date.plus_months(interval.months)?;
        let moved = Self { date, ..self };
        if interval.micros == 0 {
            return Some(moved);
        }
        let micros = i128::from(moved.to_micros()).checked_add(interval.micros)?;
        Self::from_micros(micros.try_into().ok()?)
    }

    /// How many whole units lie between two moments (`TIMESTAMPDIFF`); negative if `self` is later.
    pub fn units_until(self, end: Self, unit: Unit) -> i64 {
        let (first, last) = if self <= end { (self, end) } else { (end, self) };
        let micros = last.to_micros() - first.to_micros();
        let amount = match unit {
            Unit::Month | Unit::YearMonth => whole_months(first, last),
            Unit::Quarter => whole_months(first, last) / 3,
            Unit::Year => whole_months(first, last) / 12,
            _ => micros / Interval::whole(1, unit).micros.clamp(1, i128::from(i64::MAX)) as i64,
        };
        if self <= end { amount } else { -amount }
    }
}

fn whole_months(first: DateTime, last: DateTime) -> i64 {
    let number = |moment: DateTime| i64::from(moment.date.year) * 12 + i64::from(moment.date.month);
    let incomplete = (last.date.day, last.micros) < (first.date.day, first.micros);
    number(last) - number(first) - i64::from(incomplete)
}

impl Date {
    /// The date so many months later; none outside the years 0 to 9999.
    pub fn plus_months(self, months: i64) -> Option<Self> {
        if months == 0 {
            return Some(self);
        }
        let total = (i64::from(self.year) * 12 + i64::from(self.month) - 1).checked_add(months)?;
        let year = u16::try_from(total.div_euclid(12)).ok().filter(|year| *year <= 9999)?;
        let month = total.rem_euclid(12) as u8 + 1;
        Some(Self { year, month, day: self.day.min(days_in_month(year, month)) })
    }
}

/// The months since the year 0 of a period, YYMM or YYYYMM (`PERIOD_ADD`).
pub fn month_of_period(period: u64) -> u64 {
    if period == 0 {
        return 0;
    }
    let year = match period / 100 {
        year @ 0..70 => year + 2000,
        year @ 70..100 => year + 1900,
        year => year,
    };
    (year * 12 + period % 100).saturating_sub(1)
}

/// The period, YYYYMM, of so many months since the year 0.
pub fn period_of_month(month: u64) -> u64 {
    if month == 0 {
        return 0;
    }
    let year = match month / 12 {
        year @ 0..70 => year + 2000,
        year @ 70..100 => year + 1900,
        year => year,
    };
    year * 100 + month % 12 + 1
}

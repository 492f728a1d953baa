//! The arguments of one call, as the type that a function wants them in, with MySQL's leniency: what does
//! not fit is cut off with a warning.

use std::borrow::Cow;

use super::{Call, error, types};
use crate::query::expr::{Coercibility, ExprType};
use crate::query::session::{SqlMode, WarningLevel};
use crate::query::{EvalContext, Interrupt};
use crate::value::collation::Collation;
use crate::value::display::text_of;
use crate::value::temporal::{Date, DateMode, DateTime, Interval, Time};
use crate::value::types::{CollationId, ColumnType};
use crate::value::{Decimal, Value, Warning, Warnings, convert};

/// The arguments of a call.
pub(super) struct Args<'a, 'c> {
    /// The surroundings.
    pub ctx: &'a mut EvalContext<'c>,
    values: &'a [Value],
    call: &'a Call<'a>,
}

/// A number in the form that its type has.
#[derive(Debug, Clone)]
pub(super) enum Number {
    /// Whole, signed.
    Int(i64),
    /// Whole, unsigned.
    UInt(u64),
    /// Exact.
    Decimal(Decimal),
    /// Approximate.
    Double(f64),
}

/// Sends conversions' warnings to the session.
pub(super) struct Sink<'a, 'c>(pub &'a mut EvalContext<'c>);

impl Warnings for Sink<'_, '_> {
    fn warn(&mut self, warning: Warning) {
        self.0.session.diagnostics.push(WarningLevel::Warning, warning.code, warning.message);
    }
}

static NULL: Value = Value::Null;

impl<'a, 'c> Args<'a, 'c> {
    pub(super) fn new(
        ctx: &'a mut EvalContext<'c>,
        values: &'a [Value],
        call: &'a Call<'a>,
    ) -> Self {
        Self { ctx, values, call }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The argument; NULL if it is not there.
    pub(super) fn value(&self, at: usize) -> &'a Value {
        self.values.get(at).unwrap_or(&NULL)
    }

    pub(super) fn is_null(&self, at: usize) -> bool {
        matches!(self.value(at), Value::Null)
    }

    /// The type of the argument.
    pub(super) fn ty(&self, at: usize) -> Option<&'a ExprType> {
        self.call.args.get(at)
    }

    /// The types of all.
    pub(super) fn types(&self) -> &'a [ExprType] {
        self.call.args
    }

    /// The type of the result.
    pub(super) fn result(&self) -> &'a ExprType {
        self.call.result
    }

    /// The argument as text. Bytes that are no UTF-8 are replaced.
    pub(super) fn text(&self, at: usize) -> Cow<'a, str> {
        match self.value(at) {
            Value::Text(text) => Cow::Borrowed(text),
            Value::Bytes(bytes) => String::from_utf8_lossy(bytes),
            Value::Member(member) => Cow::Borrowed(&member.text),
            value => match self.bit_bytes(at) {
                Some(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
                None => Cow::Owned(shown(value, self.ty(at))),
            },
        }
    }

    /// The bytes of a BIT, which is a binary string where text is wanted.
    fn bit_bytes(&self, at: usize) -> Option<Vec<u8>> {
        let ty = self.ty(at).map(|ty| &ty.ty).filter(|ty| matches!(ty, ColumnType::Bit(_)))?;
        let mut bytes = Vec::new();
        crate::value::display(self.value(at), ty, &mut bytes);
        Some(bytes)
    }

    /// The argument as the text that a number is read from: of BIT and `x'…'` the digits of the number.
    pub(super) fn digits(&self, at: usize) -> Cow<'a, str> {
        match (self.value(at), self.ty(at).map(|ty| &ty.ty)) {
            (Value::UInt(number), Some(ColumnType::Bit(_))) => Cow::Owned(number.to_string()),
            (Value::Bytes(bytes), _) if self.is_hex_literal(at) => {
                Cow::Owned(hex_number(bytes).to_string())
            }
            _ => self.text(at),
        }
    }

    /// The argument as bytes: text in UTF-8, or in latin1 where that is its character set.
    pub(super) fn bytes(&self, at: usize) -> Cow<'a, [u8]> {
        match self.value(at) {
            Value::Bytes(bytes) => Cow::Borrowed(bytes),
            Value::Text(text) => encoded(text, self.ty(at)),
            _ => {
                if let Some(bytes) = self.bit_bytes(at) {
                    Cow::Owned(bytes)
                } else {
                    match self.text(at) {
                        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
                    }
                }
            }
        }
    }

    /// The argument as characters of the result: where the result is binary, each byte is a character.
    /// [`Args::string`] is the way back.
    pub(super) fn characters(&self, at: usize) -> Cow<'a, str> {
        if self.is_binary() {
            return Cow::Owned(self.bytes(at).iter().copied().map(char::from).collect());
        }
        self.text(at)
    }

    /// Whether the result is a binary string.
    fn is_binary(&self) -> bool {
        self.call.result.collation() == types::BINARY
    }

    /// A string result from its characters.
    pub(super) fn string(&self, characters: impl Into<String>) -> Value {
        let characters = characters.into();
        if self.is_binary() {
            let bytes: Vec<u8> = characters.chars().map(|byte| byte as u32 as u8).collect();
            return Value::Bytes(bytes.into());
        }
        Value::Text(characters.into())
    }

    /// A string result, or NULL with 1301 where it is longer than `max_allowed_packet`.
    pub(super) fn bounded(&mut self, length: usize, function: &str) -> bool {
        let limit = self.ctx.session.variables.max_allowed_packet;
        let fits = length as u64 <= limit;
        if !fits {
            self.ctx.warn(1301, error::too_large_text(function, limit));
        }
        fits
    }

    /// The collation in which some arguments are compared.
    pub(super) fn collation(&self, of: &[ExprType]) -> &'static Collation {
        let connection = self.ctx.session.variables.collation_connection;
        let merged = types::merged_collation(of, "", connection);
        merged.map_or(CollationId::UTF8MB4_BIN, |(collation, _)| collation).collation()
    }

    /// The argument as a whole number with its sign: fractions are rounded, text ends at its first
    /// character that is no digit.
    pub(super) fn integer(&mut self, at: usize) -> i128 {
        match self.value(at) {
            Value::Int(number) => i128::from(*number),
            Value::UInt(number) => i128::from(*number),
            Value::Bytes(bytes) if self.is_hex_literal(at) => hex_number(bytes),
            value => {
                if let Value::Decimal(number) = value {
                    return number.to_i128().unwrap_or(i128::MAX);
                }
                let value = value.clone();
                convert::to_integer(&value, &mut Sink(self.ctx))
            }
        }
    }

    /// Whether the argument was written `0x41`: among numbers it is one.
    fn is_hex_literal(&self, at: usize) -> bool {
        self.ty(at).is_some_and(|ty| ty.coercibility == Coercibility::Coercible)
    }

    /// The argument as a BIGINT: beyond its ends the end.
    pub(super) fn int(&mut self, at: usize) -> i64 {
        let number = self.integer(at);
        number.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }

    /// The 64 bits of the argument as a number: negative ones in two's complement.
    pub(super) fn bits(&mut self, at: usize) -> u64 {
        let number = self.integer(at);
        if number < 0 {
            return number.max(i128::from(i64::MIN)) as i64 as u64;
        }
        number.min(i128::from(u64::MAX)) as u64
    }

    /// The argument as a DOUBLE.
    pub(super) fn real(&mut self, at: usize) -> f64 {
        let value = self.value(at).clone();
        if let Value::Bytes(bytes) = &value
            && self.is_hex_literal(at)
        {
            return hex_number(bytes) as f64;
        }
        convert::to_f64(&value, &mut Sink(self.ctx))
    }

    /// The argument as a DECIMAL.
    pub(super) fn decimal(&mut self, at: usize) -> Decimal {
        let value = self.value(at).clone();
        if let Value::Bytes(bytes) = &value
            && self.is_hex_literal(at)
        {
            return Decimal::from_parts(hex_number(bytes), 0);
        }
        convert::to_decimal(&value, &mut Sink(self.ctx))
    }

    /// The argument as the kind of number that it is; text is approximate.
    pub(super) fn number(&mut self, at: usize) -> Number {
        match self.value(at) {
            Value::Int(number) => Number::Int(*number),
            Value::UInt(number) => Number::UInt(*number),
            Value::Decimal(number) => Number::Decimal(number.clone()),
            Value::Date(date) => Number::Int(date.to_number()),
            Value::Time(time) if time.fraction() == 0 => Number::Int(time.to_number()),
            Value::DateTime(moment) if moment.time().fraction() == 0 => {
                Number::Int(moment.to_number())
            }
            Value::Time(_) | Value::DateTime(_) => Number::Decimal(self.decimal(at)),
            _ => Number::Double(self.real(at)),
        }
    }

    /// `sql_mode` about odd dates.
    pub(super) fn date_mode(&self) -> DateMode {
        let mode = self.ctx.sql_mode();
        DateMode {
            no_zero_date: mode.has(SqlMode::NO_ZERO_DATE),
            no_zero_in_date: false,
            allow_invalid_dates: mode.has(SqlMode::ALLOW_INVALID_DATES),
            truncate_fraction: mode.has(SqlMode::TIME_TRUNCATE_FRACTIONAL),
        }
    }

    /// The call as errors print it: the name and the arguments' values.
    pub(super) fn call_text(&self, name: &str) -> String {
        let parts: Vec<String> = (0..self.len()).map(|at| self.argument_text(at)).collect();
        format!("{name}({})", parts.join(","))
    }

    fn argument_text(&self, at: usize) -> String {
        match self.value(at) {
            Value::Null => "NULL".to_owned(),
            Value::Text(text) => format!("'{text}'"),
            _ => match self.text(at).strip_prefix('-') {
                Some(positive) => format!("-({positive})"),
                None => self.text(at).into_owned(),
            },
        }
    }

    /// 1690.
    pub(super) fn out_of_range(&self, kind: &str, name: &str) -> Interrupt {
        Interrupt::from(error::out_of_range(kind, &self.call_text(name)))
    }
}

/// The number that the last eight bytes of a hexadecimal literal are.
fn hex_number(bytes: &[u8]) -> i128 {
    const LAST: usize = 8;
    let skipped = bytes.len().saturating_sub(LAST);
    bytes.iter().skip(skipped).fold(0, |number, byte| number << 8 | i128::from(*byte))
}

/// Text in the bytes of its character set; UTF-8 where that is one.
fn encoded<'a>(text: &'a str, ty: Option<&ExprType>) -> Cow<'a, [u8]> {
    let charset = ty.map(|ty| ty.collation().collation().charset);
    match charset {
        Some(charset) if charset.name == "latin1" && !text.is_ascii() => {
            let mut bytes = Vec::new();
            charset.encode_lossy(text, &mut bytes);
            Cow::Owned(bytes)
        }
        _ => Cow::Borrowed(text.as_bytes()),
    }
}

/// A value as text.
pub(super) fn shown(value: &Value, ty: Option<&ExprType>) -> String {
    text_of(value, ty.map_or(&ColumnType::Null, |ty| &ty.ty))
}

/// A date or moment that is one already. Zero parts are no hindrance, unless it is to be a `real` one.
fn stored_moment(value: &Value, real: bool) -> Option<DateTime> {
    let moment = match value {
        Value::Date(date) => date.midnight(),
        Value::DateTime(moment) => *moment,
        _ => return None,
    };
    (!real || !moment.date.has_zero_part()).then_some(moment)
}

impl Args<'_, '_> {
    /// The argument as a date and time. A TIME is one of today. `real`: zero parts are refused (1292).
    pub(super) fn moment(&mut self, at: usize, real: bool) -> Option<DateTime> {
        let value = self.value(at).clone();
        if let Value::Time(time) = &value {
            let today = super::time::now::local_now(self.ctx)?.date;
            return today.midnight().plus(Interval::seconds(time.micros));
        }
        if let Some(found) = self.of_year(at).or_else(|| stored_moment(&value, real)) {
            return Some(found);
        }
        let mode = DateMode { no_zero_in_date: real, ..self.date_mode() };
        let moment = convert::to_date_time(&value, mode, &mut Sink(self.ctx))?;
        if real && moment.date.has_zero_part() {
            let warning = Warning::incorrect("datetime", &self.text(at));
            self.ctx.warn(warning.code, warning.message);
            return None;
        }
        Some(moment)
    }

    /// A YEAR as the first day of it.
    fn of_year(&self, at: usize) -> Option<DateTime> {
        match (self.value(at), &self.ty(at)?.ty) {
            (Value::UInt(year), ColumnType::Year) => {
                let year = u16::try_from(*year).ok()?;
                Some(Date { year, month: 1, day: 1 }.midnight())
            }
            _ => None,
        }
    }

    /// The argument as a time.
    pub(super) fn time(&mut self, at: usize) -> Option<Time> {
        if let Some(start) = self.of_year(at) {
            return Some(start.time());
        }
        let value = self.value(at).clone();
        let mode = self.date_mode();
        convert::to_time(&value, mode, &mut Sink(self.ctx))
    }
}

//! Decimals from text and to text.

use std::fmt;
use std::str::FromStr;

use num_bigint::BigInt;

use super::{Decimal, DecimalError, MAX_INTEGER_DIGITS, MAX_SCALE, Repr};

/// A longer exponent is no different from one of this size: the number is zero or too large.
const MAX_EXPONENT: i32 = 100_000;

/// The number at the start of `text` (sign, digits, point, exponent; no spaces) and how many bytes it
/// takes. More than 30 places are rounded.
pub(super) fn parse_prefix(text: &str) -> Result<(Decimal, usize), DecimalError> {
    let bytes = text.as_bytes();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits_at(bytes, sign);
    let point = usize::from(bytes.get(whole) == Some(&b'.'));
    let end = if point == 1 { digits_at(bytes, whole + 1) } else { whole };
    if end - sign == point {
        return Err(DecimalError::NotANumber);
    }
    let (exponent, used) = exponent_at(bytes, end);
    let fraction = text.get(whole + point..end).unwrap_or_default();
    let mut digits = String::with_capacity(end);
    digits.push_str(text.get(sign..whole).unwrap_or_default());
    digits.push_str(fraction);
    let number = assemble(&digits, fraction.len() as i32 - exponent)?;
    Ok((if text.starts_with('-') { number.neg() } else { number }, used))
}

/// Where the run of digits that starts at `from` ends.
fn digits_at(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// The exponent at `from`, if one is there, and where it ends.
fn exponent_at(bytes: &[u8], from: usize) -> (i32, usize) {
    if !matches!(bytes.get(from), Some(b'e' | b'E')) {
        return (0, from);
    }
    let negative = bytes.get(from + 1) == Some(&b'-');
    let signed = negative || bytes.get(from + 1) == Some(&b'+');
    let start = from + 1 + usize::from(signed);
    let end = digits_at(bytes, start);
    if end == start {
        return (0, from);
    }
    let digits = bytes.get(start..end).unwrap_or_default();
    let size = digits.iter().fold(0i32, |sum, digit| {
        sum.saturating_mul(10).saturating_add(i32::from(digit - b'0')).min(MAX_EXPONENT)
    });
    (if negative { -size } else { size }, end)
}

/// The number with these digits, `scale` of them after the point; `scale` may be negative or beyond them.
fn assemble(digits: &str, scale: i32) -> Result<Decimal, DecimalError> {
    let digits = digits.trim_start_matches('0');
    let integer_digits = digits.len() as i32 - scale;
    if digits.is_empty() || integer_digits < -i32::from(MAX_SCALE) {
        return Ok(Decimal::small(0, scale.clamp(0, MAX_SCALE.into()) as u8));
    }
    if integer_digits > MAX_INTEGER_DIGITS as i32 {
        return Err(DecimalError::Overflow);
    }
    if scale < 0 {
        let padded = format!("{digits}{}", "0".repeat(scale.unsigned_abs() as usize));
        return from_digits(&padded, 0);
    }
    if scale <= i32::from(MAX_SCALE) {
        return from_digits(digits, scale as u8);
    }
    round_digits(digits, scale)
}

/// Drops the places past the thirtieth; the first of them decides which way it rounds.
fn round_digits(digits: &str, scale: i32) -> Result<Decimal, DecimalError> {
    let dropped = (scale - i32::from(MAX_SCALE)) as usize;
    let kept = digits.len().saturating_sub(dropped);
    let number = from_digits(digits.get(..kept).unwrap_or_default(), MAX_SCALE)?;
    let next = if dropped > digits.len() { None } else { digits.as_bytes().get(kept) };
    if next.is_some_and(|digit| *digit >= b'5') {
        return number.add(&Decimal::small(1, MAX_SCALE));
    }
    Ok(number)
}

pub(super) fn from_digits(digits: &str, scale: u8) -> Result<Decimal, DecimalError> {
    if digits.is_empty() {
        return Ok(Decimal::small(0, scale));
    }
    if let Ok(digits) = digits.parse::<i64>() {
        return Ok(Decimal::small(digits, scale));
    }
    let digits = BigInt::from_str(digits).map_err(|_| DecimalError::NotANumber)?;
    Ok(Decimal::from_big(digits, scale))
}

impl Decimal {
    /// The number at the start of `text` (sign, digits, point, exponent; no leading spaces) and how many
    /// bytes it takes. More than 30 places are rounded.
    ///
    /// # Errors
    ///
    /// When no number starts there, or it has more than 81 digits before the point.
    pub fn parse_prefix(text: &str) -> Result<(Self, usize), DecimalError> {
        parse_prefix(text)
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (number, used) = parse_prefix(text)?;
        if used == text.len() { Ok(number) } else { Err(DecimalError::NotANumber) }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = match &self.0 {
            Repr::Small { digits, .. } => digits.unsigned_abs().to_string(),
            Repr::Large(large) => large.digits.magnitude().to_str_radix(10),
        };
        let scale = usize::from(self.scale());
        let sign = if self.is_negative() { "-" } else { "" };
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decimal({self})")
    }
}

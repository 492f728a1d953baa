//! Exact decimal numbers: DECIMAL values and what arithmetic on them yields.
//!
//! A number is an integer and a scale (how many of its digits stand after the point). Nearly every number
//! that applications store has at most eighteen digits, so such a number lies in the value itself and is
//! reckoned in machine words; only longer ones use big integers on the heap.
//!
//! The scale is part of the value's text (`1.50`) but not of its order: `1.5 = 1.50`.

mod arithmetic;
pub mod binary;
mod text;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

/// The most digits of a DECIMAL column.
pub const MAX_DIGITS: u32 = 65;

/// The most digits before the point that a result may have; a column holds fewer.
pub const MAX_INTEGER_DIGITS: u32 = 81;

/// The most digits after the point of a DECIMAL column, literal, sum or product.
pub const MAX_SCALE: u8 = 30;

/// The most digits after the point that a number may be written with: the product of two columns.
const MAX_PLACES: u8 = 2 * MAX_SCALE;

/// Why a decimal operation has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// More than 81 digits before the point.
    #[error("DECIMAL value is out of range")]
    Overflow,
    /// The divisor is zero: NULL or error 1365 in SQL.
    #[error("Division by 0")]
    DivisionByZero,
    /// The text is no number.
    #[error("not a number")]
    NotANumber,
}

/// An exact decimal number: at most 81 digits before the point.
#[derive(Clone)]
pub struct Decimal(Repr);

/// `Small` whenever the digits fit, so equal numbers of one scale have one form.
#[derive(Clone)]
enum Repr {
    Small { digits: i64, scale: u8 },
    Large(Arc<Large>),
}

struct Large {
    digits: BigInt,
    scale: u8,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self::small(0, 0);
    /// One.
    pub const ONE: Self = Self::small(1, 0);

    const fn small(digits: i64, scale: u8) -> Self {
        Self(Repr::Small { digits, scale })
    }

    /// `digits` with the point `scale` places from their end. `scale` is at most
    /// 60.
    pub fn from_parts(digits: i128, scale: u8) -> Self {
        match i64::try_from(digits) {
            Ok(digits) => Self::small(digits, scale),
            Err(_) => Self(Repr::Large(Arc::new(Large { digits: digits.into(), scale }))),
        }
    }

    /// The same of any size.
    pub(super) fn from_big(digits: BigInt, scale: u8) -> Self {
        match digits.to_i64() {
            Some(digits) => Self::small(digits, scale),
            None => Self(Repr::Large(Arc::new(Large { digits, scale }))),
        }
    }

    /// A whole number.
    pub fn from_i64(number: i64) -> Self {
        Self::small(number, 0)
    }

    /// A whole number.
    pub fn from_u64(number: u64) -> Self {
        Self::from_parts(number.into(), 0)
    }

    /// The decimal with the shortest text that reads back as this double, rounded to 30 places; none for
    /// an infinity, NaN, or more than 81 digits before the point.
    pub fn from_f64(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        text::parse_prefix(&format!("{number:e}")).ok().map(|(decimal, _)| decimal)
    }

    /// The largest number of a type: `DECIMAL(5,2)` holds up to 999.99.
    pub fn largest(precision: u8, scale: u8) -> Self {
        Self::from_big(arithmetic::power_of_ten(precision.into()) - 1, scale)
    }

    /// Digits after the point.
    pub fn scale(&self) -> u8 {
        match &self.0 {
            Repr::Small { scale, .. } => *scale,
            Repr::Large(large) => large.scale,
        }
    }

    /// All digits, leading zeros before the point not counted; at least one, at least the scale.
    pub fn precision(&self) -> u8 {
        let digits = match &self.0 {
            Repr::Small { digits, .. } => {
                digits.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1)
            }
            Repr::Large(large) => large.digits.magnitude().to_str_radix(10).len() as u32,
        };
        (digits as u8).max(self.scale())
    }

    /// Digits before the point; zero for a number below one.
    pub fn integer_digits(&self) -> u8 {
        self.precision() - self.scale()
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Small { digits: 0, .. })
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small { digits, .. } => *digits < 0,
            Repr::Large(large) => large.digits.is_negative(),
        }
    }

    /// Whether nothing but zeros stands after the point.
    pub fn is_integer(&self) -> bool {
        self.scale() == 0 || self.truncate(0) == *self
    }

    /// The digits without the point.
    fn digits(&self) -> BigInt {
        match &self.0 {
            Repr::Small { digits, .. } => BigInt::from(*digits),
            Repr::Large(large) => large.digits.clone(),
        }
    }

    /// The nearest whole number, halves away from zero; none if `i64` cannot hold it.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small { digits, scale: 0 } => Some(*digits),
            _ => self.to_i128().and_then(|number| number.try_into().ok()),
        }
    }

    /// The nearest whole number, halves away from zero; none if `u64` cannot hold it.
    pub fn to_u64(&self) -> Option<u64> {
        self.to_i128().and_then(|number| number.try_into().ok())
    }

    /// The nearest whole number, halves away from zero.
    pub fn to_i128(&self) -> Option<i128> {
        match &self.round(0).0 {
            Repr::Small { digits, .. } => Some((*digits).into()),
            Repr::Large(large) => large.digits.to_i128(),
        }
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        /// Whole numbers up to here, and powers of ten up to this exponent, are exact in a double, so one
        /// division of them is correctly rounded.
        const EXACT: u64 = 1 << 53;
        const EXACT_POWER: u8 = 22;
        match self.0 {
            Repr::Small { digits, scale }
                if digits.unsigned_abs() <= EXACT && scale <= EXACT_POWER =>
            {
                digits as f64 / 10f64.powi(scale.into())
            }
            _ => self.to_string().parse().unwrap_or(0.0),
        }
    }

    /// The digits that matter, without leading and trailing zeros, and how many places the point stands
    /// right of their start (`12.50` is `125` and 2; `0.05` is `5` and -1). Empty for zero.
    pub fn significant_digits(&self) -> (Vec<u8>, i32) {
        if self.is_zero() {
            return (Vec::new(), 0);
        }
        let mut digits = self.digits().magnitude().to_str_radix(10).into_bytes();
        let point = digits.len() as i32 - i32::from(self.scale());
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        (digits, point)
    }

    fn compare(&self, other: &Self) -> Ordering {
        if let (Repr::Small { digits: a, scale: s }, Repr::Small { digits: b, scale: t }) =
            (&self.0, &other.0)
        {
            if s == t {
                return a.cmp(b);
            }
            if let Some((a, b)) = arithmetic::align_small(*a, *s, *b, *t) {
                return a.cmp(&b);
            }
        }
        let (a, b, _) = arithmetic::align(self, other);
        a.cmp(&b)
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other).is_eq()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(other)
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.is_negative().hash(state);
        self.significant_digits().hash(state);
    }
}

impl Default for Decimal {
    fn default() -> Self {
        Self::ZERO
    }
}

//! Sums, products, quotients and rounding, with MySQL's scales.
//!
//! A sum has the larger scale of its operands, a product the sum of their scales. A quotient has
//! four more (`div_precision_increment`) than the dividend, rounded: `2/3*3` is `2.0001`.

use num_bigint::BigInt;
use num_traits::Signed;

use super::{Decimal, DecimalError, MAX_INTEGER_DIGITS, MAX_PLACES, MAX_SCALE, Repr};

/// The largest power of ten that an `i128` product with an `i64` can take.
const SMALL_POWER: u32 = 19;

pub(super) fn power_of_ten(power: u32) -> BigInt {
    match 10i128.checked_pow(power) {
        Some(power) => BigInt::from(power),
        None => BigInt::from(10).pow(power),
    }
}

/// Both with the larger scale, if machine words hold that.
pub(super) fn align_small(a: i64, s: u8, b: i64, t: u8) -> Option<(i128, i128)> {
    let shift = |number: i64, by: u8| {
        (u32::from(by) <= SMALL_POWER).then(|| i128::from(number) * 10i128.pow(by.into()))
    };
    Some((shift(a, t.saturating_sub(s))?, shift(b, s.saturating_sub(t))?))
}

/// Both with the larger scale, which is the third.
pub(super) fn align(a: &Decimal, b: &Decimal) -> (BigInt, BigInt, u8) {
    let scale = a.scale().max(b.scale());
    let shift = |number: &Decimal| number.digits() * power_of_ten((scale - number.scale()).into());
    (shift(a), shift(b), scale)
}

/// The quotient of a division, halves away from zero.
fn divide_rounded(number: &BigInt, by: &BigInt) -> BigInt {
    let quotient = number / by;
    let rest = number % by;
    if rest.magnitude() * 2u8 < *by.magnitude() {
        return quotient;
    }
    if number.is_negative() == by.is_negative() { quotient + 1 } else { quotient - 1 }
}

/// The result, unless it has too many digits before the point.
fn checked(number: Decimal) -> Result<Decimal, DecimalError> {
    if matches!(number.0, Repr::Small { .. })
        || u32::from(number.integer_digits()) <= MAX_INTEGER_DIGITS
    {
        return Ok(number);
    }
    Err(DecimalError::Overflow)
}

// The operators of `std::ops` cannot fail; these can.
#[allow(clippy::should_implement_trait)]
impl Decimal {
    /// The sum.
    pub fn add(&self, other: &Self) -> Result<Self, DecimalError> {
        if let (Repr::Small { digits: a, scale: s }, Repr::Small { digits: b, scale: t }) =
            (&self.0, &other.0)
            && let Some((a, b)) = align_small(*a, *s, *b, *t)
        {
            return Ok(Self::from_parts(a + b, *s.max(t)));
        }
        let (a, b, scale) = align(self, other);
        checked(Self::from_big(a + b, scale))
    }

    /// The difference.
    pub fn sub(&self, other: &Self) -> Result<Self, DecimalError> {
        self.add(&other.neg())
    }

    /// The product; of more than 30 places, rounded to 30.
    pub fn mul(&self, other: &Self) -> Result<Self, DecimalError> {
        let scale = self.scale() + other.scale();
        let product = match (&self.0, &other.0) {
            (Repr::Small { digits: a, .. }, Repr::Small { digits: b, .. }) => {
                Self::from_parts(i128::from(*a) * i128::from(*b), scale)
            }
            _ => Self::from_big(self.digits() * other.digits(), scale),
        };
        checked(if scale > MAX_SCALE { product.round(MAX_SCALE.into()) } else { product })
    }

    /// The quotient, with `increment` places more than `self` has (`div_precision_increment`), rounded;
    /// at most 30.
    pub fn div(&self, other: &Self, increment: u8) -> Result<Self, DecimalError> {
        if other.is_zero() {
            return Err(DecimalError::DivisionByZero);
        }
        let scale = self.scale().saturating_add(increment).min(MAX_SCALE);
        let shift = i32::from(scale) + i32::from(other.scale()) - i32::from(self.scale());
        let power = power_of_ten(shift.unsigned_abs());
        let quotient = match shift >= 0 {
            true => divide_rounded(&(self.digits() * power), &other.digits()),
            false => divide_rounded(&self.digits(), &(other.digits() * power)),
        };
        checked(Self::from_big(quotient, scale))
    }

    /// The whole part of the quotient (`DIV`).
    pub fn div_integer(&self, other: &Self) -> Result<Self, DecimalError> {
        if other.is_zero() {
            return Err(DecimalError::DivisionByZero);
        }
        let (a, b, _) = align(self, other);
        checked(Self::from_big(a / b, 0))
    }

    /// The remainder; its sign is that of `self`.
    pub fn rem(&self, other: &Self) -> Result<Self, DecimalError> {
        if other.is_zero() {
            return Err(DecimalError::DivisionByZero);
        }
        let (a, b, scale) = align(self, other);
        Ok(Self::from_big(a % b, scale))
    }

    /// The number with the other sign.
    pub fn neg(&self) -> Self {
        match &self.0 {
            Repr::Small { digits, scale } => Self::from_parts(-i128::from(*digits), *scale),
            Repr::Large(large) => Self::from_big(-&large.digits, large.scale),
        }
    }

    /// The number without its sign.
    pub fn abs(&self) -> Self {
        if self.is_negative() { self.neg() } else { self.clone() }
    }

    /// Rounded to so many places, halves away from zero; a negative `scale` rounds before the point. Adds
    /// zeros where the number has fewer places.
    pub fn round(&self, scale: i32) -> Self {
        self.rescale(scale, divide_rounded)
    }

    /// Cut off after so many places; a negative `scale` cuts before the point. Adds zeros where the number
    /// has fewer places.
    pub fn truncate(&self, scale: i32) -> Self {
        self.rescale(scale, |number, by| number / by)
    }

    /// The largest whole number not above it.
    pub fn floor(&self) -> Self {
        let whole = self.truncate(0);
        if self.is_negative() && whole != *self { whole.offset(-1) } else { whole }
    }

    /// The smallest whole number not below it.
    pub fn ceil(&self) -> Self {
        let whole = self.truncate(0);
        if !self.is_negative() && whole != *self { whole.offset(1) } else { whole }
    }

    fn offset(&self, by: i32) -> Self {
        Self::from_big(self.digits() + by, 0)
    }

    fn rescale(&self, scale: i32, divide: impl Fn(&BigInt, &BigInt) -> BigInt) -> Self {
        let kept = scale.clamp(0, MAX_PLACES.into()) as u8;
        let dropped = i32::from(self.scale()) - scale.min(kept.into());
        if dropped == 0 {
            return self.clone();
        }
        if dropped < 0 {
            return self.extend(kept);
        }
        if dropped > i32::from(self.precision()) {
            return Self::small(0, kept);
        }
        let digits = divide(&self.digits(), &power_of_ten(dropped as u32));
        // Rounding before the point: the zeros come back.
        let zeros = power_of_ten((i32::from(kept) - scale).max(0) as u32);
        Self::from_big(digits * zeros, kept)
    }

    fn extend(&self, scale: u8) -> Self {
        let added = u32::from(scale - self.scale());
        match self.0 {
            Repr::Small { digits, .. } if added <= SMALL_POWER => {
                Self::from_parts(i128::from(digits) * 10i128.pow(added), scale)
            }
            _ => Self::from_big(self.digits() * power_of_ten(added), scale),
        }
    }

    /// The nearest number that `DECIMAL(precision, scale)` holds, and whether it had to be changed by more
    /// than rounding.
    pub fn fit(&self, precision: u8, scale: u8) -> (Self, bool) {
        let rounded = self.round(scale.into());
        if rounded.is_zero() || rounded.precision() <= precision {
            return (rounded, false);
        }
        let largest = Self::largest(precision, scale);
        (if self.is_negative() { largest.neg() } else { largest }, true)
    }
}

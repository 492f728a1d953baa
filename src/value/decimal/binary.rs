//! Decimals as MySQL stores them: in row events, and inside binary JSON.
//!
//! The digits before and after the point are packed in groups of nine, four bytes each; a group that has
//! fewer (the first before the point, the last after it) takes as many bytes as its digits need. The sign
//! is the top bit, inverted so that bytes compare as numbers do; a negative number's bits are all inverted.

use super::{Decimal, DecimalError};

/// Digits of a whole group.
const GROUP: usize = 9;

/// Bytes for so many digits of a group.
const BYTES: [usize; GROUP + 1] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

/// How many bytes a run of digits takes.
fn run_length(digits: usize) -> usize {
    digits / GROUP * 4 + BYTES.get(digits % GROUP).copied().unwrap_or(0)
}

/// How many bytes a `DECIMAL(precision, scale)` takes.
pub fn binary_length(precision: u8, scale: u8) -> usize {
    run_length(precision.saturating_sub(scale).into()) + run_length(scale.into())
}

/// The lengths of the groups of digits, from the first.
fn groups(precision: u8, scale: u8) -> Vec<usize> {
    let (before, after) = (usize::from(precision.saturating_sub(scale)), usize::from(scale));
    let first = std::iter::once(before % GROUP).chain(std::iter::repeat_n(GROUP, before / GROUP));
    let last = std::iter::repeat_n(GROUP, after / GROUP).chain(std::iter::once(after % GROUP));
    first.chain(last).filter(|digits| *digits > 0).collect()
}

/// Adds the bytes of a number of type `DECIMAL(precision, scale)`; one that does not fit is clamped.
pub fn encode(number: &Decimal, precision: u8, scale: u8, out: &mut Vec<u8>) {
    let (number, _) = number.fit(precision, scale);
    let text = number.digits().magnitude().to_str_radix(10);
    let digits = format!("{text:0>width$}", width = usize::from(precision));
    let flip = if number.is_negative() { 0xFF } else { 0 };
    let start = out.len();
    let mut rest = digits.as_str();
    for group in groups(precision, scale) {
        let (now, later) = rest.split_at_checked(group).unwrap_or((rest, ""));
        rest = later;
        let bytes = now.parse::<u32>().unwrap_or(0).to_be_bytes();
        let kept = BYTES.get(group).copied().unwrap_or(4);
        out.extend(bytes.iter().skip(4 - kept).map(|byte| byte ^ flip));
    }
    if let Some(first) = out.get_mut(start) {
        *first ^= 0x80;
    }
}

/// The number in the first [`binary_length`] of `bytes`.
///
/// # Errors
///
/// When there are fewer bytes, or they hold no digits.
pub fn decode(bytes: &[u8], precision: u8, scale: u8) -> Result<Decimal, DecimalError> {
    let bytes = bytes.get(..binary_length(precision, scale)).ok_or(DecimalError::NotANumber)?;
    let positive = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let flip = if positive { 0 } else { 0xFF };
    let mut bytes =
        bytes.iter().enumerate().map(|(at, byte)| byte ^ flip ^ if at == 0 { 0x80 } else { 0 });
    let mut digits = String::with_capacity(precision.into());
    for group in groups(precision, scale) {
        let length = BYTES.get(group).copied().unwrap_or(4);
        let value = bytes.by_ref().take(length).fold(0u32, |sum, byte| sum << 8 | u32::from(byte));
        let text = format!("{value:0>group$}");
        if text.len() > group {
            return Err(DecimalError::NotANumber);
        }
        digits.push_str(&text);
    }
    let number = super::text::from_digits(&digits, scale)?;
    Ok(if positive { number } else { number.neg() })
}

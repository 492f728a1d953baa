//! DECIMAL in row images: nine digits in four bytes, the rest in as few as hold them.
//!
//! ```text
//! DECIMAL(14, 4)  1234567890.1234  =  1 | 234567890 | 1234  =  81 0D FB 38 D2 04 D2
//! ```
//!
//! The part before the point begins with its odd digits, the part after it ends with them; each piece has its
//! highest byte first. The first bit is flipped, and of a negative number all others as well, so that the
//! bytes sort.

use super::super::bytes::{EventError, Reader, put_uint_be};

/// Digits in a full piece.
const FULL: usize = 9;

/// Bytes for a piece of so many digits.
const BYTES: [usize; FULL + 1] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

/// Digits of the largest DECIMAL.
const MAX_DIGITS: usize = 65;

fn piece_bytes(digits: usize) -> usize {
    BYTES.get(digits).copied().unwrap_or(4)
}

/// The pieces of a number, by their digits: before the point, then after it.
fn pieces(precision: u8, scale: u8) -> impl Iterator<Item = usize> {
    let (scale, whole) = (usize::from(scale), usize::from(precision.saturating_sub(scale)));
    let before = std::iter::once(whole % FULL).chain(std::iter::repeat_n(FULL, whole / FULL));
    let after = std::iter::repeat_n(FULL, scale / FULL).chain(std::iter::once(scale % FULL));
    before.chain(after).filter(|digits| *digits > 0)
}

/// Writes the number that `text` shows (`-12.50`) as a DECIMAL of this precision and scale, which has room
/// for all its digits.
pub fn put(text: &str, precision: u8, scale: u8, out: &mut Vec<u8>) -> Result<(), EventError> {
    let (negative, digits) = spread(text, precision, scale)?;
    let mask = if negative { u64::MAX } else { 0 };
    let start = out.len();
    let mut rest = digits.as_slice();
    for count in pieces(precision, scale) {
        let (piece, later) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        rest = later;
        let number = piece.iter().fold(0u64, |number, digit| number * 10 + u64::from(*digit));
        put_uint_be(out, number ^ mask, piece_bytes(count));
    }
    if let Some(first) = out.get_mut(start) {
        *first ^= 0x80;
    }
    Ok(())
}

/// The digits of `text` at their places among `precision`, and whether it is below zero.
fn spread(text: &str, precision: u8, scale: u8) -> Result<(bool, Vec<u8>), EventError> {
    const UNFIT: EventError = EventError::Malformed("a number does not fit its DECIMAL column");
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let room = usize::from(precision.saturating_sub(scale));
    if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return Err(EventError::Malformed("a DECIMAL is not a number"));
    }
    let before = room.checked_sub(whole.len()).ok_or(UNFIT)?;
    let after = usize::from(scale).checked_sub(fraction.len()).ok_or(UNFIT)?;
    let zeros = |count| std::iter::repeat_n(0, count);
    let digits = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0');
    let digits: Vec<u8> = zeros(before).chain(digits).chain(zeros(after)).collect();
    Ok((negative && digits.iter().any(|digit| *digit != 0), digits))
}

/// Reads a number as text with all digits of its scale.
pub fn take(from: &mut Reader<'_>, precision: u8, scale: u8) -> Result<String, EventError> {
    let len = pieces(precision, scale).map(piece_bytes).sum();
    let bytes = from.bytes(len)?;
    let negative = bytes.first().is_some_and(|first| first & 0x80 == 0);
    let flip = if negative { 0xff } else { 0 };
    let mut plain: Vec<u8> = bytes.iter().map(|byte| byte ^ flip).collect();
    if let Some(first) = plain.first_mut() {
        *first ^= 0x80;
    }
    let mut digits = String::with_capacity(MAX_DIGITS);
    let mut plain = Reader::new(&plain, "a DECIMAL");
    for count in pieces(precision, scale) {
        let number = plain.uint_be(piece_bytes(count))?.to_string();
        let zeros = count.checked_sub(number.len());
        let zeros = zeros.ok_or(EventError::Malformed("a DECIMAL has too many digits"))?;
        digits.extend(std::iter::repeat_n('0', zeros));
        digits.push_str(&number);
    }
    Ok(pointed(&digits, usize::from(scale), negative))
}

/// The digits with a point before the last `scale`, a sign, and no needless zeros in front.
fn pointed(digits: &str, scale: usize, negative: bool) -> String {
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(scale));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if negative { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

//! FLOAT and DOUBLE as text, as MySQL prints them.
//!
//! A double has the fewest digits that read back as the same number, a float six. `1e15` and more, and less
//! than `1e-15`, get an exponent (`1.5e20`, `1e-16`), unless digits after the point are left. In results
//! there is room for any length; where a string is made (`CONCAT`), for 22 characters (a float: 12), and
//! longer numbers get an exponent, then fewer digits.

/// How long the text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// As a result shows the number.
    Display,
    /// As a string function sees it.
    Text,
}

/// The point's place from which on, and up to which, the text has no exponent.
const FIXED: std::ops::RangeInclusive<i32> = -14..=15;

/// The characters that there is room for in a string.
const DOUBLE_WIDTH: usize = 22;
const FLOAT_WIDTH: usize = 12;

/// Digits of a float.
const FLOAT_DIGITS: usize = 6;

/// A double's text.
pub fn double_text(number: f64, room: Room) -> String {
    let width = if room == Room::Text { DOUBLE_WIDTH } else { usize::MAX };
    general(&format!("{number:e}"), number, width)
}

/// A double's text in so many characters, with fewer digits where all do not fit; none if no text fits.
pub fn double_within(number: f64, width: usize) -> Option<String> {
    let whole = format!("{:.0}", number.trunc()).len();
    if whole <= width {
        let places = width.saturating_sub(whole + 1).min(30);
        let text = format!("{number:.places$}");
        let text = match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.'),
            false => &text,
        };
        return (text.len() <= width).then(|| text.to_owned());
    }
    Some(general(&format!("{number:e}"), number, width)).filter(|text| text.len() <= width)
}

/// A float's text.
pub fn float_text(number: f32, room: Room) -> String {
    let width = if room == Room::Text { FLOAT_WIDTH } else { usize::MAX };
    general(&rounded(f64::from(number), FLOAT_DIGITS), f64::from(number), width)
}

/// With so many significant digits, in scientific form; trailing zeros dropped.
fn rounded(number: f64, digits: usize) -> String {
    let text = format!("{number:.*e}", digits.saturating_sub(1));
    match text.split_once('e') {
        Some((mantissa, exponent)) if mantissa.contains('.') => {
            format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
}

/// From Rust's scientific form (`-1.5e20`) to the one that MySQL would choose.
fn general(scientific: &str, number: f64, width: usize) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific.to_owned();
    };
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    if digits == "0" {
        return format!("{sign}0");
    }
    let point = exponent.parse().unwrap_or(0) + 1;
    let fixed = || fixed(&digits, point);
    if FIXED.contains(&point) || (0 < point && point < digits.len() as i32) {
        let text = format!("{sign}{}", fixed());
        if text.len() <= width {
            return text;
        }
    }
    if scientific.len() <= width {
        return scientific.to_owned();
    }
    let excess = scientific.len() - width;
    let again = rounded(number, digits.len().saturating_sub(excess).max(1));
    again.strip_prefix('+').unwrap_or(&again).to_owned()
}

/// The digits with the point after so many of them.
fn fixed(digits: &str, point: i32) -> String {
    if point <= 0 {
        return format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize));
    }
    match digits.split_at_checked(point as usize) {
        Some((whole, "")) => whole.to_owned(),
        Some((whole, rest)) => format!("{whole}.{rest}"),
        None => format!("{digits:0<width$}", width = point as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_look_as_on_the_server() {
        // What MySQL 9.7 printed for the number, and for CONCAT of it.
        for (number, shown, text) in [
            (1e14, "100000000000000", "100000000000000"),
            (1e15, "1e15", "1e15"),
            (1.5e15, "1.5e15", "1.5e15"),
            (1e15 + 1.0, "1.000000000000001e15", "1.000000000000001e15"),
            (1e15 + 0.5, "1000000000000000.5", "1000000000000000.5"),
            (1.234_567_890_123_456_8e16, "1.2345678901234568e16", "1.2345678901234568e16"),
            (1e-15, "0.000000000000001", "0.000000000000001"),
            (1e-16, "1e-16", "1e-16"),
            (1.234_567_890_123_456_7e-5, "0.000012345678901234568", "1.2345678901234568e-5"),
            (-1.234_567_890_123_456_7e-4, "-0.00012345678901234567", "-1.2345678901234567e-4"),
            (-1.234_567_890_123_456_7e-100, "-1.2345678901234567e-100", "-1.23456789012346e-100"),
            (f64::MAX, "1.7976931348623157e308", "1.7976931348623157e308"),
            (-0.0, "-0", "-0"),
            (0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"),
        ] {
            assert_eq!(double_text(number, Room::Display), shown);
            assert_eq!(double_text(number, Room::Text), text);
        }
    }

    #[test]
    fn doubles_lose_digits_to_fit() {
        // What MySQL 9.7 stored in columns of that length.
        for (number, width, text) in
            [(0.015, 4, "0.01"), (0.015, 3, "0"), (123.456, 4, "123"), (123_456.0, 4, "1e5")]
        {
            assert_eq!(double_within(number, width).as_deref(), Some(text));
        }
        assert_eq!(double_within(1.5e-100, 4).as_deref(), Some("0"));
        assert_eq!(double_within(1e100, 4), None);
    }

    #[test]
    fn floats_have_six_digits() {
        for (number, shown, text) in [
            (3.402_823_4e38, "3.40282e38", "3.40282e38"),
            (1_234_567.0, "1234570", "1234570"),
            (16_777_216.0, "16777200", "16777200"),
            (999_999.5, "1000000", "1000000"),
            (1e12, "1000000000000", "1e12"),
            (-1.234_56e-5, "-0.0000123456", "-1.23456e-5"),
            (0.1, "0.1", "0.1"),
        ] {
            assert_eq!(float_text(number, Room::Display), shown);
            assert_eq!(float_text(number, Room::Text), text);
        }
    }
}

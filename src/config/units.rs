//! Sizes as people write them: "64MiB", "1 GiB", "4096".

/// The units that a size may end with, with their bytes. Only powers of 1024: MySQL's own
/// suffixes K, M and G mean these too.
const UNITS: [(&str, u64); 8] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("K", 1 << 10),
    ("M", 1 << 20),
    ("G", 1 << 30),
    ("B", 1),
    ("", 1),
];

/// The bytes that `text` names; `None` when it is no size or overflows.
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let unit = unit.trim();
    let (_, factor) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.checked_mul(*factor)
}

/// `bytes` as [`parse_size`] reads it, in the largest unit that divides it.
pub(super) fn show_size(bytes: u64) -> String {
    let unit =
        UNITS[..3].iter().rev().find(|(_, factor)| bytes > 0 && bytes.is_multiple_of(*factor));
    match unit {
        Some((name, factor)) => format!("{}{name}", bytes / factor),
        None => bytes.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(parse_size("64MiB"), Some(64 << 20));
        assert_eq!(parse_size(" 1 gib "), Some(1 << 30));
        assert_eq!(parse_size("16M"), Some(16 << 20));
        assert_eq!(parse_size("4096"), Some(4096));
        assert_eq!(parse_size("4096B"), Some(4096));
        for wrong in ["", "MiB", "64MB", "-1", "1.5GiB", "99999999999GiB", "1 2"] {
            assert_eq!(parse_size(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_show_as_they_are_written() {
        for text in ["64MiB", "1GiB", "3KiB", "1000", "0"] {
            assert_eq!(show_size(parse_size(text).unwrap()), text);
        }
    }
}

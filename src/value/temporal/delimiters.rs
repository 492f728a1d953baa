//! What MySQL deprecates between the parts of dates and times: other marks than `-`, `:`, a space or `T`, and
//! more of them than one.

use crate::value::Warning;

/// What is to be said of the first such mark of a text that is a date or time: 4095 for another one, 4096 for
/// one too many.
pub fn odd_delimiter(text: &str) -> Option<Warning> {
    let bytes = text.as_bytes();
    if bytes.first().is_some_and(u8::is_ascii_whitespace) {
        return superfluous(text, 0);
    }
    // A sign in front is that of a time.
    let start = usize::from(bytes.first() == Some(&b'-'));
    let first = start + digits(bytes, start);
    let is_compact = start == 0 && first >= 5;
    let is_date = is_compact || (start == 0 && starts_with_date(bytes, first));
    // After a date without separators only a time follows.
    let mut part = if is_compact { 2 } else { 0 };
    let mut at = first;
    while let Some(mark) = bytes.get(at) {
        let run = bytes.iter().skip(at).take_while(|byte| !byte.is_ascii_digit()).count();
        if at + run >= bytes.len() {
            // At the end only spaces are no other text.
            return mark.is_ascii_whitespace().then(|| superfluous(text, at)).flatten();
        }
        if *mark == b'+' || (*mark == b'-' && part > 4) {
            // An offset.
            return None;
        }
        if let Some(found) = odd_mark(text, at, *mark, wanted(part, is_date)) {
            return Some(found);
        }
        if run > 1 {
            return superfluous(text, at + 1);
        }
        part += 1;
        at += run;
        let length = digits(bytes, at);
        if length == 0 {
            return None;
        }
        at += length;
    }
    None
}

/// Whether the first digits, which end there, are a year: a colon follows hours that are fewer, and a point is
/// that of a fraction unless there is another.
fn starts_with_date(bytes: &[u8], first: usize) -> bool {
    match bytes.get(first) {
        Some(b':') => first == 4,
        Some(b'.') => bytes.get(first + 1 + digits(bytes, first + 1)) == Some(&b'.'),
        Some(mark) => *mark != b' ',
        None => false,
    }
}

/// The marks that may follow a part.
fn wanted(part: usize, is_date: bool) -> &'static [u8] {
    match (is_date, part) {
        (true, 0 | 1) => b"-",
        (true, 2) => b" T",
        (true, 3 | 4) => b":",
        (false, 0) => b": .",
        (false, _) => b":.",
        _ => b".",
    }
}

fn odd_mark(text: &str, at: usize, mark: u8, wanted: &[u8]) -> Option<Warning> {
    // A point before a fraction may come early.
    let is_end = matches!(wanted, b":" | b".") && mark == b'.';
    if wanted.contains(&mark) || is_end || mark.is_ascii_alphabetic() {
        return None;
    }
    let standard = char::from(*wanted.first()?);
    let message = format!(
        "Delimiter '{}' in position {at} in datetime value '{text}' at row 1 is deprecated. Prefer the standard '{standard}'.",
        char::from(mark)
    );
    Some(Warning::new(4095, message))
}

fn superfluous(text: &str, at: usize) -> Option<Warning> {
    let mark = char::from(*text.as_bytes().get(at)?);
    let message = format!(
        "Delimiter '{}' in position {at} in datetime value '{text}' at row 1 is superfluous and is deprecated. Please remove.",
        mark.escape_debug()
    );
    Some(Warning::new(4096, message))
}

fn digits(bytes: &[u8], from: usize) -> usize {
    bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::odd_delimiter;

    #[test]
    fn other_marks_and_too_many_are_told_of() {
        // What MySQL 9.7 said of CAST('…' AS DATE), DATETIME or TIME.
        for (text, code, position) in [
            ("2024/02/03", 4095, 4),
            ("2024.2.3", 4095, 4),
            ("2024-02/03", 4095, 7),
            ("2024--02-03", 4096, 5),
            (" 2024-02-03", 4096, 0),
            ("2024-02-03 ", 4096, 10),
            ("2024-02-03  10:00:00", 4096, 11),
            ("2024-02-03 10:11-12", 4095, 16),
            ("2024/02/03 10.11.12", 4095, 4),
            (" 3", 4096, 0),
            ("3 ", 4096, 1),
        ] {
            let found = odd_delimiter(text).unwrap_or_else(|| panic!("{text} is odd"));
            assert_eq!(found.code, code, "{text}");
            assert!(found.message.contains(&format!("position {position} ")), "{}", found.message);
        }
        for text in [
            "2024-02-03",
            "24-2-3",
            "20240203",
            "2024-02-03T10:11:12",
            "2024-02-03 10:11:12.5",
            "2024-02-03 10:11:12+02:00",
            "2024-02-03 10:11:12-05:00",
            "20240203 10:11:12",
            "10:11:12.5",
            "1 10:00",
            "3.5",
            "-01:30:00",
            "-838:59:59",
            "-7.5",
            "abc",
            "",
            "2024-02-03x",
        ] {
            assert_eq!(odd_delimiter(text), None, "{text}");
        }
    }
}

//! UPPER and LOWER: one character becomes one character, so `ß` stays as it is.

use super::Collation;
use crate::value::charset::Encoding;

impl Collation {
    /// The text in capitals.
    pub fn upper(&self, text: &str) -> String {
        match self.charset.encoding {
            Encoding::Ascii => text.to_ascii_uppercase(),
            Encoding::Binary => text.to_owned(),
            Encoding::Latin1 => text.chars().map(latin1_upper).collect(),
            _ if text.is_ascii() => text.to_ascii_uppercase(),
            _ => text.chars().map(|letter| single(letter, letter.to_uppercase())).collect(),
        }
    }

    /// The text in small letters.
    pub fn lower(&self, text: &str) -> String {
        match self.charset.encoding {
            Encoding::Ascii => text.to_ascii_lowercase(),
            Encoding::Binary => text.to_owned(),
            Encoding::Latin1 => text.chars().map(latin1_lower).collect(),
            _ if text.is_ascii() => text.to_ascii_lowercase(),
            _ => text.chars().map(|letter| single(letter, letter.to_lowercase())).collect(),
        }
    }
}

/// The only character of `mapped`, or the letter itself.
fn single(letter: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => letter,
    }
}

// MySQL's latin1 knows the case of ASCII's letters and of those from À on; not of Š, Œ, Ž and Ÿ.

fn latin1_upper(letter: char) -> char {
    match letter {
        'à'..='þ' if letter != '÷' => single(letter, letter.to_uppercase()),
        _ => letter.to_ascii_uppercase(),
    }
}

fn latin1_lower(letter: char) -> char {
    match letter {
        'À'..='Þ' if letter != '×' => single(letter, letter.to_lowercase()),
        _ => letter.to_ascii_lowercase(),
    }
}

//! Character sets, and text in and out of them.
//!
//! Inside the server text is UTF-8. What a column's character set cannot hold is caught where a value is
//! stored; these conversions serve that check, the binlog's row images, results and `CONVERT … USING`.

use super::collation::CollationId;

/// How a character set encodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8 of up to four bytes a character.
    Utf8mb4,
    /// UTF-8 of up to three bytes a character.
    Utf8mb3,
    /// Windows-1252, where the five bytes that it leaves open are control characters.
    Latin1,
    /// Seven bits.
    Ascii,
    /// Bytes, not characters.
    Binary,
}

/// A character set.
#[derive(Debug, PartialEq, Eq)]
pub struct Charset {
    /// As MySQL calls it.
    pub name: &'static str,
    /// As `SHOW CHARACTER SET` describes it.
    pub description: &'static str,
    /// Bytes of the longest character.
    pub max_len: u8,
    /// How it encodes.
    pub encoding: Encoding,
    /// The collation of a column that names only the character set.
    pub default_collation: CollationId,
    /// Its binary collation.
    pub binary_collation: CollationId,
}

/// utf8mb4.
pub static UTF8MB4: Charset = Charset {
    name: "utf8mb4",
    description: "UTF-8 Unicode",
    max_len: 4,
    encoding: Encoding::Utf8mb4,
    default_collation: CollationId::UTF8MB4_0900_AI_CI,
    binary_collation: CollationId::UTF8MB4_BIN,
};

/// utf8mb3, also called utf8.
pub static UTF8MB3: Charset = Charset {
    name: "utf8mb3",
    description: "UTF-8 Unicode",
    max_len: 3,
    encoding: Encoding::Utf8mb3,
    default_collation: CollationId::UTF8MB3_GENERAL_CI,
    binary_collation: CollationId::UTF8MB3_BIN,
};

/// latin1, which is Windows-1252.
pub static LATIN1: Charset = Charset {
    name: "latin1",
    description: "cp1252 West European",
    max_len: 1,
    encoding: Encoding::Latin1,
    default_collation: CollationId::LATIN1_SWEDISH_CI,
    binary_collation: CollationId::LATIN1_BIN,
};

/// ascii.
pub static ASCII: Charset = Charset {
    name: "ascii",
    description: "US ASCII",
    max_len: 1,
    encoding: Encoding::Ascii,
    default_collation: CollationId::ASCII_GENERAL_CI,
    binary_collation: CollationId::ASCII_BIN,
};

/// binary.
pub static BINARY: Charset = Charset {
    name: "binary",
    description: "Binary pseudo charset",
    max_len: 1,
    encoding: Encoding::Binary,
    default_collation: CollationId::BINARY,
    binary_collation: CollationId::BINARY,
};

/// All of them.
pub static ALL: [&Charset; 5] = [&ASCII, &BINARY, &LATIN1, &UTF8MB3, &UTF8MB4];

/// What stands for a character that a character set lacks.
const REPLACEMENT: u8 = b'?';

/// The characters of bytes 0x80 to 0x9F of Windows-1252.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The byte of latin1 for a character, if it has one.
pub fn latin1_byte(character: char) -> Option<u8> {
    let code = u32::from(character);
    match code {
        0..0x80 | 0xA0..0x100 => Some(code as u8),
        _ => WINDOWS.iter().position(|known| *known == character).map(|at| 0x80 + at as u8),
    }
}

fn latin1_char(byte: u8) -> char {
    let window = usize::from(byte).checked_sub(0x80).and_then(|at| WINDOWS.get(at));
    window.copied().unwrap_or(char::from(byte))
}

impl Charset {
    /// The character set of this name, in any case; `utf8` is utf8mb3.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        let name = if name.eq_ignore_ascii_case("utf8") { "utf8mb3" } else { name };
        ALL.into_iter().find(|charset| charset.name.eq_ignore_ascii_case(name))
    }

    /// The bytes of a character, if the character set has it.
    fn encode_char(&self, character: char, out: &mut Vec<u8>) -> bool {
        let byte = match self.encoding {
            Encoding::Utf8mb3 if character.len_utf8() > 3 => None,
            Encoding::Utf8mb4 | Encoding::Utf8mb3 | Encoding::Binary => {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return true;
            }
            Encoding::Latin1 => latin1_byte(character),
            Encoding::Ascii => character.is_ascii().then_some(character as u8),
        };
        out.extend(byte);
        byte.is_some()
    }

    /// Whether text in this character set is the UTF-8 that it is inside.
    fn is_plain(&self, text: &str) -> bool {
        matches!(self.encoding, Encoding::Utf8mb4 | Encoding::Binary) || text.is_ascii()
    }

    /// The text in this character set, or where its first character stands that the set lacks.
    pub fn encode(&self, text: &str) -> Result<Vec<u8>, usize> {
        if self.is_plain(text) {
            return Ok(text.as_bytes().to_vec());
        }
        let mut out = Vec::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            if !self.encode_char(character, &mut out) {
                return Err(at);
            }
        }
        Ok(out)
    }

    /// The text in this character set, with `?` for what it lacks; and whether nothing was lacking.
    pub fn encode_lossy(&self, text: &str, out: &mut Vec<u8>) -> bool {
        if self.is_plain(text) {
            out.extend_from_slice(text.as_bytes());
            return true;
        }
        let mut whole = true;
        for character in text.chars() {
            if !self.encode_char(character, out) {
                out.push(REPLACEMENT);
                whole = false;
            }
        }
        whole
    }

    /// The text of these bytes, or where the first wrong one stands. Bytes of `binary` must be UTF-8.
    pub fn decode(&self, bytes: &[u8]) -> Result<String, usize> {
        match self.encoding {
            Encoding::Latin1 => Ok(bytes.iter().copied().map(latin1_char).collect()),
            Encoding::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
                Some(at) => Err(at),
                None => Ok(String::from_utf8_lossy(bytes).into_owned()),
            },
            Encoding::Utf8mb4 | Encoding::Binary => {
                std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| error.valid_up_to())
            }
            Encoding::Utf8mb3 => {
                let text = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to())?;
                match text.char_indices().find(|(_, character)| character.len_utf8() > 3) {
                    Some((at, _)) => Err(at),
                    None => Ok(text.to_owned()),
                }
            }
        }
    }

    /// The text of these bytes, with `?` for each wrong one.
    pub fn decode_lossy(&self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len());
        let mut rest = bytes;
        loop {
            match self.decode(rest) {
                Ok(last) => return text + &last,
                Err(at) => {
                    let (good, bad) = rest.split_at_checked(at).unwrap_or((rest, &[]));
                    text.push_str(&self.decode(good).unwrap_or_default());
                    text.push(char::from(REPLACEMENT));
                    rest = bad.get(self.wrong_length(bad)..).unwrap_or_default();
                }
            }
        }
    }

    /// How many bytes one replacement stands for: a whole character that utf8mb3 lacks, else one byte.
    fn wrong_length(&self, bad: &[u8]) -> usize {
        let character = bad.get(..4).and_then(|four| std::str::from_utf8(four).ok());
        match (self.encoding, character) {
            (Encoding::Utf8mb3, Some(_)) => 4,
            _ => 1,
        }
    }

    /// Whether it has every character of the text.
    pub fn can_hold(&self, text: &str) -> bool {
        self.is_plain(text) || self.encode(text).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin1_is_windows_1252() {
        assert_eq!(LATIN1.encode("é€Ÿ\u{81}").unwrap(), [0xE9, 0x80, 0x9F, 0x81]);
        assert_eq!(LATIN1.encode("aб"), Err(1));
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(LATIN1.encode(&LATIN1.decode(&all).unwrap()).unwrap(), all);
    }

    #[test]
    fn what_a_set_lacks_becomes_a_question_mark() {
        let lossy = |charset: &Charset, text| {
            let mut out = Vec::new();
            let whole = charset.encode_lossy(text, &mut out);
            (String::from_utf8_lossy(&out).into_owned(), whole)
        };
        assert_eq!(lossy(&UTF8MB3, "a😀é"), ("a?é".to_owned(), false));
        assert_eq!(lossy(&ASCII, "aé"), ("a?".to_owned(), false));
        assert_eq!(lossy(&UTF8MB4, "a😀"), ("a😀".to_owned(), true));
        assert_eq!(UTF8MB4.decode(b"a\xffb"), Err(1));
        assert_eq!(UTF8MB4.decode_lossy(b"a\xffb"), "a?b");
        assert_eq!(UTF8MB3.decode_lossy("a😀b".as_bytes()), "a?b");
        assert_eq!(ASCII.decode_lossy(b"\xe9"), "?");
    }
}

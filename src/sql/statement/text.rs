//! What quoted text stands for: quotes and escapes undone, bytes decoded.

/// The bytes of a quoted string or name, its quotes included in `quoted`.
pub fn unquote(quoted: &[u8], escapes: bool) -> Vec<u8> {
    let Some((quote, inside)) = quoted.split_first() else { return Vec::new() };
    let inside = inside.get(..inside.len().saturating_sub(1)).unwrap_or_default();
    let mut out = Vec::with_capacity(inside.len());
    let mut bytes = inside.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && escapes {
            unescape(bytes.next(), &mut out);
        } else {
            // A quote inside is doubled.
            if byte == *quote {
                bytes.next();
            }
            out.push(byte);
        }
    }
    out
}

/// Facts: MySQL manual, "String Literals". `\%` and `\_` stay as they are: LIKE reads them.
fn unescape(escaped: Option<u8>, out: &mut Vec<u8>) {
    let byte = match escaped {
        Some(b'0') => 0,
        Some(b'b') => 8,
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'Z') => 26,
        Some(wild @ (b'%' | b'_')) => {
            out.push(b'\\');
            wild
        }
        Some(other) => other,
        None => return,
    };
    out.push(byte);
}

/// latin1 as MySQL has it: cp1252, its five holes as control characters.
pub fn decode_latin1(bytes: &[u8]) -> String {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let char_of = |byte: u8| match byte {
        0x80..=0x9f => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or('?'),
        _ => char::from(byte),
    };
    bytes.iter().map(|byte| char_of(*byte)).collect()
}

/// Whole bytes as upper-case hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().map_or('0', char::from);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes that pairs of hexadecimal digits stand for.
pub fn from_hex(digits: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map_or(0, |value| value as u8);
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |sum, d| sum << 4 | digit(*d)))
        .collect()
}

/// The digits of `b'101'` as hexadecimal digits of whole bytes.
pub fn bits_to_hex(bits: &[u8]) -> String {
    let bytes: Vec<u8> = bits
        .rchunks(8)
        .rev()
        .map(|chunk| chunk.iter().fold(0u8, |byte, bit| byte << 1 | (bit & 1)))
        .collect();
    to_hex(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unquote(br"'a\n\%\'b'", true), b"a\n\\%'b");
        assert_eq!(unquote(br"'a\n''b'", false), br"a\n'b");
        assert_eq!(unquote(b"`a``b`", false), b"a`b");
        assert_eq!(unquote(br#""a""b'""#, true), br#"a"b'"#);
    }

    #[test]
    fn bits_fill_bytes_from_the_right() {
        assert_eq!(bits_to_hex(b"101"), "05");
        assert_eq!(bits_to_hex(b"100000001"), "0101");
        assert_eq!(bits_to_hex(b""), "");
    }

    #[test]
    fn latin1_is_cp1252() {
        assert_eq!(decode_latin1(b"\x80\xe4"), "€ä");
    }
}

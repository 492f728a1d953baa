//! Statements whose literals hold bytes that are no text, as drivers send the values of a BLOB:
//! `INSERT … VALUES (_binary'\0ÿ…')`. Such a literal is written again in hexadecimal digits, which mean the same
//! bytes, so that everything behind reads statements as UTF-8.

/// The statement with each literal that is no UTF-8 in hexadecimal digits; `backslash`: a backslash escapes.
/// What is outside of literals stays as it is, so the result may still be no UTF-8.
pub(super) fn in_hexadecimal(statement: &[u8], backslash: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(statement.len() * 2);
    let mut rest = statement;
    while let Some((&first, behind)) = rest.split_first() {
        if !matches!(first, b'\'' | b'"' | b'`') {
            out.push(first);
            rest = behind;
            continue;
        }
        let escapes = backslash && first != b'`';
        let (value, length) = literal(behind, first, escapes);
        let (source, after) = rest.split_at_checked(length + 1).unwrap_or((rest, &[]));
        if first == b'`' || std::str::from_utf8(source).is_ok() {
            out.extend_from_slice(source);
        } else {
            put_digits(&mut out, &value);
        }
        rest = after;
    }
    out
}

/// What a literal that begins here means, and its length with the closing quote.
fn literal(bytes: &[u8], quote: u8, escapes: bool) -> (Vec<u8>, usize) {
    let (mut value, mut at) = (Vec::new(), 0);
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        match (byte, next) {
            (b'\\', Some(next)) if escapes => {
                value.push(unescaped(next));
                at += 2;
            }
            (byte, Some(next)) if byte == quote && next == quote => {
                value.push(quote);
                at += 2;
            }
            (byte, _) if byte == quote => return (value, at + 1),
            (byte, _) => {
                value.push(byte);
                at += 1;
            }
        }
    }
    (value, at)
}

/// What a backslash and this byte stand for.
fn unescaped(byte: u8) -> u8 {
    match byte {
        b'0' => 0,
        b'b' => 8,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'Z' => 26,
        other => other,
    }
}

fn put_digits(out: &mut Vec<u8>, value: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    // an introducer must not become part of the prefix
    out.extend_from_slice(b" x'");
    for byte in value {
        out.extend([digit(byte >> 4), digit(byte & 15)]);
    }
    out.push(b'\'');
}

#[cfg(test)]
mod tests {
    use super::in_hexadecimal;

    #[test]
    fn only_what_is_no_text_is_written_again() {
        let written = |statement: &[u8], backslash| {
            String::from_utf8(in_hexadecimal(statement, backslash)).expect("all of it is text")
        };
        assert_eq!(
            written(b"SELECT 'a', _binary'\xff\\0''\\'x', `b`", true),
            "SELECT 'a', _binary x'FF00272778', `b`"
        );
        assert_eq!(written(b"SELECT '\xff\\', 'b'", false), "SELECT  x'FF5C', 'b'");
        assert_eq!(written("SELECT 'ü\\''".as_bytes(), true), "SELECT 'ü\\''");
    }
}

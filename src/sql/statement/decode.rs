//! A statement's bytes made text, whatever its strings hold.
//!
//! Drivers put binary values into the text as they are, `_binary'…'`, with only quotes escaped. Read as
//! characters these bytes would be lost, so such a string becomes `_binary x'…'` before the rest is decoded.

use super::text::unquote;
use super::words::is_introducer;
use crate::sql::lexer::{Lexer, Token, TokenKind};
use crate::sql::mode::LexMode;

/// What decoding gives: the text, or where bytes are none in the character set, the text without these.
pub type Decoded = Result<String, String>;

/// The text of a statement in a client's character set. Strings behind an introducer, and those that are no
/// text, keep their bytes as hexadecimal digits.
pub fn decode(sql: &[u8], mode: LexMode, to_text: &dyn Fn(&[u8]) -> Decoded) -> String {
    let lossy = |bytes: &[u8]| to_text(bytes).unwrap_or_else(|text| text);
    let mut out = String::with_capacity(sql.len() * 2);
    let mut done = 0;
    let mut introduced = false;
    for token in Lexer::new(sql, mode) {
        let bytes = bytes_of(sql, token);
        if is_plain_string(token, bytes) && !bytes.is_ascii() {
            out.push_str(&lossy(sql.get(done..token.start).unwrap_or_default()));
            out.push_str(&string(bytes, mode, introduced, to_text));
            done = token.end;
        }
        introduced = token.kind == TokenKind::Word && is_introducer(bytes);
    }
    out.push_str(&lossy(sql.get(done..).unwrap_or_default()));
    out
}

fn bytes_of(sql: &[u8], token: Token) -> &[u8] {
    sql.get(token.start..token.end).unwrap_or_default()
}

fn is_plain_string(token: Token, bytes: &[u8]) -> bool {
    token.kind == TokenKind::String && matches!(bytes.first(), Some(b'\'' | b'"'))
}

fn string(
    quoted: &[u8],
    mode: LexMode,
    introduced: bool,
    to_text: &dyn Fn(&[u8]) -> Decoded,
) -> String {
    match to_text(quoted) {
        Ok(text) if !introduced => text,
        _ => {
            let bytes = unquote(quoted, !mode.no_backslash_escapes);
            let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            let prefix = if introduced { "" } else { "_binary" };
            format!("{prefix} x'{digits}'")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf8(bytes: &[u8]) -> Decoded {
        let lossy = |_| String::from_utf8_lossy(bytes).into_owned();
        String::from_utf8(bytes.to_vec()).map_err(lossy)
    }

    fn read(sql: &[u8]) -> String {
        decode(sql, LexMode::default(), &utf8)
    }

    #[test]
    fn binary_strings_keep_their_bytes() {
        let sql = b"insert into t values (_binary'7\xe7\\'\x9f', 'b')";
        assert_eq!(read(sql), "insert into t values (_binary x'37E7279F', 'b')");
    }

    #[test]
    fn a_string_that_is_no_text_becomes_binary() {
        assert_eq!(read(b"select 'a\xff', '\xc3\xa4'"), "select _binary x'61FF', 'ä'");
    }

    #[test]
    fn what_is_no_string_is_decoded_as_well_as_it_can_be() {
        assert_eq!(read(b"select 1 -- \xff\n, x'41'"), "select 1 -- \u{fffd}\n, x'41'");
    }
}

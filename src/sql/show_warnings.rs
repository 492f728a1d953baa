//! `SHOW WARNINGS`, to which the proxy adds its own.

use super::lexer::{Lexer, Token, TokenKind};
use super::mode::LexMode;

/// How many warnings a `SHOW WARNINGS [LIMIT n]` shows at most; `None` for any other text, also with an offset.
pub fn parse_show_warnings(sql: &[u8], mode: LexMode) -> Option<usize> {
    let mut tokens: Vec<Token> = Lexer::new(sql, mode).take(6).collect();
    while tokens.last().is_some_and(|token| token.kind == TokenKind::Semi) {
        tokens.pop();
    }
    let text = |at: usize| {
        let token = tokens.get(at)?;
        std::str::from_utf8(sql.get(token.start..token.end)?).ok()
    };
    let is = |at, word: &str| text(at).is_some_and(|text| text.eq_ignore_ascii_case(word));
    if !is(0, "show") || !is(1, "warnings") {
        return None;
    }
    match tokens.len() {
        2 => Some(usize::MAX),
        4 if is(2, "limit") => text(3)?.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let read = |sql: &str| parse_show_warnings(sql.as_bytes(), LexMode::default());
        assert_eq!(read("show /* x */ Warnings;"), Some(usize::MAX));
        assert_eq!(read("SHOW WARNINGS LIMIT 3"), Some(3));
        for other in ["SHOW WARNINGS LIMIT 1, 2", "SHOW ERRORS", "SHOW COUNT(*) WARNINGS", "SHOW"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}

//! `SHOW WARNINGS` and its like, read: what a session may ask of its last statement's warnings and errors.

use super::lexer::{Lexer, Token, TokenKind};
use super::mode::LexMode;

/// A question for warnings and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConditionsQuestion {
    /// For errors only.
    pub errors: bool,
    /// How many there are, not which.
    pub count: bool,
    /// So many are passed over first.
    pub skip: u64,
    /// So many at most.
    pub limit: u64,
}

/// `SHOW WARNINGS | ERRORS [LIMIT [n,] n]`, `SHOW COUNT(*) WARNINGS | ERRORS`.
pub fn parse_conditions_question(sql: &[u8], mode: LexMode) -> Option<ConditionsQuestion> {
    let tokens: Vec<Token> = Lexer::new(sql, mode).take(12).collect();
    let text = |at: usize| {
        let token = tokens.get(at).filter(|token| token.kind != TokenKind::Semi)?;
        std::str::from_utf8(sql.get(token.start..token.end)?).ok()
    };
    let is = |at: usize, word: &str| text(at).is_some_and(|text| text.eq_ignore_ascii_case(word));
    let number = |at: usize| text(at).and_then(|text| text.parse::<u64>().ok());
    if !is(0, "show") {
        return None;
    }
    let count = is(1, "count") && is(2, "(") && is(3, "*") && is(4, ")");
    let what = if count { 5 } else { 1 };
    let errors = is(what, "errors");
    if !errors && !is(what, "warnings") {
        return None;
    }
    let (mut skip, mut limit, mut end) = (0, u64::MAX, what + 1);
    if !count && is(end, "limit") {
        limit = number(end + 1)?;
        end += 2;
        if is(end, ",") {
            (skip, limit) = (limit, number(end + 1)?);
            end += 2;
        } else if is(end, "offset") {
            skip = number(end + 1)?;
            end += 2;
        }
    }
    let rest = tokens.get(end..).unwrap_or_default();
    rest.iter().all(|token| token.kind == TokenKind::Semi).then_some(ConditionsQuestion {
        errors,
        count,
        skip,
        limit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_read() {
        let read = |sql: &str| parse_conditions_question(sql.as_bytes(), LexMode::default());
        let all = ConditionsQuestion { errors: false, count: false, skip: 0, limit: u64::MAX };
        assert_eq!(read("SHOW WARNINGS"), Some(all));
        assert_eq!(
            read("/* x */ show\nErrors ;"),
            Some(ConditionsQuestion { errors: true, ..all })
        );
        assert_eq!(read("SHOW WARNINGS LIMIT 2"), Some(ConditionsQuestion { limit: 2, ..all }));
        let part = Some(ConditionsQuestion { skip: 1, limit: 2, ..all });
        assert_eq!(read("SHOW WARNINGS LIMIT 1, 2"), part);
        assert_eq!(read("SHOW WARNINGS LIMIT 2 OFFSET 1"), part);
        let count = Some(ConditionsQuestion { count: true, ..all });
        assert_eq!(read("SHOW COUNT(*) WARNINGS"), count);
        for none in ["SHOW TABLES", "SHOW WARNINGS LIMIT ?", "SHOW WARNINGS; SELECT 1", "SHOW"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}

//! The statements by which a client asks the proxy about its routing: `EXPLAIN ROUTE statement` and `SHOW LAST
//! ROUTE`. No server knows them.
//!
//! `EXPLAIN route` and `EXPLAIN route id` are what servers know: the columns of a table called `route`. Of one word
//! behind ROUTE only those count as a statement that are one: BEGIN, COMMIT, ROLLBACK.

use super::lexer::{Lexer, Token, TokenKind};
use super::mode::LexMode;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteQuestion {
    /// Where the statement that begins at this offset would go.
    Explain(usize),
    /// Where the session's last statement went.
    Last,
}

/// Words that are a statement alone.
const ALONE: [&[u8]; 3] = [b"begin", b"commit", b"rollback"];

/// Reads the question, if the text is one.
pub fn parse_route_question(sql: &[u8], mode: LexMode) -> Option<RouteQuestion> {
    let mut lexer = Lexer::new(sql, mode);
    let mut next = || lexer.next();
    let first = next()?;
    let is = |token: Token, word: &[u8]| {
        token.kind == TokenKind::Word && text(sql, token).eq_ignore_ascii_case(word)
    };
    let second = next()?;
    if is(first, b"show") {
        let last = is(second, b"last") && next().is_some_and(|token| is(token, b"route"));
        return (last && is_end(next(), next())).then_some(RouteQuestion::Last);
    }
    if !is(first, b"explain") || !is(second, b"route") {
        return None;
    }
    let third = next()?;
    let alone = is_end(next(), next());
    let asks = match third.kind {
        TokenKind::Word => !alone || ALONE.iter().any(|word| is(third, word)),
        TokenKind::LParen | TokenKind::ExecOpen | TokenKind::Unknown => true,
        _ => false,
    };
    asks.then_some(RouteQuestion::Explain(third.start))
}

/// Nothing, or a semicolon and nothing.
fn is_end(token: Option<Token>, after: Option<Token>) -> bool {
    token.is_none_or(|token| token.kind == TokenKind::Semi && after.is_none())
}

fn text(sql: &[u8], token: Token) -> &[u8] {
    sql.get(token.start..token.end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Option<&str> {
        match parse_route_question(sql.as_bytes(), LexMode::default())? {
            RouteQuestion::Explain(at) => sql.get(at..),
            RouteQuestion::Last => Some("LAST"),
        }
    }

    #[test]
    fn questions() {
        for (sql, asked) in [
            ("EXPLAIN ROUTE SELECT 1", "SELECT 1"),
            ("/* a */ explain\n -- b\n Route /* c */ (select 1)", "(select 1)"),
            ("EXPLAIN ROUTE COMMIT;", "COMMIT;"),
            ("EXPLAIN ROUTE SHOW TABLES", "SHOW TABLES"),
            ("EXPLAIN ROUTE EXPLAIN ROUTE SELECT 1", "EXPLAIN ROUTE SELECT 1"),
            ("EXPLAIN ROUTE SELECT 1; DELETE FROM t", "SELECT 1; DELETE FROM t"),
            ("show last ROUTE", "LAST"),
            ("SHOW /* x */ LAST\nROUTE ;", "LAST"),
        ] {
            assert_eq!(read(sql), Some(asked), "{sql}");
        }
    }

    #[test]
    fn what_servers_know_stays_theirs() {
        for sql in [
            "EXPLAIN route",
            "EXPLAIN route id",
            "EXPLAIN route 'i%'",
            "EXPLAIN route;",
            "EXPLAIN `route` SELECT 1",
            "DESCRIBE route commit",
            "EXPLAIN route.t x",
            "SHOW LAST",
            "SHOW LAST ROUTE NOW",
            "SELECT 'EXPLAIN ROUTE SELECT 1'",
            "",
        ] {
            assert_eq!(read(sql), None, "{sql}");
        }
    }
}

//! Questions that the proxy answers by writing the answer into the statement's text: a client of the proxy knows
//! its connection by the proxy's id, which no server knows; and where clients share connections, what the last
//! statement counted is known to the proxy alone.
//!
//! ```text
//! SELECT CONNECTION_ID(), @@pseudo_thread_id AS me   →   SELECT 7 AS `CONNECTION_ID()`, 7 AS me
//! ```
//!
//! Only where it is a whole column. Inside expressions it is compared with what servers say of connections
//! (`IS_USED_LOCK('a') = CONNECTION_ID()`, the process list), and there the server's own id is right.
//!
//! Definitions (`CREATE`, `ALTER`) stay as they are: what they store must ask anew each time.

use std::ops::Range;

use super::bytes::is_name_byte;
use super::functions::is_select_modifier;
use super::lexer::{Lexer, Token, TokenKind};
use super::mode::LexMode;

/// The names, as they are searched for before anything is lexed.
const NAMES: [&[u8]; 2] = [b"connection_id", b"pseudo_thread_id"];

/// The same for what the last statement counted.
const COUNTS: [&[u8]; 4] = [b"row_count", b"found_rows", b"warning_count", b"error_count"];

/// What the last statement left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastStatement {
    /// `ROW_COUNT()`, if it is known.
    pub rows: Option<i64>,
    /// `FOUND_ROWS()`, if it is known.
    pub found: Option<u64>,
    /// `@@warning_count` and `@@error_count`, if they are known.
    pub conditions: Option<(u64, u64)>,
}

/// The statement with `id` in the place of those columns of a select list that are `CONNECTION_ID()` or
/// `@@pseudo_thread_id`; `None` if it has none. Columns keep their names.
///
/// The call may have spaces between name and parenthesis in every mode, and quotes around the name: both
/// families look native functions up so (MySQL manual, "Function Name Parsing and Resolution", lists the
/// few that differ; this is none of them).
pub fn with_connection_id(sql: &[u8], mode: LexMode, id: u32) -> Option<Vec<u8>> {
    NAMES.iter().find(|name| contains(sql, name))?;
    let id = id.to_string();
    let (calls, variables) = ([(NAMES[0], id.as_str())], [(NAMES[1], id.as_str())]);
    let answers = Answers { calls: &calls, variables: &variables, anywhere: false, first: false };
    rewrite(sql, mode, answers)
}

/// The statement with these in the place of `ROW_COUNT()`, `FOUND_ROWS()`, `@@warning_count` and `@@error_count`,
/// as far as they are known; `None` if it has none of them. Inside expressions, too: a column that is one loses its
/// name to the number.
pub fn with_last_statement(sql: &[u8], mode: LexMode, last: LastStatement) -> Option<Vec<u8>> {
    COUNTS.iter().find(|name| contains(sql, name))?;
    // As wide as what the functions give, whatever the number: an operator on bits makes BIGINT UNSIGNED of it.
    let signed = |count: &dyn std::fmt::Display| format!("CAST({count}|0 AS SIGNED)");
    let rows = last.rows.map(|rows| signed(&rows));
    let found = last.found.map(|found| signed(&found));
    let counts = [(COUNTS[0], rows.as_deref()), (COUNTS[1], found.as_deref())];
    let calls: Vec<_> =
        counts.iter().filter_map(|(name, count)| Some((*name, (*count)?))).collect();
    let conditions =
        last.conditions.map(|(all, errors)| [format!("({all}|0)"), format!("({errors}|0)")]);
    let variables: Vec<(&[u8], &str)> = match &conditions {
        Some([all, errors]) => vec![(COUNTS[2], all), (COUNTS[3], errors)],
        None => Vec::new(),
    };
    let answers = Answers { calls: &calls, variables: &variables, anywhere: true, first: true };
    rewrite(sql, mode, answers)
}

/// What is written in the place of what.
#[derive(Clone, Copy)]
struct Answers<'a> {
    /// Functions without arguments.
    calls: &'a [(&'a [u8], &'a str)],
    /// System variables.
    variables: &'a [(&'a [u8], &'a str)],
    /// Also where it is no whole column.
    anywhere: bool,
    /// Only in the first of several statements: the next asks for what that leaves.
    first: bool,
}

fn rewrite(sql: &[u8], mode: LexMode, answers: Answers<'_>) -> Option<Vec<u8>> {
    let tokens: Vec<Token> = Lexer::new(sql, mode).collect();
    if tokens.iter().any(|token| token.kind == TokenKind::Unknown) {
        return None;
    }
    let mut rewriter = Rewriter {
        sql,
        tokens,
        answers,
        lists: vec![false],
        starts: true,
        sets: false,
        out: Vec::new(),
        copied: 0,
    };
    rewriter.run();
    if rewriter.copied == 0 {
        return None;
    }
    rewriter.out.extend_from_slice(sql.get(rewriter.copied..).unwrap_or_default());
    Some(rewriter.out)
}

fn contains(sql: &[u8], name: &[u8]) -> bool {
    sql.windows(name.len()).any(|window| window.eq_ignore_ascii_case(name))
}

/// A whole column of a select list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    /// Its name is its text.
    Unnamed,
    /// It has an alias.
    Named,
}

struct Rewriter<'a> {
    sql: &'a [u8],
    tokens: Vec<Token>,
    answers: Answers<'a>,
    /// For each open parenthesis, and the statement itself: whether we are in a select list.
    lists: Vec<bool>,
    /// The next token begins a statement.
    starts: bool,
    /// The statement is a SET.
    sets: bool,
    out: Vec<u8>,
    /// How much of `sql` is in `out`, or was replaced.
    copied: usize,
}

impl<'a> Rewriter<'a> {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(token) = self.tokens.get(at).copied() {
            if std::mem::take(&mut self.starts) && token.kind == TokenKind::Word {
                if self.is_word(at, "create") || self.is_word(at, "alter") {
                    // Its body may have further statements behind semicolons.
                    return;
                }
                self.sets = self.is_word(at, "set");
            }
            if self.answers.first && token.kind == TokenKind::Semi {
                return;
            }
            let asked = self.call_at(at).or_else(|| self.variable_at(at));
            match asked.and_then(|(end, answer)| Some((end, answer, self.place(at, end)?))) {
                Some((end, answer, column)) => {
                    self.replace(at, end, answer.as_bytes(), column);
                    at = end;
                }
                None => {
                    self.follow(at, token.kind);
                    at += 1;
                }
            }
        }
    }

    /// Keeps track of where select lists begin and end.
    fn follow(&mut self, at: usize, kind: TokenKind) {
        match kind {
            TokenKind::LParen => self.lists.push(false),
            TokenKind::RParen if self.lists.len() > 1 => drop(self.lists.pop()),
            TokenKind::Semi => {
                self.lists = vec![false];
                self.starts = true;
            }
            TokenKind::Word => {
                let begins = self.is_word(at, "select");
                if (begins || self.ends_list(at))
                    && let Some(list) = self.lists.last_mut()
                {
                    *list = begins;
                }
            }
            _ => {}
        }
    }

    /// The end of `CONNECTION_ID ( )` at `at`, as an index, and the answer.
    fn call_at(&self, at: usize) -> Option<(usize, &'a str)> {
        let (_, answer) = self.answers.calls.iter().find(|(name, _)| self.is_name(at, name))?;
        let call = self.kind(at + 1) == Some(TokenKind::LParen)
            && self.kind(at + 2) == Some(TokenKind::RParen);
        let before = at.checked_sub(1);
        let qualified = before.is_some_and(|before| self.kind(before) == Some(TokenKind::Dot));
        (call && !qualified && !before.is_some_and(|before| self.names_follow(before)))
            .then_some((at + 3, answer))
    }

    /// What stands there as far as names of columns go; `None` where it is left alone.
    fn place(&self, from: usize, to: usize) -> Option<Column> {
        self.column(from, to).or(self.answers.anywhere.then_some(Column::Named))
    }

    /// Whether the word at `at` stands before the name of a table or a procedure, not before an expression.
    fn names_follow(&self, at: usize) -> bool {
        ["into", "insert", "replace", "ignore", "table", "call", "function", "procedure"]
            .iter()
            .any(|word| self.is_word(at, word))
    }

    /// The end of `@@pseudo_thread_id` or `@@session.pseudo_thread_id` (or their like) at `at`, if it is read.
    fn variable_at(&self, at: usize) -> Option<(usize, &'a str)> {
        if self.kind(at) != Some(TokenKind::AtAt) {
            return None;
        }
        let scoped = self.kind(at + 2) == Some(TokenKind::Dot)
            && (self.is_name(at + 1, b"session") || self.is_name(at + 1, b"local"));
        let name = if scoped { at + 3 } else { at + 1 };
        let more = self.kind(name + 1) == Some(TokenKind::Dot);
        let found = self.answers.variables.iter().find(|(wanted, _)| self.is_name(name, wanted));
        let (_, answer) = found.filter(|_| !more && !self.is_target(at))?;
        Some((name + 1, answer))
    }

    /// Whether what stands at `at` is assigned to: in a SET, behind SET or a comma.
    fn is_target(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        let begins = self.is_word(before, "set") || self.kind(before) == Some(TokenKind::Comma);
        self.sets && begins && self.lists.len() == 1
    }

    /// Writes the id for the tokens `from..to`.
    fn replace(&mut self, from: usize, to: usize, id: &[u8], column: Column) {
        let Some(range) = self.bytes_of(from, to) else { return };
        let before = range.start.checked_sub(1).and_then(|at| self.sql.get(at));
        let after = self.sql.get(range.end);
        let touches =
            |byte: Option<&u8>| byte.is_some_and(|byte| is_name_byte(*byte) || *byte == b'.');
        self.out.extend_from_slice(self.sql.get(self.copied..range.start).unwrap_or_default());
        if touches(before) {
            self.out.push(b' ');
        }
        self.out.extend_from_slice(id);
        if column == Column::Unnamed {
            self.out.extend_from_slice(b" AS `");
            for byte in self.sql.get(range.clone()).unwrap_or_default() {
                self.out.push(*byte);
                if *byte == b'`' {
                    self.out.push(b'`');
                }
            }
            self.out.push(b'`');
        }
        if touches(after) {
            self.out.push(b' ');
        }
        self.copied = range.end;
    }

    fn bytes_of(&self, from: usize, to: usize) -> Option<Range<usize>> {
        Some(self.tokens.get(from)?.start..self.tokens.get(to.checked_sub(1)?)?.end)
    }

    /// What kind of column the tokens `from..to` are, if they are a whole one of a select list.
    fn column(&self, from: usize, to: usize) -> Option<Column> {
        let begins = from.checked_sub(1).is_some_and(|before| match self.kind(before) {
            Some(TokenKind::Comma | TokenKind::Hint) => true,
            Some(TokenKind::Word) => is_select_modifier(&self.text(before).to_ascii_lowercase()),
            _ => false,
        });
        if !begins || self.lists.last() != Some(&true) {
            return None;
        }
        if self.ends_column(to) {
            return Some(Column::Unnamed);
        }
        let alias = if self.is_word(to, "as") { to + 1 } else { to };
        let name = matches!(
            self.kind(alias),
            Some(TokenKind::Word | TokenKind::Name | TokenKind::Quoted | TokenKind::String)
        );
        (name && self.ends_column(alias + 1)).then_some(Column::Named)
    }

    fn ends_column(&self, at: usize) -> bool {
        match self.kind(at) {
            None | Some(TokenKind::Comma | TokenKind::Semi | TokenKind::RParen) => true,
            Some(TokenKind::Word) => self.ends_list(at),
            _ => false,
        }
    }

    /// Whether the word at `at` ends a select list.
    fn ends_list(&self, at: usize) -> bool {
        const ENDS: [&str; 15] = [
            "from",
            "union",
            "except",
            "intersect",
            "minus",
            "where",
            "group",
            "having",
            "order",
            "limit",
            "window",
            "into",
            "for",
            "lock",
            "procedure",
        ];
        ENDS.iter().any(|word| self.is_word(at, word))
    }

    fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    fn bytes(&self, at: usize) -> &[u8] {
        let range = self.tokens.get(at).map(|token| token.start..token.end);
        range.and_then(|range| self.sql.get(range)).unwrap_or_default()
    }

    fn text(&self, at: usize) -> &str {
        std::str::from_utf8(self.bytes(at)).unwrap_or_default()
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        self.kind(at) == Some(TokenKind::Word) && self.text(at).eq_ignore_ascii_case(word)
    }

    /// Whether a name stands at `at`, quoted or not.
    fn is_name(&self, at: usize, name: &[u8]) -> bool {
        let bytes = self.bytes(at);
        match self.kind(at) {
            Some(TokenKind::Word | TokenKind::Name) => bytes.eq_ignore_ascii_case(name),
            Some(TokenKind::Quoted) => bytes
                .get(1..bytes.len().saturating_sub(1))
                .is_some_and(|inner| inner.eq_ignore_ascii_case(name)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(sql: &str) -> Option<String> {
        let bytes = with_connection_id(sql.as_bytes(), LexMode::default(), 7)?;
        Some(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_column_keeps_its_name() {
        for (sql, expected) in [
            ("SELECT CONNECTION_ID()", "SELECT 7 AS `CONNECTION_ID()`"),
            (
                "select distinct connection_id ( ) from t",
                "select distinct 7 AS `connection_id ( )` from t",
            ),
            ("SELECT a, Connection_Id(/* x */), b", "SELECT a, 7 AS `Connection_Id(/* x */)`, b"),
            ("(SELECT CONNECTION_ID()) LIMIT 1", "(SELECT 7 AS `CONNECTION_ID()`) LIMIT 1"),
            ("SELECT 1;SELECT CONNECTION_ID();", "SELECT 1;SELECT 7 AS `CONNECTION_ID()`;"),
            ("SELECT`connection_id`()FROM t", "SELECT 7 AS ```connection_id``()` FROM t"),
            ("SELECT @@pseudo_thread_id", "SELECT 7 AS `@@pseudo_thread_id`"),
            (
                "SELECT@@SESSION . pseudo_thread_id UNION SELECT 1",
                "SELECT 7 AS `@@SESSION . pseudo_thread_id` UNION SELECT 1",
            ),
            (
                "SELECT * FROM (SELECT CONNECTION_ID() LIMIT 1) x",
                "SELECT * FROM (SELECT 7 AS `CONNECTION_ID()` LIMIT 1) x",
            ),
        ] {
            assert_eq!(rewritten(sql).as_deref(), Some(expected), "{sql}");
        }
    }

    #[test]
    fn counts_of_the_last_statement_are_written_everywhere() {
        let counted = |sql: &str, found| {
            let last = LastStatement { rows: Some(-1), found, conditions: Some((2, 1)) };
            let bytes = with_last_statement(sql.as_bytes(), LexMode::default(), last)?;
            Some(String::from_utf8(bytes).unwrap())
        };
        for (sql, expected) in [
            ("SELECT ROW_COUNT()", "SELECT CAST(-1|0 AS SIGNED) AS `ROW_COUNT()`"),
            ("SELECT found_rows() AS n", "SELECT CAST(7|0 AS SIGNED) AS n"),
            ("SELECT ROW_COUNT() > 0", "SELECT CAST(-1|0 AS SIGNED) > 0"),
            (
                "SELECT @@warning_count, @@session.error_count AS e",
                "SELECT (2|0) AS `@@warning_count`, (1|0) AS e",
            ),
            (
                "SELECT FOUND_ROWS() AS n; SELECT ROW_COUNT()",
                "SELECT CAST(7|0 AS SIGNED) AS n; SELECT ROW_COUNT()",
            ),
            ("INSERT INTO t VALUES (ROW_COUNT())", "INSERT INTO t VALUES (CAST(-1|0 AS SIGNED))"),
        ] {
            assert_eq!(counted(sql, Some(7)).as_deref(), Some(expected), "{sql}");
        }
        assert_eq!(counted("SELECT FOUND_ROWS()", None), None, "nobody knows");
        assert_eq!(counted("SELECT 'ROW_COUNT()', row_count FROM t", Some(7)), None);
    }

    #[test]
    fn an_alias_stays() {
        for (sql, expected) in [
            ("SELECT CONNECTION_ID()AS id", "SELECT 7 AS id"),
            ("SELECT CONNECTION_ID() id, a", "SELECT 7 id, a"),
            ("SELECT CONNECTION_ID() 'id' FROM t", "SELECT 7 'id' FROM t"),
        ] {
            assert_eq!(rewritten(sql).as_deref(), Some(expected), "{sql}");
        }
    }

    #[test]
    fn inside_expressions_it_is_the_servers() {
        for sql in [
            "SELECT CONNECTION_ID() + 1",
            "SELECT CONNECTION_ID() > 0",
            "SELECT IS_USED_LOCK('a') = CONNECTION_ID()",
            "SELECT f(CONNECTION_ID())",
            "SELECT a FROM t WHERE a=CONNECTION_ID()",
            "SELECT CONNECTION_ID() DIV 2",
            "INSERT INTO t VALUES (CONNECTION_ID(), 1)",
            "SET @a = @@pseudo_thread_id, @b = 1",
        ] {
            assert_eq!(rewritten(sql), None, "{sql}");
        }
    }

    #[test]
    fn what_is_no_question_stays() {
        for sql in [
            "SELECT 'CONNECTION_ID()', `CONNECTION_ID()`, a.connection_id(), a . connection_id()",
            "SELECT 1 /* CONNECTION_ID() */ -- CONNECTION_ID()",
            "SELECT connection_id FROM t",
            "SELECT connection_id(1), my_connection_id()",
            "SET @@pseudo_thread_id = 5, @@session.pseudo_thread_id = 6",
            "SET pseudo_thread_id = 5",
            "SELECT @@global.pseudo_thread_id, @pseudo_thread_id",
            "INSERT INTO connection_id () VALUES ()",
            "CREATE VIEW v AS SELECT CONNECTION_ID()",
            "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT CONNECTION_ID(); END",
            "SELECT CONNECTION_ID() 'not closed",
        ] {
            assert_eq!(rewritten(sql), None, "{sql}");
        }
    }
}

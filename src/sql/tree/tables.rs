//! Lists of tables: parentheses, index hints, `FOR SYSTEM_TIME`.

use super::rewrite::{Rewriter, Skip};
use super::words::{ends_tables, keyword};
use crate::sql::lexer::TokenKind;

impl Rewriter<'_> {
    pub(super) fn is_index_hint(&self, at: usize) -> bool {
        matches!(self.tokens.word(at), "use" | "force" | "ignore")
            && matches!(self.tokens.word(at + 1), "index" | "key")
    }

    /// `USE INDEX [FOR ORDER BY] (a, b)`
    pub(super) fn index_hint(&mut self, at: usize) -> usize {
        let open = (at + 2..at + 6).find(|index| self.opens(*index));
        open.and_then(|open| self.tokens.closing(open)).map_or(at + 2, |close| close + 1)
    }

    /// MariaDB: `FOR SYSTEM_TIME …` behind a table.
    pub(super) fn system_time(&mut self, at: usize) -> usize {
        match self.tokens.word(at + 2) {
            "all" => at + 3,
            "as" => self.operand_end(at + 4),
            "between" | "from" => {
                let middle = self.operand_end(at + 3);
                self.operand_end(middle + 1)
            }
            _ => at + 1,
        }
    }

    /// The end of a literal, a name or a call at `at`, with `TIMESTAMP` before it.
    pub(super) fn operand_end(&self, mut at: usize) -> usize {
        if matches!(self.tokens.word(at), "timestamp" | "transaction") && !self.opens(at + 1) {
            at += 1;
        }
        if self.opens(at) {
            return self.tokens.closing(at).map_or(at + 1, |close| close + 1);
        }
        if self.opens(at + 1) {
            return self.tokens.closing(at + 1).map_or(at + 1, |close| close + 1);
        }
        if self.tokens.is(at, TokenKind::AtAt) { at + 2 } else { at + 1 }
    }

    /// `JOIN (a, b)`: in MySQL a list of tables in parentheses is a cross join.
    pub(super) fn tables(&mut self, at: usize) -> usize {
        let mut open = at + 1;
        while self.opens(open + 1) && self.opens(open) {
            open += 1;
        }
        self.drop_lone_parentheses(at + 1);
        self.drop_in_list(at + 1);
        let listed = self.opens(open) && !self.starts_query(open + 1);
        if let Some(close) = listed.then(|| self.tokens.closing(open)).flatten() {
            self.mark_top_level(open, close, |_, kind, _| {
                (kind == TokenKind::Comma).then_some(Skip::Join)
            });
        }
        let word = self.tokens.word(at);
        self.emit(keyword(if word == "straight_join" { "join" } else { word }), at + 1)
    }

    /// `FROM a, (b)`: the same behind the commas of a list of tables.
    pub(super) fn drop_in_list(&mut self, from: usize) {
        let mut depth = 0usize;
        for index in from..self.tokens.len() {
            match self.tokens.kind(index) {
                Some(TokenKind::LParen) => depth += 1,
                Some(TokenKind::RParen) if depth == 0 => return,
                Some(TokenKind::RParen) => depth -= 1,
                Some(TokenKind::Comma) if depth == 0 => self.drop_lone_parentheses(index + 1),
                Some(TokenKind::Word) if depth == 0 && ends_tables(self.tokens.word(index)) => {
                    return;
                }
                _ => {}
            }
        }
    }

    /// `FROM (t)`, `FROM ((SELECT 1) AS x)`: parentheses around one table mean nothing.
    pub(super) fn drop_lone_parentheses(&mut self, open: usize) {
        const JOINS: &[&str] = &[
            ",",
            "join",
            "straight_join",
            "select",
            "values",
            "table",
            "with",
            "union",
            "except",
            "intersect",
            "order",
            "limit",
        ];
        if !self.opens(open) {
            return;
        }
        let Some(close) = self.tokens.closing(open) else { return };
        if self.find_top_level(open, close, JOINS).is_none() {
            self.mark(open, open + 1, Skip::Drop);
            self.mark(close, close + 1, Skip::Drop);
            self.drop_lone_parentheses(open + 1);
        }
    }
}

//! Our tokens as sqlparser's, with MySQL's own syntax made plain. Soundness: see the parent module; what is
//! dropped or replaced here has been proven harmless, and no rule can turn something else into a query,
//! since none makes a SELECT where there was nothing that reads (JSON_TABLE becomes a constant derived table,
//! `TABLE t` a SELECT).

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token as SqlToken;

use super::super::classify::Tokens;
use super::super::lexer::TokenKind;
use super::calls::is_special_call;
use super::words::{KEYWORDS, is_unit, keyword, name, number, number_or_null};

/// The unit of an interval is looked for so far behind INTERVAL.
const MAX_INTERVAL_TOKENS: usize = 256;

/// Rewrites the tokens of a query.
pub fn rewrite(tokens: Tokens<'_>) -> Vec<SqlToken> {
    let mut rewriter = Rewriter {
        tokens,
        out: Vec::with_capacity(tokens.len()),
        skip: vec![Skip::No; tokens.len()],
        open_cases: 0,
    };
    let mut at = 0;
    while at < tokens.len() {
        at = rewriter.step(at);
    }
    rewriter.out
}

/// What a later token is to become, decided earlier.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Skip {
    No,
    Drop,
    Comma,
    Join,
}

pub(super) struct Rewriter<'a> {
    pub(super) tokens: Tokens<'a>,
    pub(super) out: Vec<SqlToken>,
    skip: Vec<Skip>,
    /// CASE without END so far.
    open_cases: usize,
}

impl Rewriter<'_> {
    /// Handles the token at `at`; tells where to go on.
    fn step(&mut self, at: usize) -> usize {
        match self.skip.get(at) {
            Some(Skip::Drop) => return at + 1,
            Some(Skip::Comma) => return self.emit(SqlToken::Comma, at + 1),
            Some(Skip::Join) => return self.emit(keyword("join"), at + 1),
            _ => {}
        }
        match self.tokens.kind(at) {
            Some(TokenKind::Word) => self.word(at),
            Some(TokenKind::Name | TokenKind::Quoted) => self.emit(name(), at + 1),
            Some(TokenKind::Number | TokenKind::Param) => self.emit(number(), at + 1),
            Some(TokenKind::String) => self.string(at),
            Some(TokenKind::UserVar) => self.emit(name(), at + 1),
            Some(TokenKind::AtAt) => self.system_variable(at),
            Some(TokenKind::Dot) => self.emit(SqlToken::Period, at + 1),
            Some(TokenKind::Comma) if self.is_index_hint(at + 1) => at + 1,
            Some(TokenKind::Comma) => self.emit(SqlToken::Comma, at + 1),
            Some(TokenKind::LParen) => self.emit(SqlToken::LParen, at + 1),
            Some(TokenKind::RParen) => self.emit(SqlToken::RParen, at + 1),
            Some(TokenKind::Hint) => at + 1,
            Some(TokenKind::Op) => self.operator(at),
            // A token that no query has.
            _ => self.emit(SqlToken::Backslash, at + 1),
        }
    }

    pub(super) fn emit(&mut self, token: SqlToken, next: usize) -> usize {
        self.out.push(token);
        next
    }

    pub(super) fn opens(&self, at: usize) -> bool {
        self.tokens.is(at, TokenKind::LParen)
    }

    pub(super) fn mark(&mut self, from: usize, to: usize, skip: Skip) {
        if let Some(range) = self.skip.get_mut(from..to) {
            range.fill(skip);
        }
    }

    /// Whether what was written last ends an operand, so that a string behind it is an alias.
    fn behind_operand(&self) -> bool {
        match self.out.last() {
            Some(SqlToken::Word(word)) => word.keyword == Keyword::NoKeyword || word.value == "as",
            Some(SqlToken::Number(..) | SqlToken::RParen) => true,
            Some(SqlToken::SingleQuotedString(_)) => true,
            _ => false,
        }
    }

    fn string(&mut self, at: usize) -> usize {
        let as_name = self.behind_operand();
        let text = || SqlToken::SingleQuotedString(String::new());
        self.emit(if as_name { name() } else { text() }, at + 1)
    }

    /// `@@x`, `@@scope.x`
    fn system_variable(&mut self, at: usize) -> usize {
        let end = if self.tokens.is(at + 2, TokenKind::Dot) { at + 4 } else { at + 2 };
        self.emit(name(), end)
    }

    fn operator(&mut self, at: usize) -> usize {
        let token = match self.tokens.operator(at) {
            b"=" => SqlToken::Eq,
            b"<=>" => SqlToken::Spaceship,
            b"<" => SqlToken::Lt,
            b">" => SqlToken::Gt,
            b"<=" => SqlToken::LtEq,
            b">=" => SqlToken::GtEq,
            b"<>" | b"!=" => SqlToken::Neq,
            b"*" => SqlToken::Mul,
            b"-" | b"!" | b"~" => SqlToken::Minus,
            b"&&" => keyword("and"),
            b"+" | b"/" | b"%" | b"&" | b"|" | b"^" | b"<<" | b">>" | b"||" | b"->" | b"->>" => {
                SqlToken::Plus
            }
            // ODBC escapes: `{d '…'}`, `{fn f()}`, `{oj a left join b}`
            b"{" => return at + 2,
            b"}" => return at + 1,
            _ => SqlToken::Backslash,
        };
        self.emit(token, at + 1)
    }

    fn word(&mut self, at: usize) -> usize {
        let call = self.opens(at + 1);
        match self.tokens.word(at) {
            "select" => self.select(at),
            word if call && is_special_call(word) => self.special_call(at, word),
            "binary" if !call => at + 1,
            "row" if call => at + 1,
            "collate" => at + 2,
            "date" | "time" | "timestamp" if self.tokens.is(at + 1, TokenKind::String) => at + 1,
            word if word.starts_with('_') && self.tokens.is(at + 1, TokenKind::String) => at + 1,
            "null" | "true" | "false" => self.emit(number_or_null(self.tokens.word(at)), at + 1),
            "div" | "mod" if !call || self.behind_operand() => self.emit(SqlToken::Plus, at + 1),
            "member" if self.tokens.word(at + 1) == "of" => self.emit(SqlToken::Plus, at + 2),
            "xor" => self.emit(keyword("and"), at + 1),
            "rlike" | "regexp" => self.emit(keyword("like"), at + 1),
            "sounds" if self.tokens.word(at + 1) == "like" => self.emit(keyword("like"), at + 2),
            "use" | "force" | "ignore" if self.is_index_hint(at) => self.index_hint(at),
            "ignore" | "respect" if self.tokens.word(at + 1) == "nulls" => at + 2,
            "partition" if call => self.tokens.closing(at + 1).map_or(at + 1, |close| close + 1),
            "with" if matches!(self.tokens.word(at + 1), "rollup" | "cube") => at + 2,
            "within" if self.tokens.word(at + 1) == "group" => {
                self.tokens.closing(at + 2).map_or(at + 1, |close| close + 1)
            }
            "interval" => self.interval(at),
            "fetch" => self.fetch(at),
            "limit" if self.tokens.words(at + 1, &["rows", "examined"]) => at + 4,
            "rows" if self.tokens.word(at + 1) == "examined" => at + 3,
            "offset" => self.offset(at),
            "over" if matches!(self.out.last(), Some(SqlToken::RParen)) => self.window(at),
            "window" if self.tokens.word(at + 2) == "as" => self.emit(keyword("window"), at + 1),
            "for" if self.tokens.word(at + 1) == "system_time" => self.system_time(at),
            "from" | "join" | "straight_join" => self.tables(at),
            "table" => self.table(at),
            "group" => self.group(at),
            "case" => {
                self.open_cases += 1;
                self.emit(keyword("case"), at + 1)
            }
            "distinctrow" => self.emit(keyword("distinct"), at + 1),
            word => self.other(at, word),
        }
    }

    /// Keywords stay, everything else is a name.
    fn other(&mut self, at: usize, word: &str) -> usize {
        let is_keyword = match word {
            // END closes a CASE that is still open; else it is a name.
            "end" if self.open_cases > 0 => {
                self.open_cases -= 1;
                true
            }
            "minus" if self.opens(at + 1) || self.starts_query(at + 1) => {
                return self.emit(keyword("except"), at + 1);
            }
            "any" | "some" | "lateral" | "except" | "intersect" => {
                self.opens(at + 1) || self.starts_query(at + 1)
            }
            "escape" => matches!(
                self.tokens.kind(at + 1),
                Some(TokenKind::String | TokenKind::Param | TokenKind::Number)
            ),
            "unknown" => matches!(self.tokens.word(at.wrapping_sub(1)), "is" | "not"),
            "all" if self.tokens.is(at + 1, TokenKind::RParen) => false,
            "left" | "right" => !self.opens(at + 1),
            "values" => true,
            _ => KEYWORDS.contains(&word),
        };
        self.emit(if is_keyword { keyword(word) } else { name() }, at + 1)
    }

    pub(super) fn starts_query(&self, at: usize) -> bool {
        matches!(self.tokens.word(at), "select" | "values" | "table" | "all" | "distinct" | "with")
    }

    /// `TABLE t` is `SELECT * FROM t`, and sqlparser takes it in fewer places.
    fn table(&mut self, at: usize) -> usize {
        self.out.extend([keyword("select"), number(), keyword("from")]);
        at + 1
    }

    /// SELECT and the modifiers behind it.
    fn select(&mut self, at: usize) -> usize {
        self.out.push(keyword("select"));
        let mut at = at + 1;
        loop {
            match self.tokens.word(at) {
                "high_priority"
                | "straight_join"
                | "sql_small_result"
                | "sql_big_result"
                | "sql_buffer_result"
                | "sql_no_cache"
                | "sql_cache"
                | "sql_calc_found_rows" => {}
                "all" => {}
                "distinct" | "distinctrow" => self.out.push(keyword("distinct")),
                _ if self.tokens.is(at, TokenKind::Hint) => {}
                _ => return at,
            }
            at += 1;
        }
    }

    /// `INTERVAL expr unit` becomes `+ expr`; `INTERVAL(a, b)` is a function.
    fn interval(&mut self, at: usize) -> usize {
        let unit = self.unit_behind(at + 2);
        let Some(unit) = unit else { return self.emit(name(), at + 1) };
        self.mark(unit, unit + 1, Skip::Drop);
        self.emit(SqlToken::Plus, at + 1)
    }

    /// The unit of an interval whose expression starts before `from`: a word of the same parentheses.
    fn unit_behind(&self, from: usize) -> Option<usize> {
        let mut depth = usize::from(self.opens(from - 1));
        for at in from..from + MAX_INTERVAL_TOKENS {
            match self.tokens.kind(at)? {
                TokenKind::LParen => depth += 1,
                TokenKind::RParen => depth = depth.checked_sub(1)?,
                TokenKind::Comma if depth == 0 => return None,
                TokenKind::Word if depth == 0 && !self.opens(at + 1) => {
                    let word = self.tokens.word(at);
                    if is_unit(word) {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// `FETCH FIRST n ROWS ONLY` says no more than a limit.
    fn fetch(&mut self, at: usize) -> usize {
        if !matches!(self.tokens.word(at + 1), "first" | "next") {
            return self.emit(name(), at + 1);
        }
        let last = |index: &usize| matches!(self.tokens.word(*index), "only" | "ties");
        (at + 2..at + 7).find(last).map_or(at + 1, |end| end + 1)
    }

    /// `OFFSET n [ROWS]` behind a limit or a query.
    fn offset(&mut self, at: usize) -> usize {
        let counts = matches!(self.tokens.kind(at + 1), Some(TokenKind::Number | TokenKind::Param));
        if !counts || matches!(self.out.last(), Some(SqlToken::Period | SqlToken::Comma)) {
            return self.emit(name(), at + 1);
        }
        if matches!(self.tokens.word(at + 2), "row" | "rows") {
            self.mark(at + 2, at + 3, Skip::Drop);
        }
        self.emit(keyword("offset"), at + 1)
    }

    /// `OVER (… frame)`: the frame goes.
    fn window(&mut self, at: usize) -> usize {
        self.out.push(keyword("over"));
        if self.opens(at + 1)
            && let Some(close) = self.tokens.closing(at + 1)
            && let Some(frame) = (at + 2..close).find(|index| self.is_frame(*index))
        {
            self.mark(frame, close, Skip::Drop);
        }
        at + 1
    }

    fn is_frame(&self, at: usize) -> bool {
        matches!(self.tokens.word(at), "rows" | "range" | "groups")
            && (matches!(
                self.tokens.word(at + 1),
                "between" | "unbounded" | "current" | "interval"
            ) || self.tokens.is(at + 1, TokenKind::Number))
    }

    /// `GROUP BY a DESC`, as MariaDB and old MySQL have it: the directions go.
    fn group(&mut self, at: usize) -> usize {
        let mut depth = 0usize;
        for index in at + 1..self.tokens.len() {
            match self.tokens.kind(index) {
                Some(TokenKind::LParen) => depth += 1,
                Some(TokenKind::RParen) if depth == 0 => break,
                Some(TokenKind::RParen) => depth -= 1,
                Some(TokenKind::Word) if depth == 0 => match self.tokens.word(index) {
                    "asc" | "desc" => self.mark(index, index + 1, Skip::Drop),
                    "having" | "order" | "limit" | "window" | "union" => break,
                    _ => {}
                },
                _ => {}
            }
        }
        self.emit(keyword("group"), at + 1)
    }

    /// Marks tokens directly inside a pair of parentheses.
    pub(super) fn mark_top_level(
        &mut self,
        open: usize,
        close: usize,
        rule: impl Fn(usize, TokenKind, &str) -> Option<Skip>,
    ) {
        let mut depth = 0usize;
        for at in open + 1..close {
            let Some(kind) = self.tokens.kind(at) else { return };
            match kind {
                TokenKind::LParen => depth += 1,
                TokenKind::RParen => depth = depth.saturating_sub(1),
                _ if depth == 0 => {
                    if let Some(skip) = rule(at, kind, self.tokens.word(at)) {
                        self.mark(at, at + 1, skip);
                    }
                }
                _ => {}
            }
        }
    }

    /// The first of the words directly inside a pair of parentheses.
    pub(super) fn find_top_level(
        &self,
        open: usize,
        close: usize,
        words: &[&str],
    ) -> Option<usize> {
        let mut depth = 0usize;
        for at in open + 1..close {
            match self.tokens.kind(at)? {
                TokenKind::LParen => depth += 1,
                TokenKind::RParen => depth = depth.saturating_sub(1),
                TokenKind::Comma if depth == 0 && words.contains(&",") => return Some(at),
                TokenKind::Word if depth == 0 && words.contains(&self.tokens.word(at)) => {
                    return Some(at);
                }
                _ => {}
            }
        }
        None
    }
}

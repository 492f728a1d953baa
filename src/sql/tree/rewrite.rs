//! Our tokens as sqlparser's, with MySQL's own syntax made plain. Soundness: see the parent module; what is
//! dropped or replaced here has been proven harmless, and no rule can turn something else into a query,
//! since none makes a SELECT where there was nothing that reads (JSON_TABLE becomes a constant derived table,
//! `TABLE t` a SELECT).

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token as SqlToken, Word};

use super::super::classify::Tokens;
use super::super::lexer::TokenKind;

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
enum Skip {
    No,
    Drop,
    Comma,
    Join,
}

struct Rewriter<'a> {
    tokens: Tokens<'a>,
    out: Vec<SqlToken>,
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

    fn emit(&mut self, token: SqlToken, next: usize) -> usize {
        self.out.push(token);
        next
    }

    fn opens(&self, at: usize) -> bool {
        self.tokens.is(at, TokenKind::LParen)
    }

    fn mark(&mut self, from: usize, to: usize, skip: Skip) {
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

    fn starts_query(&self, at: usize) -> bool {
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

    fn is_index_hint(&self, at: usize) -> bool {
        matches!(self.tokens.word(at), "use" | "force" | "ignore")
            && matches!(self.tokens.word(at + 1), "index" | "key")
    }

    /// `USE INDEX [FOR ORDER BY] (a, b)`
    fn index_hint(&mut self, at: usize) -> usize {
        let open = (at + 2..at + 6).find(|index| self.opens(*index));
        open.and_then(|open| self.tokens.closing(open)).map_or(at + 2, |close| close + 1)
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

    /// MariaDB: `FOR SYSTEM_TIME …` behind a table.
    fn system_time(&mut self, at: usize) -> usize {
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
    fn operand_end(&self, mut at: usize) -> usize {
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
    fn tables(&mut self, at: usize) -> usize {
        let mut open = at + 1;
        while self.opens(open + 1) && self.opens(open) {
            open += 1;
        }
        let listed = self.opens(open) && !self.starts_query(open + 1);
        if let Some(close) = listed.then(|| self.tokens.closing(open)).flatten() {
            self.mark_top_level(open, close, |_, kind, _| {
                (kind == TokenKind::Comma).then_some(Skip::Join)
            });
        }
        let word = self.tokens.word(at);
        self.emit(keyword(if word == "straight_join" { "join" } else { word }), at + 1)
    }

    /// Marks tokens directly inside a pair of parentheses.
    fn mark_top_level(
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
    fn find_top_level(&self, open: usize, close: usize, words: &[&str]) -> Option<usize> {
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

    /// Functions whose arguments have a syntax of their own: made plain calls.
    fn special_call(&mut self, at: usize, word: &str) -> usize {
        let open = at + 1;
        let Some(close) = self.tokens.closing(open) else { return self.emit(name(), at + 1) };
        match word {
            "json_table" => return self.json_table(close),
            "match" => self.drop_against(close),
            "cast" | "weight_string" => self.drop_tail(open, close, &["as", "level"]),
            "json_value" | "json_query" => {
                self.drop_tail(open, close, &["returning", "default", "null", "error"]);
            }
            "convert" => self.drop_tail(open, close, &[",", "using"]),
            "char" => self.drop_tail(open, close, &["using"]),
            "group_concat" | "json_arrayagg" | "json_objectagg" => self.aggregate(open, close),
            _ => self.word_arguments(open, close),
        }
        self.emit(name(), at + 1)
    }

    fn drop_tail(&mut self, open: usize, close: usize, words: &[&str]) {
        if let Some(from) = self.find_top_level(open, close, words) {
            self.mark(from, close, Skip::Drop);
        }
    }

    /// A constant table in its place: the alias and its columns follow as they are.
    fn json_table(&mut self, close: usize) -> usize {
        self.out.extend([SqlToken::LParen, keyword("select"), number(), SqlToken::RParen]);
        close + 1
    }

    /// `MATCH (a, b) AGAINST (…)`
    fn drop_against(&mut self, close: usize) {
        if self.tokens.word(close + 1) == "against"
            && let Some(end) = self.tokens.closing(close + 2)
        {
            self.mark(close + 1, end + 1, Skip::Drop);
        }
    }

    /// `GROUP_CONCAT(DISTINCT a ORDER BY b DESC SEPARATOR 'x' LIMIT 1)`
    fn aggregate(&mut self, open: usize, close: usize) {
        self.drop_tail(open, close, &["separator", "limit"]);
        self.mark_top_level(open, close, |_, _, word| match word {
            "distinct" | "by" | "asc" | "desc" => Some(Skip::Drop),
            "order" => Some(Skip::Comma),
            _ => None,
        });
    }

    /// `SUBSTRING(a FROM b FOR c)`, `TRIM(BOTH a FROM b)`, `EXTRACT(unit FROM a)`, `POSITION(a IN b)`
    fn word_arguments(&mut self, open: usize, close: usize) {
        let side = matches!(self.tokens.word(open + 1), "leading" | "trailing" | "both");
        if side {
            self.mark(open + 1, open + 2, Skip::Drop);
        }
        let first = if side { open + 2 } else { open + 1 };
        self.mark_top_level(open, close, |at, _, word| match word {
            _ if side && at == open + 1 => Some(Skip::Drop),
            "from" if at == first => Some(Skip::Drop),
            "from" | "for" | "in" => Some(Skip::Comma),
            _ => None,
        });
    }
}

fn is_special_call(word: &str) -> bool {
    matches!(
        word,
        "json_table"
            | "match"
            | "cast"
            | "weight_string"
            | "json_value"
            | "json_query"
            | "convert"
            | "char"
            | "group_concat"
            | "json_arrayagg"
            | "json_objectagg"
            | "substring"
            | "substr"
            | "mid"
            | "trim"
            | "extract"
            | "position"
    )
}

fn is_unit(word: &str) -> bool {
    let simple = word.strip_prefix("sql_tsi_").unwrap_or(word);
    matches!(
        simple,
        "microsecond"
            | "second"
            | "minute"
            | "hour"
            | "day"
            | "week"
            | "month"
            | "quarter"
            | "year"
    ) || matches!(
        word,
        "second_microsecond"
            | "minute_microsecond"
            | "minute_second"
            | "hour_microsecond"
            | "hour_second"
            | "hour_minute"
            | "day_microsecond"
            | "day_second"
            | "day_minute"
            | "day_hour"
            | "year_month"
    )
}

/// Words that keep their meaning for sqlparser. All are reserved in MySQL or handled by what surrounds them.
const KEYWORDS: &[&str] = &[
    "all",
    "and",
    "as",
    "asc",
    "between",
    "by",
    "cross",
    "desc",
    "distinct",
    "else",
    "exists",
    "from",
    "group",
    "having",
    "in",
    "inner",
    "is",
    "join",
    "left",
    "like",
    "limit",
    "natural",
    "not",
    "on",
    "or",
    "order",
    "outer",
    "partition",
    "recursive",
    "right",
    "table",
    "then",
    "union",
    "using",
    "values",
    "when",
    "where",
    "with",
    "for",
    "into",
    "update",
    "delete",
    "insert",
    "lock",
    "set",
];

fn name() -> SqlToken {
    let word = Word { value: "n".into(), quote_style: Some('`'), keyword: Keyword::NoKeyword };
    SqlToken::Word(word)
}

fn keyword(word: &str) -> SqlToken {
    match SqlToken::make_keyword(word) {
        SqlToken::Word(made) => SqlToken::Word(Word { value: word.into(), ..made }),
        other => other,
    }
}

fn number() -> SqlToken {
    SqlToken::Number("0".into(), false)
}

fn number_or_null(word: &str) -> SqlToken {
    if word.is_empty() { number() } else { keyword(word) }
}

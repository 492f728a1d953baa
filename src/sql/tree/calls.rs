//! Functions whose arguments have a syntax of their own (`TRIM(BOTH a FROM b)`, `CAST(a AS type)`,
//! `GROUP_CONCAT(… SEPARATOR …)`), rewritten as plain calls. MySQL manual, "Functions and Operators".

use sqlparser::tokenizer::Token as SqlToken;

use super::rewrite::{Rewriter, Skip};
use super::words::{keyword, name, number};

impl Rewriter<'_> {
    /// Functions whose arguments have a syntax of their own: made plain calls.
    pub(super) fn special_call(&mut self, at: usize, word: &str) -> usize {
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

/// Whether a call by this name needs rewriting.
pub(super) fn is_special_call(word: &str) -> bool {
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

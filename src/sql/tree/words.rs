//! Words for sqlparser: which are keywords, and how its tokens are made.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token as SqlToken, Word};

/// Whether the word is the unit of an interval.
pub(super) fn is_unit(word: &str) -> bool {
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
pub(super) const KEYWORDS: &[&str] = &[
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

/// Any name.
pub(super) fn name() -> SqlToken {
    let word = Word { value: "n".into(), quote_style: Some('`'), keyword: Keyword::NoKeyword };
    SqlToken::Word(word)
}

/// A keyword, lower case.
pub(super) fn keyword(word: &str) -> SqlToken {
    match SqlToken::make_keyword(word) {
        SqlToken::Word(made) => SqlToken::Word(Word { value: word.into(), ..made }),
        other => other,
    }
}

/// Any number.
pub(super) fn number() -> SqlToken {
    SqlToken::Number("0".into(), false)
}

pub(super) fn number_or_null(word: &str) -> SqlToken {
    if word.is_empty() { number() } else { keyword(word) }
}

/// Whether the word ends a list of tables, or begins a part of it that is looked at by itself.
pub(super) fn ends_tables(word: &str) -> bool {
    matches!(
        word,
        "where"
            | "group"
            | "having"
            | "order"
            | "limit"
            | "window"
            | "union"
            | "except"
            | "intersect"
            | "minus"
            | "join"
            | "straight_join"
            | "for"
            | "lock"
            | "into"
            | "fetch"
            | "offset"
            | "procedure"
    )
}

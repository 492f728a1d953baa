//! The shape of a statement for its plan: values that stand by themselves become parameters, so that texts which
//! differ only in them share one parse and one plan.
//!
//! ```text
//! SELECT c FROM t WHERE id=4711                 SELECT c FROM t WHERE id=?                  4711
//! UPDATE t SET c='x', k=k+1 WHERE id=8          UPDATE t SET c=?, k=k+1 WHERE id=?          'x', 8
//! INSERT INTO t (id, c) VALUES (5, 'it''s')     INSERT INTO t (id, c) VALUES (?, ?)         5, 'it''s'
//! ```
//! A value is lifted only where a parameter means the same: whole numbers compared with something in WHERE, and
//! whole numbers and strings that a column is given. Texts with anything that is read differently by mode or
//! character set (comments, double quotes, backslashes), with a second SELECT, or with values that had to stay and
//! are likely to change, have no shape here. That costs them time, and nothing else.

use crate::value::Value;

/// Longer texts are not looked at, in bytes.
const MAX_TEXT: usize = 4 << 10;
/// More values make no shape.
const MAX_VALUES: usize = 64;
/// A number with more digits is not lifted: it may not be a BIGINT.
const MAX_DIGITS: usize = 18;
/// A number with more digits that has to stay is likely to be another in the next text.
const MAX_STAYING_DIGITS: usize = 2;

/// A text without its values.
#[derive(Debug, Default)]
pub struct Lifted {
    /// The text with `?` in the places of the values.
    pub shape: String,
    /// The values.
    pub values: Vec<Value>,
}

/// The shape of a text; none where it has none, or no values.
pub fn lift(text: &str) -> Option<Lifted> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let mut lifter = Lifter::new(text)?;
    while let Some(token) = lifter.next()? {
        lifter.take(token)?;
    }
    lifter.settle(Token::End)?;
    (!lifter.out.values.is_empty()).then_some(lifter.out)
}

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Quoted(&'a str),
    Number(&'a str),
    /// A string, with its quotes.
    Text(&'a str),
    Sign(u8),
    /// A comparison of one character or two.
    Comparison(&'a str),
    End,
}

/// The clause that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clause {
    Other,
    Where,
    Set,
    /// With the depth of parentheses of a row's values.
    Values(usize),
}

struct Lifter<'a> {
    text: &'a str,
    at: usize,
    clause: Clause,
    depth: usize,
    selects: usize,
    /// The token before the one that is looked at.
    before: Token<'a>,
    /// A value that may be lifted if what follows agrees.
    waiting: Option<Token<'a>>,
    /// BETWEEN was read: the next AND belongs to it.
    between: bool,
    /// The last AND belonged to a BETWEEN.
    and_of_between: bool,
    out: Lifted,
}

impl<'a> Lifter<'a> {
    /// Only statements of the four kinds.
    fn new(text: &'a str) -> Option<Self> {
        let first = text.trim_start().get(..6)?;
        let kinds = ["select", "update", "delete", "insert"];
        kinds.iter().any(|kind| kind.eq_ignore_ascii_case(first)).then_some(())?;
        let out = Lifted { shape: String::with_capacity(text.len()), values: Vec::new() };
        let (clause, before, waiting) = (Clause::Other, Token::End, None);
        let (depth, selects) = (0, 0);
        Some(Self {
            text,
            at: 0,
            clause,
            depth,
            selects,
            before,
            waiting,
            between: false,
            and_of_between: false,
            out,
        })
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next token; space before it goes to the shape as one space. The outer is none for a text that has no
    /// shape.
    fn next(&mut self) -> Option<Option<Token<'a>>> {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        if trimmed.len() < rest.len() && self.at > 0 {
            self.space();
        }
        self.at += rest.len() - trimmed.len();
        let Some(first) = trimmed.bytes().next() else { return Some(None) };
        let (token, length) = read(trimmed, first)?;
        self.at += length;
        Some(Some(token))
    }

    /// A space; one that a waiting value stands before comes behind it.
    fn space(&mut self) {
        if self.waiting.is_none() {
            self.out.shape.push(' ');
        }
    }

    fn take(&mut self, token: Token<'a>) -> Option<()> {
        self.settle(token)?;
        match token {
            Token::Word(word) => self.word(word)?,
            Token::Sign(b'(') => self.depth += 1,
            Token::Sign(b')') => self.depth = self.depth.checked_sub(1)?,
            _ => {}
        }
        match token {
            Token::Number(_) | Token::Text(_) => {
                let lifts = self.may_lift(token);
                self.before = token;
                if lifts {
                    self.waiting = Some(token);
                    return Some(());
                }
                stays(token)?;
                self.write(token);
            }
            _ => {
                self.before = token;
                self.write(token);
            }
        }
        Some(())
    }

    /// Writes the value that waits, lifted if the token behind it agrees.
    fn settle(&mut self, next: Token<'a>) -> Option<()> {
        let Some(value) = self.waiting.take() else { return Some(()) };
        if !self.ends(next) {
            stays(value)?;
            self.write(value);
        } else {
            if self.out.values.len() >= MAX_VALUES {
                return None;
            }
            self.out.values.push(value_of(value)?);
            self.out.shape.push('?');
        }
        if matches!(next, Token::Word(_)) {
            self.out.shape.push(' ');
        }
        Some(())
    }

    fn write(&mut self, token: Token<'a>) {
        match token {
            Token::Word(text) | Token::Quoted(text) | Token::Number(text) | Token::Text(text) => {
                self.out.shape.push_str(text);
            }
            Token::Comparison(text) => self.out.shape.push_str(text),
            Token::Sign(byte) => self.out.shape.push(char::from(byte)),
            Token::End => {}
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let is = |name: &str| word.eq_ignore_ascii_case(name);
        if is("select") {
            self.selects += 1;
            if self.selects > 1 {
                return None;
            }
        }
        if is("between") {
            self.between = true;
        }
        if is("and") {
            self.and_of_between = std::mem::take(&mut self.between);
        }
        const ENDS: [&str; 18] = [
            "from",
            "group",
            "order",
            "having",
            "limit",
            "into",
            "on",
            "for",
            "lock",
            "union",
            "except",
            "intersect",
            "window",
            "returning",
            "join",
            "using",
            "as",
            "partition",
        ];
        if is("where") {
            self.clause = Clause::Where;
        } else if is("set") {
            self.clause = Clause::Set;
        } else if is("values") || is("value") {
            self.clause = Clause::Values(self.depth + 1);
        } else if ENDS.iter().any(|end| is(end)) {
            self.clause = Clause::Other;
        }
        Some(())
    }

    /// Whether a value may be lifted as far as what is before it says.
    fn may_lift(&self, value: Token<'_>) -> bool {
        match (self.clause, self.before) {
            (Clause::Values(depth), Token::Sign(b'(' | b',')) => self.depth == depth,
            (Clause::Set, Token::Comparison("=")) => self.depth == 0,
            (Clause::Where, _) if matches!(value, Token::Text(_)) => false,
            (Clause::Where, Token::Comparison(_)) => true,
            (Clause::Where, Token::Word(word)) if word.eq_ignore_ascii_case("between") => true,
            (Clause::Where, Token::Word(word)) if word.eq_ignore_ascii_case("and") => {
                self.and_of_between
            }
            _ => false,
        }
    }

    /// Whether a value ends where this token follows.
    fn ends(&self, next: Token<'_>) -> bool {
        let word = |names: &[&str]| match next {
            Token::Word(word) => names.iter().any(|name| word.eq_ignore_ascii_case(name)),
            _ => false,
        };
        match self.clause {
            Clause::Values(_) => matches!(next, Token::Sign(b',' | b')')),
            Clause::Set => {
                matches!(next, Token::End | Token::Sign(b',')) || word(&["where", "order", "limit"])
            }
            _ => {
                matches!(next, Token::End | Token::Sign(b')'))
                    || word(&["and", "or", "order", "group", "limit", "for", "lock"])
            }
        }
    }
}

/// A value that stays in the text: one that is likely to change makes no shape.
fn stays(value: Token<'_>) -> Option<()> {
    match value {
        Token::Number(digits) => (digits.len() <= MAX_STAYING_DIGITS).then_some(()),
        _ => None,
    }
}

fn value_of(value: Token<'_>) -> Option<Value> {
    match value {
        Token::Number(digits) if digits.len() <= MAX_DIGITS => digits.parse().ok().map(Value::Int),
        Token::Text(quoted) => {
            let inner = quoted.get(1..quoted.len().checked_sub(1)?)?;
            Some(Value::Text(match inner.contains('\'') {
                true => inner.replace("''", "'").into(),
                false => inner.into(),
            }))
        }
        _ => None,
    }
}

/// The token at the beginning of a text, and its length; none for what makes no shape.
fn read(text: &str, first: u8) -> Option<(Token<'_>, usize)> {
    match first {
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
            let word = text.get(..length_of(text, is_word))?;
            Some((Token::Word(word), word.len()))
        }
        b'0'..=b'9' => {
            let number = text.get(..length_of(text, |byte| is_word(byte) || byte == b'.'))?;
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            digits.then_some((Token::Number(number), number.len()))
        }
        b'\'' => read_text(text).map(|quoted| (Token::Text(quoted), quoted.len())),
        b'`' => {
            let end = text.get(1..)?.find('`')? + 2;
            Some((Token::Quoted(text.get(..end)?), end))
        }
        b'<' | b'>' | b'=' | b'!' => {
            let length = length_of(text, |byte| matches!(byte, b'<' | b'>' | b'=' | b'!'));
            let sign = text.get(..length)?;
            let known = matches!(sign, "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=");
            known.then_some((Token::Comparison(sign), length))
        }
        b'-' if text.starts_with("--") => None,
        b'/' if text.starts_with("/*") => None,
        // A point before a digit begins a number.
        b'.' if text.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => None,
        b'(' | b')' | b',' | b'.' | b'+' | b'-' | b'*' | b'/' | b'%' => {
            Some((Token::Sign(first), 1))
        }
        _ => None,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$'
}

fn length_of(text: &str, belongs: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|byte| !belongs(byte)).unwrap_or(text.len())
}

/// A string with its quotes; none where a backslash is in it, or it does not end.
fn read_text(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'\'', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'\\') {
            return None;
        }
        if bytes.get(at + 1) != Some(&b'\'') {
            return text.get(..=at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        lift(text)
            .map_or_else(String::new, |lifted| format!("{} {:?}", lifted.shape, lifted.values))
    }

    #[test]
    fn values_become_parameters() {
        let shape = shown("SELECT c FROM t WHERE id=4711");
        assert_eq!(shape, "SELECT c FROM t WHERE id=? [Int(4711)]");
        let shape = shown("select c from t where id  BETWEEN 100 AND 199 order by c");
        assert_eq!(
            shape,
            "select c from t where id BETWEEN ? AND ? order by c [Int(100), Int(199)]"
        );
        let shape = shown("UPDATE t SET c='x', k=k+1 WHERE (id=8 and a>9)");
        assert_eq!(
            shape,
            r#"UPDATE t SET c=?, k=k+1 WHERE (id=? and a>?) [Text("x"), Int(8), Int(9)]"#
        );
        let shape = shown("INSERT INTO t (id, c) VALUES (500, 'it''s'), (7, f(600000))");
        assert_eq!(shape, "", "a value inside a call stays, and is likely to change");
        let shape = shown("INSERT INTO t (id, c) VALUES (500, 'it''s'),(7, f(6))");
        assert_eq!(
            shape,
            r#"INSERT INTO t (id, c) VALUES (?, ?),(?, f(6)) [Int(500), Text("it's"), Int(7)]"#
        );
        assert_eq!(
            shown("DELETE FROM t WHERE id=12345 LIMIT 1"),
            "DELETE FROM t WHERE id=? LIMIT 1 [Int(12345)]"
        );
    }

    #[test]
    fn what_a_parameter_might_change_has_no_shape() {
        for text in [
            "SELECT 'x' FROM t WHERE id=5",
            "SELECT c FROM t WHERE d='2024-01-01'",
            "SELECT c FROM t WHERE c LIKE 'x%'",
            "SELECT c FROM t WHERE id=-4711",
            "SELECT c FROM t WHERE id=4711+1000",
            "SELECT c FROM t WHERE id=4711 -- x",
            "SELECT c FROM t WHERE id=4711 /* x */",
            "SELECT c FROM t WHERE id=0x1000",
            "SELECT c FROM t WHERE id=1.5",
            "SELECT c FROM t WHERE id=1000e3",
            "SELECT c FROM t WHERE id=(SELECT 4711)",
            "SELECT c FROM t WHERE id=@a",
            "SELECT c FROM t WHERE id=1; SELECT 2",
            "SELECT c FROM t WHERE id=? AND k=5",
            "SELECT c FROM t LIMIT 4500",
            "SELECT c FROM t",
            "SET a=5",
            r"INSERT INTO t VALUES ('a\'b')",
            "INSERT INTO t VALUES (_utf8'ab')",
            "INSERT INTO t VALUES ('ab' 'cd')",
            "INSERT INTO t VALUES ('ab",
            "SELECT c FROM t WHERE id=9999999999999999999",
            "SELECT \"c\" FROM t WHERE id=5",
        ] {
            assert_eq!(shown(text), "", "{text}");
        }
    }

    #[test]
    fn the_and_of_a_condition_is_not_that_of_between() {
        let shape = shown("SELECT c FROM t WHERE a BETWEEN b AND 99 AND 7");
        assert_eq!(shape, "SELECT c FROM t WHERE a BETWEEN b AND ? AND 7 [Int(99)]");
    }
}

//! Writes a statement's shape: the statement without what cannot change its class. Literals become `0`,
//! `''` or stay `?`, lists of them become one, rows of a multi-row `VALUES` become one, comments and white
//! space go, names outside quotes are lower-cased.
//!
//! ```text
//! SELECT  c, 'x' FROM t /* why */ WHERE id IN (1, -2, ?)   →   select c, '' from t where id in (0)
//! ```
//!
//! The shape is itself a statement that lexes to the same tokens, and a class is only ever computed from a
//! shape. So two statements of one shape cannot differ in class, whatever was removed; the one thing to
//! prove is that nothing is removed that a class may depend on. In `SET` the numbers 0 and 1 are kept (any
//! other is `2`), since whether a variable is switched on matters there. Where a space stands before `(`
//! matters too (`COUNT(x)` is built in, `COUNT (x)` may be a stored function) and is kept.

use super::lexer::{Lexer, Token, TokenKind};
use super::mode::LexMode;

/// Longer statements are not looked at: they go to the primary.
pub const MAX_STATEMENT_BYTES: usize = 256 * 1024;

/// Why a statement has no shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoShape {
    /// Longer than [`MAX_STATEMENT_BYTES`].
    TooLong,
    /// The lexer met something that it does not understand for sure.
    Unlexable,
}

/// Replaces the content of `shape` by the shape of `sql`.
pub fn fingerprint(sql: &[u8], mode: LexMode, shape: &mut Vec<u8>) -> Result<(), NoShape> {
    shape.clear();
    if sql.len() > MAX_STATEMENT_BYTES {
        return Err(NoShape::TooLong);
    }
    // No token becomes longer than it was, but for the space before it.
    shape.resize(2 * sql.len(), 0);
    let mut writer = ShapeWriter::new(sql, shape);
    for token in Lexer::new(sql, mode) {
        if token.kind == TokenKind::Unknown {
            shape.clear();
            return Err(NoShape::Unlexable);
        }
        writer.write(token);
    }
    let length = writer.length;
    shape.truncate(length);
    Ok(())
}

/// What a token was, as far as collapsing lists needs it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Tag {
    /// Zero, so that what is not remembered is this.
    Other,
    /// A literal, also a string.
    Literal,
    Comma,
    Open,
    /// A `)` that closed a list of one literal.
    Row,
    Sign,
}

/// The last eight tokens that were written: what each was, and where the shape ended before it. Eight are
/// needed to see `(0), (0, -` at once.
struct History {
    /// One byte each, the newest lowest.
    tags: u64,
    froms: [usize; History::LENGTH],
    head: usize,
}

impl History {
    const LENGTH: usize = 8;

    fn new() -> Self {
        Self { tags: 0, froms: [0; Self::LENGTH], head: 0 }
    }

    #[inline(always)]
    fn push(&mut self, tag: Tag, from: usize) {
        self.tags = self.tags << 8 | tag as u64;
        self.head = (self.head + 1) % Self::LENGTH;
        if let Some(slot) = self.froms.get_mut(self.head) {
            *slot = from;
        }
    }

    /// Whether the newest token was this, then the one before it …
    #[inline(always)]
    fn ends(&self, newest: &[Tag]) -> bool {
        newest.iter().enumerate().all(|(age, tag)| (self.tags >> (8 * age)) as u8 == *tag as u8)
    }

    /// Forgets the newest tokens, and tells where the shape ended before them.
    fn pop(&mut self, count: usize) -> usize {
        let oldest = (self.head + Self::LENGTH + 1 - count) % Self::LENGTH;
        self.head = (self.head + Self::LENGTH - count) % Self::LENGTH;
        self.tags >>= 8 * count;
        self.froms.get(oldest).copied().unwrap_or_default()
    }
}

struct ShapeWriter<'a> {
    sql: &'a [u8],
    /// Room enough for the whole shape.
    shape: &'a mut [u8],
    /// How much of it is written.
    length: usize,
    history: History,
    previous: TokenKind,
    previous_end: usize,
    statement_starts: bool,
    in_set: bool,
}

impl<'a> ShapeWriter<'a> {
    fn new(sql: &'a [u8], shape: &'a mut [u8]) -> Self {
        Self {
            sql,
            shape,
            length: 0,
            history: History::new(),
            previous: TokenKind::LParen,
            previous_end: usize::MAX,
            statement_starts: true,
            in_set: false,
        }
    }

    #[inline]
    fn write(&mut self, token: Token) {
        match token.kind {
            TokenKind::Word => self.word(token),
            TokenKind::Name => {
                self.space(token);
                self.lower(token);
            }
            TokenKind::Number => {
                let digit = self.digit(token);
                self.literal(token, &[digit]);
            }
            TokenKind::Param => self.literal(token, b"?"),
            TokenKind::String => self.literal(token, b"''"),
            TokenKind::RParen => self.close(token),
            TokenKind::UserVar => self.user_variable(token),
            TokenKind::Hint => self.hint(token),
            TokenKind::Comma => self.copy(token, Tag::Comma),
            TokenKind::LParen => self.copy(token, Tag::Open),
            TokenKind::Op => self.operator(token),
            TokenKind::Semi => {
                self.copy(token, Tag::Other);
                self.statement_starts = true;
                self.in_set = false;
            }
            _ => self.copy(token, Tag::Other),
        }
    }

    #[inline(always)]
    fn text(&self, token: Token) -> &'a [u8] {
        self.sql.get(token.start..token.end).unwrap_or_default()
    }

    /// Notes the token and puts a space before it where one is due.
    #[inline(always)]
    fn begin(&mut self, token: Token, tag: Tag) {
        self.history.push(tag, self.length);
        self.space(token);
    }

    #[inline(always)]
    fn space(&mut self, token: Token) {
        let adjacent = self.previous_end == token.start;
        if needs_space(self.previous, token.kind, adjacent) {
            self.push(b' ');
        }
        self.previous = token.kind;
        self.previous_end = token.end;
    }

    fn copy(&mut self, token: Token, tag: Tag) {
        self.begin(token, tag);
        let text = self.text(token);
        self.append(text);
    }

    #[inline(always)]
    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.shape.get_mut(self.length) {
            *slot = byte;
            self.length += 1;
        }
    }

    /// Tokens are short: a loop beats a call.
    #[inline(always)]
    fn append(&mut self, text: &[u8]) {
        let room = self.shape.get_mut(self.length..).unwrap_or_default();
        for (slot, byte) in room.iter_mut().zip(text) {
            *slot = *byte;
        }
        self.length += text.len();
    }

    #[inline(always)]
    fn lower(&mut self, token: Token) {
        let text = self.text(token);
        let room = self.shape.get_mut(self.length..).unwrap_or_default();
        for (slot, byte) in room.iter_mut().zip(text) {
            *slot = LOWER[*byte as usize];
        }
        self.length += text.len();
    }

    fn word(&mut self, token: Token) {
        let text = self.text(token);
        if self.statement_starts {
            self.statement_starts = false;
            self.in_set = text.eq_ignore_ascii_case(b"set");
        }
        if is_literal_word(text) {
            let before = self.length;
            self.literal(token, text);
            if let Some(written) = self.shape.get_mut(before..self.length) {
                written.make_ascii_lowercase();
            }
            return;
        }
        self.begin(token, Tag::Other);
        self.lower(token);
    }

    fn operator(&mut self, token: Token) {
        let sign = matches!(self.text(token), b"-" | b"+");
        self.copy(token, if sign { Tag::Sign } else { Tag::Other });
    }

    fn user_variable(&mut self, token: Token) {
        self.begin(token, Tag::Other);
        self.lower_unless_quoted(token);
    }

    fn lower_unless_quoted(&mut self, token: Token) {
        let text = self.text(token);
        match text.get(1) {
            Some(b'\'' | b'"' | b'`') => self.append(text),
            _ => self.lower(token),
        }
    }

    /// Hints matter only when they set variables.
    fn hint(&mut self, token: Token) {
        if contains_ignoring_case(self.text(token), b"set_var") {
            self.begin(token, Tag::Other);
            self.lower(token);
        }
    }

    fn digit(&self, token: Token) -> u8 {
        match self.text(token) {
            b"1" if self.in_set => b'1',
            b"0" => b'0',
            _ if self.in_set => b'2',
            _ => b'0',
        }
    }

    /// Writes a literal, unless it continues a list of literals or a text that was begun.
    fn literal(&mut self, token: Token, text: &[u8]) {
        use Tag::{Comma, Literal, Open, Sign};
        self.statement_starts = false;
        if self.history.ends(&[Comma, Literal]) {
            return self.take_list_back(1, token);
        }
        if self.history.ends(&[Sign, Comma, Literal]) {
            return self.take_list_back(2, token);
        }
        if self.history.ends(&[Sign, Open]) {
            self.take_back(1, TokenKind::LParen, token);
        } else if self.history.ends(&[Sign, Comma]) {
            self.take_back(1, TokenKind::Comma, token);
        } else if self.previous == TokenKind::String && token.kind == TokenKind::String {
            self.previous_end = token.end;
            return;
        }
        self.begin(token, Literal);
        self.append(text);
    }

    /// Takes the newest tokens back, so that the shape ends with the literal before them.
    fn take_list_back(&mut self, count: usize, token: Token) {
        self.take_back(count, TokenKind::Number, token);
        let last = self.length.checked_sub(1).and_then(|at| self.shape.get(at));
        if last == Some(&b'\'') {
            self.previous = TokenKind::String;
        }
    }

    /// Takes the newest tokens back; the shape then ends with a token of the given kind.
    fn take_back(&mut self, count: usize, previous: TokenKind, token: Token) {
        self.length = self.history.pop(count);
        self.previous = previous;
        self.previous_end = token.end;
    }

    /// `)`: a row of one literal behind another such row is dropped.
    fn close(&mut self, token: Token) {
        use Tag::{Comma, Literal, Open, Row};
        let row = self.history.ends(&[Literal, Open]);
        if row && self.history.ends(&[Literal, Open, Comma, Row]) {
            return self.take_back(3, TokenKind::RParen, token);
        }
        self.copy(token, if row { Row } else { Tag::Other });
    }
}

/// Whether the shape needs a space between two tokens to lex as they did.
#[inline(always)]
fn needs_space(previous: TokenKind, next: TokenKind, adjacent: bool) -> bool {
    use TokenKind::{AtAt, Comma, Dot, LParen, Name, Quoted, RParen, Semi, Word};
    match (previous, next) {
        (LParen, _) | (_, Comma | RParen | Semi | Name) => false,
        (Word | Name | Quoted, LParen | Dot) | (Dot | AtAt, Quoted) => !adjacent,
        _ => true,
    }
}

fn is_literal_word(text: &[u8]) -> bool {
    match text.len() {
        4 => text.eq_ignore_ascii_case(b"null") || text.eq_ignore_ascii_case(b"true"),
        5 => text.eq_ignore_ascii_case(b"false"),
        _ => false,
    }
}

/// Whether `text` has `word` (lower case) in any case.
pub(super) fn contains_ignoring_case(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

const LOWER: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).to_ascii_lowercase();
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(sql: &str) -> String {
        let mut shape = Vec::new();
        fingerprint(sql.as_bytes(), LexMode::default(), &mut shape).unwrap();
        String::from_utf8(shape).unwrap()
    }

    #[test]
    fn literals_and_lists_collapse() {
        assert_eq!(
            shape("SELECT  C, 'x' FROM T /* why */ WHERE `Id` IN (1, -2, ?) -- end"),
            "select c, '' from t where `Id` in (0)"
        );
        assert_eq!(
            shape("insert into t values (1,'a',NULL),(2, 'b', -3)"),
            "insert into t values (0)"
        );
        assert_eq!(shape("select (-1), 'a' 'b'"), "select (0), ''");
        assert_eq!(shape("select count (*), Count(*) from a . b, a.B"), {
            "select count ( *), count( *) from a . b, a.b".replace("( *", "(*")
        });
    }

    #[test]
    fn set_keeps_switches() {
        assert_eq!(shape("SET a=1, B=0, c=17; select 1"), "set a = 1, b = 0, c = 2; select 0");
    }

    #[test]
    fn executable_comments_are_code() {
        assert_eq!(shape("/*!40101 SET NAMES utf8 */"), "set names utf8");
        assert_eq!(shape("select /*!80000 5 */ 1"), "select /*!80000 0 */ 0");
    }

    #[test]
    fn a_shape_is_its_own_shape() {
        for sql in
            ["select t.*,@@global.x,@A,@'b'", "a.`b` . c(1) (2)", "select 1 /*M! ,x */ -1 - -1"]
        {
            let once = shape(sql);
            assert_eq!(shape(&once), once);
        }
    }
}

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

mod history;
mod plain;

use self::history::{History, Tag};
use super::lexer::{Lexer, Token, TokenKind};
use super::mode::LexMode;
use super::swar;

/// Longer statements are not looked at: they go to the primary.
pub const MAX_STATEMENT_BYTES: usize = 256 * 1024;

/// Bytes behind the shape that copying by lanes may touch.
const COPY_SLACK: usize = swar::LANE;

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
    let written = write_shape(sql, mode, shape);
    shape.truncate(*written.as_ref().unwrap_or(&0));
    written.map(|_| ())
}

/// Writes the shape of `sql` to the start of `room`, which grows where needed and never shrinks, and tells
/// the shape's length.
pub(super) fn write_shape(sql: &[u8], mode: LexMode, room: &mut Vec<u8>) -> Result<usize, NoShape> {
    write_by::<true>(sql, mode, room)
}

/// Writes the shape as lexer and writer do it without the short way, which must not make a difference.
#[cfg(test)]
pub(super) fn write_shape_slowly(
    sql: &[u8],
    mode: LexMode,
    room: &mut Vec<u8>,
) -> Result<usize, NoShape> {
    write_by::<false>(sql, mode, room)
}

#[inline(always)]
fn write_by<const SHORT: bool>(
    sql: &[u8],
    mode: LexMode,
    room: &mut Vec<u8>,
) -> Result<usize, NoShape> {
    if sql.len() > MAX_STATEMENT_BYTES {
        return Err(NoShape::TooLong);
    }
    // No token becomes longer than it was, but for the space before it; bytes are copied in lanes.
    let most = 2 * sql.len() + COPY_SLACK;
    if room.len() < most {
        room.resize(most, 0);
    }
    let mut writer = ShapeWriter::new(sql, room);
    let mut lexer = Lexer::new(sql, mode);
    loop {
        if SHORT {
            writer.take_plain(&mut lexer);
        }
        let Some(token) = lexer.lex() else { break };
        match token.kind {
            TokenKind::Word => writer.word(token),
            TokenKind::Unknown => return Err(NoShape::Unlexable),
            _ => writer.write(token),
        }
    }
    Ok(writer.length)
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
            TokenKind::Comma => self.single(token, Tag::Comma, b','),
            TokenKind::LParen => self.single(token, Tag::Open, b'('),
            TokenKind::Dot => self.single(token, Tag::Other, b'.'),
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
    fn text_of(&self, start: usize, end: usize) -> &'a [u8] {
        self.sql.get(start..end).unwrap_or_default()
    }

    #[inline(always)]
    fn text(&self, token: Token) -> &'a [u8] {
        self.text_of(token.start, token.end)
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
        self.same(token);
    }

    /// A token of one byte.
    #[inline(always)]
    fn single(&mut self, token: Token, tag: Tag, byte: u8) {
        self.begin(token, tag);
        self.push(byte);
    }

    #[inline(always)]
    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.shape.get_mut(self.length) {
            *slot = byte;
            self.length += 1;
        }
    }

    /// Writes a few bytes that are no token's.
    #[inline(always)]
    fn append(&mut self, text: &[u8]) {
        text.iter().for_each(|byte| self.push(*byte));
    }

    #[inline(always)]
    fn copy_through(&mut self, token: Token, map: impl Fn(u64) -> u64) {
        let length = token.end - token.start;
        let text = self.sql.get(token.start..).unwrap_or_default();
        let room = self.shape.get_mut(self.length..).unwrap_or_default();
        swar::copy(text, length, room, map);
        self.length += length;
    }

    #[inline(always)]
    fn same(&mut self, token: Token) {
        self.copy_through(token, |lane| lane);
    }

    #[inline(always)]
    fn lower(&mut self, token: Token) {
        self.copy_through(token, swar::lower);
    }

    #[inline(always)]
    fn word(&mut self, token: Token) {
        if self.statement_starts {
            self.statement_starts = false;
            self.in_set = self.text(token).eq_ignore_ascii_case(b"set");
        }
        if matches!(token.end - token.start, 4 | 5) && is_literal_word(self.text(token)) {
            let text = self.text(token);
            self.literal(
                token,
                if text.len() == 5 {
                    b"false"
                } else if text.first().is_some_and(|byte| *byte | 0x20 == b't') {
                    b"true"
                } else {
                    b"null"
                },
            );
            return;
        }
        self.begin(token, Tag::Other);
        self.lower(token);
    }

    fn operator(&mut self, token: Token) {
        match self.text(token) {
            [sign @ (b'-' | b'+')] => self.single(token, Tag::Sign, *sign),
            [byte] => self.single(token, Tag::Other, *byte),
            _ => self.copy(token, Tag::Other),
        }
    }

    fn user_variable(&mut self, token: Token) {
        self.begin(token, Tag::Other);
        self.lower_unless_quoted(token);
    }

    fn lower_unless_quoted(&mut self, token: Token) {
        let text = self.text(token);
        match text.get(1) {
            Some(b'\'' | b'"' | b'`') => self.same(token),
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
        if self.history.ends([Comma, Literal]) {
            return self.take_list_back(1, token);
        }
        if self.history.ends([Sign, Comma, Literal]) {
            return self.take_list_back(2, token);
        }
        if self.history.ends([Sign, Open]) {
            self.take_back(1, TokenKind::LParen, token);
        } else if self.history.ends([Sign, Comma]) {
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
        let row = self.history.ends([Literal, Open]);
        if row && self.history.ends([Literal, Open, Comma, Row]) {
            return self.take_back(3, TokenKind::RParen, token);
        }
        self.copy(token, if row { Row } else { Tag::Other });
    }
}

/// Whether the shape needs a space between two tokens to lex as they did.
#[inline(always)]
fn needs_space(previous: TokenKind, next: TokenKind, adjacent: bool) -> bool {
    let (never, if_apart) = SPACES.get(previous as usize).copied().unwrap_or_default();
    let without = if adjacent { never | if_apart } else { never };
    without >> next as u32 & 1 == 0
}

/// For each kind of token: the kinds that need no space behind it, and those that need one only where one
/// was. One bit a kind.
static SPACES: [(u32, u32); TokenKind::COUNT] = {
    use TokenKind::{AtAt, Comma, Dot, LParen, Name, Quoted, RParen, Semi, Word};
    let mut table = [(bits(&[Comma, RParen, Semi, Name]), 0); TokenKind::COUNT];
    table[LParen as usize].0 = u32::MAX;
    table[Word as usize].1 = bits(&[LParen, Dot]);
    table[Name as usize].1 = bits(&[LParen, Dot]);
    table[Quoted as usize].1 = bits(&[LParen, Dot]);
    table[Dot as usize].1 = bits(&[Quoted]);
    table[AtAt as usize].1 = bits(&[Quoted]);
    table
};

const fn bits(kinds: &[TokenKind]) -> u32 {
    let (mut bits, mut index) = (0, 0);
    while index < kinds.len() {
        bits |= 1 << kinds[index] as u32;
        index += 1;
    }
    bits
}

#[inline(always)]
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
        assert_eq!(shape("select 1, true.x"), "select 0 .x");
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

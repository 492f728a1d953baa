//! Cuts a statement into tokens: one pass, no copy, no allocation, never a panic. It follows the servers'
//! own lexers (`sql/sql_lex.cc` in both families) in what matters for telling code from text: where a
//! string, a quoted name or a comment ends.
//!
//! Where two servers, or two character sets, could disagree about that, the lexer does not guess: it emits
//! one [`TokenKind::Unknown`] that swallows the rest, and the statement is a write.
//!
//! Comments vanish here, except two kinds. `/*+ hints */` are tokens, because `SET_VAR` in them matters.
//! Executable comments are code: the content of those that every supported server runs (`/*! … */`,
//! `/*!40101 … */`) comes out as if the marks were not there; around the content of those whose execution
//! depends on the server there are [`TokenKind::ExecOpen`] and [`TokenKind::ExecClose`].

use super::bytes::{CLASS, Class, is_name_byte, is_space_somewhere, is_word_byte};
use super::mode::{LexCharset, LexMode};

/// Versions up to this one are run by every server that the proxy supports (MySQL 5.5, MariaDB 10 and on).
/// MariaDB skips 50700 to 99999, which MySQL runs.
const ALWAYS_EXECUTED_VERSION: u32 = 50_500;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An unquoted name or keyword.
    Word,
    /// An unquoted name directly after a `.` or `@@`: never a keyword.
    Name,
    /// `` `x` ``, or `"x"` with ANSI_QUOTES.
    Quoted,
    /// A string, also `N'…'`, `x'…'`, `b'…'`.
    String,
    /// A number, also `0x…`, `0b…`.
    Number,
    /// `?`
    Param,
    /// `@x`, with any quotes.
    UserVar,
    /// `@@`
    AtAt,
    /// `:=`
    Assign,
    /// `.`
    Dot,
    /// `,`
    Comma,
    /// `(`
    LParen,
    /// `)`
    RParen,
    /// `;`
    Semi,
    /// Any other operator or punctuation.
    Op,
    /// `/*+ … */`
    Hint,
    /// The start of an executable comment that not every server runs: `/*!80000`, `/*M!`.
    ExecOpen,
    /// Its end.
    ExecClose,
    /// Not understood: the rest of the text.
    Unknown,
}

/// One token: `sql[start..end]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Offset of its first byte.
    pub start: usize,
    /// Offset behind its last byte.
    pub end: usize,
}

/// Which executable comment the lexer is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exec {
    Outside,
    /// One that every server runs.
    Always,
    /// One that some servers run; its first `*/` is here, and no token may cross it.
    Sometimes {
        close: usize,
    },
}

/// The lexer; an iterator over tokens.
pub struct Lexer<'a> {
    sql: &'a [u8],
    pos: usize,
    mode: LexMode,
    exec: Exec,
    /// The previous token ended at `pos` and makes an unquoted name follow.
    name_follows: bool,
    /// Kind of the previous token, for `a.b`.
    previous: TokenKind,
    previous_end: usize,
}

impl<'a> Lexer<'a> {
    /// A lexer over `sql`.
    pub fn new(sql: &'a [u8], mode: LexMode) -> Self {
        Self {
            sql,
            pos: 0,
            mode,
            exec: Exec::Outside,
            name_follows: false,
            previous: TokenKind::Semi,
            previous_end: usize::MAX,
        }
    }

    /// Bytes consumed so far.
    pub fn position(&self) -> usize {
        self.pos
    }

    #[inline(always)]
    fn at(&self, index: usize) -> u8 {
        self.sql.get(index).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn rest(&self, from: usize) -> &'a [u8] {
        self.sql.get(from..).unwrap_or_default()
    }

    #[inline(always)]
    fn token(&mut self, kind: TokenKind, start: usize, end: usize) -> Option<Token> {
        if let Exec::Sometimes { close } = self.exec
            && end > close
            && kind != TokenKind::ExecClose
        {
            return self.unknown(start);
        }
        self.pos = end;
        self.name_follows = false;
        self.previous = kind;
        self.previous_end = end;
        Some(Token { kind, start, end })
    }

    #[cold]
    fn unknown(&mut self, start: usize) -> Option<Token> {
        self.pos = self.sql.len();
        self.exec = Exec::Outside;
        Some(Token { kind: TokenKind::Unknown, start, end: self.sql.len() })
    }

    #[inline]
    fn lex(&mut self) -> Option<Token> {
        loop {
            let start = self.pos;
            let Some(&byte) = self.sql.get(start) else { return self.end_of_text() };
            match CLASS[byte as usize] {
                Class::Space => {
                    self.pos += 1;
                    self.name_follows = false;
                }
                Class::Letter | Class::High => return self.word(start),
                Class::Digit if self.name_follows => return self.word(start),
                Class::Digit => return self.number(start),
                Class::Quote => return self.string(start, start),
                Class::DoubleQuote if self.mode.ansi_quotes => return self.quoted(start),
                Class::DoubleQuote => return self.string(start, start),
                Class::Backtick => return self.quoted(start),
                Class::Single(kind) => return self.token(kind, start, start + 1),
                Class::Dot => return self.dot(start),
                Class::At => return self.at_sign(start),
                Class::Colon if self.at(start + 1) == b'=' => {
                    return self.token(TokenKind::Assign, start, start + 2);
                }
                Class::Colon => return self.token(TokenKind::Op, start, start + 1),
                Class::Hash => {
                    if let Some(token) = self.line_comment(start) {
                        return Some(token);
                    }
                }
                Class::Minus if self.starts_dash_comment(start) => {
                    if let Some(token) = self.line_comment(start) {
                        return Some(token);
                    }
                }
                Class::Slash if self.at(start + 1) == b'*' => {
                    if let Some(token) = self.block_comment(start) {
                        return Some(token);
                    }
                }
                Class::Star if self.exec != Exec::Outside && self.at(start + 1) == b'/' => {
                    if let Some(token) = self.close_executable(start) {
                        return Some(token);
                    }
                }
                Class::Dollar | Class::Bad => return self.unknown(start),
                Class::Minus if self.at(start + 1) == b'-' && self.at(start + 2) >= 0x80 => {
                    return self.unknown(start);
                }
                Class::Minus | Class::Slash | Class::Star | Class::Operator => {
                    return self.operator(start, byte);
                }
            }
        }
    }

    #[cold]
    fn end_of_text(&mut self) -> Option<Token> {
        (self.exec != Exec::Outside).then(|| self.unknown(self.sql.len())).flatten()
    }

    /// A name or keyword, or the string that a one-letter prefix introduces.
    #[inline]
    fn word(&mut self, start: usize) -> Option<Token> {
        if self.at(start + 1) == b'\'' && matches!(self.at(start) | 0x20, b'n' | b'x' | b'b') {
            return self.string(start, start + 1);
        }
        let kind = if self.name_follows { TokenKind::Name } else { TokenKind::Word };
        let rest = self.rest(start);
        let length = rest.iter().position(|byte| !is_word_byte(*byte)).unwrap_or(rest.len());
        let end = start + length;
        if self.at(end) < 0x80 {
            return self.token(kind, start, end);
        }
        match self.wide_word_end(end) {
            Some(end) => self.token(kind, start, end),
            None => self.unknown(start),
        }
    }

    /// The end of a name that has bytes above 127 from `from` on; none where servers could see an end of
    /// the name, or a space, among these bytes.
    #[cold]
    fn wide_word_end(&self, from: usize) -> Option<usize> {
        let mut end = from;
        loop {
            let byte = self.at(end);
            if byte < 0x80 {
                if !is_word_byte(byte) {
                    break;
                }
                end += 1;
            } else if self.mode.charset.is_multi_byte() {
                let length = self.mode.charset.char_len(self.rest(end));
                if length == 1 {
                    return None;
                }
                end += length;
            } else {
                if self.mode.charset == LexCharset::SingleByte && is_space_somewhere(byte) {
                    return None;
                }
                end += 1;
            }
        }
        let wide = self.sql.get(from..end)?;
        if self.mode.charset == LexCharset::AsciiSafe && std::str::from_utf8(wide).is_err() {
            return None;
        }
        Some(end)
    }

    /// `MY_LEX_NUMBER_IDENT`: a number, or a name that starts with digits.
    fn number(&mut self, start: usize) -> Option<Token> {
        if self.at(start) == b'0' && matches!(self.at(start + 1), b'x' | b'b') {
            let hex = self.at(start + 1) == b'x';
            let digit = |byte: u8| if hex { byte.is_ascii_hexdigit() } else { byte & !1 == b'0' };
            let end = self.run_end(start + 2, digit);
            if end > start + 2 && !is_name_byte(self.at(end)) {
                return self.token(TokenKind::Number, start, end);
            }
            return self.word(start);
        }
        let end = self.run_end(start, |byte| byte.is_ascii_digit());
        let next = self.at(end);
        if next == b'.' {
            return self.fraction(start, end + 1);
        }
        if !is_name_byte(next) {
            return self.token(TokenKind::Number, start, end);
        }
        match self.exponent(end) {
            Some(end) => self.token(TokenKind::Number, start, end),
            None => self.word(start),
        }
    }

    /// The digits behind the point, and an exponent.
    fn fraction(&mut self, start: usize, from: usize) -> Option<Token> {
        let end = self.run_end(from, |byte| byte.is_ascii_digit());
        if self.at(end) | 0x20 != b'e' {
            return self.token(TokenKind::Number, start, end);
        }
        match self.exponent(end) {
            Some(end) => self.token(TokenKind::Number, start, end),
            None => self.unknown(start),
        }
    }

    /// The end of `e10`, `E-3` at `from`.
    fn exponent(&self, from: usize) -> Option<usize> {
        if self.at(from) | 0x20 != b'e' {
            return None;
        }
        let digits = from + 1 + usize::from(matches!(self.at(from + 1), b'+' | b'-'));
        let end = self.run_end(digits, |byte| byte.is_ascii_digit());
        (end > digits).then_some(end)
    }

    #[inline]
    fn run_end(&self, from: usize, test: impl Fn(u8) -> bool) -> usize {
        let rest = self.rest(from);
        from + rest.iter().position(|byte| !test(*byte)).unwrap_or(rest.len())
    }

    /// A string whose quote stands at `open`.
    fn string(&mut self, start: usize, open: usize) -> Option<Token> {
        match self.text_end(open, !self.mode.no_backslash_escapes) {
            Some(end) => self.token(TokenKind::String, start, end),
            None => self.unknown(start),
        }
    }

    /// A quoted name. Servers refuse a zero byte in it.
    #[inline]
    fn quoted(&mut self, start: usize) -> Option<Token> {
        let quote = self.at(start);
        let inside = self.rest(start + 1);
        // The plain case: names are short, so a loop beats a search.
        let plain = |byte: &u8| *byte == quote || *byte == 0 || *byte >= 0x80;
        if let Some(length) = inside.iter().position(plain)
            && inside.get(length) == Some(&quote)
            && inside.get(length + 1) != Some(&quote)
        {
            return self.token(TokenKind::Quoted, start, start + length + 2);
        }
        self.odd_quoted(start)
    }

    /// A quoted name with quotes or characters beyond ASCII in it.
    fn odd_quoted(&mut self, start: usize) -> Option<Token> {
        match self.text_end(start, false) {
            Some(end) if memchr::memchr(0, self.sql.get(start..end)?).is_none() => {
                self.token(TokenKind::Quoted, start, end)
            }
            _ => self.unknown(start),
        }
    }

    /// The end of quoted text that opens at `open`; a doubled quote stands for itself.
    fn text_end(&self, open: usize, escapes: bool) -> Option<usize> {
        let quote = *self.sql.get(open)?;
        let multi_byte = self.mode.charset.is_multi_byte();
        let mut at = open + 1;
        loop {
            if !multi_byte {
                // A jump to the next byte that can matter.
                at += if escapes {
                    memchr::memchr2(quote, b'\\', self.rest(at))?
                } else {
                    memchr::memchr(quote, self.rest(at))?
                };
            }
            let byte = *self.sql.get(at)?;
            if byte == quote {
                if self.at(at + 1) != quote {
                    return Some(at + 1);
                }
                at += 2;
            } else if byte == b'\\' && escapes {
                at += 2;
            } else {
                at += self.mode.charset.char_len(self.rest(at));
            }
        }
    }

    /// `.`, or a number that starts with it. Directly behind a name it is always a separator.
    fn dot(&mut self, start: usize) -> Option<Token> {
        let behind_name = self.previous_end == start
            && matches!(self.previous, TokenKind::Word | TokenKind::Name | TokenKind::Quoted);
        if !behind_name && self.at(start + 1).is_ascii_digit() {
            return self.fraction(start, start + 1);
        }
        let token = self.token(TokenKind::Dot, start, start + 1);
        self.name_follows = true;
        token
    }

    /// `@x`, `@'x'`, `@@`.
    fn at_sign(&mut self, start: usize) -> Option<Token> {
        let end = match self.at(start + 1) {
            b'@' => {
                let token = self.token(TokenKind::AtAt, start, start + 2);
                self.name_follows = true;
                return token;
            }
            b'\'' => self.text_end(start + 1, !self.mode.no_backslash_escapes),
            b'"' => {
                let escapes = !self.mode.ansi_quotes && !self.mode.no_backslash_escapes;
                self.text_end(start + 1, escapes)
            }
            b'`' => self.text_end(start + 1, false),
            _ => {
                let dotted = |byte: u8| is_word_byte(byte) || byte == b'.' || byte == b'$';
                let end = self.run_end(start + 1, dotted);
                (self.at(end) < 0x80).then_some(end)
            }
        };
        match end {
            Some(end) => self.token(TokenKind::UserVar, start, end),
            None => self.unknown(start),
        }
    }

    /// `--` begins a comment only before white space, a control character or the end.
    fn starts_dash_comment(&self, start: usize) -> bool {
        self.at(start + 1) == b'-' && {
            let next = self.at(start + 2);
            next <= b' ' || next == 0x7f
        }
    }

    /// Skips to behind the line's end. Servers end such a comment at a zero byte too, and one inside an
    /// executable comment hides its end: neither is guessed at.
    fn line_comment(&mut self, start: usize) -> Option<Token> {
        let rest = self.rest(start);
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let line = rest.get(..length).unwrap_or_default();
        if memchr::memchr(0, line).is_some() || self.exec != Exec::Outside {
            return self.unknown(start);
        }
        self.name_follows = false;
        self.pos = start + length;
        None
    }

    /// Any `/* … */`. None where it simply was skipped.
    fn block_comment(&mut self, start: usize) -> Option<Token> {
        self.name_follows = false;
        match (self.at(start + 2), self.at(start + 3)) {
            (b'!', _) => self.executable(start, start + 3, false),
            (b'M', b'!') => self.executable(start, start + 4, true),
            (b'+', _) => self.hint(start),
            _ => {
                let Some(length) = memchr::memmem::find(self.rest(start + 2), b"*/") else {
                    return self.unknown(start);
                };
                let end = start + 2 + length + 2;
                if matches!(self.exec, Exec::Sometimes { .. }) {
                    return self.unknown(start);
                }
                self.pos = end;
                None
            }
        }
    }

    /// `/*+ … */`. A quote that does not close in it could hide its end.
    fn hint(&mut self, start: usize) -> Option<Token> {
        let Some(length) = memchr::memmem::find(self.rest(start + 3), b"*/") else {
            return self.unknown(start);
        };
        let content = self.sql.get(start + 3..start + 3 + length).unwrap_or_default();
        let odd = |quote: u8| content.iter().filter(|byte| **byte == quote).count() % 2 == 1;
        if odd(b'\'') || odd(b'"') || odd(b'`') || content.contains(&b'\\') {
            return self.unknown(start);
        }
        self.token(TokenKind::Hint, start, start + 3 + length + 2)
    }

    /// The opening mark of an executable comment, whose version digits start at `digits`.
    fn executable(&mut self, start: usize, digits: usize, mariadb: bool) -> Option<Token> {
        if self.exec != Exec::Outside {
            return self.unknown(start);
        }
        let count = self.run_end(digits, |byte| byte.is_ascii_digit()) - digits;
        let (version, open_end) = match count {
            0..=4 => (0, digits),
            5 | 6 => (self.number_at(digits, count), digits + count),
            _ => return self.unknown(start),
        };
        // Servers differ in whether a sixth digit belongs to the version: only a space behind it is clear.
        if count == 6 && !matches!(self.at(open_end), b' ' | b'\t' | b'\n' | b'\r') {
            return self.unknown(start);
        }
        if !mariadb && version <= ALWAYS_EXECUTED_VERSION {
            self.exec = Exec::Always;
            self.pos = open_end;
            return None;
        }
        let Some(length) = memchr::memmem::find(self.rest(open_end), b"*/") else {
            return self.unknown(start);
        };
        let token = self.token(TokenKind::ExecOpen, start, open_end);
        self.exec = Exec::Sometimes { close: open_end + length };
        token
    }

    fn number_at(&self, start: usize, digits: usize) -> u32 {
        let text = self.rest(start).iter().take(digits);
        text.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    }

    /// `*/` inside an executable comment.
    fn close_executable(&mut self, start: usize) -> Option<Token> {
        let was = self.exec;
        self.exec = Exec::Outside;
        self.name_follows = false;
        self.pos = start + 2;
        match was {
            Exec::Sometimes { .. } => self.token(TokenKind::ExecClose, start, start + 2),
            Exec::Always | Exec::Outside => None,
        }
    }

    /// The longest operator that MySQL or MariaDB has.
    fn operator(&mut self, start: usize, byte: u8) -> Option<Token> {
        let (second, third) = (self.at(start + 1), self.at(start + 2));
        let length = match (byte, second, third) {
            (b'<', b'=', b'>') | (b'-', b'>', b'>') => 3,
            (b'<', b'=' | b'>' | b'<', _)
            | (b'>', b'=' | b'>', _)
            | (b'!', b'=', _)
            | (b'|', b'|', _)
            | (b'&', b'&', _)
            | (b'-', b'>', _) => 2,
            _ => 1,
        };
        self.token(TokenKind::Op, start, start + length)
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    #[inline]
    fn next(&mut self) -> Option<Token> {
        self.lex()
    }
}

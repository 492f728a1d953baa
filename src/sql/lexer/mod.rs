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

mod comments;
mod literals;
mod place;

pub(super) use self::place::Place;
use super::bytes::{CLASS, Class, is_name_byte, is_space_somewhere, is_word_byte};
use super::mode::{LexCharset, LexMode};
use super::swar;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
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

impl TokenKind {
    /// How many kinds there are.
    pub(super) const COUNT: usize = Self::Unknown as usize + 1;
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
    Sometimes,
}

/// The lexer; an iterator over tokens.
pub struct Lexer<'a> {
    sql: &'a [u8],
    pos: usize,
    mode: LexMode,
    exec: Exec,
    /// No token may end behind this: the end of an executable comment that some servers run.
    limit: usize,
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
            limit: usize::MAX,
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
        if end > self.limit {
            return self.unknown(start);
        }
        self.pos = end;
        self.previous = kind;
        self.previous_end = end;
        Some(Token { kind, start, end })
    }

    /// Whether a `.` or `@@` stands directly before: what follows is a name, never a keyword.
    #[inline(always)]
    fn is_behind_mark(&self, start: usize) -> bool {
        self.previous_end == start && matches!(self.previous, TokenKind::Dot | TokenKind::AtAt)
    }

    #[cold]
    fn unknown(&mut self, start: usize) -> Option<Token> {
        self.pos = self.sql.len();
        self.exec = Exec::Outside;
        self.limit = usize::MAX;
        Some(Token { kind: TokenKind::Unknown, start, end: self.sql.len() })
    }

    #[inline(always)]
    pub(super) fn lex(&mut self) -> Option<Token> {
        loop {
            // One space is the rule; the table handles other white space.
            let start = self.pos + usize::from(self.at(self.pos) == b' ');
            self.pos = start;
            let Some(&byte) = self.sql.get(start) else { return self.end_of_text() };
            match CLASS[byte as usize] {
                Class::Space => self.pos += 1,
                Class::Letter | Class::High => return self.word(start),
                Class::Digit if self.is_behind_mark(start) => return self.word(start),
                Class::Digit => return self.number(start),
                Class::Quote => return self.string(start, start),
                Class::DoubleQuote if self.mode.ansi_quotes => return self.quoted(start),
                Class::DoubleQuote => return self.string(start, start),
                Class::Backtick => return self.quoted(start),
                Class::Comma => return self.token(TokenKind::Comma, start, start + 1),
                Class::LParen => return self.token(TokenKind::LParen, start, start + 1),
                Class::RParen => return self.token(TokenKind::RParen, start, start + 1),
                Class::Semi => return self.token(TokenKind::Semi, start, start + 1),
                Class::Param => return self.token(TokenKind::Param, start, start + 1),
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
                // `\N` is NULL.
                Class::Backslash
                    if self.at(start + 1) == b'N' && !is_name_byte(self.at(start + 2)) =>
                {
                    return self.token(TokenKind::Number, start, start + 2);
                }
                Class::Dollar | Class::Backslash | Class::Bad => return self.unknown(start),
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
    #[inline(always)]
    fn word(&mut self, start: usize) -> Option<Token> {
        let kind = if self.is_behind_mark(start) { TokenKind::Name } else { TokenKind::Word };
        let end = start + swar::word_length(self.rest(start));
        let next = self.at(end);
        if next == b'\'' && end == start + 1 && matches!(self.at(start) | 0x20, b'n' | b'x' | b'b')
        {
            return self.string(start, end);
        }
        if next < 0x80 {
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

    #[inline]
    fn run_end(&self, from: usize, test: impl Fn(u8) -> bool) -> usize {
        let rest = self.rest(from);
        from + rest.iter().position(|byte| !test(*byte)).unwrap_or(rest.len())
    }

    /// `.`, or a number that starts with it. Directly behind a name it is always a separator.
    fn dot(&mut self, start: usize) -> Option<Token> {
        let behind_name = self.previous_end == start
            && matches!(self.previous, TokenKind::Word | TokenKind::Name | TokenKind::Quoted);
        if !behind_name && self.at(start + 1).is_ascii_digit() {
            return self.fraction(start, start + 1);
        }
        self.token(TokenKind::Dot, start, start + 1)
    }

    /// `@x`, `@'x'`, `@@`.
    fn at_sign(&mut self, start: usize) -> Option<Token> {
        let end = match self.at(start + 1) {
            b'@' => return self.token(TokenKind::AtAt, start, start + 2),
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

    /// The longest operator that MySQL or MariaDB has.
    fn operator(&mut self, start: usize, byte: u8) -> Option<Token> {
        if self.mode.charset == LexCharset::Swe7 && matches!(byte, b'^' | b'{' | b'}' | b'~') {
            return self.unknown(start);
        }
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

//! Where a lexer stands, for those that read plain tokens without it.

use super::{Lexer, TokenKind};
use crate::sql::bytes::{CLASS, Class, is_name_byte};
use crate::sql::swar;

/// Between two tokens.
#[derive(Clone, Copy)]
pub(in crate::sql) struct Place {
    /// Offset of the next byte.
    pub(in crate::sql) pos: usize,
    previous: TokenKind,
    previous_end: usize,
}

impl Place {
    /// The kind of the token at `start`, which is here or behind one space, if its first byte tells it and
    /// it may be plain: a name, a dot behind a name, a literal, a comma, a parenthesis, an equals sign.
    #[inline(always)]
    pub(in crate::sql) fn plain_kind(self, start: usize, byte: u8) -> Option<TokenKind> {
        use TokenKind::{
            AtAt, Comma, Dot, LParen, Name, Number, Op, Param, Quoted, RParen, String, Word,
        };
        let joined = self.previous_end == start;
        Some(match (CLASS[byte as usize], self.previous) {
            (Class::Letter, Dot | AtAt) if joined => Name,
            (Class::Letter, _) => Word,
            (Class::Backtick, _) => Quoted,
            (Class::Comma, _) => Comma,
            (Class::Digit, Dot | AtAt) if joined => return None,
            (Class::Digit, _) => Number,
            (Class::Quote, _) => String,
            (Class::LParen, _) => LParen,
            (Class::RParen, _) => RParen,
            (Class::Param, _) => Param,
            (Class::Dot, Word | Name | Quoted) if joined => Dot,
            (Class::Operator, _) if byte == b'=' => Op,
            _ => return None,
        })
    }

    /// The place behind a token.
    #[inline(always)]
    pub(in crate::sql) fn behind(kind: TokenKind, end: usize) -> Self {
        Self { pos: end, previous: kind, previous_end: end }
    }
}

impl Lexer<'_> {
    /// Where the lexer stands.
    #[inline(always)]
    pub(in crate::sql) fn place(&self) -> Place {
        Place { pos: self.pos, previous: self.previous, previous_end: self.previous_end }
    }

    /// Goes on behind plain tokens that were read without the lexer.
    #[inline(always)]
    pub(in crate::sql) fn resume(&mut self, place: Place) {
        self.pos = place.pos;
        self.previous = place.previous;
        self.previous_end = place.previous_end;
    }

    /// Whether names that seem to end here do: they go on, or become a string, with some bytes.
    #[inline(always)]
    pub(in crate::sql) fn ends_plain_names(&self, end: usize) -> bool {
        let next = self.at(end);
        !(next >= 0x80 || next == b'$' || next == b'\'')
    }

    /// The end of the literal or parenthesis at `start`; none if it is not plain: digits only, or text
    /// between single quotes without any that is doubled or escaped.
    #[inline(always)]
    pub(in crate::sql) fn plain_end(&self, kind: TokenKind, start: usize) -> Option<usize> {
        match kind {
            TokenKind::Number => {
                let end = self.run_end(start + 1, |byte| byte.is_ascii_digit());
                let next = self.at(end);
                (next != b'.' && !is_name_byte(next)).then_some(end)
            }
            TokenKind::String => {
                let quote = start + 1 + swar::find_end_of_plain_string(self.rest(start + 1));
                let ends = self.at(quote) == b'\'' && self.at(quote + 1) != b'\'';
                ends.then_some(quote + 1)
            }
            _ => Some(start + 1),
        }
    }

    /// No plain token may end behind this.
    #[inline(always)]
    pub(in crate::sql) fn limit(&self) -> usize {
        self.limit
    }
}

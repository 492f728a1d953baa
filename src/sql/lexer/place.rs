//! Where a lexer stands, for those that read plain tokens without it.

use super::{Lexer, TokenKind};
use crate::sql::bytes::{CLASS, Class};

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
    /// it may be plain: a name, a dot behind a name, a comma, an equals sign.
    #[inline(always)]
    pub(in crate::sql) fn plain_kind(self, start: usize, byte: u8) -> Option<TokenKind> {
        use TokenKind::{AtAt, Comma, Dot, Name, Op, Quoted, Word};
        let joined = self.previous_end == start;
        Some(match (CLASS[byte as usize], self.previous) {
            (Class::Letter, Dot | AtAt) if joined => Name,
            (Class::Letter, _) => Word,
            (Class::Backtick, _) => Quoted,
            (Class::Comma, _) => Comma,
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

    /// Whether letters, digits and underscores `start..end` are a whole token.
    #[inline(always)]
    pub(in crate::sql) fn is_plain_word(&self, start: usize, end: usize) -> bool {
        let next = self.at(end);
        let prefix = next == b'\'' && end == start + 1;
        !(next >= 0x80 || next == b'$' || prefix)
    }

    /// No plain token may end behind this.
    #[inline(always)]
    pub(in crate::sql) fn limit(&self) -> usize {
        self.limit
    }
}

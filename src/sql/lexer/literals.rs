//! Numbers, strings and quoted names: where each ends.

use super::{Lexer, Token, TokenKind};
use crate::sql::bytes::is_name_byte;
use crate::sql::swar;

impl Lexer<'_> {
    /// `MY_LEX_NUMBER_IDENT`: a number, or a name that starts with digits.
    pub(super) fn number(&mut self, start: usize) -> Option<Token> {
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
    pub(super) fn fraction(&mut self, start: usize, from: usize) -> Option<Token> {
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
    pub(super) fn exponent(&self, from: usize) -> Option<usize> {
        if self.at(from) | 0x20 != b'e' {
            return None;
        }
        let digits = from + 1 + usize::from(matches!(self.at(from + 1), b'+' | b'-'));
        let end = self.run_end(digits, |byte| byte.is_ascii_digit());
        (end > digits).then_some(end)
    }

    /// A string whose quote stands at `open`.
    pub(super) fn string(&mut self, start: usize, open: usize) -> Option<Token> {
        match self.text_end(open, !self.mode.no_backslash_escapes) {
            Some(end) => self.token(TokenKind::String, start, end),
            None => self.unknown(start),
        }
    }

    /// A quoted name. Servers refuse a zero byte in it.
    #[inline]
    pub(super) fn quoted(&mut self, start: usize) -> Option<Token> {
        let quote = self.at(start);
        let inside = self.rest(start + 1);
        let length = swar::find_end_of_plain(inside, quote);
        if inside.get(length) == Some(&quote) && inside.get(length + 1) != Some(&quote) {
            return self.token(TokenKind::Quoted, start, start + length + 2);
        }
        self.odd_quoted(start)
    }

    /// A quoted name with quotes or characters beyond ASCII in it.
    pub(super) fn odd_quoted(&mut self, start: usize) -> Option<Token> {
        match self.text_end(start, false) {
            Some(end) if memchr::memchr(0, self.sql.get(start..end)?).is_none() => {
                self.token(TokenKind::Quoted, start, end)
            }
            _ => self.unknown(start),
        }
    }

    /// The end of quoted text that opens at `open`; a doubled quote stands for itself.
    pub(super) fn text_end(&self, open: usize, escapes: bool) -> Option<usize> {
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
}

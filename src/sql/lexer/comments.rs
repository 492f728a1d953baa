//! Comments: those that vanish, hints, and executable ones.

use super::{Exec, Lexer, Token, TokenKind};

/// Versions up to this one are run by every server that the proxy supports (MySQL 5.5, MariaDB 10 and on).
/// MariaDB skips 50700 to 99999, which MySQL runs.
const ALWAYS_EXECUTED_VERSION: u32 = 50_500;

impl Lexer<'_> {
    /// `--` begins a comment only before white space, a control character or the end.
    pub(super) fn starts_dash_comment(&self, start: usize) -> bool {
        self.at(start + 1) == b'-' && {
            let next = self.at(start + 2);
            next <= b' ' || next == 0x7f
        }
    }

    /// Skips to behind the line's end. Servers end such a comment at a zero byte too, and one inside an
    /// executable comment hides its end: neither is guessed at.
    pub(super) fn line_comment(&mut self, start: usize) -> Option<Token> {
        let rest = self.rest(start);
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let line = rest.get(..length).unwrap_or_default();
        if memchr::memchr(0, line).is_some() || self.exec != Exec::Outside {
            return self.unknown(start);
        }
        self.pos = start + length;
        None
    }

    /// Any `/* … */`. None where it simply was skipped.
    pub(super) fn block_comment(&mut self, start: usize) -> Option<Token> {
        match (self.at(start + 2), self.at(start + 3)) {
            (b'!', _) => self.executable(start, start + 3, false),
            (b'M', b'!') => self.executable(start, start + 4, true),
            (b'+', _) => self.hint(start),
            _ => {
                let Some(length) = memchr::memmem::find(self.rest(start + 2), b"*/") else {
                    return self.unknown(start);
                };
                let end = start + 2 + length + 2;
                // Servers differ in what a comment inside an executable one does to that one's end.
                if self.exec != Exec::Outside {
                    return self.unknown(start);
                }
                self.pos = end;
                None
            }
        }
    }

    /// `/*+ … */`. A quote that does not close in it could hide its end.
    pub(super) fn hint(&mut self, start: usize) -> Option<Token> {
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
    pub(super) fn executable(
        &mut self,
        start: usize,
        digits: usize,
        mariadb: bool,
    ) -> Option<Token> {
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
        self.exec = Exec::Sometimes;
        self.limit = open_end + length;
        token
    }

    pub(super) fn number_at(&self, start: usize, digits: usize) -> u32 {
        let text = self.rest(start).iter().take(digits);
        text.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    }

    /// `*/` inside an executable comment.
    pub(super) fn close_executable(&mut self, start: usize) -> Option<Token> {
        let was = self.exec;
        self.exec = Exec::Outside;
        self.limit = usize::MAX;
        self.pos = start + 2;
        match was {
            Exec::Sometimes => self.token(TokenKind::ExecClose, start, start + 2),
            Exec::Always | Exec::Outside => None,
        }
    }
}

//! One statement's text with holes where its plain literals were, and whether another text fits it.
//!
//! ```text
//! SELECT c FROM t WHERE id=5023 AND s = 'abc' LIMIT 1
//! SELECT c FROM t WHERE id=▒▒▒▒ AND s = '▒▒▒' LIMIT ▒      digits, text, digits
//! ```
//!
//! A text that fits has the same shape as the one that the stencil was cut from, so its class is known
//! without a lexer. Why: outside the holes the bytes are the same, and what a hole may hold is lexed to one
//! token of the same kind, in whatever mode. Digits behind the same byte and before the same byte, which
//! cannot go on with a number or a name. Text without quotes, backslashes, zeros and bytes above 127,
//! between the same two quotes. No token looks further ahead than to a hole's first byte, and none cares which
//! digit it is. Three things would break this, and texts that have one of them are not cut: comments (whose
//! end, of an executable one, could be in a text), `SET` (where a shape keeps 0 and 1), and several statements
//! (one of which could be a `SET`).

use super::MAX_STATEMENT_BYTES;
use super::bytes::is_name_byte;
use super::lexer::{Lexer, Token, TokenKind};
use super::mode::LexMode;
use super::swar;

/// The longest text that is cut to a stencil, in bytes.
pub(super) const MAX_TEXT: usize = 1024;

/// The most holes that a stencil has.
const MAX_HOLES: usize = 12;

/// So many bytes at a text's front have no hole: stencils are found by them.
pub(super) const FRONT: usize = 24;

/// What a hole may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fill {
    /// At least one digit.
    #[default]
    Digits,
    /// What stands between two quotes.
    Text,
}

/// A literal's place in the text that the stencil was cut from.
#[derive(Clone, Copy, Debug, Default)]
struct Hole {
    start: u16,
    end: u16,
    fill: Fill,
}

/// A text with holes. The text itself is kept by the owner of many of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stencil {
    holes: [Hole; MAX_HOLES],
    count: u8,
}

impl Stencil {
    /// Cuts the holes into a text, which must have a shape. `None` if it cannot be told from others without
    /// a lexer, or is longer than [`MAX_TEXT`].
    pub(super) fn cut(text: &[u8], mode: LexMode) -> Option<Self> {
        if text.len() > MAX_TEXT || text.windows(2).any(|pair| pair == b"/*") {
            return None;
        }
        let mut lexer = Lexer::new(text, mode);
        let first = lexer.next()?;
        let verb = text.get(first.start..first.end)?;
        if first.kind != TokenKind::Word || verb.eq_ignore_ascii_case(b"set") {
            return None;
        }
        let mut stencil = Self::default();
        for token in lexer {
            match token.kind {
                TokenKind::Semi | TokenKind::Unknown => return None,
                _ => {}
            }
            if let Some(hole) = hole(text, token) {
                *stencil.holes.get_mut(usize::from(stencil.count))? = hole;
                stencil.count += 1;
            }
        }
        let front = stencil.holes().first().map_or(text.len(), |hole| hole.start.into());
        (front >= FRONT).then_some(stencil)
    }

    fn holes(&self) -> &[Hole] {
        self.holes.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// Whether `sql` is `text`, the one that this was cut from, but for what is in the holes. The first
    /// [`FRONT`] bytes have been compared.
    #[inline]
    pub(super) fn fits(&self, text: &[u8], sql: &[u8]) -> bool {
        let (mut done, mut at) = (FRONT, FRONT);
        for hole in self.holes() {
            let (start, end) = (usize::from(hole.start), usize::from(hole.end));
            let (Some(same), Some(rest)) = (text.get(done..start), sql.get(at..)) else {
                return false;
            };
            let Some(filled) = rest.strip_prefix(same) else { return false };
            let length = match hole.fill {
                Fill::Digits => digits(filled),
                Fill::Text => Some(swar::find_end_of_plain_string(filled)),
            };
            let Some(length) = length else { return false };
            at += same.len() + length;
            done = end;
        }
        sql.len() <= MAX_STATEMENT_BYTES && text.get(done..) == sql.get(at..)
    }
}

/// How many digits the text begins with, if any.
#[inline(always)]
fn digits(text: &[u8]) -> Option<usize> {
    let length = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    (length > 0).then_some(length)
}

/// The hole that a literal leaves, if it is plain.
fn hole(text: &[u8], token: Token) -> Option<Hole> {
    let next = text.get(token.end).copied();
    let (start, end, fill) = match (token.kind, text.get(token.start..token.end)?) {
        (TokenKind::Number, number) => {
            let digits_only = number.iter().all(u8::is_ascii_digit);
            let ends = next.is_none_or(|next| next != b'.' && !is_name_byte(next));
            (digits_only && ends).then_some((token.start, token.end, Fill::Digits))?
        }
        (TokenKind::String, [b'\'', content @ .., b'\'']) => {
            let plain = swar::find_end_of_plain_string(content) == content.len();
            (plain && next != Some(b'\'')).then_some((
                token.start + 1,
                token.end - 1,
                Fill::Text,
            ))?
        }
        _ => return None,
    };
    Some(Hole { start: u16::try_from(start).ok()?, end: u16::try_from(end).ok()?, fill })
}

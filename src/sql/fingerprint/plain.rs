//! The short way through most of a statement: names, with the dots between them, commas and equals signs
//! go to the shape while their ends are looked for, without becoming tokens; literals and parentheses become
//! tokens without the lexer's detours. It does what lexer and writer would do with them, and leaves
//! everything else to these.

use super::history::Tag;
use super::{ShapeWriter, is_literal_word, needs_space};
use crate::sql::bytes::is_letter;
use crate::sql::bytes::is_word_byte;
use crate::sql::lexer::{Lexer, Place, Token, TokenKind};
use crate::sql::swar;

impl<'a> ShapeWriter<'a> {
    /// The short way for most tokens. Stops before anything that is not plain; the lexer goes on there.
    #[inline(always)]
    pub(super) fn take_plain(&mut self, lexer: &mut Lexer<'a>) {
        if self.statement_starts {
            return;
        }
        let sql = self.sql;
        let mut place = lexer.place();
        let (mut previous, mut previous_end, mut length) =
            (self.previous, self.previous_end, self.length);
        loop {
            let space = sql.get(place.pos) == Some(&b' ');
            let start = place.pos + usize::from(space);
            let Some(&byte) = sql.get(start) else { break };
            let Some(kind) = place.plain_kind(start, byte) else { break };
            if is_literal_or_parenthesis(kind) {
                let Some(end) = lexer.plain_end(kind, start) else { break };
                if end > lexer.limit() {
                    break;
                }
                (self.previous, self.previous_end, self.length) = (previous, previous_end, length);
                self.write(Token { kind, start, end });
                (previous, previous_end, length) = (self.previous, self.previous_end, self.length);
                place = Place::behind(kind, end);
                continue;
            }
            // Behind a list that a word ended, even a dot needs its space.
            let apart = needs_space(previous, kind, previous_end == start);
            // `.name` at once; a space is due before others.
            let (kind, start, mark) = match sql.get(start + 1) {
                Some(next) if kind == TokenKind::Dot && is_letter(*next) && !apart => {
                    (TokenKind::Name, start + 1, Some(b'.'))
                }
                _ if apart => (kind, start, Some(b' ')),
                _ => (kind, start, None),
            };
            let at = length + usize::from(mark.is_some());
            let Some(end) = self.copy_plain(kind, start, at, lexer) else { break };
            if end > lexer.limit() {
                break;
            }
            let tag = if kind == TokenKind::Comma { Tag::Comma } else { Tag::Other };
            self.history.push(tag, length);
            if let (Some(mark), Some(slot)) = (mark, self.shape.get_mut(length)) {
                *slot = mark;
            }
            (previous, previous_end, length) = (kind, end, at + end - start);
            place = Place::behind(kind, end);
        }
        (self.previous, self.previous_end, self.length) = (previous, previous_end, length);
        lexer.resume(place);
    }

    /// Copies the plain token at `start` to `at` of the shape, and tells its end; none if it is not plain.
    #[inline(always)]
    fn copy_plain(
        &mut self,
        kind: TokenKind,
        start: usize,
        at: usize,
        lexer: &Lexer<'a>,
    ) -> Option<usize> {
        let text = self.sql.get(start..)?;
        let room = self.shape.get_mut(at..)?;
        match kind {
            TokenKind::Word | TokenKind::Name => {
                let end = start + swar::copy_names(text, room);
                let literal = kind == TokenKind::Word && begins_with_literal_word(text);
                if literal {
                    return None;
                }
                match lexer.ends_plain_names(end) {
                    true => Some(end),
                    false => self.end_of_names_before(start, end),
                }
            }
            TokenKind::Quoted => {
                let length = swar::find_end_of_plain(text.get(1..)?, b'`') + 1;
                let plain = text.get(length) == Some(&b'`') && text.get(length + 1) != Some(&b'`');
                plain.then_some(())?;
                swar::copy(text, length + 1, room, |lane| lane);
                Some(start + length + 1)
            }
            _ => {
                *room.first_mut()? = *text.first()?;
                Some(start + 1)
            }
        }
    }

    /// The end of the names from `start` without the last; none if there is one only. What was read is
    /// not read once more for each of them.
    #[cold]
    fn end_of_names_before(&self, start: usize, end: usize) -> Option<usize> {
        let names = self.text_of(start, end);
        names.iter().rposition(|byte| *byte == b'.').map(|dot| start + dot)
    }
}

#[inline(always)]
fn is_literal_or_parenthesis(kind: TokenKind) -> bool {
    use TokenKind::{LParen, Number, Param, RParen, String};
    matches!(kind, Number | String | Param | LParen | RParen)
}

/// Whether `NULL`, `TRUE` or `FALSE` is the first of the names that the text begins with.
#[inline(always)]
fn begins_with_literal_word(text: &[u8]) -> bool {
    let Some(first) = text.first_chunk() else { return false };
    let first = (u32::from_le_bytes(*first) | 0x2020_2020).to_le_bytes();
    matches!(&first, b"null" | b"true" | b"fals") && is_literal_word(first_word(text))
}

#[cold]
fn first_word(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !is_word_byte(*byte)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

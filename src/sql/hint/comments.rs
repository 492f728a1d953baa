//! Finds the comments that are hints: `/* anabranch: … */` outside of strings, names and other comments.
//!
//! Most texts have no such bytes at all, which a search for `/*` finds out. Only where there are some the text is
//! lexed, up to the last of them: comments are in the gaps between the lexer's tokens.

use super::super::{LexMode, Lexer, TokenKind};

const NAME: &[u8] = b"anabranch";

/// The offset of the last `/*` that would begin a hint if it is a comment.
pub(super) fn last_candidate(sql: &[u8]) -> Option<usize> {
    let opens = memchr::memmem::find_iter(sql, b"/*");
    opens.filter(|at| content(from(sql, at + 2)).is_some()).last()
}

/// Calls `found` with what each hint says, up to the comment that begins at `last`; it says whether to go on.
pub(super) fn each(sql: &[u8], mode: LexMode, last: usize, mut found: impl FnMut(&[u8]) -> bool) {
    let mut lexer = Lexer::new(sql, mode);
    let mut end = 0;
    while end <= last {
        let next = lexer.next();
        let start = next.map_or(sql.len(), |token| token.start);
        if !in_gap(sql.get(end..start).unwrap_or_default(), &mut found) {
            return;
        }
        match next {
            Some(token) if token.kind != TokenKind::Unknown => end = token.end,
            _ => return,
        }
    }
}

/// A gap has white space, comments, and the marks of executable comments that every server runs. Says whether to
/// go on.
fn in_gap(mut gap: &[u8], found: &mut impl FnMut(&[u8]) -> bool) -> bool {
    while let Some(first) = gap.first() {
        gap = match (first, gap.get(1), gap.get(2)) {
            (b'#', _, _) | (b'-', Some(b'-'), _) => behind(gap, b"\n"),
            (b'/', Some(b'*'), Some(b'!')) => from(gap, 3),
            (b'/', Some(b'*'), _) => {
                let inside = from(gap, 2);
                let length = memchr::memmem::find(inside, b"*/").unwrap_or(inside.len());
                let comment = inside.get(..length).unwrap_or_default();
                if let Some(content) = content(comment)
                    && !found(content)
                {
                    return false;
                }
                from(inside, length + 2)
            }
            _ => from(gap, 1),
        };
    }
    true
}

/// What stands behind `anabranch:` at the beginning of a comment.
fn content(comment: &[u8]) -> Option<&[u8]> {
    let comment = comment.trim_ascii_start();
    let (name, rest) = comment.split_at_checked(NAME.len())?;
    if !name.eq_ignore_ascii_case(NAME) {
        return None;
    }
    rest.trim_ascii_start().strip_prefix(b":")
}

fn from(text: &[u8], at: usize) -> &[u8] {
    text.get(at..).unwrap_or_default()
}

fn behind<'a>(text: &'a [u8], mark: &[u8]) -> &'a [u8] {
    let length = memchr::memmem::find(text, mark);
    length.map_or_else(Default::default, |at| from(text, at + mark.len()))
}

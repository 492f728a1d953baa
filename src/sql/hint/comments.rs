//! Finds the comments that are hints: ours (`/* anabranch: … */`) and those of other proxies, outside of strings,
//! names and other comments. A comment to the line's end (`-- …`, `# …`) may be one, too.
//!
//! Most texts have no such bytes at all, which one search finds out. Only where there are some the text is
//! lexed, up to the last of them: comments are in the gaps between the lexer's tokens.

use super::super::{LexMode, Lexer, TokenKind};
use super::Route;

/// What a comment that is a hint says, behind its first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// `anabranch: …`
    Own(&'a [u8]),
    /// `maxscale …`
    MaxScale(&'a [u8]),
    /// `SHARDINGSPHERE_HINT: …`
    ShardingSphere(&'a [u8]),
    /// `FORCE_MASTER`, `FORCE_SLAVE`
    Force(Route),
}

impl Said<'_> {
    /// Bytes that are to be read.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Own(text) | Self::MaxScale(text) | Self::ShardingSphere(text) => text.len(),
            Self::Force(_) => 0,
        }
    }
}

/// The offset of the last mark that would begin a hint if it begins a comment.
pub(super) fn last_candidate(sql: &[u8]) -> Option<usize> {
    let mut marks = memchr::memchr3_iter(b'/', b'-', b'#', sql);
    marks.rfind(|at| open(from(sql, *at)).is_some_and(|(inside, _)| may_say(inside)))
}

/// Calls `found` with what each hint says, up to the comment that begins at `last`; it says whether to go on.
pub(super) fn each(
    sql: &[u8],
    mode: LexMode,
    last: usize,
    mut found: impl FnMut(Said<'_>) -> bool,
) {
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
fn in_gap(mut gap: &[u8], found: &mut impl FnMut(Said<'_>) -> bool) -> bool {
    while !gap.is_empty() {
        gap = match comment(gap) {
            Some((Some(said), _)) if !found(said) => return false,
            Some((_, behind)) => behind,
            None => from(gap, 1),
        };
    }
    true
}

/// The comment that `text` begins with: what it says if it is a hint, and what follows it. The mark of an
/// executable comment counts as a comment of its own, as its content is code.
fn comment(text: &[u8]) -> Option<(Option<Said<'_>>, &[u8])> {
    if let [b'/', b'*', b'!', rest @ ..] = text {
        return Some((None, rest));
    }
    let (rest, mark) = open(text)?;
    let end = memchr::memmem::find(rest, mark).unwrap_or(rest.len());
    Some((said(rest.get(..end).unwrap_or_default()), from(rest, end + mark.len())))
}

/// What follows the mark that begins a comment, and the mark that ends it.
#[inline]
fn open(text: &[u8]) -> Option<(&[u8], &'static [u8])> {
    match text {
        [b'/', b'*', rest @ ..] => Some((rest, b"*/")),
        [b'-', b'-', rest @ ..] | [b'#', rest @ ..] => Some((rest, b"\n")),
        _ => None,
    }
}

const OWN: &[u8] = b"anabranch";
const MAXSCALE: &[u8] = b"maxscale";
const SHARDINGSPHERE: &[u8] = b"shardingsphere_hint";
const FORCE: [(&[u8], Route); 2] =
    [(b"force_master", Route::Primary), (b"force_slave", Route::Replica)];

/// Whether the first word is one of a hint: all that is looked at before the text is lexed.
fn may_say(inside: &[u8]) -> bool {
    let inside = inside.trim_ascii_start();
    let begins = |word: &[u8]| behind(inside, word).is_some();
    match inside.first().map(u8::to_ascii_lowercase) {
        Some(b'a') => begins(OWN),
        Some(b'm') => begins(MAXSCALE),
        Some(b's') => begins(SHARDINGSPHERE),
        Some(b'f') => FORCE.iter().any(|(word, _)| begins(word)),
        _ => false,
    }
}

/// What a comment says, if it is a hint.
fn said(comment: &[u8]) -> Option<Said<'_>> {
    let comment = comment.trim_ascii_start();
    if !may_say(comment) {
        return None;
    }
    if let Some(rest) = behind(comment, MAXSCALE) {
        return rest.first().is_some_and(u8::is_ascii_whitespace).then_some(Said::MaxScale(rest));
    }
    let forced = FORCE.iter().find(|(word, _)| comment.trim_ascii_end().eq_ignore_ascii_case(word));
    forced
        .map(|(_, route)| Said::Force(*route))
        .or_else(|| behind_colon(comment, OWN).map(Said::Own))
        .or_else(|| behind_colon(comment, SHARDINGSPHERE).map(Said::ShardingSphere))
}

fn behind_colon<'a>(text: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    behind(text, word)?.trim_ascii_start().strip_prefix(b":")
}

/// What follows a word, in any case.
fn behind<'a>(text: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let (begin, rest) = text.split_at_checked(word.len())?;
    begin.eq_ignore_ascii_case(word).then_some(rest)
}

fn from(text: &[u8], at: usize) -> &[u8] {
    text.get(at..).unwrap_or_default()
}

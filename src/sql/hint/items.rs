//! Reads the inside of a hint: `key=value, key=value, word`.
//!
//! A GTID set has commas itself: behind `after=` a piece belongs to the set as long as it looks like a part of
//! one, which no key does.

use super::{Hints, Route, shown};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    Word(&'a str),
    /// The inside of quotes.
    Quoted(&'a str),
    Equals,
    Comma,
}

/// Adds what `content` asks for.
pub(super) fn read(content: &str, hints: &mut Hints) {
    use Piece::{Comma, Equals, Quoted, Word};
    let pieces = cut(content);
    let mut rest = pieces.as_slice();
    while !rest.is_empty() {
        rest = match rest {
            [Comma, rest @ ..] => rest,
            [Word(key), Equals, Word(value), rest @ ..] if key.eq_ignore_ascii_case("after") => {
                let (set, rest) = gtid_set(value, rest);
                assign(hints, key, &set);
                rest
            }
            [Word(key), Equals, Word(value), Word(unit), rest @ ..]
                if is_unit(value, unit, rest) =>
            {
                assign(hints, key, &format!("{value}{unit}"));
                rest
            }
            [Word(key), Equals, Word(value) | Quoted(value), rest @ ..] => {
                assign(hints, key, value);
                rest
            }
            [Word(key), Equals, rest @ ..] => {
                assign(hints, key, "");
                rest
            }
            [Word(word), rest @ ..] => {
                alone(hints, word);
                rest
            }
            [Quoted(text), rest @ ..] => {
                unknown(hints, text);
                rest
            }
            [Equals, rest @ ..] => {
                unknown(hints, "=");
                rest
            }
            [] => rest,
        };
    }
}

fn assign(hints: &mut Hints, key: &str, value: &str) {
    if let Err(problem) = hints.set(key, value) {
        hints.problem(problem);
    }
}

/// The short forms.
fn alone(hints: &mut Hints, word: &str) {
    match word.parse::<Route>() {
        Ok(route) => _ = hints.go(route),
        Err(()) => unknown(hints, word),
    }
}

fn unknown(hints: &mut Hints, word: &str) {
    hints.problem(format!("Unknown anabranch hint '{}'", shown(word)));
}

/// `200 ms`: a number, and a word that is not the next key.
fn is_unit(value: &str, unit: &str, rest: &[Piece<'_>]) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
        && unit.bytes().all(|byte| byte.is_ascii_alphabetic())
        && unit.parse::<Route>().is_err()
        && rest.first() != Some(&Piece::Equals)
}

/// The parts of a set that follow its first.
fn gtid_set<'p, 'a>(first: &str, mut rest: &'p [Piece<'a>]) -> (String, &'p [Piece<'a>]) {
    let mut set = first.to_owned();
    while let [Piece::Comma, Piece::Word(part), after @ ..] = rest
        && part.contains(['-', ':'])
        && after.first() != Some(&Piece::Equals)
    {
        set.push(',');
        set.push_str(part);
        rest = after;
    }
    (set, rest)
}

/// Cuts into pieces. The text is bounded by its caller.
fn cut(content: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = content.trim_start();
    while let Some(first) = rest.chars().next() {
        let (piece, length) = match first {
            '=' => (Piece::Equals, 1),
            ',' | ';' => (Piece::Comma, 1),
            '\'' | '"' | '`' => quoted(rest, first),
            _ => {
                let ends = |c: char| c.is_whitespace() || "=,;'\"`".contains(c);
                let end = rest.find(ends).unwrap_or(rest.len());
                (Piece::Word(rest.get(..end).unwrap_or_default()), end)
            }
        };
        pieces.push(piece);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    pieces
}

/// A text in quotes, and its length with them; where they do not close it goes to the end.
fn quoted(text: &str, quote: char) -> (Piece<'_>, usize) {
    let inside = text.get(1..).unwrap_or_default();
    let end = inside.find(quote).unwrap_or(inside.len());
    (Piece::Quoted(inside.get(..end).unwrap_or_default()), end + 2)
}

//! Path expressions: `$.a[0]`, `$.*`, `$[*]`, `$**.b`, `$[last]`, `$[last-1]`, `$[0 to 2]`.
//!
//! A value that is no array is taken for an array of itself: `$[0]` of `5` is `5`.

use super::Json;
use crate::value::SqlError;

/// The most legs of a path; more is a mistake at the leg after.
const MAX_LEGS: usize = 100;

/// A path expression.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path {
    legs: Vec<Leg>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leg {
    /// `.key`
    Member(Box<str>),
    /// `.*`
    AnyMember,
    /// `[3]`, `[last-1]`
    Cell(Index),
    /// `[*]`
    AnyCell,
    /// `[1 to last]`
    Range(Index, Index),
    /// `**`: the value itself and all below it.
    Ellipsis,
}

/// The place of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// From the first, which is 0.
    First(usize),
    /// From the last, which is 0.
    Last(usize),
}

impl Index {
    /// The place in an array of this length; none before its start. It may be past its end.
    pub fn resolve(self, length: usize) -> Option<usize> {
        match self {
            Self::First(at) => Some(at),
            Self::Last(back) => (length).checked_sub(back + 1),
        }
    }
}

/// A path expression that is wrong from a character (from 1) on: error 3143.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathMistake(pub usize);

impl From<PathMistake> for SqlError {
    fn from(mistake: PathMistake) -> Self {
        let text = "Invalid JSON path expression. The error is around character position";
        Self::new(3143, b"42000", format!("{text} {}.", mistake.0))
    }
}

/// Reads a path's characters.
struct Reader<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.chars.next();
        self.at += usize::from(next.is_some());
        next
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.next();
        }
        found
    }

    fn spaces(&mut self) {
        while self.peek().is_some_and(|next| next.is_ascii_whitespace()) {
            self.next();
        }
    }

    fn word(&mut self, wanted: &str) -> bool {
        wanted.chars().all(|character| self.take(character))
    }

    fn wrong<T>(&self) -> Result<T, PathMistake> {
        Err(PathMistake(self.at.max(1)))
    }

    fn number(&mut self) -> Result<usize, PathMistake> {
        let mut digits = String::new();
        while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            digits.push(digit);
            self.next();
        }
        match digits.parse::<u32>() {
            Ok(number) => Ok(number as usize),
            Err(_) => self.wrong(),
        }
    }

    fn index(&mut self) -> Result<Index, PathMistake> {
        if self.peek() != Some('l') {
            return self.number().map(Index::First);
        }
        if !self.word("last") {
            return self.wrong();
        }
        self.spaces();
        if !self.take('-') {
            return Ok(Index::Last(0));
        }
        self.spaces();
        self.number().map(Index::Last)
    }

    /// What stands in brackets, the first of which is read.
    fn cell(&mut self) -> Result<Leg, PathMistake> {
        self.spaces();
        let leg = if self.take('*') { Leg::AnyCell } else { self.cell_or_range()? };
        self.spaces();
        if self.take(']') { Ok(leg) } else { self.wrong() }
    }

    fn cell_or_range(&mut self) -> Result<Leg, PathMistake> {
        let first = self.index()?;
        let before = self.at;
        self.spaces();
        if self.at == before || self.peek() != Some('t') {
            return Ok(Leg::Cell(first));
        }
        if !self.word("to") || !self.peek().is_some_and(|next| next.is_ascii_whitespace()) {
            return self.wrong();
        }
        self.spaces();
        let last = self.index()?;
        let backwards = match (first, last) {
            (Index::First(a), Index::First(b)) => a > b,
            (Index::Last(a), Index::Last(b)) => a < b,
            _ => false,
        };
        if backwards { self.wrong() } else { Ok(Leg::Range(first, last)) }
    }

    /// The key after a point.
    fn member(&mut self) -> Result<Leg, PathMistake> {
        self.spaces();
        match self.peek() {
            Some('*') => {
                self.next();
                Ok(Leg::AnyMember)
            }
            Some('"') => self.quoted(),
            Some(_) => self.name(),
            None => self.wrong(),
        }
    }

    fn quoted(&mut self) -> Result<Leg, PathMistake> {
        let mut text = String::new();
        text.extend(self.next());
        loop {
            let Some(character) = self.next() else { return self.wrong() };
            text.push(character);
            match character {
                '\\' => text.extend(self.next()),
                '"' => break,
                _ => {}
            }
        }
        match Json::parse(&text) {
            Ok(Json::String(key)) => Ok(Leg::Member(key)),
            _ => self.wrong(),
        }
    }

    /// A key without quotes: what ECMAScript takes for a name.
    fn name(&mut self) -> Result<Leg, PathMistake> {
        let mut name = String::new();
        while let Some(next) = self.peek().filter(|next| !is_end_of_name(*next)) {
            name.push(next);
            self.next();
        }
        let fits = |at: usize, c: char| {
            c == '_' || c == '$' || c.is_alphabetic() || at > 0 && c.is_alphanumeric()
        };
        if name.is_empty() || !name.chars().enumerate().all(|(at, character)| fits(at, character)) {
            return self.wrong();
        }
        Ok(Leg::Member(name.into()))
    }
}

fn is_end_of_name(character: char) -> bool {
    character.is_ascii_whitespace() || matches!(character, '.' | '[' | '*')
}

impl std::str::FromStr for Path {
    type Err = PathMistake;

    fn from_str(text: &str) -> Result<Self, PathMistake> {
        let mut reader = Reader { chars: text.chars().peekable(), at: 0 };
        reader.spaces();
        if !reader.take('$') {
            return Err(PathMistake(reader.at.max(1)));
        }
        let mut legs = Vec::new();
        loop {
            reader.spaces();
            let leg = match reader.next() {
                None => break,
                Some('.') => reader.member()?,
                Some('[') => reader.cell()?,
                Some('*') if reader.take('*') && reader.peek() != Some('*') => Leg::Ellipsis,
                Some(_) => return reader.wrong(),
            };
            legs.push(leg);
            if legs.len() > MAX_LEGS {
                return reader.wrong();
            }
        }
        // An ellipsis must lead somewhere.
        if legs.last() == Some(&Leg::Ellipsis) { reader.wrong() } else { Ok(Self { legs }) }
    }
}

impl Path {
    /// Its steps.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// Whether it is `$`.
    pub fn is_root(&self) -> bool {
        self.legs.is_empty()
    }

    /// Whether it may find several values (`*`, `**`, ranges); such a path is refused (3149) where one
    /// value is wanted.
    pub fn has_wildcard(&self) -> bool {
        self.legs.iter().any(|leg| !matches!(leg, Leg::Member(_) | Leg::Cell(_)))
    }

    /// The values that it finds, in order, each once.
    pub fn find<'a>(&self, root: &'a Json) -> Vec<&'a Json> {
        let mut found = Vec::new();
        walk(root, &self.legs, &mut found);
        found
    }

    /// The first value that it finds.
    pub fn first<'a>(&self, root: &'a Json) -> Option<&'a Json> {
        if self.has_wildcard() {
            return self.find(root).first().copied();
        }
        self.legs.iter().try_fold(root, |value, leg| match leg {
            Leg::Member(key) => member(value, key),
            Leg::Cell(index) => cell(value, *index),
            _ => None,
        })
    }
}

fn member<'a>(value: &'a Json, key: &str) -> Option<&'a Json> {
    match value {
        Json::Object(members) => members.get(key),
        _ => None,
    }
}

fn cell(value: &Json, index: Index) -> Option<&Json> {
    match value {
        Json::Array(items) => items.get(index.resolve(items.len())?),
        _ => (index.resolve(1)? == 0).then_some(value),
    }
}

fn add<'a>(value: &'a Json, found: &mut Vec<&'a Json>) {
    if !found.iter().any(|known| std::ptr::eq(*known, value)) {
        found.push(value);
    }
}

/// Adds what the legs find below a value.
fn walk<'a>(value: &'a Json, legs: &[Leg], found: &mut Vec<&'a Json>) {
    let Some((leg, rest)) = legs.split_first() else { return add(value, found) };
    match leg {
        Leg::Member(key) => {
            if let Some(value) = member(value, key) {
                walk(value, rest, found);
            }
        }
        Leg::AnyMember => {
            if let Json::Object(members) = value {
                members.iter().for_each(|(_, value)| walk(value, rest, found));
            }
        }
        Leg::Cell(index) => {
            if let Some(value) = cell(value, *index) {
                walk(value, rest, found);
            }
        }
        Leg::AnyCell => {
            if let Json::Array(items) = value {
                items.iter().for_each(|item| walk(item, rest, found));
            }
        }
        Leg::Range(first, last) => walk_range(value, (*first, *last), rest, found),
        Leg::Ellipsis => walk_below(value, rest, found),
    }
}

fn walk_range<'a>(
    value: &'a Json,
    (first, last): (Index, Index),
    rest: &[Leg],
    found: &mut Vec<&'a Json>,
) {
    let items = match value {
        Json::Array(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    };
    let start = first.resolve(items.len()).unwrap_or(0);
    let Some(end) = last.resolve(items.len()) else { return };
    let items = items.get(start..items.len().min(end + 1)).unwrap_or_default();
    items.iter().for_each(|item| walk(item, rest, found));
}

fn walk_below<'a>(value: &'a Json, rest: &[Leg], found: &mut Vec<&'a Json>) {
    walk(value, rest, found);
    match value {
        Json::Array(items) => items.iter().for_each(|item| walk_below(item, rest, found)),
        Json::Object(members) => members.iter().for_each(|(_, item)| walk_below(item, rest, found)),
        _ => {}
    }
}

//! MySQL's GTIDs: `source:number`, and since 8.3 `source:tag:number`.
//!
//! ```text
//! set       = part *( "," part )
//! part      = uuid *( ":" ( tag | interval ) )        a tag holds for the intervals after it
//! interval  = number [ "-" number ]                   reversed ends are an empty interval
//! ```
//!
//! White space may stand anywhere between the pieces (servers break lines after each comma), hex
//! digits and tags may be of either case. `Display` is canonical: lower case, sorted, no blanks.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{Interval, Intervals, MAX_INTERVALS, MAX_TEXT_BYTES, ParseError, number};

/// Largest transaction number (MySQL: `GNO_END - 1`, that is 2^63 - 2).
const MAX_NUMBER: u64 = i64::MAX as u64 - 1;

/// Longest tag, in characters.
const MAX_TAG: usize = 32;

/// The identity of the server that a transaction began on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

/// Where the usual form has its hyphens.
fn is_hyphen(at: usize) -> bool {
    matches!(at, 8 | 13 | 18 | 23)
}

impl FromStr for Uuid {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bytes = text.as_bytes();
        let hyphens = match bytes.len() {
            32 => false,
            36 => true,
            _ => return Err(ParseError::Uuid),
        };
        let mut digits = [0u8; 32];
        let mut slots = digits.iter_mut();
        for (at, byte) in bytes.iter().enumerate() {
            if hyphens && is_hyphen(at) {
                if *byte != b'-' {
                    return Err(ParseError::Uuid);
                }
                continue;
            }
            let digit = (*byte as char).to_digit(16).ok_or(ParseError::Uuid)?;
            *slots.next().ok_or(ParseError::Uuid)? = digit as u8;
        }
        let mut uuid = [0u8; 16];
        for (byte, pair) in uuid.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().fold(0, |byte, digit| byte << 4 | digit);
        }
        Ok(Self(uuid))
    }
}

/// As its text: sixteen numbers say nothing in a log.
impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // At once: every read that waits for a replica writes one.
        let mut text = [b'-'; 36];
        let mut digits = text.iter_mut().enumerate().filter(|(at, _)| !is_hyphen(*at));
        for half in self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
            if let Some((_, digit)) = digits.next() {
                *digit = if half < 10 { b'0' + half } else { b'a' + (half - 10) };
            }
        }
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// The optional middle part of a GTID, in lower case; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Box<str>);

impl Tag {
    /// The tag's text, empty for none.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let starts = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
        let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let good = text.len() <= MAX_TAG
            && text.as_bytes().first().is_some_and(starts)
            && text.bytes().all(goes_on);
        good.then(|| Self(text.to_ascii_lowercase().into())).ok_or(ParseError::Tag)
    }
}

/// Where transaction numbers are counted: a server, and a tag on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// The server's `server_uuid`.
    pub uuid: Uuid,
    /// The tag, empty for none.
    pub tag: Tag,
}

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gtid {
    /// Where it was counted.
    pub source: Source,
    /// Its number there, from 1.
    pub number: u64,
}

impl FromStr for Gtid {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let set: GtidSet = text.parse()?;
        let mut sources = set.sources.into_iter();
        match (sources.next(), sources.next()) {
            (Some((source, numbers)), None) if numbers.count() == 1 => {
                let number = numbers.iter().next().map(|part| part.start);
                Ok(Self { source, number: number.ok_or(ParseError::NotOne)? })
            }
            _ => Err(ParseError::NotOne),
        }
    }
}

impl fmt::Display for Gtid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.source.uuid)?;
        if !self.source.tag.0.is_empty() {
            write!(f, "{}:", self.source.tag.0)?;
        }
        write!(f, "{}", self.number)
    }
}

/// A set of transactions, such as `gtid_executed`. Invariant: no source has an empty entry.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct GtidSet {
    sources: BTreeMap<Source, Intervals>,
}

impl GtidSet {
    /// Whether it holds no transaction.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// How many transactions it holds.
    pub fn count(&self) -> u64 {
        self.sources.values().map(Intervals::count).fold(0, u64::saturating_add)
    }

    /// Sources with their numbers, in canonical order.
    pub fn iter(&self) -> impl Iterator<Item = (&Source, &Intervals)> {
        self.sources.iter()
    }

    /// Whether it holds `gtid`.
    pub fn contains(&self, gtid: &Gtid) -> bool {
        self.sources.get(&gtid.source).is_some_and(|own| own.contains(gtid.number))
    }

    /// Whether it holds every transaction of `other`.
    pub fn contains_all(&self, other: &Self) -> bool {
        other.sources.iter().all(|(source, numbers)| {
            self.sources.get(source).is_some_and(|own| own.contains_all(numbers))
        })
    }

    /// Adds one transaction.
    pub fn insert(&mut self, gtid: Gtid) {
        self.insert_interval(gtid.source, Interval { start: gtid.number, end: gtid.number });
    }

    /// Adds every transaction of an interval.
    pub fn insert_interval(&mut self, source: Source, part: Interval) {
        self.sources.entry(source).or_default().insert(part);
    }

    /// Adds every transaction of `other`.
    pub fn union(&mut self, other: &Self) {
        for (source, numbers) in &other.sources {
            match self.sources.get_mut(source) {
                Some(own) => own.union(numbers),
                None => {
                    self.sources.insert(source.clone(), numbers.clone());
                }
            }
        }
    }

    /// Puts the numbers of each source of `other` in the place of its own.
    pub fn replace(&mut self, other: &Self) {
        for (source, numbers) in &other.sources {
            match self.sources.get_mut(source) {
                Some(own) => own.clone_from(numbers),
                None => {
                    self.sources.insert(source.clone(), numbers.clone());
                }
            }
        }
    }

    /// Adds every transaction of `other`, and those that its sources counted since the last one here.
    pub fn reach(&mut self, other: &Self) {
        for (source, numbers) in &other.sources {
            let own = self.sources.entry(source.clone()).or_default();
            let last = own.iter().last().map(|part| part.end);
            for part in numbers.iter() {
                let start = last.map_or(part.start, |last| part.start.min(last.saturating_add(1)));
                own.insert(Interval { start, end: part.end });
            }
        }
    }

    /// Removes every transaction of `other`.
    pub fn subtract(&mut self, other: &Self) {
        for (source, numbers) in &other.sources {
            if let Some(own) = self.sources.get_mut(source) {
                own.subtract(numbers);
            }
        }
        self.sources.retain(|_, numbers| !numbers.is_empty());
    }

    /// Parses one comma-separated part into the set; `budget` intervals may still come.
    fn parse_part(&mut self, part: &str, budget: &mut usize) -> Result<(), ParseError> {
        let mut pieces = part.split(':').map(str::trim);
        let uuid = pieces.next().unwrap_or_default().parse()?;
        let mut source = Source { uuid, tag: Tag::default() };
        let mut found = false;
        for piece in pieces {
            found = true;
            if !piece.starts_with(|first: char| first.is_ascii_digit()) {
                source.tag = piece.parse()?;
                continue;
            }
            *budget = budget.checked_sub(1).ok_or(ParseError::TooLarge)?;
            if let Some(interval) = parse_interval(piece)? {
                self.insert_interval(source.clone(), interval);
            }
        }
        if found { Ok(()) } else { Err(ParseError::Number) }
    }
}

/// `7` or `1-5`; nothing where the ends are reversed, as MySQL reads it.
fn parse_interval(text: &str) -> Result<Option<Interval>, ParseError> {
    let (start, end) = match text.split_once('-') {
        Some((start, end)) => (number(start)?, number(end)?),
        None => {
            let only: u64 = number(text)?;
            (only, only)
        }
    };
    if start == 0 || start > MAX_NUMBER || end > MAX_NUMBER {
        return Err(ParseError::Number);
    }
    Ok(Interval::new(start, end))
}

impl FromStr for GtidSet {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(ParseError::TooLarge);
        }
        let mut set = Self::default();
        let mut budget = MAX_INTERVALS;
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            set.parse_part(part, &mut budget)?;
        }
        Ok(set)
    }
}

impl fmt::Debug for GtidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GtidSet({self})")
    }
}

impl fmt::Display for GtidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last: Option<Uuid> = None;
        for (source, numbers) in &self.sources {
            if last != Some(source.uuid) {
                f.write_str(if last.is_some() { "," } else { "" })?;
                write!(f, "{}", source.uuid)?;
            }
            if !source.tag.0.is_empty() {
                write!(f, ":{}", source.tag.0)?;
            }
            write!(f, "{numbers}")?;
            last = Some(source.uuid);
        }
        Ok(())
    }
}

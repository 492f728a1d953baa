//! Global transaction identifiers and sets of them, for MySQL and MariaDB.
//!
//! The two servers name transactions differently, and the proxy needs one question answered for
//! both: *has this server applied everything that the session wrote?*
//!
//! ```text
//! MySQL     3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7      a set: per source, intervals of numbers
//! MariaDB   0-1-42,7-3-9                                     a position: per domain, the last number
//! ```
//!
//! [`GtidSet`] and [`MariaDbPosition`] are values with their algebra; [`Position`] is either of
//! them, and [`Position::covers`] is the question. All text comes from servers, so parsing is
//! bounded and never panics.
//!
//! Sources: MySQL manual "GTID Format and Storage", MariaDB knowledge base "Global Transaction ID".

mod encoded;
mod intervals;
mod mariadb;
mod mysql;
#[cfg(test)]
mod tests;

use std::fmt;

pub use encoded::DecodeError;
pub use intervals::{Interval, Intervals};
pub use mariadb::{MariaDbGtid, MariaDbPosition};
pub use mysql::{Gtid, GtidSet, Source, Tag, Uuid};

/// Longest GTID text that is parsed, in bytes. A server that has lived through thousands of
/// failovers reports some hundred kilobytes; more is refused rather than stored.
pub const MAX_TEXT_BYTES: usize = 4 << 20;

/// Most intervals (MySQL) or domains (MariaDB) that one text may hold.
pub const MAX_INTERVALS: usize = 1 << 17;

/// Why a text is not a GTID, a set or a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Longer than [`MAX_TEXT_BYTES`] or more parts than [`MAX_INTERVALS`].
    #[error("GTID text is too large")]
    TooLarge,
    /// Not 32 hexadecimal digits, with or without the usual four hyphens.
    #[error("GTID text has a malformed UUID")]
    Uuid,
    /// A tag is a letter or underscore, then up to 31 letters, digits or underscores.
    #[error("GTID text has a malformed tag")]
    Tag,
    /// A transaction number is between 1 and 2^63 - 2, a MariaDB part fits its integer.
    #[error("GTID text has a malformed number")]
    Number,
    /// One GTID was expected and the text holds none or several.
    #[error("GTID text does not hold exactly one GTID")]
    NotOne,
}

/// What a server has applied, or what a session has written, in the server's own notation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// A MySQL set (also the bundled server's).
    MySql(GtidSet),
    /// A MariaDB position.
    MariaDb(MariaDbPosition),
}

impl Position {
    /// Parses text of either notation; a colon tells them apart. Empty text is the empty MySQL
    /// set, which any position covers.
    ///
    /// This also reads a single GTID as it arrives in session tracking: MySQL's `uuid:7`
    /// (`session_track_gtids=OWN_GTID`), MariaDB's `0-1-42` (`last_gtid`).
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.contains(':') || text.trim().is_empty() {
            text.parse().map(Self::MySql)
        } else {
            text.parse().map(Self::MariaDb)
        }
    }

    /// Whether everything in `other` is also in `self`. The empty position is covered by every
    /// one; otherwise positions of different notations never cover each other.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::MySql(own), Self::MySql(other)) => own.contains_all(other),
            (Self::MariaDb(own), Self::MariaDb(other)) => own.covers(other),
            (_, other) => other.is_empty(),
        }
    }

    /// Adds everything in `other`. A position of the other notation replaces this one: the
    /// session has moved to a cluster of another kind, and what it wrote before cannot be asked for.
    pub fn add(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::MySql(own), Self::MySql(other)) => own.union(other),
            (Self::MariaDb(own), Self::MariaDb(other)) => own.union(other),
            (own, other) => *own = other.clone(),
        }
    }

    /// Takes over `other`, which is behind all of this position in the log: of a source in both, its numbers
    /// stand for the earlier ones. So a session's position does not grow with its writes.
    pub fn succeed(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::MySql(own), Self::MySql(other)) => own.replace(other),
            (own, other) => own.add(other),
        }
    }

    /// Adds what a server has that has applied `other`, and applies in the order of the log: also what its
    /// sources counted in between.
    pub fn reach(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::MySql(own), Self::MySql(other)) => own.reach(other),
            (own, other) => own.add(other),
        }
    }

    /// What `other` lacks of this position. All of it, where the notations differ.
    pub fn without(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        match (&mut rest, other) {
            (Self::MySql(own), Self::MySql(other)) => own.subtract(other),
            (Self::MariaDb(own), Self::MariaDb(other)) => own.subtract(other),
            _ => {}
        }
        rest
    }

    /// How many intervals, or domains, its text lists.
    pub fn parts(&self) -> usize {
        match self {
            Self::MySql(set) => set.iter().map(|(_, numbers)| numbers.len()).sum(),
            Self::MariaDb(position) => position.iter().count(),
        }
    }

    /// Whether it holds no transaction at all.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::MySql(set) => set.is_empty(),
            Self::MariaDb(position) => position.is_empty(),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MySql(set) => set.fmt(f),
            Self::MariaDb(position) => position.fmt(f),
        }
    }
}

/// Parses a decimal number that may have white space around it.
fn number<T: std::str::FromStr>(text: &str) -> Result<T, ParseError> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ParseError::Number);
    }
    text.parse().map_err(|_| ParseError::Number)
}

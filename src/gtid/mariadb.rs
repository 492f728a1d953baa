//! MariaDB's GTIDs: `domain-server-sequence`, and positions made of them.
//!
//! Within one domain transactions are ordered by their sequence number, so that the last one names
//! all before it: a position needs one GTID per domain, and *covers* is a comparison of numbers.
//! (With `gtid_strict_mode=OFF` an operator can break that order by writing on a replica; then no
//! position on any side means what it says, MariaDB's own replication included.)

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{MAX_INTERVALS, MAX_TEXT_BYTES, ParseError, number};

/// One transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MariaDbGtid {
    /// The replication domain (`gtid_domain_id`): an independent stream.
    pub domain: u32,
    /// The `server_id` that it began on.
    pub server: u32,
    /// Its number in the domain.
    pub sequence: u64,
}

impl FromStr for MariaDbGtid {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut parts = text.trim().split('-');
        let mut next = || parts.next().ok_or(ParseError::Number);
        let (domain, server, sequence) = (next()?, next()?, next()?);
        match parts.next() {
            Some(_) => Err(ParseError::Number),
            None => Ok(Self {
                domain: number(domain)?,
                server: number(server)?,
                sequence: number(sequence)?,
            }),
        }
    }
}

impl fmt::Display for MariaDbGtid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.domain, self.server, self.sequence)
    }
}

/// The last transaction of each domain, such as `gtid_current_pos`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MariaDbPosition {
    domains: BTreeMap<u32, MariaDbGtid>,
}

impl MariaDbPosition {
    /// Whether it names no transaction.
    pub fn is_empty(&self) -> bool {
        self.domains.is_empty()
    }

    /// The last transaction of each domain, by domain.
    pub fn iter(&self) -> impl Iterator<Item = &MariaDbGtid> {
        self.domains.values()
    }

    /// Whether `gtid` is at or before this position.
    pub fn contains(&self, gtid: &MariaDbGtid) -> bool {
        self.domains.get(&gtid.domain).is_some_and(|own| own.sequence >= gtid.sequence)
    }

    /// Whether every transaction that `other` names is at or before this position.
    pub fn covers(&self, other: &Self) -> bool {
        other.domains.values().all(|gtid| self.contains(gtid))
    }

    /// Moves forward to `gtid`; stays where it is when that is behind.
    pub fn insert(&mut self, gtid: MariaDbGtid) {
        let own = self.domains.entry(gtid.domain).or_insert(gtid);
        if own.sequence < gtid.sequence {
            *own = gtid;
        }
    }

    /// Moves forward to `other` in every domain.
    pub fn union(&mut self, other: &Self) {
        other.domains.values().for_each(|gtid| self.insert(*gtid));
    }

    /// Forgets the domains in which `other` is as far as this position or further: what is left
    /// is what `other` still lacks.
    pub fn subtract(&mut self, other: &Self) {
        self.domains.retain(|_, gtid| !other.contains(gtid));
    }
}

impl FromStr for MariaDbPosition {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(ParseError::TooLarge);
        }
        let mut position = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            position.insert(part.parse()?);
            if position.domains.len() > MAX_INTERVALS {
                return Err(ParseError::TooLarge);
            }
        }
        Ok(position)
    }
}

impl fmt::Debug for MariaDbPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MariaDbPosition({self})")
    }
}

impl fmt::Display for MariaDbPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, gtid) in self.domains.values().enumerate() {
            f.write_str(if at > 0 { "," } else { "" })?;
            gtid.fmt(f)?;
        }
        Ok(())
    }
}

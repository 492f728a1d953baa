//! Where a source's log goes on: file and offset, and for MariaDB the last GTID of each domain.
//!
//! ```text
//! text   EPOCH OFFSET GTIDS FILE        as it is kept with each transaction; `-` for no GTIDs
//! ```
//!
//! The epoch is made up when an administrator sets a position: what was kept before that no longer counts.

use std::cmp::Ordering;

use crate::gtid::{MariaDbGtid, MariaDbPosition};

/// A place between two transactions of the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourcePosition {
    /// The file; empty: the first that the source has.
    pub file: String,
    /// Bytes from the file's beginning, modulo 2^32.
    pub offset: u64,
    /// MariaDB's GTIDs.
    pub gtids: MariaDbPosition,
}

impl SourcePosition {
    /// Its text, as kept with data.
    pub fn to_text(&self, epoch: &str) -> String {
        let gtids = match self.gtids.is_empty() {
            true => "-".to_owned(),
            false => self.gtids.to_string(),
        };
        format!("{epoch} {} {gtids} {}", self.offset, self.file)
    }

    /// The position in a text, if it is of this epoch.
    pub fn of_text(text: &str, epoch: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ' ');
        let mut next = || parts.next();
        if next()? != epoch {
            return None;
        }
        let (offset, gtids, file) = (next()?.parse().ok()?, next()?, next()?);
        let gtids = if gtids == "-" { Default::default() } else { gtids.parse().ok()? };
        Some(Self { file: file.to_owned(), offset, gtids })
    }

    /// Moves on to the end of a transaction.
    pub fn pass(&mut self, file: &str, offset: u64, gtid: Option<MariaDbGtid>) {
        if self.file != file {
            file.clone_into(&mut self.file);
        }
        self.offset = offset;
        gtid.into_iter().for_each(|gtid| self.gtids.insert(gtid));
    }

    /// Whether a transaction that ends there is at or before this position: by its GTID if there is one and
    /// GTIDs are what counts, otherwise by file and offset.
    pub fn covers(&self, end: &Self, gtid: Option<&MariaDbGtid>, by_gtid: bool) -> bool {
        match gtid {
            Some(gtid) if by_gtid => self.gtids.contains(gtid),
            _ => self.compare_place(end) != Ordering::Less,
        }
    }

    /// Which of two is further in the log. Files are numbered, and grow a digit at the end of their numbers.
    fn compare_place(&self, other: &Self) -> Ordering {
        let place = |position: &Self| (position.file.len(), position.file.clone(), position.offset);
        place(self).cmp(&place(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(file: &str, offset: u64) -> SourcePosition {
        SourcePosition { file: file.into(), offset, gtids: MariaDbPosition::default() }
    }

    #[test]
    fn texts_come_back_and_belong_to_their_epoch() {
        let mut position = at("log.000007", 4711);
        position.gtids = "0-1-5,3-2-9".parse().unwrap();
        let text = position.to_text("e1");
        assert_eq!(text, "e1 4711 0-1-5,3-2-9 log.000007");
        assert_eq!(SourcePosition::of_text(&text, "e1"), Some(position));
        assert_eq!(SourcePosition::of_text(&text, "e2"), None);
        assert_eq!(SourcePosition::of_text("e1 4", "e1"), None);
        let plain = at("", 4);
        assert_eq!(SourcePosition::of_text(&plain.to_text("e"), "e"), Some(plain));
    }

    #[test]
    fn what_is_covered() {
        let here = at("log.999999", 100);
        assert!(here.covers(&at("log.999999", 100), None, false));
        assert!(!here.covers(&at("log.999999", 101), None, false));
        assert!(!here.covers(&at("log.1000000", 4), None, false));
        let gtid = "0-1-5".parse().unwrap();
        assert!(!here.covers(&at("log.000001", 4), Some(&gtid), true));
        assert!(here.covers(&at("log.000001", 4), Some(&gtid), false));
    }
}

//! A set as bytes: in the log's PREVIOUS_GTIDS event, and where a replica says what it has.
//!
//! ```text
//! count:8, then for each source: uuid:16 [tag] count:8 (first:8 end:8)*      end is one past the last
//! ```
//!
//! A set with tags (MySQL 8.3) is marked by 1 in the first and the last byte of the count.

use super::{GtidSet, Interval, MAX_INTERVALS, Source, Tag, Uuid};

/// Why bytes are not a set; the text says what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(pub &'static str);

impl GtidSet {
    /// Appends the set as MySQL encodes it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let sources = self.iter().count() as u64;
        let tagged = self.iter().any(|(source, _)| !source.tag.as_str().is_empty());
        put(out, if tagged { 1 << 56 | sources << 8 | 1 } else { sources });
        for (source, numbers) in self.iter() {
            out.extend_from_slice(&source.uuid.0);
            if tagged {
                let tag = source.tag.as_str();
                // a variable-length number of the serialization library; a tag has at most 32 bytes
                out.push((tag.len() as u8) << 1);
                out.extend_from_slice(tag.as_bytes());
            }
            put(out, numbers.len() as u64);
            for part in numbers.iter() {
                put(out, part.start);
                put(out, part.end.saturating_add(1));
            }
        }
    }

    /// Reads what [`GtidSet::encode`] writes; nothing may follow.
    ///
    /// # Errors
    /// The bytes end early or late, or hold what no server counts.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut from = Bytes(bytes);
        let header = from.u64()?;
        let tagged = header >> 56 != 0;
        let sources = if tagged { header >> 8 & 0xffff_ffff_ffff } else { header };
        let (mut set, mut budget) = (Self::default(), MAX_INTERVALS);
        for _ in 0..sources {
            let uuid = Uuid(from.array()?);
            let tag = if tagged { from.tag()? } else { Tag::default() };
            let source = Source { uuid, tag };
            for _ in 0..from.u64()? {
                budget = budget
                    .checked_sub(1)
                    .ok_or(DecodeError("a set of GTIDs has too many intervals"))?;
                set.insert_interval(source.clone(), from.interval()?);
            }
        }
        if !from.0.is_empty() {
            return Err(DecodeError("a set of GTIDs is longer than it says"));
        }
        Ok(set)
    }
}

fn put(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// What is left to be read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, rest) =
            self.0.split_first_chunk().ok_or(DecodeError("a set of GTIDs ends too early"))?;
        self.0 = rest;
        Ok(*head)
    }

    fn u64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_le_bytes)
    }

    fn tag(&mut self) -> Result<Tag, DecodeError> {
        const BAD: DecodeError = DecodeError("a GTID has a malformed tag");
        let [len] = self.array()?;
        let (tag, rest) = self.0.split_at_checked(usize::from(len >> 1)).ok_or(BAD)?;
        self.0 = rest;
        match (len & 1, tag) {
            (1, _) => Err(BAD),
            (_, []) => Ok(Tag::default()),
            _ => std::str::from_utf8(tag).map_err(|_| BAD)?.parse().map_err(|_| BAD),
        }
    }

    fn interval(&mut self) -> Result<Interval, DecodeError> {
        let (start, end) = (self.u64()?, self.u64()?);
        Interval::new(start, end.saturating_sub(1))
            .filter(|part| part.start > 0 && part.end < i64::MAX as u64)
            .ok_or(DecodeError("a set of GTIDs has an impossible interval"))
    }
}

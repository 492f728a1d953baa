//! Collations: how text is compared, sorted and matched.
//!
//! Every collation turns text into a run of weights; text is compared weight by weight. PAD SPACE
//! collations (all but the 0900 ones and `binary`) take the shorter text to go on in spaces for ever, so
//! `'a' = 'a  '` and `'a\t' < 'a'`.
//!
//! Three families: bytes (`_bin`), one weight a character (`general_ci`, latin1, ascii), and the Unicode
//! Collation Algorithm ([`uca`]) on the tables of Unicode 9.0 (0900) and 5.2 (unicode_520_ci, and
//! unicode_ci, whose own table is that of Unicode 4.0).

mod case;
mod general;
mod latin1;
pub mod like;
mod list;
mod sort_key;
#[cfg(test)]
mod tests;
mod uca;
mod weights;

use std::cmp::Ordering;
use std::hash::Hasher;

pub use super::types::CollationId;

/// The weight of a character in `utf8mb4_general_ci` and `utf8mb3_general_ci`.
pub fn general_weight(character: char) -> u16 {
    general::weight(character)
}

use super::charset::Charset;
pub(in crate::value) use sort_key::push_escaped;
use weights::{Kind, Weights};

impl CollationId {
    /// `latin1_swedish_ci`.
    pub const LATIN1_SWEDISH_CI: Self = Self(8);
    /// `ascii_general_ci`.
    pub const ASCII_GENERAL_CI: Self = Self(11);
    /// `utf8mb3_general_ci`.
    pub const UTF8MB3_GENERAL_CI: Self = Self(33);
    /// `utf8mb4_general_ci`.
    pub const UTF8MB4_GENERAL_CI: Self = Self(45);
    /// `utf8mb4_bin`.
    pub const UTF8MB4_BIN: Self = Self(46);
    /// `latin1_bin`.
    pub const LATIN1_BIN: Self = Self(47);
    /// `binary`.
    pub const BINARY: Self = Self(63);
    /// `ascii_bin`.
    pub const ASCII_BIN: Self = Self(65);
    /// `utf8mb3_bin`.
    pub const UTF8MB3_BIN: Self = Self(83);
    /// `utf8mb3_unicode_ci`.
    pub const UTF8MB3_UNICODE_CI: Self = Self(192);
    /// `utf8mb4_unicode_ci`.
    pub const UTF8MB4_UNICODE_CI: Self = Self(224);
    /// `utf8mb4_unicode_520_ci`.
    pub const UTF8MB4_UNICODE_520_CI: Self = Self(246);
    /// `utf8mb4_0900_ai_ci`.
    pub const UTF8MB4_0900_AI_CI: Self = Self(255);
    /// `utf8mb4_0900_as_cs`.
    pub const UTF8MB4_0900_AS_CS: Self = Self(278);
    /// `utf8mb4_0900_as_ci`.
    pub const UTF8MB4_0900_AS_CI: Self = Self(305);
    /// `utf8mb4_0900_bin`.
    pub const UTF8MB4_0900_BIN: Self = Self(309);

    /// The collation of this number. A number that no collation has, which only a damaged file can
    /// bring, is taken for `binary`.
    pub fn collation(self) -> &'static Collation {
        Collation::by_id(self).unwrap_or(&list::BINARY)
    }
}

/// A collation.
#[derive(Debug, PartialEq, Eq)]
pub struct Collation {
    /// MySQL's number.
    pub id: CollationId,
    /// MySQL's name.
    pub name: &'static str,
    /// Whose text it orders.
    pub charset: &'static Charset,
    /// Trailing spaces do not count.
    pub pad_space: bool,
    /// The default of its character set.
    pub is_default: bool,
    /// `information_schema.COLLATIONS.SORTLEN`.
    pub sort_length: u8,
    kind: Kind,
}

impl Collation {
    /// The collation of this number.
    pub fn by_id(id: CollationId) -> Option<&'static Self> {
        let at = list::ALL.binary_search_by_key(&id.0, |collation| collation.id.0).ok()?;
        list::ALL.get(at).copied()
    }

    /// The collation of this name, in any case; `utf8_…` is `utf8mb3_…`.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        let find = |name: &str| {
            list::ALL.iter().copied().find(|collation| collation.name.eq_ignore_ascii_case(name))
        };
        let rest = name.get(..5).filter(|start| start.eq_ignore_ascii_case("utf8_"));
        match rest {
            Some(_) => find(&format!("utf8mb3_{}", name.get(5..).unwrap_or_default())),
            None => find(name),
        }
    }

    /// The default collation of a character set.
    pub fn default_of(charset: &Charset) -> Option<&'static Self> {
        Self::by_id(charset.default_collation)
    }

    /// All collations, by number.
    pub fn all() -> &'static [&'static Self] {
        list::ALL
    }

    /// Whether it compares bytes: `_bin` and `binary`.
    pub fn is_binary(&self) -> bool {
        matches!(self.kind, Kind::Bytes)
    }

    /// Whether letters are compared without regard to case.
    pub fn ignores_case(&self) -> bool {
        !self.is_binary() && self.id != CollationId::UTF8MB4_0900_AS_CS
    }

    /// Which of two texts comes first.
    pub fn compare(&self, a: &str, b: &str) -> Ordering {
        if matches!(self.kind, Kind::Bytes) {
            return self.compare_bytes(a.as_bytes(), b.as_bytes());
        }
        if a == b {
            return Ordering::Equal;
        }
        (0..self.kind.levels())
            .map(|level| self.compare_level(a, b, level))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// A number for a text's beginning, in the order of the texts as far as it goes. `None` where the beginning is
    /// not of ASCII characters with one weight each, or the collation has no table of them.
    pub fn prefix(&self, text: &str) -> Option<u64> {
        /// As many weights as fit.
        const WEIGHTS: usize = 4;
        let table = self.kind.ascii()?;
        let end = if self.pad_space { self.kind.space() } else { 0 };
        let mut prefix = 0;
        let mut bytes = text.bytes();
        for _ in 0..WEIGHTS {
            let weight = match bytes.next() {
                None => end,
                Some(byte) => match table.get(usize::from(byte)).copied().unwrap_or(0) {
                    0 => return None,
                    weight => weight,
                },
            };
            prefix = prefix << 16 | u64::from(weight);
        }
        Some(prefix)
    }

    /// Whether two texts are the same.
    pub fn equal(&self, a: &str, b: &str) -> bool {
        self.compare(a, b).is_eq()
    }

    fn compare_bytes(&self, a: &[u8], b: &[u8]) -> Ordering {
        if !self.pad_space {
            return a.cmp(b);
        }
        let shared = a.len().min(b.len());
        let (a, rest_a) = a.split_at(shared);
        let (b, rest_b) = b.split_at(shared);
        let against_space =
            |rest: &[u8]| rest.iter().find(|byte| **byte != b' ').map(|byte| byte.cmp(&b' '));
        a.cmp(b).then_with(|| {
            let rest = against_space(rest_a).or(against_space(rest_b).map(Ordering::reverse));
            rest.unwrap_or(Ordering::Equal)
        })
    }

    fn compare_level(&self, a: &str, b: &str, level: u8) -> Ordering {
        let (a, b) = match (level, self.kind.ascii()) {
            (0, Some(ascii)) => match weights::compare_ascii(ascii, a, b) {
                Ok(order) => return order,
                Err(rests) => rests,
            },
            _ => (a, b),
        };
        let mut a = Weights::new(self.kind, a, level);
        let mut b = Weights::new(self.kind, b, level);
        loop {
            match (a.next(), b.next()) {
                (Some(x), Some(y)) if x == y => {}
                (Some(x), Some(y)) => return x.cmp(&y),
                (None, None) => return Ordering::Equal,
                (Some(x), None) => return self.against_end(x, a),
                (None, Some(y)) => return self.against_end(y, b).reverse(),
            }
        }
    }

    /// How text that goes on with these weights compares with text that has ended.
    fn against_end(&self, first: u16, rest: Weights<'_>) -> Ordering {
        if !self.pad_space {
            return Ordering::Greater;
        }
        let space = self.kind.space();
        let other = std::iter::once(first).chain(rest).find(|weight| *weight != space);
        other.map_or(Ordering::Equal, |weight| weight.cmp(&space))
    }

    /// Adds what is equal for equal texts to a hash.
    pub fn hash<H: Hasher>(&self, text: &str, state: &mut H) {
        let text = if self.pad_space { text.trim_end_matches(' ') } else { text };
        if matches!(self.kind, Kind::Bytes) {
            state.write(text.as_bytes());
            return state.write_u8(0xFF);
        }
        let space = self.kind.space();
        let mut spaces = 0u32;
        for weight in Weights::new(self.kind, text, 0) {
            // Spaces count only when something follows them.
            if self.pad_space && weight == space {
                spaces += 1;
                continue;
            }
            for _ in 0..std::mem::take(&mut spaces) {
                state.write_u16(space);
            }
            state.write_u16(weight);
        }
        state.write_u16(0);
    }

    /// Whether two characters are the same.
    fn same_character(&self, a: char, b: char) -> bool {
        if a == b {
            return true;
        }
        let (mut x, mut y) = ([0; 4], [0; 4]);
        let (x, y) = (a.encode_utf8(&mut x), b.encode_utf8(&mut y));
        let same = |level| Weights::new(self.kind, x, level).eq(Weights::new(self.kind, y, level));
        !matches!(self.kind, Kind::Bytes) && (0..self.kind.levels()).all(same)
    }
}

//! Keys as bytes: their order is the order of the rows.
//!
//! A key is compared some twenty times on the way to its row, so short ones (a BIGINT with its NULL marker
//! and a row key behind it) lie in place, padded with zero bytes: two of those compare word by word,
//! without a pointer to follow. Longer ones are shared.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// How many bytes lie in place: what makes a key three words.
const INLINE: usize = 22;

/// A memcomparable key. Cloning is cheap.
#[derive(Clone)]
pub struct Key(Repr);

#[derive(Clone)]
enum Repr {
    Short { length: u8, bytes: [u8; INLINE] },
    Long(Arc<[u8]>),
}

impl Key {
    /// A key of these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        let mut short = [0; INLINE];
        match short.get_mut(..bytes.len()) {
            Some(start) => {
                start.copy_from_slice(bytes);
                Self(Repr::Short { length: bytes.len() as u8, bytes: short })
            }
            None => Self(Repr::Long(bytes.into())),
        }
    }

    /// A key that is a number: that of a row in a table without a primary key.
    pub fn from_number(number: u64) -> Self {
        Self::new(&number.to_be_bytes())
    }

    /// Its bytes.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Short { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or(bytes),
            Repr::Long(bytes) => bytes,
        }
    }

    /// Bytes that it takes besides its own 24.
    pub fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Short { .. } => 0,
            Repr::Long(bytes) => bytes.len() + 24,
        }
    }

    /// The smallest key above all that start with this one; none where that would be past the end.
    pub fn successor(&self) -> Option<Self> {
        let bytes = self.bytes();
        let last = bytes.iter().rposition(|byte| *byte != u8::MAX)?;
        let mut next = bytes.get(..=last)?.to_vec();
        *next.last_mut()? += 1;
        Some(Self::new(&next))
    }
}

/// The bytes as numbers of the same order. The last two overlap.
#[inline]
fn words(bytes: &[u8; INLINE]) -> (u64, u64, u64) {
    let word = |at: usize| {
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[at..at + 8]);
        u64::from_be_bytes(word)
    };
    (word(0), word(8), word(14))
}

impl Ord for Key {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            // Padding is smaller than or equal to any byte, so the lengths decide only between
            // keys of which one is the other with zero bytes behind it.
            (
                Repr::Short { length, bytes },
                Repr::Short { length: other_length, bytes: other_bytes },
            ) => words(bytes).cmp(&words(other_bytes)).then(length.cmp(other_length)),
            _ => self.bytes().cmp(other.bytes()),
        }
    }
}

impl PartialOrd for Key {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes().hash(state);
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl From<&[u8]> for Key {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_three_words() {
        assert_eq!(size_of::<Key>(), 24);
    }

    #[test]
    fn successor_is_above_the_prefix() {
        let successor = |bytes: &[u8]| Key::new(bytes).successor().map(|key| key.bytes().to_vec());
        assert_eq!(successor(&[1, 2]), Some(vec![1, 3]));
        assert_eq!(successor(&[1, 255, 255]), Some(vec![2]));
        assert_eq!(successor(&[255, 255]), None);
        assert_eq!(successor(&[]), None);
    }

    proptest! {
        #[test]
        fn ordered_as_bytes(
            one in prop::collection::vec(0u8..3, 0..30),
            two in prop::collection::vec(0u8..3, 0..30),
        ) {
            let (a, b) = (Key::new(&one), Key::new(&two));
            prop_assert_eq!(a.cmp(&b), one.cmp(&two));
            prop_assert_eq!(a == b, one == two);
            prop_assert_eq!(a.bytes(), &one[..]);
        }
    }
}

//! The bytes of a checkpoint: values, rows, types and definitions.
//!
//! Integers are LEB128 (signed ones zigzag), lengths stand before what they measure, enumerations open
//! with a tag byte. Nothing is self-describing: the checkpoint's format number says which version of these
//! functions wrote it. What is read is checked; damage gives [`Damaged`], never a panic or a huge buffer.

mod catalog;
mod types;
mod value;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes that no writer of this format has written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("damaged at byte {at}: {what}")]
pub struct Damaged {
    /// How many bytes were read before.
    pub at: usize,
    /// What was expected there.
    pub what: &'static str,
}

/// Bytes being read.
#[derive(Debug)]
pub struct Input<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    /// Reads from the start of `all`.
    pub fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.at >= self.all.len()
    }

    /// An error at this place.
    pub fn damaged(&self, what: &'static str) -> Damaged {
        Damaged { at: self.at, what }
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, Damaged> {
        let byte = *self.all.get(self.at).ok_or(Damaged { at: self.at, what: "a byte" })?;
        self.at += 1;
        Ok(byte)
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], Damaged> {
        let end = self.at.checked_add(count).ok_or(self.damaged("a length"))?;
        let bytes = self.all.get(self.at..end).ok_or(self.damaged("more bytes"))?;
        self.at = end;
        Ok(bytes)
    }

    /// An unsigned integer.
    pub fn number(&mut self) -> Result<u64, Damaged> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.damaged("the end of an integer"))
    }

    /// A signed integer.
    pub fn signed(&mut self) -> Result<i64, Damaged> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// Bytes after their length.
    pub fn block(&mut self) -> Result<&'a [u8], Damaged> {
        let length = self.number()?;
        self.bytes(usize::try_from(length).map_err(|_| self.damaged("a length"))?)
    }

    /// Text after its length.
    pub fn text(&mut self) -> Result<&'a str, Damaged> {
        let block = self.block()?;
        std::str::from_utf8(block).map_err(|_| self.damaged("UTF-8"))
    }
}

/// Writes an unsigned integer.
pub fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Writes a signed integer.
pub fn put_signed(number: i64, out: &mut Vec<u8>) {
    put_number((number << 1 ^ number >> 63) as u64, out);
}

/// Writes bytes after their length.
pub fn put_block(block: &[u8], out: &mut Vec<u8>) {
    put_number(block.len() as u64, out);
    out.extend_from_slice(block);
}

/// What a checkpoint holds.
pub trait Stored: Sized {
    /// Appends its bytes.
    fn put(&self, out: &mut Vec<u8>);

    /// Reads it back.
    ///
    /// # Errors
    /// The bytes are not what `put` writes.
    fn take(input: &mut Input<'_>) -> Result<Self, Damaged>;
}

/// Numbers, by way of `u64`.
macro_rules! stored_numbers {
    ($($ty:ty),*) => {$(
        impl Stored for $ty {
            fn put(&self, out: &mut Vec<u8>) {
                put_number(*self as u64, out);
            }

            fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
                <$ty>::try_from(input.number()?).map_err(|_| input.damaged("a smaller number"))
            }
        }
    )*};
}

stored_numbers!(u8, u16, u32, u64, usize);

impl Stored for i64 {
    fn put(&self, out: &mut Vec<u8>) {
        put_signed(*self, out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        input.signed()
    }
}

impl Stored for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        match input.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(input.damaged("a truth value")),
        }
    }
}

/// Texts, by way of `&str`.
macro_rules! stored_texts {
    ($($ty:ty),*) => {$(
        impl Stored for $ty {
            fn put(&self, out: &mut Vec<u8>) {
                put_block(self.as_bytes(), out);
            }

            fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
                Ok(input.text()?.into())
            }
        }
    )*};
}

stored_texts!(String, Arc<str>, Box<str>);

impl<T: Stored> Stored for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        bool::take(input)?.then(|| T::take(input)).transpose()
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.len() as u64, out);
        self.iter().for_each(|value| value.put(out));
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let count = input.number()?;
        (0..count).map(|_| T::take(input)).collect()
    }
}

impl<T: Stored> Stored for Arc<[T]> {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.len() as u64, out);
        self.iter().for_each(|value| value.put(out));
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        Vec::take(input).map(Into::into)
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        Ok((A::take(input)?, B::take(input)?))
    }
}

impl<K: Stored + Ord, V: Stored> Stored for BTreeMap<K, V> {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.len() as u64, out);
        for (key, value) in self {
            key.put(out);
            value.put(out);
        }
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        Vec::<(K, V)>::take(input).map(|pairs| pairs.into_iter().collect())
    }
}

/// A structure: its fields one after the other.
macro_rules! stored_struct {
    ($ty:ident { $($field:ident),* $(,)? }) => {
        impl $crate::engine::codec::Stored for $ty {
            fn put(&self, out: &mut Vec<u8>) {
                $( $crate::engine::codec::Stored::put(&self.$field, out); )*
            }

            fn take(
                input: &mut $crate::engine::codec::Input<'_>,
            ) -> Result<Self, $crate::engine::codec::Damaged> {
                Ok(Self { $( $field: $crate::engine::codec::Stored::take(input)? ),* })
            }
        }
    };
}

/// An enumeration without contents: its tag.
macro_rules! stored_tags {
    ($ty:ident { $($tag:literal = $variant:ident),* $(,)? }) => {
        impl $crate::engine::codec::Stored for $ty {
            fn put(&self, out: &mut Vec<u8>) {
                out.push(match self { $( Self::$variant => $tag ),* });
            }

            fn take(
                input: &mut $crate::engine::codec::Input<'_>,
            ) -> Result<Self, $crate::engine::codec::Damaged> {
                match input.byte()? {
                    $( $tag => Ok(Self::$variant), )*
                    _ => Err(input.damaged(concat!("a tag of ", stringify!($ty)))),
                }
            }
        }
    };
}

pub(crate) use {stored_struct, stored_tags};

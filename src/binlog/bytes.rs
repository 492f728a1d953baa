//! Reading and writing the numbers and strings of the binary log, all little-endian unless said otherwise.

/// Why bytes are not the event or the row that they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// They end before what they announce.
    #[error("{0} is cut short")]
    Short(&'static str),
    /// They hold what cannot be.
    #[error("{0}")]
    Malformed(&'static str),
    /// They, or a value to be written, are of a kind that is not handled.
    #[error("{0} is not supported in the binary log")]
    Unsupported(String),
}

/// Bytes that are read from the front. No read goes past the end.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// What is being read, for errors.
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// A reader of `bytes`, which are `what`.
    pub fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn short(&self) -> EventError {
        EventError::Short(self.what)
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], EventError> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.short())?;
        self.rest = rest;
        Ok(bytes)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], EventError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or_else(|| self.short())?;
        self.rest = rest;
        Ok(*bytes)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, EventError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Two bytes.
    pub fn u16(&mut self) -> Result<u16, EventError> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, EventError> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Result<u64, EventError> {
        self.array().map(u64::from_le_bytes)
    }

    /// `count` bytes, at most eight.
    pub fn uint(&mut self, count: usize) -> Result<u64, EventError> {
        let bytes = self.bytes(count.min(8))?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// `count` bytes, at most eight, the highest first.
    pub fn uint_be(&mut self, count: usize) -> Result<u64, EventError> {
        let bytes = self.bytes(count.min(8))?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A number of one to nine bytes, as the protocol packs them.
    pub fn packed(&mut self) -> Result<u64, EventError> {
        match self.u8()? {
            0xfc => self.uint(2),
            0xfd => self.uint(3),
            0xfe => self.uint(8),
            0xfb | 0xff => Err(EventError::Malformed("a packed number begins with 251 or 255")),
            small => Ok(u64::from(small)),
        }
    }

    /// A packed number that counts things, each at least one byte of what is left or `limit` in all.
    pub fn count(&mut self, limit: usize) -> Result<usize, EventError> {
        let count = usize::try_from(self.packed()?).unwrap_or(usize::MAX);
        if count > limit { Err(EventError::Malformed("a count is too large")) } else { Ok(count) }
    }

    /// A string after its packed length.
    pub fn packed_bytes(&mut self) -> Result<&'a [u8], EventError> {
        let count = usize::try_from(self.packed()?).unwrap_or(usize::MAX);
        self.bytes(count)
    }

    /// A string after its length in one byte.
    pub fn short_bytes(&mut self) -> Result<&'a [u8], EventError> {
        let count = self.u8()?;
        self.bytes(usize::from(count))
    }

    /// Bytes up to a NUL, which is taken too.
    pub fn nul_bytes(&mut self) -> Result<&'a [u8], EventError> {
        let at = memchr::memchr(0, self.rest).ok_or_else(|| self.short())?;
        let bytes = self.bytes(at)?;
        self.bytes(1)?;
        Ok(bytes)
    }
}

/// Writes `number` in as few bytes as the protocol's packing allows.
pub fn put_packed(out: &mut Vec<u8>, number: u64) {
    match number {
        0..=250 => out.push(number as u8),
        251..=0xffff => {
            out.push(0xfc);
            put_uint(out, number, 2);
        }
        0x1_0000..=0xff_ffff => {
            out.push(0xfd);
            put_uint(out, number, 3);
        }
        _ => {
            out.push(0xfe);
            put_uint(out, number, 8);
        }
    }
}

/// How many bytes [`put_packed`] writes.
pub fn packed_len(number: u64) -> usize {
    match number {
        0..=250 => 1,
        251..=0xffff => 3,
        0x1_0000..=0xff_ffff => 4,
        _ => 9,
    }
}

/// Writes a string after its packed length.
pub fn put_packed_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_packed(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Writes the low `count` bytes of `number`, at most eight.
pub fn put_uint(out: &mut Vec<u8>, number: u64, count: usize) {
    out.extend(number.to_le_bytes().into_iter().take(count));
}

/// Writes the low `count` bytes of `number`, at most eight, the highest first.
pub fn put_uint_be(out: &mut Vec<u8>, number: u64, count: usize) {
    out.extend(number.to_be_bytes().into_iter().skip(8usize.saturating_sub(count)));
}

/// Bits in the order of the first byte's lowest first, as in NULL maps and column maps.
pub fn bit(bytes: &[u8], at: usize) -> bool {
    bytes.get(at / 8).is_some_and(|byte| byte & (1 << (at % 8)) != 0)
}

/// Appends bits in the order of [`bit`].
pub fn put_bits(out: &mut Vec<u8>, bits: impl Iterator<Item = bool>) {
    put_bits_with(out, bits, |at| 1 << at);
}

/// Appends bits with the first byte's highest first, as in the optional metadata of a table map.
pub fn put_bits_from_high(out: &mut Vec<u8>, bits: impl Iterator<Item = bool>) {
    put_bits_with(out, bits, |at| 0x80 >> at);
}

fn put_bits_with(out: &mut Vec<u8>, bits: impl Iterator<Item = bool>, mask: fn(usize) -> u8) {
    let mut byte = 0;
    let mut filled = 0;
    for bit in bits {
        byte |= if bit { mask(filled) } else { 0 };
        filled += 1;
        if filled == 8 {
            out.push(byte);
            (byte, filled) = (0, 0);
        }
    }
    if filled > 0 {
        out.push(byte);
    }
}

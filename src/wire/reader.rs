//! A cursor over one payload that cannot run past its end, and the writers that mirror it.
//!
//! The integer and string encodings are those of the manual's pages "Integer types" and "String types":
//! little-endian fixed integers, length-encoded integers (`fb` is NULL and never a length), strings that
//! end with NUL, with the payload, or have their length in front.

use super::Malformed;

/// What is left of a payload.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the payload's first byte.
    pub fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload }
    }

    /// The bytes not yet read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether all was read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) =
            self.rest.split_at_checked(count).ok_or(Malformed("it ends too early"))?;
        self.rest = tail;
        Ok(head)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, tail) =
            self.rest.split_first_chunk::<N>().ok_or(Malformed("it ends too early"))?;
        self.rest = tail;
        Ok(*head)
    }

    /// `int<1>`
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// `int<2>`
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_le_bytes)
    }

    /// `int<4>`
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    /// `int<lenenc>`; the NULL marker `fb` and the error marker `ff` are malformed here.
    pub fn lenenc_int(&mut self) -> Result<u64, Malformed> {
        match self.u8()? {
            byte @ ..=0xfa => Ok(u64::from(byte)),
            0xfc => self.u16().map(u64::from),
            0xfd => self.array().map(|[a, b, c]| u64::from(u32::from_le_bytes([a, b, c, 0]))),
            0xfe => self.array().map(u64::from_le_bytes),
            0xfb | 0xff => Err(Malformed("a length cannot start with fb or ff")),
        }
    }

    /// `string<lenenc>`
    pub fn lenenc_bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let len = self.lenenc_int()?;
        let len = usize::try_from(len).map_err(|_| Malformed("a string is longer than memory"))?;
        self.bytes(len)
    }

    /// `string<NUL>`, without the NUL, which must be there.
    pub fn nul_bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let end = memchr::memchr(0, self.rest).ok_or(Malformed("a string has no closing NUL"))?;
        let text = self.bytes(end)?;
        self.bytes(1)?;
        Ok(text)
    }

    /// `string<NUL>` whose NUL may be missing at the payload's end (old servers forget it).
    pub fn nul_or_rest(&mut self) -> &'a [u8] {
        self.nul_bytes().unwrap_or_else(|_| std::mem::take(&mut self.rest))
    }
}

/// Appends an `int<lenenc>`.
pub fn put_lenenc_int(out: &mut Vec<u8>, value: u64) {
    let bytes = value.to_le_bytes();
    match value {
        0..=0xfa => out.push(bytes[0]),
        0xfb..=0xffff => {
            out.push(0xfc);
            out.extend_from_slice(&bytes[..2]);
        }
        0x1_0000..=0xff_ffff => {
            out.push(0xfd);
            out.extend_from_slice(&bytes[..3]);
        }
        _ => {
            out.push(0xfe);
            out.extend_from_slice(&bytes);
        }
    }
}

/// Appends a `string<lenenc>`.
pub fn put_lenenc_bytes(out: &mut Vec<u8>, text: &[u8]) {
    put_lenenc_int(out, text.len() as u64);
    out.extend_from_slice(text);
}

/// Appends a `string<NUL>`: the text up to its first NUL, then NUL.
pub fn put_nul_bytes(out: &mut Vec<u8>, text: &[u8]) {
    out.extend(text.iter().take_while(|byte| **byte != 0));
    out.push(0);
}

/// Text from a client or server: UTF-8, or else latin1, MySQL's old default, so that no byte is lost.
pub fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_use_the_shortest_form() {
        for (value, bytes) in [
            (0u64, &[0u8][..]),
            (250, &[250]),
            (251, &[0xfc, 251, 0]),
            (0xffff, &[0xfc, 0xff, 0xff]),
            (0x1_0000, &[0xfd, 0, 0, 1]),
            (0x100_0000, &[0xfe, 0, 0, 0, 1, 0, 0, 0, 0]),
        ] {
            let mut out = Vec::new();
            put_lenenc_int(&mut out, value);
            assert_eq!(out, bytes);
            assert_eq!(Reader::new(bytes).lenenc_int(), Ok(value));
        }
    }

    #[test]
    fn null_is_not_a_length() {
        assert!(Reader::new(&[0xfb]).lenenc_int().is_err());
        assert!(Reader::new(&[0xff]).lenenc_int().is_err());
        assert!(
            Reader::new(&[0xfe, 255, 255, 255, 255, 255, 255, 255, 255]).lenenc_bytes().is_err()
        );
    }

    #[test]
    fn text_falls_back_to_latin1() {
        assert_eq!(text("jos\u{e9}".as_bytes()), "jos\u{e9}");
        assert_eq!(text(b"jos\xe9"), "jos\u{e9}");
    }

    proptest! {
        #[test]
        fn strings_survive(value: u64, text in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut out = Vec::new();
            put_lenenc_int(&mut out, value);
            put_lenenc_bytes(&mut out, &text);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.lenenc_int(), Ok(value));
            prop_assert_eq!(reader.lenenc_bytes(), Ok(&text[..]));
            prop_assert!(reader.is_empty());
        }
    }
}

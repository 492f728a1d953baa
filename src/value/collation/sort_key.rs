//! Sort keys: bytes that compare as the text does, and that say themselves where they end, so that a key
//! of several columns is their keys one after the other.
//!
//! NO PAD: the weights, then a zero; a further level likewise. PAD SPACE takes the text to go on in spaces
//! for ever, so whether a space is the last one of all decides: every run of spaces, and the end, is
//! written as the weight of a space and how what follows compares with a space.
//!
//! ```text
//! "ab"      A B ␠=
//! "a b"     A ␠> !1 B ␠=        (!1: how many spaces, inverted: the fewer, the greater)
//! "a\tb"    A \t B ␠=           \t is below a space, so this is below "a"
//! "a \tb"   A ␠< 1 \t B ␠=
//! ```

use super::Collation;
use super::weights::{Kind, Weights};

/// After a run of spaces: something below a space, the end, something above.
const BELOW: u8 = 1;
const END: u8 = 2;
const ABOVE: u8 = 3;

impl Collation {
    /// Adds the sort key of a text.
    pub fn sort_key(&self, text: &str, out: &mut Vec<u8>) {
        match (self.kind, self.pad_space) {
            (Kind::Bytes, false) => push_escaped(text.as_bytes(), out),
            (Kind::Bytes, true) => {
                let bytes = text.bytes().map(u16::from);
                push_padded(bytes, b' '.into(), out, |weight, out| out.push(weight as u8));
            }
            (Kind::Uca { .. }, false) => self.push_levels(text, out),
            (Kind::Uca { .. }, true) => {
                push_padded(Weights::new(self.kind, text, 0), self.kind.space(), out, push_pair);
            }
            _ => push_padded(Weights::new(self.kind, text, 0), b' '.into(), out, push_short),
        }
    }

    fn push_levels(&self, text: &str, out: &mut Vec<u8>) {
        for level in 0..self.kind.levels() {
            if level == 0 && self.push_ascii(text, out) {
                push_pair(0, out);
                continue;
            }
            Weights::new(self.kind, text, level).for_each(|weight| push_pair(weight, out));
            push_pair(0, out);
        }
    }
}

impl Collation {
    /// Adds the primary weights of a text whose every character is in the ASCII table; false, with nothing
    /// added, for any other.
    fn push_ascii(&self, text: &str, out: &mut Vec<u8>) -> bool {
        let Some(table) = self.kind.ascii() else { return false };
        let start = out.len();
        out.resize(start + 2 * text.len(), 0);
        let places = out.get_mut(start..).unwrap_or_default().chunks_exact_mut(2);
        for (place, byte) in places.zip(text.bytes()) {
            let weight = table.get(usize::from(byte)).copied().unwrap_or(0);
            if weight == 0 {
                out.truncate(start);
                return false;
            }
            place.copy_from_slice(&weight.to_be_bytes());
        }
        true
    }
}

/// Bytes of any value, with their end: a zero byte is followed by 0xFF, the end is two zeros.
pub(in crate::value) fn push_escaped(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.push(*byte);
        if *byte == 0 {
            out.push(0xFF);
        }
    }
    out.extend([0, 0]);
}

fn push_pair(weight: u16, out: &mut Vec<u8>) {
    out.extend(weight.to_be_bytes());
}

/// One to three bytes, the smaller weights in fewer: the form of UTF-8, which keeps their order.
fn push_short(weight: u16, out: &mut Vec<u8>) {
    let tail = |shift: u16| 0x80 | (weight >> shift & 0x3F) as u8;
    match weight {
        0..0x80 => out.push(weight as u8),
        0x80..0x800 => out.extend([0xC0 | (weight >> 6) as u8, tail(0)]),
        _ => out.extend([0xE0 | (weight >> 12) as u8, tail(6), tail(0)]),
    }
}

fn push_padded(
    weights: impl Iterator<Item = u16>,
    space: u16,
    out: &mut Vec<u8>,
    push: impl Fn(u16, &mut Vec<u8>),
) {
    let mut spaces = 0u32;
    for weight in weights {
        if weight == space {
            spaces += 1;
            continue;
        }
        if spaces > 0 {
            push(space, out);
            push_run(spaces, weight > space, out);
            spaces = 0;
        }
        push(weight, out);
    }
    push(space, out);
    out.push(END);
}

/// How many spaces, in one byte or five; inverted when more of them make the text smaller.
fn push_run(spaces: u32, above: bool, out: &mut Vec<u8>) {
    let flip = if above { 0xFF } else { 0 };
    out.push(if above { ABOVE } else { BELOW });
    match u8::try_from(spaces) {
        Ok(few) if few < 0xFF => out.push(few ^ flip),
        _ => {
            out.push(0xFF ^ flip);
            out.extend(spaces.to_be_bytes().map(|byte| byte ^ flip));
        }
    }
}

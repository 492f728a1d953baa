//! The Unicode Collation Algorithm as MySQL runs it: a character at a time, without contractions, and no
//! character skipped as "variable".
//!
//! The tables are Unicode's default ones (DUCET), packed by `ducet.py` beside this file, whose head
//! describes the form; the data is © Unicode, Inc., under the Unicode License (unicode.org/license.txt). A character that a table lacks has two elements made from its number.

use std::sync::LazyLock;

/// Which version of Unicode's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// Unicode 9.0, for the 0900 collations.
    Nine,
    /// Unicode 5.2, for unicode_520_ci.
    Five,
    /// Unicode 5.2 for characters to U+FFFF; all others weigh the same.
    FiveBasic,
}

static NINE: LazyLock<Ducet> = LazyLock::new(|| Ducet::read(include_bytes!("ducet-9.0.bin")));
static FIVE: LazyLock<Ducet> = LazyLock::new(|| Ducet::read(include_bytes!("ducet-5.2.bin")));

/// The primary weights of the ASCII characters that have exactly one element; zero for others.
static ASCII_NINE: LazyLock<[u16; 128]> = LazyLock::new(|| NINE.ascii());
static ASCII_FIVE: LazyLock<[u16; 128]> = LazyLock::new(|| FIVE.ascii());

/// The element of a character above U+FFFF in a collation that knows none of them.
const SUPPLEMENTARY: u32 = 0xFFFD << 16;

/// Blocks of 256 characters that the packed form indexes from U+0000, and the single blocks that follow.
const BLOCKS: usize = 0x200;
const FURTHER_BLOCKS: [usize; 5] = [0x2F8, 0x2F9, 0x2FA, 0xE00, 0xE01];
const INDEX: usize = BLOCKS + FURTHER_BLOCKS.len();

/// Unicode's table, unpacked.
struct Ducet {
    /// The page of each block, zero for none.
    index: Vec<u16>,
    /// 256 sequence numbers for each page, zero for a character that is not in the table.
    entries: Vec<u16>,
    /// Where each sequence starts in `elements`; one more for the end.
    starts: Vec<u32>,
    elements: Vec<u32>,
}

impl Ducet {
    fn read(bytes: &[u8]) -> Self {
        let short = |pair: &[u8]| u16::from_le_bytes([byte(pair, 0), byte(pair, 1)]);
        let long = |four: &[u8]| {
            u32::from(short(four)) | u32::from(byte(four, 2)) << 16 | u32::from(byte(four, 3)) << 24
        };
        let (pages, rest) = split(bytes, 2);
        let (index, rest) = split(rest, INDEX * 2);
        let (entries, rest) = split(rest, usize::from(short(pages)) * 512);
        let (count, rest) = split(rest, 2);
        let (starts, elements) = split(rest, usize::from(short(count)) * 4);
        Self {
            index: index.chunks_exact(2).map(short).collect(),
            entries: entries.chunks_exact(2).map(short).collect(),
            starts: starts.chunks_exact(4).map(long).collect(),
            elements: elements.chunks_exact(4).map(long).collect(),
        }
    }

    fn ascii(&self) -> [u16; 128] {
        std::array::from_fn(|code| match self.find(code as u32) {
            Some([element]) => on_level(*element, 0),
            _ => 0,
        })
    }

    /// The elements of a character, if the table has it.
    fn find(&self, code: u32) -> Option<&[u32]> {
        let block = match (code >> 8) as usize {
            block @ 0..BLOCKS => block,
            block => BLOCKS + FURTHER_BLOCKS.iter().position(|further| *further == block)?,
        };
        let page = usize::from(*self.index.get(block)?).checked_sub(1)?;
        let entry = self.entries.get(page << 8 | (code & 0xFF) as usize)?;
        let number = usize::from(*entry).checked_sub(1)?;
        let (start, end) = (*self.starts.get(number)?, *self.starts.get(number + 1)?);
        self.elements.get(start as usize..end as usize)
    }
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

fn split(bytes: &[u8], at: usize) -> (&[u8], &[u8]) {
    bytes.split_at_checked(at).unwrap_or((bytes, &[]))
}

/// The collation elements of one character that are still to come.
pub(super) struct Elements {
    made: [u32; 2],
    next: u8,
    listed: &'static [u32],
    /// The jamo of a Hangul syllable that follow.
    jamo: [u32; 2],
}

impl Elements {
    pub(super) fn none() -> Self {
        Self { made: [0; 2], next: 2, listed: &[], jamo: [0; 2] }
    }

    fn listed(listed: &'static [u32]) -> Self {
        Self { listed, ..Self::none() }
    }

    fn made(made: [u32; 2]) -> Self {
        Self { made, next: 0, ..Self::none() }
    }

    /// The next element.
    pub(super) fn take(&mut self) -> Option<u32> {
        if let Some((first, rest)) = self.listed.split_first() {
            self.listed = rest;
            return Some(*first);
        }
        if let Some(element) = self.made.get(usize::from(self.next)) {
            self.next += 1;
            return Some(*element);
        }
        let jamo = self.jamo.iter_mut().find(|jamo| **jamo != 0).map(std::mem::take)?;
        self.listed = NINE.find(jamo).unwrap_or_default();
        self.take()
    }
}

/// The primary weights of the ASCII characters that have exactly one element; zero for others.
pub(super) fn ascii(table: Table) -> &'static [u16; 128] {
    match table {
        Table::Nine => &ASCII_NINE,
        Table::Five | Table::FiveBasic => &ASCII_FIVE,
    }
}

/// The elements of a character.
pub(super) fn elements(table: Table, character: char) -> Elements {
    let code = u32::from(character);
    let ducet = match table {
        Table::Nine => &*NINE,
        Table::FiveBasic if code > 0xFFFF => return Elements::made([SUPPLEMENTARY, 0]),
        Table::Five | Table::FiveBasic => &*FIVE,
    };
    match ducet.find(code) {
        Some(listed) => Elements::listed(listed),
        None if table == Table::Nine => hangul(code).unwrap_or_else(|| implicit(table, code)),
        None => implicit(table, code),
    }
}

/// The syllables of Hangul are weighed as the letters that they are made of (Unicode, section 3.12).
/// MySQL's range of them runs twelve characters too far, to U+D7AF.
fn hangul(code: u32) -> Option<Elements> {
    const FIRST: u32 = 0xAC00;
    const COUNT: u32 = 11_184;
    let syllable = code.checked_sub(FIRST).filter(|syllable| *syllable < COUNT)?;
    let (lead, vowel, trail) = (syllable / 588, syllable % 588 / 28, syllable % 28);
    let mut elements = Elements::listed(NINE.find(0x1100 + lead)?);
    elements.jamo = [0x1161 + vowel, if trail == 0 { 0 } else { 0x11A7 + trail }];
    Some(elements)
}

/// Characters outside the table: ideographs first, in two groups, then all others.
fn implicit(table: Table, code: u32) -> Elements {
    let (first, second) = match code {
        0x17000..=0x18AFF if table == Table::Nine => (0xFB00, (code - 0x17000) | 0x8000),
        _ => {
            let base = match code {
                0x4E00..=0x9FD5 | 0xFA0E..=0xFA29 if table == Table::Nine => 0xFB40,
                0x4E00..=0x9FA5 => 0xFB40,
                0x3400..=0x4DB5 => 0xFB80,
                0x20000..=0x2A6D6 | 0x2A700..=0x2B734 | 0x2B740..=0x2B81D | 0x2B820..=0x2CEA1
                    if table == Table::Nine =>
                {
                    0xFB80
                }
                _ => 0xFBC0,
            };
            (base + (code >> 15), (code & 0x7FFF) | 0x8000)
        }
    };
    Elements::made([first << 16 | 0x20 << 7 | 2, second << 16])
}

/// An element's weight on a level, from 0; zero where it has none.
pub(super) fn on_level(element: u32, level: u8) -> u16 {
    match level {
        0 => (element >> 16) as u16,
        1 => (element >> 7 & 0x1FF) as u16,
        _ => (element & 0x7F) as u16,
    }
}

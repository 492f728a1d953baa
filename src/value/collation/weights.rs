//! The weights of a text: what collations compare.

use std::cmp::Ordering;
use std::str::Chars;

use super::super::charset::latin1_byte;
use super::uca::{self, Elements, Table};
use super::{general, latin1};

/// How a collation weighs characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each byte of the UTF-8 text is its own weight, so characters go by their number.
    Bytes,
    /// ASCII letters as capitals.
    Ascii,
    /// `latin1_swedish_ci`.
    Swedish,
    /// `general_ci`.
    General,
    /// The Unicode Collation Algorithm, comparing so many levels.
    Uca {
        /// Which table.
        table: Table,
        /// 1: letters; 2: and accents; 3: and case.
        levels: u8,
    },
}

impl Kind {
    /// How many levels of weights there are.
    pub(super) fn levels(self) -> u8 {
        match self {
            Self::Uca { levels, .. } => levels,
            _ => 1,
        }
    }

    /// The first weights of the ASCII characters that have exactly one; zero for others.
    pub(super) fn ascii(self) -> Option<&'static [u16; 128]> {
        match self {
            Self::Uca { table, .. } => Some(uca::ascii(table)),
            _ => None,
        }
    }

    /// The weight of a space.
    pub(super) fn space(self) -> u16 {
        match self {
            Self::Uca { table, .. } => {
                uca::ascii(table).get(usize::from(b' ')).copied().unwrap_or(0)
            }
            _ => u16::from(b' '),
        }
    }
}

/// What is left of two texts whose starts are equal.
type Rests<'a> = (&'a str, &'a str);

/// Compares the ASCII characters at the start of two texts, each of which has one weight; what is left from
/// the first that is not so simple, or where a text ends. Most texts are decided here.
pub(super) fn compare_ascii<'a>(
    ascii: &[u16; 128],
    a: &'a str,
    b: &'a str,
) -> Result<Ordering, Rests<'a>> {
    let weight = |byte: u8| ascii.get(usize::from(byte)).copied().unwrap_or(0);
    let mut at = 0;
    for (x, y) in a.bytes().zip(b.bytes()) {
        let (x, y) = (weight(x), weight(y));
        if x == 0 || y == 0 {
            break;
        }
        if x != y {
            return Ok(x.cmp(&y));
        }
        at += 1;
    }
    // Only ASCII is behind, so both are cut between characters.
    Err((a.get(at..).unwrap_or_default(), b.get(at..).unwrap_or_default()))
}

/// What stands for a character that latin1 or ascii lacks.
const FOREIGN: u16 = 0xFF;

/// The weights of a text on one level, from the first; none is zero.
pub(super) struct Weights<'a> {
    kind: Kind,
    chars: Chars<'a>,
    level: u8,
    pending: Elements,
}

impl<'a> Weights<'a> {
    pub(super) fn new(kind: Kind, text: &'a str, level: u8) -> Self {
        Self { kind, chars: text.chars(), level, pending: Elements::none() }
    }

    fn single(&self, character: char) -> u16 {
        match self.kind {
            Kind::Ascii => {
                if character.is_ascii() {
                    (character as u8).to_ascii_uppercase().into()
                } else {
                    FOREIGN
                }
            }
            Kind::Swedish => {
                latin1_byte(character).map_or(FOREIGN, |byte| latin1::swedish(byte).into())
            }
            _ => general::weight(character),
        }
    }
}

impl Iterator for Weights<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let Kind::Uca { table, .. } = self.kind else {
            let character = self.chars.next()?;
            return Some(self.single(character));
        };
        loop {
            if let Some(element) = self.pending.take() {
                let weight = uca::on_level(element, self.level);
                if weight != 0 {
                    return Some(weight);
                }
                continue;
            }
            let character = self.chars.next()?;
            let ascii = uca::ascii(table).get(character as usize).copied().unwrap_or(0);
            if self.level == 0 && ascii != 0 {
                return Some(ascii);
            }
            self.pending = uca::elements(table, character);
        }
    }
}

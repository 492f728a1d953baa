//! A bounded collection of stencils, by which texts of known shapes get their class without being lexed.
//! Applications send the same few texts with other literals again and again; this is their short way past
//! fingerprint and cache, and what does not fit goes the long way.
//!
//! A text's first bytes choose a set, whose stencils are tried one after the other; one that fits moves
//! forward. All memory is taken at the start, and the system gives it when it is used. Nothing here allocates.

use std::sync::Arc;

use super::class::StatementClass;
use super::mode::LexMode;
use super::stencil::{FRONT, MAX_TEXT, Stencil};

/// Sets; a power of two.
const SETS: usize = 32;
/// Stencils in a set.
const WAYS: usize = 16;

/// One text of so many that fit no stencil is cut to one: texts that come once should cost little, and
/// those that come often are soon cut.
const LEARN_ONE_IN: u32 = 8;

/// All stencils of a worker.
pub(super) struct Stencils {
    sets: Box<[Set]>,
    entries: Box<[Entry]>,
    /// The entries' texts, [`MAX_TEXT`] bytes for each.
    texts: Box<[u8]>,
    unfit: u32,
}

/// The stencils of a set in the order in which they are tried: their fronts, and which entries they are.
#[derive(Clone, Copy)]
struct Set {
    fronts: [Front; WAYS],
    entries: [u8; WAYS],
}

/// The first bytes of a text; zeros stand for none.
type Front = [u64; FRONT / 8];

const NONE: Front = [0; FRONT / 8];

#[derive(Clone, Default)]
struct Entry {
    stencil: Stencil,
    length: usize,
    mode: u8,
    /// `None` for an entry that was never used, or whose class is not to be trusted any more.
    class: Option<Arc<StatementClass>>,
}

impl Stencils {
    pub(super) fn new() -> Self {
        let set = Set { fronts: [NONE; WAYS], entries: std::array::from_fn(|way| way as u8) };
        Self {
            sets: vec![set; SETS].into(),
            entries: vec![Entry::default(); SETS * WAYS].into(),
            texts: vec![0; SETS * WAYS * MAX_TEXT].into(),
            unfit: 0,
        }
    }

    /// The class of a text that fits a stencil.
    #[inline]
    pub(super) fn find(&mut self, sql: &[u8], mode: LexMode) -> Option<Arc<StatementClass>> {
        let front = front_of(sql)?;
        let number = set_of(front);
        let set = self.sets.get_mut(number)?;
        for way in 0..WAYS {
            if set.fronts.get(way) != Some(&front) {
                continue;
            }
            let at = number * WAYS + usize::from(*set.entries.get(way)?);
            let entry = self.entries.get(at)?;
            let text = self.texts.get(at * MAX_TEXT..)?.get(..entry.length)?;
            if entry.mode == mode.bits() && entry.stencil.fits(text, sql) {
                set.promote(way);
                return entry.class.clone();
            }
        }
        None
    }

    /// Takes note of a text that fits no stencil, and of its class: cuts a stencil from it now and then.
    #[inline]
    pub(super) fn learn(&mut self, sql: &[u8], mode: LexMode, class: &Arc<StatementClass>) {
        self.unfit = self.unfit.wrapping_add(1);
        if self.unfit % LEARN_ONE_IN == 1 {
            self.cut(sql, mode, class);
        }
    }

    #[cold]
    fn cut(&mut self, sql: &[u8], mode: LexMode, class: &Arc<StatementClass>) -> Option<()> {
        let front = front_of(sql)?;
        let stencil = Stencil::cut(sql, mode)?;
        let number = set_of(front);
        let set = self.sets.get_mut(number)?;
        let last = WAYS - 1;
        let at = number * WAYS + usize::from(*set.entries.get(last)?);
        let text = self.texts.get_mut(at * MAX_TEXT..)?.get_mut(..sql.len())?;
        text.copy_from_slice(sql);
        *self.entries.get_mut(at)? =
            Entry { stencil, length: sql.len(), mode: mode.bits(), class: Some(class.clone()) };
        *set.fronts.get_mut(last)? = front;
        set.promote(last);
        Some(())
    }

    /// Forgets all of them: a shape has got another class.
    pub(super) fn clear(&mut self) {
        self.entries.iter_mut().for_each(|entry| *entry = Entry::default());
        self.sets.iter_mut().for_each(|set| set.fronts = [NONE; WAYS]);
    }
}

impl Set {
    /// Moves one half-way forward, so that those which are used often come first, and one which was
    /// never used again is the next to go.
    #[inline]
    fn promote(&mut self, way: usize) {
        self.fronts.swap(way, way / 2);
        self.entries.swap(way, way / 2);
    }
}

#[inline(always)]
fn front_of(sql: &[u8]) -> Option<Front> {
    let (lanes, _) = sql.first_chunk::<FRONT>()?.as_chunks::<8>();
    let mut front = NONE;
    for (word, lane) in front.iter_mut().zip(lanes) {
        *word = u64::from_le_bytes(*lane);
    }
    (front != NONE).then_some(front)
}

/// Multiplies (by the golden ratio, in fixed point), so that the highest bits depend on all bytes.
#[inline(always)]
fn set_of(front: Front) -> usize {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |mixed: u64, word: &u64| (mixed ^ word).wrapping_mul(GOLDEN).rotate_left(29);
    let mixed = front.iter().fold(0, mix);
    (mixed.wrapping_mul(GOLDEN) >> (64 - SETS.trailing_zeros())) as usize
}

#[cfg(test)]
mod tests;

//! A bounded map from shape to class, one per worker: no locks. Keys are compared in full, so a hash
//! collision cannot give one statement another's class. The hash is seeded at random, so a client cannot
//! make shapes that collide.
//!
//! When it is full, a clock hand goes over the entries: one that was used since the hand last passed gets a
//! second chance, the first that was not is replaced.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::class::StatementClass;
use super::mode::LexMode;

/// What an entry costs besides its key: slot, table entry, class. A rough figure for the byte bound.
const ENTRY_OVERHEAD_BYTES: usize = 160;

/// A key may take at most this share of the byte bound; larger shapes are classified each time.
const LARGEST_KEY_SHARE: usize = 16;

struct Entry {
    hash: u64,
    mode: LexMode,
    shape: Box<[u8]>,
    class: Arc<StatementClass>,
    used: bool,
}

/// The cache.
pub struct ClassCache {
    /// Indices into `entries`.
    table: HashTable<u32>,
    entries: Vec<Entry>,
    hand: usize,
    bytes: usize,
    max_entries: usize,
    max_bytes: usize,
    hasher: RandomState,
}

impl ClassCache {
    /// An empty cache that holds at most so many entries and about so many bytes.
    pub fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            table: HashTable::new(),
            entries: Vec::new(),
            hand: 0,
            bytes: 0,
            max_entries: max_entries.clamp(1, u32::MAX as usize),
            max_bytes,
            hasher: RandomState::default(),
        }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries: shape, how it was read, class.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], LexMode, &Arc<StatementClass>)> {
        self.entries.iter().map(|entry| (&*entry.shape, entry.mode, &entry.class))
    }

    #[inline]
    fn hash(&self, shape: &[u8], mode: LexMode) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(shape);
        hasher.write_u8(mode.bits());
        hasher.finish()
    }

    /// The class of a shape, if known. No allocation.
    #[inline]
    pub fn get(&mut self, shape: &[u8], mode: LexMode) -> Option<Arc<StatementClass>> {
        let hash = self.hash(shape, mode);
        let index = self.find(hash, shape, mode)?;
        let entry = self.entries.get_mut(index)?;
        entry.used = true;
        Some(Arc::clone(&entry.class))
    }

    #[inline]
    fn find(&self, hash: u64, shape: &[u8], mode: LexMode) -> Option<usize> {
        let same = |index: &u32| {
            self.entries.get(*index as usize).is_some_and(|entry| {
                entry.hash == hash && entry.mode == mode && *entry.shape == *shape
            })
        };
        self.table.find(hash, same).map(|index| *index as usize)
    }

    /// Puts a class in, replacing the one of the same shape.
    pub fn insert(&mut self, shape: &[u8], mode: LexMode, class: Arc<StatementClass>) {
        let cost = shape.len() + ENTRY_OVERHEAD_BYTES;
        if cost > self.max_bytes / LARGEST_KEY_SHARE {
            return;
        }
        let hash = self.hash(shape, mode);
        if let Some(index) = self.find(hash, shape, mode) {
            if let Some(entry) = self.entries.get_mut(index) {
                entry.class = class;
            }
            return;
        }
        while self.entries.len() >= self.max_entries || self.bytes + cost > self.max_bytes {
            if !self.evict() {
                return;
            }
        }
        self.bytes += cost;
        let index = self.entries.len() as u32;
        self.entries.push(Entry { hash, mode, shape: shape.into(), class, used: false });
        let entries = &self.entries;
        self.table.insert_unique(hash, index, |index| hash_of(entries, *index));
    }

    /// Drops the first entry under the hand that was not used; false when there was none to drop.
    fn evict(&mut self) -> bool {
        // Each step takes a second chance away, so two rounds suffice.
        for _ in 0..=2 * self.entries.len() {
            if self.hand >= self.entries.len() {
                self.hand = 0;
            }
            match self.entries.get_mut(self.hand) {
                Some(entry) if entry.used => entry.used = false,
                Some(_) => {
                    self.remove(self.hand);
                    return true;
                }
                None => return false,
            }
            self.hand += 1;
        }
        false
    }

    fn remove(&mut self, index: usize) {
        let last = self.entries.len() - 1;
        self.unlink(index);
        if index != last {
            self.relink(last, index);
        }
        let gone = self.entries.swap_remove(index);
        self.bytes -= gone.shape.len() + ENTRY_OVERHEAD_BYTES;
    }

    fn unlink(&mut self, index: usize) {
        let hash = hash_of(&self.entries, index as u32);
        if let Ok(found) = self.table.find_entry(hash, |at| *at as usize == index) {
            found.remove();
        }
    }

    fn relink(&mut self, from: usize, to: usize) {
        let hash = hash_of(&self.entries, from as u32);
        if let Some(at) = self.table.find_mut(hash, |at| *at as usize == from) {
            *at = to as u32;
        }
    }
}

fn hash_of(entries: &[Entry], index: u32) -> u64 {
    entries.get(index as usize).map_or(0, |entry| entry.hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::class::{Cause, Kind};

    fn class() -> Arc<StatementClass> {
        Arc::new(StatementClass::new(Kind::Read, Cause::Select))
    }

    #[test]
    fn it_stays_within_its_bounds_and_keeps_what_is_used() {
        let mut cache = ClassCache::new(100, 1 << 20);
        cache.insert(b"hot", LexMode::default(), class());
        for number in 0..10_000 {
            cache.insert(format!("cold {number}").as_bytes(), LexMode::default(), class());
            assert!(cache.get(b"hot", LexMode::default()).is_some(), "at {number}");
            assert!(cache.len() <= 100);
        }
        let mut small = ClassCache::new(100, 4096);
        for number in 0..1000 {
            small.insert(format!("shape {number}").as_bytes(), LexMode::default(), class());
        }
        assert!(small.bytes <= 4096 && small.len() > 10);
    }

    #[test]
    fn the_mode_is_part_of_the_key() {
        let mut cache = ClassCache::new(10, 1 << 20);
        cache.insert(b"a", LexMode::default(), class());
        assert!(cache.get(b"a", LexMode { ansi_quotes: true, ..LexMode::default() }).is_none());
        cache.insert(b"a", LexMode::default(), Arc::new(StatementClass::write(Cause::Dml)));
        assert_eq!(cache.get(b"a", LexMode::default()).unwrap().kind, Kind::Write);
        assert_eq!(cache.len(), 1);
    }
}

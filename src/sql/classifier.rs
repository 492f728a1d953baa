//! The door to this room: text in, class out, remembered per shape.

use std::sync::Arc;

use super::cache::ClassCache;
use super::class::{Cause, StatementClass};
use super::classify::classify_shape;
use super::fingerprint::{NoShape, fingerprint};
use super::mode::LexMode;

/// Room for the scratch buffer that most shapes fit in.
const SCRATCH_BYTES: usize = 4096;

/// A scratch buffer that grew beyond this is given back after use.
const MAX_KEPT_SCRATCH_BYTES: usize = 64 * 1024;

/// Classifies statements and remembers. One per worker; needs no lock.
pub struct Classifier {
    scratch: Vec<u8>,
    cache: ClassCache,
    too_long: Arc<StatementClass>,
    unlexable: Arc<StatementClass>,
    hits: u64,
    misses: u64,
}

impl Classifier {
    /// A classifier that remembers at most so many shapes in about so many bytes.
    pub fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            scratch: Vec::with_capacity(SCRATCH_BYTES),
            cache: ClassCache::new(max_entries, max_bytes),
            too_long: Arc::new(no_shape(NoShape::TooLong)),
            unlexable: Arc::new(no_shape(NoShape::Unlexable)),
            hits: 0,
            misses: 0,
        }
    }

    /// The class of a statement. No allocation when its shape is known.
    pub fn classify(&mut self, sql: &[u8], mode: LexMode) -> Arc<StatementClass> {
        match fingerprint(sql, mode, &mut self.scratch) {
            Ok(()) => match self.cache.get(&self.scratch, mode) {
                Some(class) => {
                    self.hits += 1;
                    class
                }
                None => self.classify_new(mode),
            },
            Err(NoShape::TooLong) => Arc::clone(&self.too_long),
            Err(NoShape::Unlexable) => Arc::clone(&self.unlexable),
        }
    }

    /// Look-ups that found their shape, and those that did not, since the last call.
    pub fn take_counts(&mut self) -> (u64, u64) {
        (std::mem::take(&mut self.hits), std::mem::take(&mut self.misses))
    }

    #[cold]
    fn classify_new(&mut self, mode: LexMode) -> Arc<StatementClass> {
        self.misses += 1;
        let class = Arc::new(classify_shape(&self.scratch, mode));
        self.remember(mode, Arc::clone(&class));
        class
    }

    fn remember(&mut self, mode: LexMode, class: Arc<StatementClass>) {
        self.cache.insert(&self.scratch, mode, class);
        if self.scratch.capacity() > MAX_KEPT_SCRATCH_BYTES {
            self.scratch = Vec::with_capacity(SCRATCH_BYTES);
        }
    }

    /// A replica refused this shape as a write: from now on it is one.
    pub fn remember_write(&mut self, sql: &[u8], mode: LexMode) {
        if fingerprint(sql, mode, &mut self.scratch).is_err() {
            return;
        }
        let mut class = classify_shape(&self.scratch, mode);
        class.kind = super::class::Kind::Write;
        class.cause = Cause::RefusedByReplica;
        self.remember(mode, Arc::new(class));
    }

    /// Number of shapes remembered.
    pub fn len(&self) -> usize {
        self.cache.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.cache.is_empty()
    }
}

fn no_shape(reason: NoShape) -> StatementClass {
    StatementClass::write(match reason {
        NoShape::TooLong => Cause::TooLong,
        NoShape::Unlexable => Cause::Unlexable,
    })
}

/// The class of a statement, computed anew: pure, uncached.
pub fn classify(sql: &[u8], mode: LexMode) -> StatementClass {
    let mut shape = Vec::new();
    match fingerprint(sql, mode, &mut shape) {
        Ok(()) => classify_shape(&shape, mode),
        Err(reason) => no_shape(reason),
    }
}

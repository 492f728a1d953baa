//! The door to this room: text in, class out, remembered per shape.

use std::sync::Arc;

use super::cache::ClassCache;
use super::class::{Cause, Kind, Marks, StatementClass};
use super::classify::classify_shape;
use super::fingerprint::{NoShape, fingerprint, write_shape};
use super::mode::LexMode;
use super::stencils::Stencils;

/// Room for the scratch buffer that most shapes fit in.
const SCRATCH_BYTES: usize = 4096;

/// A scratch buffer that grew beyond this is given back after use.
const MAX_KEPT_SCRATCH_BYTES: usize = 64 * 1024;

/// Rules that are asked about each shape once, when it is classified. See [`Marks`].
pub trait Marker: Send + Sync {
    /// What they make of a shape; of a statement that has none, where that is `None`.
    fn mark(&self, shape: Option<(&[u8], LexMode)>) -> Marks;
}

/// Classifies statements and remembers. One per worker; needs no lock.
pub struct Classifier {
    /// Shapes are written to its start; its length only ever grows, so that nothing is cleared.
    scratch: Vec<u8>,
    cache: ClassCache,
    stencils: Stencils,
    too_long: Arc<StatementClass>,
    unlexable: Arc<StatementClass>,
    marker: Option<Arc<dyn Marker>>,
    hits: u64,
    misses: u64,
}

impl Classifier {
    /// A classifier that remembers at most so many shapes in about so many bytes.
    pub fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            scratch: vec![0; SCRATCH_BYTES],
            cache: ClassCache::new(max_entries, max_bytes),
            stencils: Stencils::new(),
            too_long: Arc::new(no_shape(NoShape::TooLong)),
            unlexable: Arc::new(no_shape(NoShape::Unlexable)),
            marker: None,
            hits: 0,
            misses: 0,
        }
    }

    /// The same, with classes marked.
    pub fn with_marker(mut self, marker: Arc<dyn Marker>) -> Self {
        let marked = |class: &StatementClass| {
            Arc::new(StatementClass { marks: marker.mark(None), ..class.clone() })
        };
        (self.too_long, self.unlexable) = (marked(&self.too_long), marked(&self.unlexable));
        self.marker = Some(marker);
        self
    }

    /// The class of a statement that is not looked at for its length.
    pub fn too_long(&self) -> Arc<StatementClass> {
        Arc::clone(&self.too_long)
    }

    /// The class of a statement. No allocation when its shape is known.
    pub fn classify(&mut self, sql: &[u8], mode: LexMode) -> Arc<StatementClass> {
        if let Some(class) = self.stencils.find(sql, mode) {
            self.hits += 1;
            return class;
        }
        self.classify_by_shape(sql, mode)
    }

    fn classify_by_shape(&mut self, sql: &[u8], mode: LexMode) -> Arc<StatementClass> {
        match write_shape(sql, mode, &mut self.scratch) {
            Ok(length) => match self.cache.get(written(&self.scratch, length), mode) {
                Some(class) => {
                    self.hits += 1;
                    self.stencils.learn(sql, mode, &class);
                    class
                }
                None => self.classify_new(length, mode),
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
    fn classify_new(&mut self, length: usize, mode: LexMode) -> Arc<StatementClass> {
        self.misses += 1;
        let class = Arc::new(self.classify_written(length, mode));
        self.remember(length, mode, Arc::clone(&class));
        class
    }

    fn classify_written(&self, length: usize, mode: LexMode) -> StatementClass {
        let shape = written(&self.scratch, length);
        let marks = self.marker.as_ref().map(|marker| marker.mark(Some((shape, mode))));
        StatementClass { marks: marks.unwrap_or_default(), ..classify_shape(shape, mode) }
    }

    fn remember(&mut self, length: usize, mode: LexMode, class: Arc<StatementClass>) {
        self.cache.insert(written(&self.scratch, length), mode, class);
        if self.scratch.len() > MAX_KEPT_SCRATCH_BYTES {
            self.scratch = vec![0; SCRATCH_BYTES];
        }
    }

    /// A replica refused this shape as a write: from now on it is one.
    pub fn remember_write(&mut self, sql: &[u8], mode: LexMode) {
        let Ok(length) = write_shape(sql, mode, &mut self.scratch) else { return };
        let mut class = self.classify_written(length, mode);
        class.kind = Kind::Write;
        class.cause = Cause::RefusedByReplica;
        self.stencils.clear();
        self.remember(length, mode, Arc::new(class));
    }

    /// The shapes that are remembered: text, how it was read, class.
    pub fn shapes(&self) -> impl Iterator<Item = (&[u8], LexMode, &Arc<StatementClass>)> {
        self.cache.iter()
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

/// The shape that was written last.
#[inline(always)]
fn written(scratch: &[u8], length: usize) -> &[u8] {
    scratch.get(..length).unwrap_or_default()
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

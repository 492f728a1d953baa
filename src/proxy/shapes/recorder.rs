//! A worker's counts. No locks: it is the worker's own.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::{MAX_SHAPE_BYTES, Shape};
use crate::proxy::route::{Reason, TARGET_LABELS, class_label};
use crate::sql::{LexMode, StatementClass};

/// Shapes, with user and schema, that a worker counts at once. Past it one that did not come lately makes room.
pub const MAX_ENTRIES: usize = 1024;
/// Pairs of user and schema that are told apart; further ones are told without either.
const MAX_CONTEXTS: usize = 256;
/// Pairs of target and reason that are told apart for one shape; further ones count for the last.
const MAX_COUNTS: usize = 16;

/// A pair of user and schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Context(u32);

/// Where statements went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The primary answered.
    pub primary: bool,
    /// Why.
    pub reason: Reason,
}

struct Entry {
    /// Keeps the address, which is the key, from being another class's.
    class: Arc<StatementClass>,
    context: Context,
    /// Its text and how it was read, once it has been looked up.
    text: Option<(Rc<[u8]>, LexMode)>,
    counts: SmallVec<[(Taken, u64); 1]>,
    used: bool,
}

/// See the module's text.
#[derive(Default)]
pub struct Recorder {
    places: HashMap<(usize, Context), u32, RandomState>,
    entries: Vec<Entry>,
    hand: usize,
    contexts: Vec<(Box<str>, Option<Box<str>>)>,
}

impl Recorder {
    /// The number of a user and schema.
    pub fn context(&mut self, user: &str, schema: Option<&str>) -> Context {
        let same = |known: &(Box<str>, Option<Box<str>>)| {
            *known.0 == *user && known.1.as_deref() == schema
        };
        let at = self.contexts.iter().position(same).unwrap_or(self.contexts.len());
        if at == self.contexts.len() && at < MAX_CONTEXTS {
            self.contexts.push((user.into(), schema.map(Into::into)));
        }
        // Past the bound it is the number that none has.
        Context(at as u32)
    }

    /// Counts a statement. A class of which nobody else has a share is none of a shape that is remembered.
    #[inline]
    pub fn note(&mut self, class: &Arc<StatementClass>, context: Context, taken: Taken) {
        if Arc::strong_count(class) == 1 {
            return;
        }
        let place = self.places.get(&(address(class), context));
        match place.and_then(|place| self.entries.get_mut(*place as usize)) {
            Some(entry) => entry.add(taken),
            None => self.insert(class, context, taken),
        }
    }

    #[cold]
    fn insert(&mut self, class: &Arc<StatementClass>, context: Context, taken: Taken) {
        let counts = SmallVec::from_buf([(taken, 1)]);
        let entry = Entry { class: Arc::clone(class), context, text: None, counts, used: false };
        let key = entry.key();
        let place = match self.entries.len() < MAX_ENTRIES {
            true => {
                self.entries.push(entry);
                self.entries.len() - 1
            }
            false => self.replace(entry),
        };
        self.places.insert(key, place as u32);
    }

    /// Puts it in the place of the first one under the hand that did not come since the hand was there.
    fn replace(&mut self, entry: Entry) -> usize {
        loop {
            self.hand = (self.hand + 1) % self.entries.len();
            match self.entries.get_mut(self.hand) {
                Some(old) if old.used => old.used = false,
                Some(old) => {
                    let gone = std::mem::replace(old, entry);
                    self.places.remove(&gone.key());
                    return self.hand;
                }
                // The hand is always in range.
                None => return self.hand,
            }
        }
    }

    /// Looks the texts of shapes up among those that a class cache remembers now.
    pub fn look_up<'a>(
        &mut self,
        known: impl Iterator<Item = (&'a [u8], LexMode, &'a Arc<StatementClass>)>,
    ) {
        let texts: HashMap<usize, (&[u8], LexMode)> =
            known.map(|(text, mode, class)| (address(class), (text, mode))).collect();
        for entry in self.entries.iter_mut().filter(|entry| entry.text.is_none()) {
            if let Some((text, mode)) = texts.get(&address(&entry.class)) {
                // One byte more than is told shows that it is cut.
                let kept = text.get(..=MAX_SHAPE_BYTES).unwrap_or(text);
                entry.text = Some((kept.into(), *mode));
            }
        }
    }

    /// All whose text is known.
    pub fn shapes(&self) -> Vec<Shape> {
        let of = |entry: &Entry| {
            let (text, mode) = entry.text.clone()?;
            let (user, schema) = match self.contexts.get(entry.context.0 as usize) {
                Some((user, schema)) => (user.to_string(), schema.as_deref().map(str::to_owned)),
                None => (String::new(), None),
            };
            let told = text.get(..MAX_SHAPE_BYTES).unwrap_or(&text);
            let shape = Shape {
                shape: String::from_utf8_lossy(told).into_owned(),
                cut: text.len() > MAX_SHAPE_BYTES,
                sql_mode: mode_words(mode),
                user,
                schema,
                class: class_label(entry.class.kind).to_owned(),
                target: String::new(),
                reason: String::new(),
                count: 0,
            };
            let one = move |(taken, count): &(Taken, u64)| Shape {
                target: TARGET_LABELS[usize::from(!taken.primary)].to_owned(),
                reason: taken.reason.label().to_owned(),
                count: *count,
                ..shape.clone()
            };
            Some(entry.counts.iter().map(one).collect::<Vec<_>>())
        };
        self.entries.iter().filter_map(of).flatten().collect()
    }

    /// How many are counted.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Entry {
    fn key(&self) -> (usize, Context) {
        (address(&self.class), self.context)
    }

    #[inline]
    fn add(&mut self, taken: Taken) {
        self.used = true;
        match self.counts.iter_mut().find(|(known, _)| *known == taken) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.add_new(taken),
        }
    }

    #[cold]
    fn add_new(&mut self, taken: Taken) {
        if self.counts.len() < MAX_COUNTS {
            self.counts.push((taken, 1));
        } else if let Some((_, count)) = self.counts.last_mut() {
            *count = count.saturating_add(1);
        }
    }
}

fn address(class: &Arc<StatementClass>) -> usize {
    Arc::as_ptr(class).addr()
}

/// The words of `sql_mode` by which a text is read in this way.
fn mode_words(mode: LexMode) -> String {
    let words = [
        ("ANSI_QUOTES", mode.ansi_quotes),
        ("NO_BACKSLASH_ESCAPES", mode.no_backslash_escapes),
        ("IGNORE_SPACE", mode.ignore_space),
    ];
    let words: Vec<&str> = words.iter().filter(|(_, on)| *on).map(|(word, _)| *word).collect();
    words.join(",")
}

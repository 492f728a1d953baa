//! The prepared statements of a shared connection: sessions that prepare the same text in the same state
//! share one. The ones not used for longest are closed where there are too many.

use std::rc::Rc;

use crate::proxy::pool::Profile;
use crate::wire::response::Counts;

/// A statement that a server connection knows.
#[derive(Debug)]
pub struct Prepared {
    /// The server's id for it.
    pub id: u32,
    /// Its columns and parameters.
    pub counts: Counts,
    /// The parameter types that the server was told last.
    pub types: Option<Rc<[u8]>>,
    text: Rc<[u8]>,
    /// The state it was prepared in: schema, modes and character sets give the text its meaning.
    context: Rc<Profile>,
    used: u64,
}

/// Statements by their text and the state that they were prepared in.
#[derive(Debug, Default)]
pub struct PreparedCache {
    known: std::collections::HashMap<Key, Prepared>,
    /// Counts uses.
    clock: u64,
}

/// Text and context are looked up by their hash, and then compared.
type Key = u64;

/// Statements that one shared connection knows at most.
pub const MAX_PREPARED: usize = 256;

impl PreparedCache {
    /// The statement of this text in this state.
    pub fn find(&mut self, text: &[u8], context: &Rc<Profile>) -> Option<&mut Prepared> {
        self.clock += 1;
        let found = self.known.get_mut(&key(text, context))?;
        let same = *found.text == *text && Rc::ptr_eq(&found.context, context);
        found.used = self.clock;
        same.then_some(found)
    }

    /// Keeps a statement. Gives the server's id of the one that makes room, to be closed.
    pub fn put(
        &mut self,
        text: Rc<[u8]>,
        context: &Rc<Profile>,
        id: u32,
        counts: Counts,
    ) -> Option<u32> {
        self.clock += 1;
        let key = key(&text, context);
        let oldest = match self.known.len() >= MAX_PREPARED && !self.known.contains_key(&key) {
            true => self.known.iter().min_by_key(|(_, known)| known.used).map(|(key, _)| *key),
            false => None,
        };
        let gone = oldest.and_then(|oldest| self.known.remove(&oldest));
        let (context, used) = (context.clone(), self.clock);
        let prepared = Prepared { id, counts, types: None, text, context, used };
        let replaced = self.known.insert(key, prepared);
        gone.or(replaced).map(|prepared| prepared.id)
    }

    /// Forgets a statement: the server's id of it, to be closed.
    pub fn remove(&mut self, text: &[u8], context: &Rc<Profile>) -> Option<u32> {
        self.find(text, context)?;
        self.known.remove(&key(text, context)).map(|prepared| prepared.id)
    }

    /// The server has forgotten all.
    pub fn clear(&mut self) {
        self.known.clear();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

fn key(text: &[u8], context: &Rc<Profile>) -> Key {
    use std::hash::BuildHasher;
    // Fixed: a collision costs the one before its place, no more.
    foldhash::fast::FixedState::with_seed(0).hash_one((text, Rc::as_ptr(context) as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(schema: &str) -> Rc<Profile> {
        Rc::new(Profile { schema: Some(schema.into()), ..Profile::default() })
    }

    fn counts() -> Counts {
        Counts { columns: 1, parameters: 0 }
    }

    #[test]
    fn a_text_means_something_else_in_another_state() {
        let (a, b) = (context("a"), context("b"));
        let mut cache = PreparedCache::default();
        assert_eq!(cache.put(b"SELECT 1"[..].into(), &a, 1, counts()), None);
        assert_eq!(cache.find(b"SELECT 1", &a).map(|p| p.id), Some(1));
        assert!(cache.find(b"SELECT 1", &b).is_none() && cache.find(b"SELECT 2", &a).is_none());
        assert_eq!(
            cache.put(b"SELECT 1"[..].into(), &a, 2, counts()),
            Some(1),
            "the first is closed"
        );
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let a = context("a");
        let mut cache = PreparedCache::default();
        let text = |n: usize| Rc::from(n.to_string().into_bytes());
        for n in 0..MAX_PREPARED {
            assert_eq!(cache.put(text(n), &a, n as u32, counts()), None);
        }
        assert!(cache.find(b"0", &a).is_some());
        assert_eq!(cache.put(text(MAX_PREPARED), &a, 9999, counts()), Some(1));
        assert_eq!(cache.len(), MAX_PREPARED);
    }
}

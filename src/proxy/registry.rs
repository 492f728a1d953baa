//! The connections that clients know by id, so that KILL can find them.
//!
//! Ids begin far above those that servers give out, so that an id from a server's process list
//! can't be mistaken for one of the proxy's.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::AbortHandle;

use super::session::Running;
use super::watch::SessionLine;

/// The first id given to a client.
const FIRST_ID: u32 = 1 << 29;

/// All connections of the proxy.
#[derive(Debug)]
pub struct Registry {
    next: AtomicU32,
    entries: Mutex<HashMap<u32, Entry>>,
}

/// One client connection.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who signed in.
    pub user: Arc<str>,
    /// Ends the session's task.
    pub abort: AbortHandle,
    /// What it runs.
    pub running: Arc<Running>,
}

impl Default for Registry {
    fn default() -> Self {
        Self { next: AtomicU32::new(FIRST_ID), entries: Mutex::default() }
    }
}

impl Registry {
    /// An id for a connection that has just been accepted.
    pub fn next_id(&self) -> u32 {
        // After 2^29 connections ids repeat; by then the early ones are gone.
        FIRST_ID | (self.next.fetch_add(1, Relaxed) & (FIRST_ID - 1))
    }

    /// Registers a connection until the guard is dropped.
    pub fn register(self: &Arc<Self>, id: u32, entry: Entry) -> Registration {
        self.lock().insert(id, entry);
        Registration { registry: Arc::clone(self), id }
    }

    /// Another user has signed in on a connection.
    pub fn rename(&self, id: u32, user: Arc<str>) {
        if let Some(entry) = self.lock().get_mut(&id) {
            entry.user = user;
        }
    }

    /// Every connection, in no order.
    pub fn lines(&self) -> Vec<SessionLine> {
        let line = |(id, entry): (&u32, &Entry)| SessionLine {
            id: *id,
            user: entry.user.clone(),
            last: entry.running.last(),
        };
        self.lock().iter().map(line).collect()
    }

    /// Finds a connection by the id that its client was greeted with.
    pub fn find(&self, id: u64) -> Option<Entry> {
        self.lock().get(&u32::try_from(id).ok()?).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u32, Entry>> {
        // The map is whole even if a holder panicked: every change is one call.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Unregisters its connection when dropped.
#[derive(Debug)]
pub struct Registration {
    registry: Arc<Registry>,
    id: u32,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.registry.lock().remove(&self.id);
    }
}

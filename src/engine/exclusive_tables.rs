//! Who holds tables exclusively beyond transactions.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::locks::OwnerId;

/// Sessions that hold tables exclusively: while there are some, plain reads ask first.
#[derive(Debug, Default)]
pub(crate) struct ExclusiveTables {
    count: AtomicUsize,
    owners: Mutex<BTreeSet<OwnerId>>,
}

impl ExclusiveTables {
    fn owners(&self) -> MutexGuard<'_, BTreeSet<OwnerId>> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An owner holds one.
    pub fn hold(&self, owner: OwnerId) {
        let mut owners = self.owners();
        owners.insert(owner);
        self.count.store(owners.len(), Relaxed);
    }

    /// An owner holds none any more.
    pub fn release(&self, owner: OwnerId) {
        if self.any() {
            let mut owners = self.owners();
            owners.remove(&owner);
            self.count.store(owners.len(), Relaxed);
        }
    }

    /// Whether there are some.
    pub fn any(&self) -> bool {
        self.count.load(Relaxed) > 0
    }
}

//! What sign-ins have taught: digests that make the next one fast, and failures that make guessing slow.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::delay::{FailureDelay, Failures};
use super::{AccountList, Entry};
use crate::net::{Account, Secret};
use crate::wire::auth::caching_sha2::{self, StoredHash};

/// Most passwords whose fast digest is remembered; beyond it, users authenticate in full.
const MAX_DIGESTS: usize = 10_000;

/// SHA256(SHA256(password)) by the hash that the server stores. Hashes are salted, so that a
/// changed password has another key and its old digest is never found.
type Digests = HashMap<StoredHash, [u8; caching_sha2::LEN]>;

/// Shared by all sign-ins; each takes a lock or two for moments.
#[derive(Debug)]
pub struct Learned {
    failures: Mutex<Failures>,
    digests: Mutex<Digests>,
}

impl Learned {
    /// Nothing is known yet.
    pub fn new(failure_delay: FailureDelay) -> Self {
        Self { failures: Mutex::new(Failures::new(failure_delay)), digests: Mutex::default() }
    }

    /// The entry's account, with the digest if one is known; the name of a plugin that we do not speak.
    pub fn account(&self, entry: &Entry) -> Result<Account, Box<str>> {
        let mut account = entry.account.clone()?;
        if let Secret::CachingSha2 { stored: Some(stored), cached } = &mut account.secret {
            *cached = lock(&self.digests).get(stored).copied();
        }
        Ok(account)
    }

    /// A full authentication succeeded.
    pub fn remember(&self, stored: &StoredHash, cached: [u8; caching_sha2::LEN]) {
        let mut digests = lock(&self.digests);
        if digests.len() < MAX_DIGESTS || digests.contains_key(stored) {
            digests.insert(stored.clone(), cached);
        }
    }

    /// Forgets what a full authentication revealed, so that the next one is full again.
    pub fn forget(&self, entry: &Entry) {
        if let Ok(account) = &entry.account
            && let Secret::CachingSha2 { stored: Some(stored), .. } = &account.secret
        {
            lock(&self.digests).remove(stored);
        }
    }

    /// Forgets digests of passwords that no account of the list has any more.
    pub fn keep_only(&self, list: &AccountList) {
        let mut digests = lock(&self.digests);
        if !digests.is_empty() {
            let known: HashSet<_> = list.stored_hashes().collect();
            digests.retain(|stored, _| known.contains(stored));
        }
    }

    /// Failures are held back so from now on.
    pub fn set_delay(&self, delay: FailureDelay) {
        lock(&self.failures).set_delay(delay);
    }

    /// Counts a failure; the answer should wait for so long.
    pub fn failed(&self, ip: Option<IpAddr>) -> Duration {
        lock(&self.failures).failed(ip, Instant::now())
    }

    /// A proof was right.
    pub fn succeeded(&self, ip: Option<IpAddr>) {
        lock(&self.failures).succeeded(ip);
    }
}

/// A panic elsewhere leaves these tables whole: each change is a single insert or remove.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

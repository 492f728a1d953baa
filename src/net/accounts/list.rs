//! The list: an immutable snapshot of all accounts, in the order in which they are matched.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;

use super::{Entry, Origin};
use crate::net::Secret;
use crate::wire::auth::caching_sha2::StoredHash;

/// Most accounts that are kept. A server with more is asked by hand for what the rest are for.
pub const MAX_ACCOUNTS: usize = 100_000;

/// All accounts at one time.
#[derive(Debug, Default)]
pub struct AccountList {
    /// In matching order: the most specific host first, named users before the anonymous one.
    entries: Vec<Entry>,
    /// Places in `entries`, rising.
    by_user: HashMap<Box<str>, Vec<usize>>,
    /// Whether the primary resolves host names.
    resolves_names: bool,
}

impl AccountList {
    /// A list of at most [`MAX_ACCOUNTS`] entries.
    pub fn new(mut entries: Vec<Entry>, resolves_names: bool) -> Self {
        entries.truncate(MAX_ACCOUNTS);
        // The sort is stable: among equals the server's own order stands.
        entries.sort_by_cached_key(|entry| (entry.host.rank(), Reverse(!entry.user.is_empty())));
        let mut by_user: HashMap<Box<str>, Vec<usize>> = HashMap::new();
        for (at, entry) in entries.iter().enumerate() {
            by_user.entry(entry.user.clone()).or_default().push(at);
        }
        Self { entries, by_user, resolves_names }
    }

    /// The account that `user` from `ip` (none: a Unix socket) signs in to. As on the server an
    /// anonymous account with a more specific host goes before a named one.
    pub fn find(&self, user: &str, ip: Option<IpAddr>) -> Option<&Entry> {
        let origin = Origin::new(ip, self.resolves_names);
        let first = |name: &str| {
            let places = self.by_user.get(name)?.iter();
            places
                .copied()
                .find(|at| self.entries.get(*at).is_some_and(|entry| entry.host.matches(origin)))
        };
        let at = match (first(user), first("")) {
            (Some(named), Some(anonymous)) => named.min(anonymous),
            (named, anonymous) => named.or(anonymous)?,
        };
        self.entries.get(at)
    }

    /// How many accounts there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The caching_sha2 hashes of all accounts.
    pub fn stored_hashes(&self) -> impl Iterator<Item = &StoredHash> {
        self.entries.iter().filter_map(|entry| match &entry.account.as_ref().ok()?.secret {
            Secret::CachingSha2 { stored, .. } => stored.as_ref(),
            Secret::Empty | Secret::Native(_) => None,
        })
    }
}

//! The store: the current list, what sign-ins have taught, and the answers that they need.
//!
//! Shared by all workers. A sign-in takes a lock or two for moments; statements take none.

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::refresh::Requests;
use super::{AccountList, ConfiguredAccount, FailureDelay};
use crate::net::accounts::{Learned, same};
use crate::net::{Account, Accounts, Peer, Secret};
use crate::wire::auth::caching_sha2::{self, StoredHash};

/// Who may sign in. See the room's text.
pub struct AccountStore {
    list: ArcSwap<AccountList>,
    /// None for a configured list, which changes with the configuration only.
    requests: Option<Requests>,
    learned: Learned,
}

impl AccountStore {
    pub(super) fn new(
        list: AccountList,
        requests: Option<Requests>,
        failure_delay: FailureDelay,
    ) -> Self {
        Self { list: ArcSwap::from_pointee(list), requests, learned: Learned::new(failure_delay) }
    }

    /// A store with the configuration's accounts. Sign-ins from the loopback
    /// are `localhost` here, as by a server's default.
    pub fn configured(accounts: Vec<ConfiguredAccount>, failure_delay: FailureDelay) -> Self {
        let entries = accounts.into_iter().map(ConfiguredAccount::into_entry).collect();
        Self::new(AccountList::new(entries, true), None, failure_delay)
    }

    /// The configuration's accounts are others now.
    pub fn replace_configured(&self, accounts: Vec<ConfiguredAccount>) {
        let entries = accounts.into_iter().map(ConfiguredAccount::into_entry).collect();
        self.replace(AccountList::new(entries, true));
    }

    /// Failed sign-ins are held back so from now on.
    pub fn set_failure_delay(&self, delay: FailureDelay) {
        self.learned.set_delay(delay);
    }

    /// The current list.
    pub fn list(&self) -> Arc<AccountList> {
        self.list.load_full()
    }

    /// Replaces the list, and forgets digests of passwords that no account has any more.
    pub(super) fn replace(&self, list: AccountList) {
        self.learned.keep_only(&list);
        self.list.store(Arc::new(list));
    }

    /// What the current list knows of a user.
    fn look(&self, user: &str, ip: Option<IpAddr>) -> Found {
        let list = self.list.load();
        match list.find(user, ip).map(|entry| self.learned.account(entry)) {
            None => Found::Unknown,
            Some(Err(plugin)) => Found::OtherPlugin(plugin),
            Some(Ok(account)) => Found::Usable(account),
        }
    }

    /// Forgets what a full authentication of the user revealed, so that the next one is full again.
    pub fn forget_digest(&self, user: &str, ip: Option<IpAddr>) {
        if let Some(entry) = self.list.load().find(user, ip) {
            self.learned.forget(entry);
        }
    }

    async fn refresh(&self) {
        if let Some(requests) = &self.requests {
            requests.fresh().await;
        }
    }
}

/// What the list knows of a user.
enum Found {
    Usable(Account),
    OtherPlugin(Box<str>),
    Unknown,
}

impl Found {
    fn usable(self) -> Option<Account> {
        match self {
            Self::Usable(account) => Some(account),
            Self::OtherPlugin(_) | Self::Unknown => None,
        }
    }
}

impl Accounts for AccountStore {
    /// An unknown user may have been created a moment ago, so that the list is read again for it.
    async fn find(&self, user: &str, peer: Peer) -> Option<Account> {
        let found = match self.look(user, peer.ip()) {
            Found::Unknown => {
                self.refresh().await;
                self.look(user, peer.ip())
            }
            found => found,
        };
        if let Found::OtherPlugin(plugin) = &found {
            tracing::warn!(target: "accounts", user, %plugin, "the proxy does not speak this account's plugin");
        }
        found.usable()
    }

    /// For users that stay unknown [`find`](Self::find) has just read the list: each failed
    /// sign-in costs one reading, so that the time it takes does not tell which users exist.
    async fn find_newer(&self, user: &str, peer: Peer) -> Option<Account> {
        let before = match self.look(user, peer.ip()) {
            _ if self.requests.is_none() => return None,
            Found::Unknown => return None,
            found => found.usable(),
        };
        self.refresh().await;
        let after = self.look(user, peer.ip()).usable()?;
        // Another sign-in's reading may have brought the news between this one's two questions. To
        // check a native proof again costs nothing, so only costly checks need news to be seen.
        let news = before.is_none_or(|before| !same(&before, &after));
        let cheap = matches!(after.secret, Secret::Native(_) | Secret::Empty);
        (news || cheap).then_some(after)
    }

    fn remember(
        &self,
        _user: &str,
        _peer: Peer,
        stored: &StoredHash,
        cached: [u8; caching_sha2::LEN],
    ) {
        self.learned.remember(stored, cached);
    }

    async fn failed(&self, _user: &str, peer: Peer) {
        tokio::time::sleep(self.learned.failed(peer.ip())).await;
    }

    fn succeeded(&self, _user: &str, peer: Peer) {
        self.learned.succeeded(peer.ip());
    }
}

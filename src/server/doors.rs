//! Who may sign in: the accounts of `mysql.user`, as the net room asks for them.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::net::accounts::{AccountList, FailureDelay, Learned};
use crate::net::{Account, Accounts, Peer};
use crate::wire::auth::AuthPlugin;
use crate::wire::auth::caching_sha2::{self, StoredHash};

/// The accounts of this server and what sign-ins have taught.
pub struct Doors {
    list: ArcSwap<AccountList>,
    learned: Learned,
}

impl Doors {
    /// Nobody may sign in before the first list is there.
    pub fn new(delay: FailureDelay) -> Self {
        Self { list: ArcSwap::from_pointee(AccountList::default()), learned: Learned::new(delay) }
    }

    /// The accounts have changed.
    pub fn replace(&self, list: AccountList) {
        self.learned.keep_only(&list);
        self.list.store(Arc::new(list));
    }

    /// The current list.
    pub fn list(&self) -> Arc<AccountList> {
        self.list.load_full()
    }

    /// `user@host` of the account that a user from there has, as `CURRENT_USER()` shows it.
    pub fn account_name(&self, user: &str, peer: Peer) -> Option<(String, String)> {
        let list = self.list.load();
        let entry = list.find(user, peer.ip())?;
        Some((entry.user.to_string(), entry.host.as_str().to_owned()))
    }
}

impl Accounts for Doors {
    async fn find(&self, user: &str, peer: Peer) -> Option<Account> {
        let list = self.list.load();
        list.find(user, peer.ip()).and_then(|entry| self.learned.account(entry).ok())
    }

    /// The list is the table itself: there is nothing newer.
    async fn find_newer(&self, _user: &str, _peer: Peer) -> Option<Account> {
        None
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

    fn decoy_plugin(&self, _user: &str) -> Option<AuthPlugin> {
        Some(AuthPlugin::CachingSha2)
    }
}

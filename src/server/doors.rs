//! Who may sign in: the accounts of `mysql.user`, as the net room asks for them.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::net::accounts::{AccountList, Entry, Facts, FailureDelay, Learned};
use crate::net::{Account, Accounts, Peer};
use crate::query::accounts::{self as query, Directory};
use crate::wire::auth::AuthPlugin;
use crate::wire::auth::caching_sha2::{self, StoredHash};

/// The accounts of this server and what sign-ins have taught.
pub struct Doors {
    accounts: Arc<query::Accounts>,
    /// The list in matching order, and the directory that it was made from.
    list: ArcSwap<(Arc<Directory>, AccountList)>,
    learned: Learned,
}

impl Doors {
    /// The doors of a server with these accounts.
    pub fn new(accounts: Arc<query::Accounts>, delay: FailureDelay) -> Self {
        let directory = accounts.current();
        let list = list(&directory);
        Self {
            accounts,
            list: ArcSwap::from_pointee((directory, list)),
            learned: Learned::new(delay),
        }
    }

    /// The accounts, for sessions to check privileges against.
    pub fn accounts(&self) -> &Arc<query::Accounts> {
        &self.accounts
    }

    /// The newest list.
    fn current(&self) -> Arc<(Arc<Directory>, AccountList)> {
        let newest = self.accounts.current();
        let current = self.list.load_full();
        if Arc::ptr_eq(&newest, &current.0) {
            return current;
        }
        let list = list(&newest);
        self.learned.keep_only(&list);
        let current = Arc::new((newest, list));
        self.list.store(current.clone());
        current
    }

    /// `user@host` of the account that a user from there has, as `CURRENT_USER()` shows it.
    pub fn account_name(&self, user: &str, peer: Peer) -> Option<(String, String)> {
        let current = self.current();
        let entry = current.1.find(user, peer.ip())?;
        Some((entry.user.to_string(), entry.host.as_str().to_owned()))
    }
}

fn list(directory: &Directory) -> AccountList {
    let entries = directory.accounts().iter().map(|account| {
        let facts = Facts { tls_required: account.tls_required, locked: account.locked };
        let stored = account.authentication.as_bytes();
        Entry::from_columns(&account.host, &account.user, &account.plugin, stored, facts)
    });
    AccountList::new(entries.collect(), true)
}

impl Accounts for Doors {
    async fn find(&self, user: &str, peer: Peer) -> Option<Account> {
        let current = self.current();
        current.1.find(user, peer.ip()).and_then(|entry| self.learned.account(entry).ok())
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

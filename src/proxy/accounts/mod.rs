//! Who may sign in: the account list, read from the primary or from the configuration.
//!
//! There is never a second list to keep in step by hand: the list is the primary's `mysql.user`,
//! held as an immutable snapshot. It is read again at intervals (a revoked account must not live
//! on) and when a sign-in fails (so that `CREATE USER` and `ALTER USER` hold for the very sign-in
//! that meets them), at most once a second however many fail at once.
//!
//! What is decided here only opens the proxy's own door. Each server authenticates every backend
//! connection again, with the proof that the client's sign-in revealed.

mod config;
mod load;
mod refresh;
mod store;
#[cfg(test)]
mod tests;

pub use crate::net::accounts::{AccountList, Entry, Facts, FailureDelay, HostPattern};
pub use config::{ConfiguredAccount, ConfiguredPassword};
pub use load::Loader;
pub use refresh::{RefreshSettings, start};
pub use store::AccountStore;

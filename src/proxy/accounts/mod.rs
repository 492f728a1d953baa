//! Who may sign in: the account list, read from the primary or from the configuration.
//!
//! There is never a second list to keep in step by hand: the list is the primary's `mysql.user`,
//! held as an immutable snapshot. It is read again at intervals (a revoked account must not live
//! on) and when a sign-in fails (so that `CREATE USER` and `ALTER USER` hold for the next one),
//! at most once a second however many fail at once.
//!
//! What the proxy decides here only opens its own door. Each server authenticates every backend
//! connection again, with the proof that the client's sign-in revealed.

mod account;
mod host;

pub use account::{Account, Secret};
pub use host::{HostPattern, Peer};

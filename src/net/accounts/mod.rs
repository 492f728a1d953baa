//! What both doors, the proxy's and the bundled server's, know of accounts: host patterns, the list in
//! matching order, what sign-ins have taught.

mod delay;
mod entry;
mod host;
mod learned;
mod list;

pub use delay::FailureDelay;
pub use entry::{Entry, Facts, same};
pub use host::{HostPattern, Origin, like};
pub use learned::Learned;
pub use list::{AccountList, MAX_ACCOUNTS};

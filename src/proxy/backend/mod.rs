//! Connections to servers: what each has been told, what each is busy with, and which of them sessions
//! share. Knows nothing of clients or sessions.

mod base;
pub mod connection;
pub mod lease;
pub mod load;
pub mod pool;
pub mod prepared;
mod primary_reads;

pub use connection::{Connection, DISCARD_LIMIT, ExchangeError, Shared};
pub use lease::{Asked, Identity, Lease, Place, PoolBounds, Pools};
pub use load::Load;
pub use pool::{ConnectError, Connector};
pub use primary_reads::{Pass, PrimaryReads, Turn};

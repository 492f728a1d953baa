//! Connections to servers: what each has been told, what each is busy with. Knows nothing of
//! clients or sessions.

pub mod connection;
pub mod load;
pub mod pool;

pub use connection::{Connection, ExchangeError};
pub use load::Load;
pub use pool::{ConnectError, Connector};

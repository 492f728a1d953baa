//! What the end-to-end tests share: a real cluster, the proxy's process, its metrics, waiting.
//!
//! Nothing here sleeps for a fixed time and hopes: everything waits for a condition, with a limit, and says
//! what it waited for. Everything that is started is ended again, also when a test process is killed
//! (see `guardian`).
//!
//! ```no_run
//! let cluster = support::shared_cluster();
//! let proxy = support::Proxy::start(cluster, "[proxy]\nmax_connections = 10");
//! assert_eq!(cluster.sql(0, "SELECT 1"), "1");
//! ```

// Each test binary uses only a part of this.
#![allow(dead_code, unused_imports)]

pub mod alone;
pub mod cluster;
pub mod config;
pub mod guardian;
pub mod http;
pub mod java;
pub mod place;
pub mod ports;
pub mod process;
pub mod program;
pub mod proxy;
pub mod server;
pub mod wait;

pub use alone::alone;
pub use cluster::{Cluster, Family, PASSWORD, shared_cluster};
pub use proxy::Proxy;
pub use server::Server;
pub use wait::{wait_until, wait_until_within};

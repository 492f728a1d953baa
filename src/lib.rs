//! Anabranch: a read/write-splitting proxy in front of MySQL and MariaDB replication, and a bundled
//! MySQL-compatible row store whose only log is a MySQL binlog.
//!
//! The crate is a house of rooms; imports go only downwards (`tests/tidy.rs` checks the table):
//!
//! ```text
//! level 0   value  gtid  config  metrics
//! level 1   sql  wire  disk
//! level 2   net  store  binlog
//! level 3   engine  proxy
//! level 4   query  replication
//! level 5   server
//! level 6   admin
//! level 7   cli
//! ```
//!
//! `ARCHITECTURE.md` draws the map and follows one read through it.

pub mod admin;
pub mod binlog;
pub mod cli;
pub mod config;
pub mod disk;
pub mod engine;
pub mod gtid;
pub mod metrics;
pub mod net;
pub mod proxy;
pub mod query;
pub mod replication;
pub mod server;
pub mod sql;
pub mod store;
pub mod value;
pub mod wire;

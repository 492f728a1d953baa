//! Anabranch: a read/write-splitting proxy in front of MySQL and MariaDB replication.
//!
//! The crate is a house of rooms; imports go only downwards (`tests/tidy.rs` checks the table):
//!
//! ```text
//! level 0   gtid  config  metrics
//! level 1   sql   wire
//! level 2   net
//! level 3   proxy
//! level 6   admin
//! level 7   cli
//! ```
//!
//! `ARCHITECTURE.md` draws the map and follows one read through it.

pub mod admin;
pub mod cli;
pub mod config;
pub mod gtid;
pub mod metrics;
pub mod net;
pub mod proxy;
pub mod sql;
pub mod wire;

//! The MySQL protocol as values and step machines; no sockets.
//!
//! One file per packet or family of packets. Every parser takes a payload without its header, reads it
//! through [`reader::Reader`] (which cannot run past the end), and answers hostile bytes with
//! [`Malformed`], never with a panic or an allocation larger than the payload.

pub mod auth;
pub mod command;
pub mod conditions;
pub mod error;
pub mod greeting;
pub mod header;
pub mod login;
pub mod ok;
pub mod prepared;
pub mod reader;
pub mod replication;
pub mod response;
pub mod session_state;
pub mod text_rows;

pub use mysql_common::constants::{CapabilityFlags, MariadbCapabilities, StatusFlags};

/// A payload that is not what the protocol says it must be; the text names what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed packet: {0}")]
pub struct Malformed(pub &'static str);

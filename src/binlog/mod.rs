//! The binary log in MySQL's own format: events, row images, files, index, reader, repair of a torn tail.
//!
//! It is the only log of the bundled server: a commit is a transaction in it, recovery reads it, replicas and
//! other programs read it.
//!
//! ```text
//! TransactionEvents      a session's changes as events, without a place yet
//!        │ append
//!        ▼
//! log    binlog.000001 … binlog.00000n, binlog.index        one appends, all read
//!        │ events: 19 bytes of header, body, CRC-32
//!        ▼
//! event  what is in them         row    the values in row events, both ways
//! ```
//!
//! What is read may come from MySQL 5.6 to 9 or MariaDB as well: row events of both versions, GTIDs of both
//! kinds, tables with and without metadata. What nobody here can read gives an error that names it: compressed
//! transactions and rows, partial JSON, spatial types' contents (they stay bytes).
//!
//! Everything that is read was damaged by somebody: no length, count or offset is believed before it is
//! compared with what is there.

pub mod bytes;
pub mod event;
pub mod log;
pub mod row;
mod transaction;

pub use bytes::EventError;
pub use event::{Event, RawEvent};
pub use log::{Log, LogError, LogOptions, Position};
pub use transaction::TransactionEvents;

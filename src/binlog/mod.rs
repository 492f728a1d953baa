//! The binary log in MySQL's own format: events, row images, files, index, reader, repair of a torn tail.

pub mod bytes;
pub mod event;
pub mod log;
pub mod row;
mod transaction;

pub use bytes::EventError;
pub use event::{Event, RawEvent};
pub use log::{Log, LogError, LogOptions, Position};
pub use transaction::TransactionEvents;

//! MVCC rows as immutable values: tables, indexes, write sets, scans; and the locks of those who write.
//!
//! ```text
//!   Tables ──▶ Table ──▶ rows:     row key ▶ Row            a clone of Tables is a snapshot
//!                    └─▶ indexes:  columns + row key        one persistent map for each index
//!
//!   WriteSet ─▶ Overlay   what a transaction has changed, net, in the same order as the tables
//!            └▶ changes   every row change as it was made, with images before and after: the binlog's
//!
//!   View = Tables + Overlay: what a transaction sees, merged while it is scanned
//!   apply(Tables, WriteSet) = Tables: the next version, sharing all that did not change
//! ```
//!
//! Everything but the lock table is a pure value: nothing here reads a clock, waits or does I/O. What
//! makes it safe that write sets are applied to a newer version than they were made from is that their
//! rows and unique keys are locked ([`locks`]) from the first look until after publishing.

mod key;
pub mod locks;
mod overlay;
mod range;
mod scan;
mod shape;
mod size;
mod table;
mod tables;
mod view;
mod write_set;

#[cfg(test)]
mod tests;

pub use key::Key;
pub use overlay::Overlay;
pub use range::{Direction, Edge, KeyRange};
pub use scan::{Found, FoundKey, KeyScan, Scan};
pub use shape::{IndexEntry, IndexNo, KeyPart, KeyShape, TableId, TableShape};
pub use size::row_bytes;
pub use table::{Counters, Duplicate, Table};
pub use tables::{Tables, apply};
pub use view::View;
pub use write_set::{Change, Mark, WriteSet};

//! Replication: the log goes from a primary to its replicas, and word of it comes back.
//!
//! ```text
//! primary   dump: reads the log ─▶ packets          ack: what replicas have ─▶ commits may be seen
//! replica   receive ─▶ relay log ─▶ apply
//! ```
//!
//! * [`ack`] decides, and touches nothing: no socket, no clock, no runtime;
//! * [`primary`] acts for a server that others follow;
//! * [`replica`] acts for a server that follows another.

pub mod ack;
pub mod primary;
pub mod replica;
#[cfg(test)]
mod simulation;

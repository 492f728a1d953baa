//! Pooled server connections, as far as that is decision: who gets which connection and who waits, and what
//! a connection must be told before another session's statement may run on it. Pure: no socket, no clock,
//! no runtime; `proxy/backend/lease.rs` and `proxy/session/pooled.rs` act on it.
//!
//! ```text
//! a statement ──▶ Queue::take ──▶ Ready ─┬─▶ Profile::steps ──▶ statement ──▶ Queue::give ──▶ the next in line
//!                      ├────────▶ Open ──┘   (reset, schema, SET)
//!                      └────────▶ Wait ──── granted, in order ──▲
//! ```

pub mod profile;
pub mod queue;
#[cfg(test)]
mod tests;

pub use profile::{Profile, Profiles, Steps};
pub use queue::{Fit, Granted, Queue, Taken};

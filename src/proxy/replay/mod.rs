//! Transactions that survive the loss of their server connection. Pure: no socket, no clock.
//!
//! ```text
//! command ─▶ part ─▶ Record::sending ─▶ (server) ─▶ Record::answered      while all is well
//!                        │
//!                      lost ─▶ Record::lost ─▶ Rerun: step, answer, step, answer …   on another connection
//!                                                 └ every checksum the same? then on with the command at hand
//! ```
//!
//! **Why this is sound.** What a client knows of a transaction is the answers that it got. When the connection goes,
//! the server rolls the transaction back. If the same commands, run again from the same session state, get the
//! same answers, then the client cannot tell the second run from the first, and only the second one is ever committed.
//! So a function that gives another value each time does no harm as long as nobody has seen the value.
//!
//! **What stops it** is therefore what is not undone by the rollback, what the commands depend on and is not restored, and
//! what may have ended the transaction:
//!
//! | | fate |
//! | --- | --- |
//! | a command that commits (`COMMIT`, `BEGIN`, DDL …) was sent, and not answered | `commit_in_flight` |
//! | more than the bounds | `too_large` |
//! | several statements in one text, procedures, DDL, what is not understood, text `PREPARE` | `statement` |
//! | named locks, table locks, handlers, XA | `locks` |
//! | temporary tables, files of the client, cursors | `temporary_table`, `local_file`, `cursor` |
//! | settings changed in it; what the session had before it and no other connection can be given: user variables, `LAST_INSERT_ID()` | `session_state` |
//! | a table that is not transactional was written | `not_transactional` |
//! | an error after which the transaction may be gone (a deadlock, for one) | `failed_statement` |
//! | the client has part of an answer | `answer_begun` |
//!
//! [`part()`] knows the statements, [`Record`] the order of things, [`Checksum`] what makes two answers the same, and
//! [`Rerun`] compares. The session's side is `session/replay.rs`.

mod checksum;
mod part;
mod record;
mod rerun;
#[cfg(test)]
mod tests;

pub use crate::metrics::Fate;
pub use checksum::{Checksum, Sum};
pub use part::{Asked, Part, part};
pub use record::{Answer, Bounds, Record, Sent, Situation, Step};
pub use rerun::{Rerun, Trouble};

//! What the proxy does when servers, clients and bytes misbehave, on a real cluster and real sockets.
//!
//! Every fault is real: kill -9, SIGSTOP, promotion, a client that vanishes or writes nonsense. A test waits
//! for conditions, never for a fixed time; the ceilings are generous because machines are busy.
//!
//! Needs Debian's `mariadb-server` and `mariadb-client`. Run one file's tests with
//! `cargo test --test faults primary::`.

#[path = "../support/raw.rs"]
mod raw;
#[path = "../support/mod.rs"]
mod support;

mod clients;
mod flood;
mod limits;
mod load;
mod malformed;
mod marks;
mod primary;
mod replica;
mod shutdown;

//! What commits wait for, on real processes: a bundled primary with two bundled replicas, which SIGSTOP silences.
//! And our replica under a MariaDB primary with semi-sync; MySQL where `ANABRANCH_TEST_MYSQL` names one (`host:port`,
//! root without a password, with the plugin `semisync_source.so` at hand).
//!
//! A waiting commit is seen from outside: by the process list's state and by the status variables.

mod endings;
mod foreign;
mod hints;
mod limits;
mod policies;
#[path = "../support/raw.rs"]
mod raw;
#[path = "../support/mod.rs"]
mod support;
mod system;

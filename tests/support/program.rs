//! The program under test: what cargo built with the test, or another build of it.
//!
//! Long runs want an optimised one: `ANABRANCH_TEST_PROGRAM=target/release/anabranch`, made from the same sources.

use std::ffi::OsString;

/// What to start; a relative path counts from the crate's folder.
pub fn program() -> OsString {
    let other = std::env::var_os("ANABRANCH_TEST_PROGRAM");
    other.unwrap_or_else(|| env!("CARGO_BIN_EXE_anabranch").into())
}

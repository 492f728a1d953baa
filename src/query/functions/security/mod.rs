//! Hashes, encryption, compression.

pub(super) mod compress;
pub(super) mod encrypt;
pub(super) mod hash;

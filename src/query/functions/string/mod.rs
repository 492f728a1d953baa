//! Functions of strings.

pub(super) mod base64;
pub(super) mod codes;
pub(super) mod collations;
pub(super) mod concat;
pub(super) mod fill;
pub(super) mod lists;
pub(super) mod pieces;
pub(super) mod regexp;
pub(super) mod search;
pub(super) mod shape;
pub(super) mod trim;

//! Functions of numbers.

pub(super) mod bases;
pub(super) mod extremes;

pub(super) mod format;
pub(super) mod powers;
pub(super) mod random;
pub(super) mod rounding;

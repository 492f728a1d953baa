//! Functions of dates and times.

pub(super) mod add;
pub(super) mod days;
pub(super) mod difference;
pub(super) mod extract;
pub(super) mod format;
pub(super) mod make;
pub(super) mod now;
pub(super) mod parse;
pub(super) mod parts;
mod typing;
pub(super) mod week;
pub(super) mod zones;

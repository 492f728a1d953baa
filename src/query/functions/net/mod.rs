//! Identifiers: UUIDs, network addresses, GTIDs.

pub(super) mod addresses;
pub(super) mod gtids;
pub(super) mod uuids;

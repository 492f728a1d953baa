//! This server's own variables: what commits wait for.

use super::super::variable::{Variable, choice, int};

pub(super) const ROWS: &[Variable] = &[
    int("anabranch_ack_copies", 0, 0, 255).acts(),
    int("anabranch_ack_count", 1, 1, 65535).acts(),
    choice("anabranch_ack_on_timeout", &["degrade", "block", "error"], "degrade").acts(),
    choice("anabranch_ack_point", &["received", "applied"], "received").acts(),
    choice("anabranch_ack_policy", &["async", "semi_sync", "quorum", "full_sync"], "async").acts(),
    int("anabranch_ack_timeout", 10000, 0, 4294967295).acts(),
    int("anabranch_in_sync_max_lag", 10000, 1, 4294967295).acts(),
    int("anabranch_min_in_sync", 0, 0, 255).acts(),
];

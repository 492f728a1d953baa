//! Semi-synchronous replication, under its names before and after 8.0.26; a plugin's on MySQL.
//!
//! Facts: the reference manual's "Server System Variables", and what a default server shows.

use super::super::variable::{Variable, choice, flag, int};

pub(super) const ROWS: &[Variable] = &[
    flag("rpl_semi_sync_master_enabled", false).acts(),
    int("rpl_semi_sync_master_timeout", 10000, 0, u64::MAX).acts(),
    int("rpl_semi_sync_master_trace_level", 32, 0, u64::MAX),
    int("rpl_semi_sync_master_wait_for_slave_count", 1, 1, 65535).acts(),
    flag("rpl_semi_sync_master_wait_no_slave", true).acts(),
    choice("rpl_semi_sync_master_wait_point", &["AFTER_SYNC", "AFTER_COMMIT"], "AFTER_SYNC"),
    flag("rpl_semi_sync_replica_enabled", false),
    int("rpl_semi_sync_replica_trace_level", 32, 0, u64::MAX),
    flag("rpl_semi_sync_slave_enabled", false),
    int("rpl_semi_sync_slave_trace_level", 32, 0, u64::MAX),
    flag("rpl_semi_sync_source_enabled", false).acts(),
    int("rpl_semi_sync_source_timeout", 10000, 0, u64::MAX).acts(),
    int("rpl_semi_sync_source_trace_level", 32, 0, u64::MAX),
    int("rpl_semi_sync_source_wait_for_replica_count", 1, 1, 65535).acts(),
    flag("rpl_semi_sync_source_wait_no_replica", true).acts(),
    choice("rpl_semi_sync_source_wait_point", &["AFTER_SYNC", "AFTER_COMMIT"], "AFTER_SYNC"),
];

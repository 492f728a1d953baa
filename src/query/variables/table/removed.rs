//! Variables that MySQL 8.0 has and later versions dropped.
//!
//! Facts: the reference manual's "Server System Variables", and what a default server shows.

use super::super::variable::{Variable, choice, flag, int, set, text};

pub(super) const ROWS: &[Variable] = &[
    flag("avoid_temporal_upgrade", false),
    choice(
        "binlog_transaction_dependency_tracking",
        &["COMMIT_ORDER", "WRITESET", "WRITESET_SESSION"],
        "COMMIT_ORDER",
    ),
    text("default_authentication_plugin", "caching_sha2_password").read_only(),
    int("expire_logs_days", 0, 0, 99),
    text("have_openssl", "YES").read_only().live(),
    text("have_ssl", "YES").read_only().live(),
    int("innodb_log_file_size", 50331648, 4194304, u64::MAX).read_only(),
    int("innodb_log_files_in_group", 2, 2, 100).read_only(),
    int("innodb_undo_tablespaces", 2, 2, 127).block(1),
    text("language", "/usr/share/mysql/").read_only(),
    flag("log_bin_use_v1_row_events", false).fixed(),
    choice("master_info_repository", &["FILE", "TABLE"], "TABLE"),
    int("myisam_repair_threads", 1, 1, u64::MAX).both(),
    flag("mysql_native_password_proxy_users", false),
    flag("new", false).both(),
    flag("old", false).read_only(),
    text("relay_log_info_file", "relay-log.info").read_only(),
    choice("relay_log_info_repository", &["FILE", "TABLE"], "TABLE"),
    choice("replica_parallel_type", &["DATABASE", "LOGICAL_CLOCK"], "LOGICAL_CLOCK"),
    flag("show_old_temporals", false).both(),
    choice("slave_parallel_type", &["DATABASE", "LOGICAL_CLOCK"], "LOGICAL_CLOCK"),
    set(
        "slave_rows_search_algorithms",
        &["TABLE_SCAN", "INDEX_SCAN", "HASH_SCAN"],
        "INDEX_SCAN,HASH_SCAN",
    ),
    flag("temptable_use_mmap", true),
    choice("transaction_write_set_extraction", &["OFF", "MURMUR32", "XXHASH64"], "XXHASH64").both(),
];

//! System variables, as far as routing must know them: which a replica may answer, which only the primary
//! (they differ between servers), and which cannot be carried to another server when they are set.
//!
//! Facts: MySQL manual, "Server System Variable Reference"; MariaDB documentation, "Full List of MariaDB
//! Options, System and Status Variables"; the start-up statements of drivers.

use super::class::Needs;

/// What reading `@@name`, without `global`, needs. `name` is lower case.
pub fn needs_of_reading(name: &str) -> Needs {
    match name {
        "last_insert_id" | "identity" => Needs::LAST_INSERT_ID,
        "warning_count" | "error_count" => Needs::LAST_STATEMENT,
        "pseudo_thread_id" => Needs::CONNECTION,
        _ if is_same_everywhere(name) => Needs::empty(),
        _ => Needs::SERVER,
    }
}

/// Session variables that hold what the session set, or what is configured alike on all servers.
fn is_same_everywhere(name: &str) -> bool {
    const PREFIXES: [&str; 4] = ["character_set_", "collation_", "net_", "query_cache_"];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || SAME_EVERYWHERE.contains(&name)
}

/// Whether setting the session variable leaves state that session tracking cannot carry to another server.
/// `off`: it is set to 0 or OFF.
pub fn is_uncarried(name: &str, off: bool) -> bool {
    match name {
        "sql_auto_is_null" | "profiling" => !off,
        _ => UNCARRIED.contains(&name),
    }
}

/// Whether a hint or `SET STATEMENT` may set the variable for one statement that stays a read.
pub fn is_harmless_for_one_statement(name: &str) -> bool {
    const PREFIXES: [&str; 3] = ["optimizer_", "net_", "join_"];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || HARMLESS.contains(&name)
}

const SAME_EVERYWHERE: &[&str] = &[
    "auto_increment_increment",
    "autocommit",
    "big_tables",
    "completion_type",
    "default_storage_engine",
    "div_precision_increment",
    "explicit_defaults_for_timestamp",
    "foreign_key_checks",
    "group_concat_max_len",
    "have_openssl",
    "have_ssl",
    "init_connect",
    "innodb_lock_wait_timeout",
    "interactive_timeout",
    "join_buffer_size",
    "lc_messages",
    "lc_time_names",
    "license",
    "lock_wait_timeout",
    "lower_case_file_system",
    "lower_case_table_names",
    "max_allowed_packet",
    "max_execution_time",
    "max_join_size",
    "max_sort_length",
    "max_statement_time",
    "optimizer_switch",
    "performance_schema",
    "protocol_version",
    "sql_auto_is_null",
    "sql_big_selects",
    "sql_buffer_result",
    "sql_mode",
    "sql_notes",
    "sql_quote_show_create",
    "sql_safe_updates",
    "sql_select_limit",
    "sql_warnings",
    "storage_engine",
    "system_time_zone",
    "time_zone",
    "transaction_isolation",
    "transaction_read_only",
    "tx_isolation",
    "tx_read_only",
    "unique_checks",
    "version",
    "version_comment",
    "version_compile_machine",
    "version_compile_os",
    "wait_timeout",
];

const UNCARRIED: &[&str] = &[
    "binlog_format",
    "binlog_row_image",
    "binlog_rows_query_log_events",
    "debug",
    "debug_dbug",
    "debug_sync",
    "default_master_connection",
    "gtid_domain_id",
    "gtid_next",
    "gtid_seq_no",
    "identity",
    "insert_id",
    "last_insert_id",
    "original_commit_timestamp",
    "original_server_version",
    "proxy_user",
    "pseudo_replica_mode",
    "pseudo_slave_mode",
    "pseudo_thread_id",
    "rand_seed1",
    "rand_seed2",
    "rbr_exec_mode",
    "server_id",
    "skip_replication",
    "sql_log_bin",
    "sql_log_off",
    "timestamp",
    "wsrep_on",
    "wsrep_osu_method",
    "wsrep_trx_fragment_size",
    "wsrep_trx_fragment_unit",
];

const HARMLESS: &[&str] = &[
    "big_tables",
    "character_set_results",
    "div_precision_increment",
    "eq_range_index_dive_limit",
    "group_concat_max_len",
    "innodb_lock_wait_timeout",
    "internal_tmp_mem_storage_engine",
    "lock_wait_timeout",
    "max_execution_time",
    "max_heap_table_size",
    "max_join_size",
    "max_length_for_sort_data",
    "max_points_in_geometry",
    "max_seeks_for_key",
    "max_sort_length",
    "max_statement_time",
    "mrr_buffer_size",
    "range_alloc_block_size",
    "range_optimizer_max_mem_size",
    "read_buffer_size",
    "read_rnd_buffer_size",
    "rowid_merge_buff_size",
    "sort_buffer_size",
    "sql_big_selects",
    "sql_buffer_result",
    "sql_select_limit",
    "time_zone",
    "tmp_disk_table_size",
    "tmp_memory_table_size",
    "tmp_table_size",
    "windowing_use_high_precision",
];

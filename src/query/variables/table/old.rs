//! Names that MySQL 5.7 or MariaDB know and 8.0 does not: clients written for those read and set them. They are
//! found by name and not listed by SHOW VARIABLES.
//!
//! Facts: the reference manual's "Server System Variables", and what a default server shows.

use super::super::variable::{Variable, choice, flag, int, real, text};

pub(super) const ROWS: &[Variable] = &[
    flag("check_constraint_checks", true).both().hidden().fixed(),
    flag("have_innodb", true).hidden().read_only(),
    int("idle_transaction_timeout", 0, 0, 31536000).both().hidden().fixed(),
    choice("innodb_file_format", &["Antelope", "Barracuda"], "Barracuda").hidden(),
    int("innodb_file_format_check", 0, 0, 1).hidden(),
    flag("innodb_large_prefix", true).hidden(),
    real("max_statement_time", 0.0, 0.0, 31536000.0).both().hidden().hint().acts(),
    flag("multi_range_count", false).both().hidden(),
    int("query_cache_limit", 1048576, 0, u64::MAX).hidden(),
    int("query_cache_size", 0, 0, 0).hidden(),
    choice("query_cache_type", &["OFF", "ON", "DEMAND"], "OFF").both().hidden().fixed(),
    flag("sql_if_exists", false).both().hidden().fixed(),
    text("storage_engine", "InnoDB").both().alias_of("default_storage_engine"),
    choice(
        "tx_isolation",
        &["READ-UNCOMMITTED", "READ-COMMITTED", "REPEATABLE-READ", "SERIALIZABLE"],
        "REPEATABLE-READ",
    )
    .both()
    .alias_of("transaction_isolation"),
    flag("tx_read_only", false).both().alias_of("transaction_read_only"),
];

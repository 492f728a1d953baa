//! System variables in a session's scope. Those that execution reads have a field; the rest are kept by
//! name for whoever asks for them. `query::variables` is the registry that sets and shows them.

use std::collections::HashMap;
use std::sync::Arc;

use super::SqlMode;
use crate::value::Value;
use crate::value::types::CollationId;

/// How isolated a transaction is. READ UNCOMMITTED behaves as READ COMMITTED.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// READ-UNCOMMITTED.
    ReadUncommitted,
    /// READ-COMMITTED.
    ReadCommitted,
    /// REPEATABLE-READ.
    #[default]
    RepeatableRead,
    /// SERIALIZABLE.
    Serializable,
}

/// The session's values.
#[derive(Debug, Clone)]
pub struct SessionVariables {
    /// `sql_mode`.
    pub sql_mode: SqlMode,
    /// `autocommit`. Changing it from off to on commits: the session does that.
    pub autocommit: bool,
    /// `transaction_isolation`.
    pub isolation: Isolation,
    /// `transaction_read_only`.
    pub read_only: bool,
    /// What `SET TRANSACTION` said for the next transaction alone.
    pub next_isolation: Option<Isolation>,
    /// The same for READ ONLY and READ WRITE.
    pub next_read_only: Option<bool>,
    /// `time_zone` as it was set: `SYSTEM`, `+02:00`, `Europe/Berlin`.
    pub time_zone: Arc<str>,
    /// `timestamp`, if set: microseconds since 1970.
    pub timestamp_micros: Option<i64>,
    /// `insert_id`: the next generated id, once.
    pub insert_id: Option<u64>,
    /// `collation_connection`: of literals.
    pub collation_connection: CollationId,
    /// `character_set_client` by a collation of it.
    pub character_set_client: CollationId,
    /// `character_set_results` by a collation of it; `None`: as stored.
    pub character_set_results: Option<CollationId>,
    /// `collation_database`: the default schema's.
    pub collation_database: CollationId,
    /// `collation_server`.
    pub collation_server: CollationId,
    /// `foreign_key_checks`.
    pub foreign_key_checks: bool,
    /// `unique_checks`.
    pub unique_checks: bool,
    /// `sql_safe_updates`.
    pub sql_safe_updates: bool,
    /// `sql_auto_is_null`.
    pub sql_auto_is_null: bool,
    /// `sql_select_limit`: rows.
    pub sql_select_limit: u64,
    /// `max_execution_time`: milliseconds, 0 for none; SELECT only.
    pub max_execution_time_ms: u64,
    /// `group_concat_max_len`: bytes.
    pub group_concat_max_len: u64,
    /// `cte_max_recursion_depth`: rounds.
    pub cte_max_recursion_depth: u64,
    /// `div_precision_increment`: digits.
    pub div_precision_increment: u8,
    /// `auto_increment_increment`.
    pub auto_increment_increment: u64,
    /// `auto_increment_offset`.
    pub auto_increment_offset: u64,
    /// `innodb_lock_wait_timeout`: seconds.
    pub innodb_lock_wait_timeout_s: u64,
    /// `lock_wait_timeout`: seconds.
    pub lock_wait_timeout_s: u64,
    /// `max_allowed_packet`: bytes.
    pub max_allowed_packet: u64,
    /// `default_week_format`.
    pub default_week_format: u8,
    /// `lc_time_names`.
    pub lc_time_names: Arc<str>,
    /// Memory that one statement's sorts, joins and groups may take: bytes.
    pub statement_memory_bytes: u64,
    /// All other variables that were set in this session, by name in lower case.
    pub other: HashMap<Box<str>, Value>,
}

/// What a statement may take for sorts, joins and groups where nothing else is said: 256 MiB.
const STATEMENT_MEMORY_BYTES: u64 = 256 << 20;
/// `utf8mb4_0900_ai_ci`.
const DEFAULT_COLLATION: CollationId = CollationId(255);

impl Default for SessionVariables {
    fn default() -> Self {
        Self {
            sql_mode: SqlMode::default(),
            autocommit: true,
            isolation: Isolation::default(),
            read_only: false,
            next_isolation: None,
            next_read_only: None,
            time_zone: Arc::from("SYSTEM"),
            timestamp_micros: None,
            insert_id: None,
            collation_connection: DEFAULT_COLLATION,
            character_set_client: DEFAULT_COLLATION,
            character_set_results: Some(DEFAULT_COLLATION),
            collation_database: DEFAULT_COLLATION,
            collation_server: DEFAULT_COLLATION,
            foreign_key_checks: true,
            unique_checks: true,
            sql_safe_updates: false,
            sql_auto_is_null: false,
            sql_select_limit: u64::MAX,
            max_execution_time_ms: 0,
            group_concat_max_len: 1024,
            cte_max_recursion_depth: 1000,
            div_precision_increment: 4,
            auto_increment_increment: 1,
            auto_increment_offset: 1,
            innodb_lock_wait_timeout_s: 50,
            lock_wait_timeout_s: 31_536_000,
            max_allowed_packet: 64 << 20,
            default_week_format: 0,
            lc_time_names: Arc::from("en_US"),
            statement_memory_bytes: STATEMENT_MEMORY_BYTES,
            other: HashMap::new(),
        }
    }
}

//! Variables that execution reads often have a field in [`SessionVariables`]; all others are kept by name.
//! Here is which is which.

use std::sync::Arc;

use super::charsets;
use crate::query::session::{Isolation, Session, SessionVariables, SqlMode};
use crate::value::Value;
use crate::value::types::CollationId;

/// A character set's or collation's value.
fn named(name: Option<&'static str>) -> Value {
    name.map_or(Value::Null, |name| Value::Text(name.into()))
}

fn flag(on: bool) -> Value {
    Value::Int(on.into())
}

fn charset(id: CollationId) -> Value {
    named(charsets::charset_of(id))
}

fn collation(id: CollationId) -> Value {
    named(charsets::collation_name(id))
}

/// Microseconds as seconds with a fraction.
fn seconds(micros: i64) -> Value {
    Value::Double(micros as f64 / 1e6)
}

/// The name of an isolation level.
pub fn isolation_name(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::ReadUncommitted => "READ-UNCOMMITTED",
        Isolation::ReadCommitted => "READ-COMMITTED",
        Isolation::RepeatableRead => "REPEATABLE-READ",
        Isolation::Serializable => "SERIALIZABLE",
    }
}

fn isolation_by_name(name: &str) -> Isolation {
    match name {
        "READ-UNCOMMITTED" => Isolation::ReadUncommitted,
        "READ-COMMITTED" => Isolation::ReadCommitted,
        "SERIALIZABLE" => Isolation::Serializable,
        _ => Isolation::RepeatableRead,
    }
}

/// The session's value of a variable that has a field or follows from the session's state.
pub(super) fn read(session: &Session, name: &str) -> Option<Value> {
    state(session, name).or_else(|| field(&session.variables, name))
}

/// What the session knows without its variables.
fn state(session: &Session, name: &str) -> Option<Value> {
    Some(match name {
        "timestamp" => seconds(session.statement_clock()),
        "last_insert_id" | "identity" => Value::UInt(session.last_insert_id),
        "warning_count" => Value::UInt(session.diagnostics.counts_before().0),
        "error_count" => Value::UInt(session.diagnostics.counts_before().1),
        "pseudo_thread_id" => Value::UInt(session.connection_id),
        _ => return None,
    })
}

fn field(variables: &SessionVariables, name: &str) -> Option<Value> {
    Some(match name {
        "sql_mode" => Value::Text(variables.sql_mode.to_string().into()),
        "autocommit" => flag(variables.autocommit),
        "transaction_isolation" => Value::Text(isolation_name(variables.isolation).into()),
        "transaction_read_only" => flag(variables.read_only),
        "time_zone" => Value::Text(variables.time_zone.clone()),
        "insert_id" => Value::UInt(variables.insert_id.unwrap_or(0)),
        "collation_connection" => collation(variables.collation_connection),
        "character_set_connection" => charset(variables.collation_connection),
        "character_set_client" => charset(variables.character_set_client),
        "character_set_results" => variables.character_set_results.map_or(Value::Null, charset),
        "collation_database" => collation(variables.collation_database),
        "character_set_database" => charset(variables.collation_database),
        "collation_server" => collation(variables.collation_server),
        "character_set_server" => charset(variables.collation_server),
        "lc_time_names" => Value::Text(variables.lc_time_names.clone()),
        _ => return flag_field(variables, name).or_else(|| number_field(variables, name)),
    })
}

fn flag_field(variables: &SessionVariables, name: &str) -> Option<Value> {
    Some(flag(match name {
        "foreign_key_checks" => variables.foreign_key_checks,
        "unique_checks" => variables.unique_checks,
        "sql_safe_updates" => variables.sql_safe_updates,
        "sql_auto_is_null" => variables.sql_auto_is_null,
        _ => return None,
    }))
}

fn number_field(variables: &SessionVariables, name: &str) -> Option<Value> {
    Some(Value::UInt(match name {
        "sql_select_limit" => variables.sql_select_limit,
        "max_execution_time" => variables.max_execution_time_ms,
        "group_concat_max_len" => variables.group_concat_max_len,
        "cte_max_recursion_depth" => variables.cte_max_recursion_depth,
        "div_precision_increment" => variables.div_precision_increment.into(),
        "auto_increment_increment" => variables.auto_increment_increment,
        "auto_increment_offset" => variables.auto_increment_offset,
        "innodb_lock_wait_timeout" => variables.innodb_lock_wait_timeout_s,
        "lock_wait_timeout" => variables.lock_wait_timeout_s,
        "max_allowed_packet" => variables.max_allowed_packet,
        "default_week_format" => variables.default_week_format.into(),
        _ => return None,
    }))
}

/// Gives the session a value, which was checked.
pub(super) fn write(session: &mut Session, name: &'static str, value: &Value) {
    match (name, value) {
        ("last_insert_id" | "identity", value) => session.last_insert_id = number(value),
        ("pseudo_thread_id", _) => {}
        ("timestamp", Value::Double(seconds)) => {
            let micros = (seconds * 1e6).round() as i64;
            session.variables.timestamp_micros = (micros > 0).then_some(micros);
        }
        _ => write_field(&mut session.variables, name, value),
    }
}

/// Gives the variables a value, which was checked.
pub(super) fn write_field(variables: &mut SessionVariables, name: &'static str, value: &Value) {
    let known = match value {
        Value::Text(text) => write_text(variables, name, text),
        Value::Null => write_null(variables, name),
        value => write_number(variables, name, number(value)),
    };
    if !known {
        variables.other.insert(name.into(), value.clone());
    }
}

fn write_null(variables: &mut SessionVariables, name: &str) -> bool {
    let known = name == "character_set_results";
    if known {
        variables.character_set_results = None;
    }
    known
}

fn write_text(variables: &mut SessionVariables, name: &str, text: &Arc<str>) -> bool {
    match name {
        "sql_mode" => variables.sql_mode = SqlMode::parse(text).unwrap_or_default(),
        "transaction_isolation" => {
            variables.isolation = isolation_by_name(text);
            variables.next_isolation = None;
        }
        "time_zone" => variables.time_zone = text.clone(),
        "lc_time_names" => variables.lc_time_names = text.clone(),
        _ => return write_charset(variables, name, text),
    }
    true
}

/// A character set brings its default collation along, a collation its character set.
fn write_charset(variables: &mut SessionVariables, name: &str, text: &str) -> bool {
    let collation = charsets::collation_id(text);
    let default = charsets::default_collation(text);
    match (name, collation, default) {
        ("collation_connection", Some(id), _) => variables.collation_connection = id,
        ("collation_database", Some(id), _) => variables.collation_database = id,
        ("collation_server", Some(id), _) => variables.collation_server = id,
        ("character_set_connection", _, Some(id)) => variables.collation_connection = id,
        ("character_set_database", _, Some(id)) => variables.collation_database = id,
        ("character_set_server", _, Some(id)) => variables.collation_server = id,
        ("character_set_client", _, Some(id)) => variables.character_set_client = id,
        ("character_set_results", _, Some(id)) => variables.character_set_results = Some(id),
        _ => return false,
    }
    true
}

fn write_number(variables: &mut SessionVariables, name: &str, number: u64) -> bool {
    match name {
        "autocommit" => variables.autocommit = number != 0,
        "transaction_read_only" => {
            variables.read_only = number != 0;
            variables.next_read_only = None;
        }
        "foreign_key_checks" => variables.foreign_key_checks = number != 0,
        "unique_checks" => variables.unique_checks = number != 0,
        "sql_safe_updates" => variables.sql_safe_updates = number != 0,
        "sql_auto_is_null" => variables.sql_auto_is_null = number != 0,
        "insert_id" => variables.insert_id = (number != 0).then_some(number),
        _ => return write_limit(variables, name, number),
    }
    true
}

fn write_limit(variables: &mut SessionVariables, name: &str, number: u64) -> bool {
    match name {
        "sql_select_limit" => variables.sql_select_limit = number,
        "max_execution_time" => variables.max_execution_time_ms = number,
        "group_concat_max_len" => variables.group_concat_max_len = number,
        "cte_max_recursion_depth" => variables.cte_max_recursion_depth = number,
        "div_precision_increment" => variables.div_precision_increment = number.min(30) as u8,
        "auto_increment_increment" => variables.auto_increment_increment = number,
        "auto_increment_offset" => variables.auto_increment_offset = number,
        "innodb_lock_wait_timeout" => variables.innodb_lock_wait_timeout_s = number,
        "lock_wait_timeout" => variables.lock_wait_timeout_s = number,
        "max_allowed_packet" => variables.max_allowed_packet = number,
        "default_week_format" => variables.default_week_format = number.min(7) as u8,
        _ => return false,
    }
    true
}

/// A checked number or flag.
fn number(value: &Value) -> u64 {
    match value {
        Value::UInt(number) => *number,
        Value::Int(number) => u64::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

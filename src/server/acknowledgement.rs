//! Acknowledgement as people set and see it: the configuration's `[ack]`, `anabranch_ack_…` and MySQL's
//! `rpl_semi_sync_…` variables, status variables, metrics.
//!
//! The policy is the one truth; each variable is a view of it. `rpl_semi_sync_source_enabled` reads ON under any
//! policy but `async`; setting it makes the policy `semi_sync` or `async`.

use crate::config::{self, AckPolicy, AckTimeout, AckWhen, ServerConfig};
use crate::engine::AckLevel;
use crate::replication::ack::{AckPoint, OnTimeout, Policy};
use crate::replication::primary::{AckState, Acknowledgement, Clock};
use crate::sql::hint;
use crate::value::{SqlError, Value};

/// One that waits for nothing: while the data is opened, no replica can come.
pub fn opening() -> Acknowledgement {
    Acknowledgement::new(Policy::default(), Clock::real())
}

/// From now on commits wait as the configuration says.
pub fn configure(acknowledgement: &Acknowledgement, config: &ServerConfig) {
    acknowledgement.change(|present| *present = policy(&config.ack));
}

/// What a hint asks for.
pub fn level_of(hint: hint::Ack) -> AckLevel {
    match hint {
        hint::Ack::Async => AckLevel::Async,
        hint::Ack::SemiSync => AckLevel::SemiSync,
        hint::Ack::Quorum => AckLevel::Quorum,
        hint::Ack::FullSync => AckLevel::FullSync,
    }
}

fn policy(ack: &config::Ack) -> Policy {
    Policy {
        level: match ack.policy {
            AckPolicy::Async => AckLevel::Async,
            AckPolicy::SemiSync => AckLevel::SemiSync,
            AckPolicy::Quorum => AckLevel::Quorum,
            AckPolicy::FullSync => AckLevel::FullSync,
        },
        count: ack.count,
        copies: ack.copies,
        point: match ack.point {
            AckWhen::Received => AckPoint::Received,
            AckWhen::Applied => AckPoint::Applied,
        },
        timeout_ms: ack.timeout_ms,
        on_timeout: match ack.on_timeout {
            AckTimeout::Degrade => OnTimeout::Degrade,
            AckTimeout::Block => OnTimeout::Block,
            AckTimeout::Error => OnTimeout::Error,
        },
        wait_without_replicas: true,
        in_sync_max_lag_ms: ack.in_sync_max_lag_ms,
        min_in_sync: ack.min_in_sync,
    }
}

/// The present value of a variable that is a view of the policy.
pub fn value(policy: &Policy, name: &str) -> Option<Value> {
    let flag = |on: bool| Value::Int(i64::from(on));
    let text = |text: &str| Value::Text(text.into());
    Some(match name {
        "anabranch_ack_policy" => text(policy.level.name()),
        "anabranch_ack_point" => text(policy.point.name()),
        "anabranch_ack_on_timeout" => text(policy.on_timeout.name()),
        "anabranch_ack_copies" => Value::UInt(u64::from(policy.copies)),
        "anabranch_in_sync_max_lag" => Value::UInt(policy.in_sync_max_lag_ms),
        "anabranch_min_in_sync" => Value::UInt(u64::from(policy.min_in_sync)),
        "rpl_semi_sync_source_enabled" | "rpl_semi_sync_master_enabled" => {
            flag(policy.level != AckLevel::Async)
        }
        "anabranch_ack_timeout"
        | "rpl_semi_sync_source_timeout"
        | "rpl_semi_sync_master_timeout" => Value::UInt(policy.timeout_ms),
        "anabranch_ack_count"
        | "rpl_semi_sync_source_wait_for_replica_count"
        | "rpl_semi_sync_master_wait_for_slave_count" => Value::UInt(u64::from(policy.count)),
        "rpl_semi_sync_source_wait_no_replica" | "rpl_semi_sync_master_wait_no_slave" => {
            flag(policy.wait_without_replicas)
        }
        _ => return None,
    })
}

/// Makes a checked value of such a variable act. False: it is not one.
///
/// # Errors
/// 1231 for a text that names nothing.
pub fn change(
    acknowledgement: &Acknowledgement,
    name: &str,
    value: &Value,
) -> Result<bool, SqlError> {
    let number = match value {
        Value::Int(number) => u64::try_from(*number).unwrap_or(0),
        Value::UInt(number) => *number,
        _ => 0,
    };
    let small = u32::try_from(number).unwrap_or(u32::MAX);
    let text = if let Value::Text(text) = value { text.to_string() } else { String::new() };
    let wrong = |()| {
        let message = format!("Variable '{name}' can't be set to the value of '{text}'");
        SqlError::new(1231, b"42000", message)
    };
    let mut policy = acknowledgement.policy();
    match name {
        "anabranch_ack_policy" => policy.level = text.parse().map_err(wrong)?,
        "anabranch_ack_point" => policy.point = text.parse().map_err(wrong)?,
        "anabranch_ack_on_timeout" => policy.on_timeout = text.parse().map_err(wrong)?,
        "anabranch_ack_copies" => policy.copies = small,
        "anabranch_in_sync_max_lag" => policy.in_sync_max_lag_ms = number.max(1),
        "anabranch_min_in_sync" => policy.min_in_sync = small,
        "rpl_semi_sync_source_enabled" | "rpl_semi_sync_master_enabled" => {
            policy.level = enabled(policy.level, number != 0);
        }
        "anabranch_ack_timeout"
        | "rpl_semi_sync_source_timeout"
        | "rpl_semi_sync_master_timeout" => policy.timeout_ms = number,
        "anabranch_ack_count"
        | "rpl_semi_sync_source_wait_for_replica_count"
        | "rpl_semi_sync_master_wait_for_slave_count" => policy.count = small.max(1),
        "rpl_semi_sync_source_wait_no_replica" | "rpl_semi_sync_master_wait_no_slave" => {
            policy.wait_without_replicas = number != 0;
        }
        _ => return Ok(false),
    }
    acknowledgement.change(|present| *present = policy);
    Ok(true)
}

/// What `rpl_semi_sync_source_enabled` makes of a policy: a stronger one stays on.
fn enabled(level: AckLevel, on: bool) -> AckLevel {
    match (level, on) {
        (_, false) => AckLevel::Async,
        (AckLevel::Async, true) => AckLevel::SemiSync,
        (level, true) => level,
    }
}

/// A status variable of MySQL's semi-sync, or of ours.
pub fn status(acknowledgement: &Acknowledgement, name: &str) -> Option<String> {
    if name == "Anabranch_high_watermark" {
        return Some(acknowledgement.watermark().to_string());
    }
    let wanted = name
        .strip_prefix("Rpl_semi_sync_source_")
        .or_else(|| name.strip_prefix("Rpl_semi_sync_master_"))
        .or_else(|| name.strip_prefix("Anabranch_"))?;
    let state = acknowledgement.state();
    let counts = state.counts;
    let flag = |on: bool| if on { "ON" } else { "OFF" }.to_owned();
    Some(match wanted {
        "status" => flag(state.active),
        "ack_degraded" => flag(state.degraded),
        "clients" => state.connected.to_string(),
        "replicas_in_sync" => state.in_sync.to_string(),
        "yes_tx" => counts.acknowledged.to_string(),
        "no_tx" => counts.unacknowledged.to_string(),
        "no_times" => counts.degradations.to_string(),
        "tx_waits" => counts.waits.to_string(),
        "tx_wait_time" => (counts.waited_ms * 1000).to_string(),
        "tx_avg_wait_time" => average_micros(&state).to_string(),
        "wait_sessions" | "ack_waiting" => state.waiting.to_string(),
        _ => return None,
    })
}

fn average_micros(state: &AckState) -> u64 {
    (state.counts.waited_ms * 1000).checked_div(state.counts.waits).unwrap_or(0)
}

//! Replication, as performance_schema has it.

use super::row::{Wanted, maybe, number, text};
use super::{EvalContext, Rows};
use crate::query::session::{ReplicaError, ReplicaView, TransactionView};
use crate::value::Value;
use crate::value::temporal::{DateTime, UnixTime};

/// One row where a source is set, otherwise none.
fn one(ctx: &EvalContext<'_>, row: impl FnOnce(ReplicaView) -> Vec<Value>) -> Rows {
    Ok(ctx.session.server.replica().map(row).into_iter().collect())
}

fn on(on: bool) -> Value {
    text(if on { "ON" } else { "OFF" })
}

fn int(value: u64) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

fn flag(on: bool) -> Value {
    text(if on { "YES" } else { "NO" })
}

/// A moment in UTC; the zero date for never.
fn moment(micros: u64) -> Value {
    let at = UnixTime(i64::try_from(micros).unwrap_or(0)).to_utc().filter(|_| micros > 0);
    Value::DateTime(at.unwrap_or(DateTime::ZERO))
}

fn error(error: &ReplicaError) -> [Value; 3] {
    [int(u64::from(error.code)), text(&error.text), moment(error.at)]
}

/// replication_connection_configuration.
pub fn connection_configuration(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    one(ctx, |view| {
        let empty = || text("");
        let bit = |on: bool| text(if on { "1" } else { "0" });
        let mut row = vec![empty(), text(&view.host), int(u64::from(view.port)), text(&view.user)];
        row.extend([empty(), bit(view.auto_position), flag(view.tls), text(&view.tls_ca), empty()]);
        row.extend([text(&view.tls_cert), empty(), text(&view.tls_key), flag(view.tls_verify)]);
        row.extend([empty(), empty(), int(view.connect_retry), number(view.retry_count)]);
        row.extend([Value::Double(view.heartbeat_seconds), empty(), empty()]);
        row.extend([flag(view.get_public_key), empty(), text("uncompressed"), int(3), Value::Null]);
        row.extend([bit(false), bit(false)]);
        row
    })
}

/// replication_connection_status.
pub fn connection_status(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    one(ctx, |view| {
        let state = match view.io_running {
            "Yes" => "ON",
            "Connecting" => "CONNECTING",
            _ => "OFF",
        };
        let mut row = vec![text(""), text(""), text(&view.source_uuid), Value::Null, text(state)];
        row.extend([number(view.heartbeats), moment(view.last_heartbeat), text(&view.retrieved)]);
        row.extend(error(&view.io_error));
        for _ in 0..2 {
            row.push(text(""));
            row.extend([moment(0), moment(0), moment(0)]);
        }
        // The last one that was queued has two moments of its own, the one at work one.
        row.insert(15, moment(0));
        row
    })
}

/// replication_applier_configuration.
pub fn applier_configuration(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    one(ctx, |view| {
        let row = [text(""), int(view.delay), Value::Null, text("YES"), text("STREAM")];
        row.into_iter().chain([text("OFF"), Value::Null]).collect()
    })
}

/// replication_applier_status.
pub fn applier_status(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    one(ctx, |view| {
        let delay = maybe_number(view.remaining_delay);
        vec![text(""), on(view.sql_running), delay, number(0)]
    })
}

fn maybe_number(value: Option<u64>) -> Value {
    value.map_or(Value::Null, number)
}

/// replication_applier_status_by_worker: there is one.
pub fn applier_workers(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    one(ctx, |view| {
        let mut row = vec![text(""), number(1), Value::Null, on(view.sql_running)];
        row.extend(error(&view.sql_error));
        let TransactionView { name, committed, started, ended } = &view.applied;
        row.extend([text(name), moment(*committed), moment(*committed)]);
        row.extend([moment(*started), moment(*ended)]);
        let TransactionView { name, committed, started, .. } = &view.applying;
        row.extend([text(name), moment(*committed), moment(*committed), moment(*started)]);
        for _ in 0..2 {
            row.extend([number(0), int(0), maybe(None::<String>), moment(0)]);
        }
        row
    })
}

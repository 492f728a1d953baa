//! The replica's metrics.

use std::sync::Arc;

use crate::engine::Engine;
use crate::metrics::{ReadingKind, Readings};
use crate::replication::replica::Replica;
use crate::replication::replica::status::{IoRunning, Report};

/// Adds them.
///
/// # Errors
/// A name is taken twice: a mistake of ours.
pub fn add(
    readings: &Readings,
    replica: &Arc<Replica>,
    engine: &Arc<Engine>,
) -> Result<(), prometheus::Error> {
    of_threads(readings, replica)?;
    behind(readings, replica, engine)?;
    let of_report = |name: &str, help: &str, kind: ReadingKind, read: fn(&Report) -> f64| {
        let replica = replica.clone();
        readings.add(name, help, kind, move || read(&replica.report()))
    };
    let gauge = ReadingKind::Gauge;
    of_report(
        "anabranch_replica_lag_seconds",
        "Age of the transaction that is applied; 0 when all is applied, NaN while unknown.",
        gauge,
        |report| report.seconds_behind().map_or(f64::NAN, |seconds| seconds as f64),
    )?;
    of_report(
        "anabranch_replica_commits_in_flight",
        "Applied transactions on their way into this server's log.",
        gauge,
        |report| report.in_flight as f64,
    )?;
    of_report(
        "anabranch_replica_transactions_applied_total",
        "Transactions of the source that were applied.",
        ReadingKind::Counter,
        |report| report.applied_count as f64,
    )?;
    let relay = replica.clone();
    readings.add(
        "anabranch_replica_relay_log_bytes",
        "Bytes of the relay log: received, and not removed yet.",
        gauge,
        move || relay.relay_space() as f64,
    )
}

/// Whether both threads run; NaN on a server that follows nobody, which no alert rule matches.
fn of_threads(readings: &Readings, replica: &Arc<Replica>) -> Result<(), prometheus::Error> {
    let add = |name: &str, help: &str, read: fn(&Report) -> f64| {
        let replica = replica.clone();
        readings.add(name, help, ReadingKind::Gauge, move || match replica.settings().is_set() {
            true => read(&replica.report()),
            false => f64::NAN,
        })
    };
    add(
        "anabranch_replica_receiver_up",
        "Whether the source's log is received: 1 while it is, 0.5 while a connection is tried; NaN without a source.",
        |report| match report.io {
            IoRunning::Yes => 1.0,
            IoRunning::Connecting => 0.5,
            IoRunning::No => 0.0,
        },
    )?;
    add(
        "anabranch_replica_applier_up",
        "Whether received transactions are applied; NaN without a source.",
        |report| f64::from(u8::from(report.sql)),
    )
}

/// How far it is behind what it has received.
fn behind(
    readings: &Readings,
    replica: &Arc<Replica>,
    engine: &Arc<Engine>,
) -> Result<(), prometheus::Error> {
    let (replica, engine) = (replica.clone(), engine.clone());
    readings.add(
        "anabranch_replica_transactions_behind",
        "Received transactions with GTIDs that are not applied yet.",
        ReadingKind::Gauge,
        move || {
            let mut lacking = replica.report().retrieved;
            lacking.subtract(&engine.database().executed);
            lacking.count() as f64
        },
    )
}

//! Metrics of those that follow this server, and of what commits wait for.

use std::sync::Arc;

use crate::engine::Engine;
use crate::metrics::{ReadingKind, Readings};
use crate::replication::primary::{
    AckState, Primary, ReplicaState, WAIT_BUCKETS_MS, bytes_behind, ordinal,
};

/// Adds them.
///
/// # Errors
/// A name is taken twice: a mistake of ours.
pub fn add(
    readings: &Readings,
    primary: &Arc<Primary>,
    engine: &Arc<Engine>,
) -> Result<(), prometheus::Error> {
    of_state(readings, primary)?;
    of_each_replica(readings, primary, engine)?;
    of_each_connection(readings, primary, engine)?;
    let waited = primary.clone();
    let bounds = WAIT_BUCKETS_MS.iter().map(|bound| *bound as f64 / 1000.0).collect();
    readings.add_histogram(
        "anabranch_primary_ack_wait_seconds",
        "How long groups of commits waited for replicas.",
        bounds,
        move || {
            let state = waited.acknowledgement().state();
            (state.waits.to_vec(), state.counts.waited_ms as f64 / 1000.0)
        },
    )
}

fn of_state(readings: &Readings, primary: &Arc<Primary>) -> Result<(), prometheus::Error> {
    let add = |name: &str, help: &str, kind: ReadingKind, read: fn(&AckState) -> f64| {
        let primary = primary.clone();
        readings.add(name, help, kind, move || read(&primary.acknowledgement().state()))
    };
    let (gauge, counter) = (ReadingKind::Gauge, ReadingKind::Counter);
    add("anabranch_primary_replicas_connected", "Replicas that acknowledge.", gauge, |state| {
        state.connected as f64
    })?;
    add("anabranch_primary_replicas_in_sync", "Replicas that are in sync.", gauge, |state| {
        state.in_sync as f64
    })?;
    add(
        "anabranch_primary_ack_degraded",
        "1 while commits do not wait because replicas did not answer in time.",
        gauge,
        |state| f64::from(u8::from(state.degraded)),
    )?;
    add("anabranch_primary_ack_waiting", "Transactions that wait for replicas.", gauge, |state| {
        state.waiting as f64
    })?;
    add(
        "anabranch_primary_acknowledged_total",
        "Transactions that replicas acknowledged as the policy asked.",
        counter,
        |state| state.counts.acknowledged as f64,
    )?;
    add(
        "anabranch_primary_unacknowledged_total",
        "Transactions that became visible without.",
        counter,
        |state| state.counts.unacknowledged as f64,
    )
}

fn of_each_replica(
    readings: &Readings,
    primary: &Arc<Primary>,
    engine: &Arc<Engine>,
) -> Result<(), prometheus::Error> {
    let add = |name: &str, help: &str, read: fn(&ReplicaState, &Engine) -> f64| {
        let (primary, engine) = (primary.clone(), engine.clone());
        readings.add_each(name, help, ReadingKind::Gauge, "server_id", move || {
            let state = primary.acknowledgement().state();
            let each = state.replicas.iter();
            each.map(|one| (one.server_id.to_string(), read(one, &engine))).collect()
        })
    };
    add("anabranch_primary_replica_up", "Whether the replica is connected.", |one, _| {
        f64::from(u8::from(one.replica.connected))
    })?;
    add("anabranch_primary_replica_in_sync", "Whether the replica is in sync.", |one, _| {
        f64::from(u8::from(one.replica.in_sync))
    })?;
    add(
        "anabranch_primary_replica_lag_seconds",
        "Age of the oldest commit that the replica lacks; NaN where it has said nothing.",
        |one, _| one.lag_ms.map_or(f64::NAN, |lag| lag as f64 / 1000.0),
    )?;
    add(
        "anabranch_primary_replica_groups_behind",
        "Groups of commits that the replica has not acknowledged.",
        |one, _| one.groups_behind as f64,
    )?;
    add(
        "anabranch_primary_replica_unacknowledged_bytes",
        "Bytes of the log that the replica has not acknowledged.",
        |one, engine| engine.log().map_or(0.0, |log| bytes_behind(log, one.replica.received)),
    )?;
    add(
        "anabranch_primary_replica_received_position",
        "Up to where the replica has the log durably: file * 2^32 + offset.",
        |one, _| ordinal(one.replica.received),
    )?;
    add(
        "anabranch_primary_replica_applied_position",
        "Up to where the replica has applied the log: file * 2^32 + offset; NaN where it does not tell.",
        |one, _| one.replica.applied.map_or(f64::NAN, ordinal),
    )
}

fn of_each_connection(
    readings: &Readings,
    primary: &Arc<Primary>,
    engine: &Arc<Engine>,
) -> Result<(), prometheus::Error> {
    let (primary, engine) = (primary.clone(), engine.clone());
    readings.add_each(
        "anabranch_primary_dump_unsent_bytes",
        "Bytes of the log that were not yet given to a follower's connection.",
        ReadingKind::Gauge,
        "connection",
        move || {
            let followers = primary.followers().into_iter();
            let sent = followers.filter_map(|one| Some((one.connection, one.sent?)));
            sent.map(|(id, sent)| {
                let bytes = engine.log().map_or(0.0, |log| bytes_behind(log, sent));
                (id.to_string(), bytes)
            })
            .collect()
        },
    )
}

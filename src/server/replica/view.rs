//! The replica as SHOW REPLICA STATUS and performance_schema show it.

use crate::net::TlsMode;
use crate::query::session::{ReplicaError, ReplicaView, TransactionView};
use crate::replication::replica::Replica;
use crate::replication::replica::status::{Failure, Passage};

/// What is shown; none where no source is set.
pub fn view(replica: &Replica) -> Option<ReplicaView> {
    let settings = replica.settings();
    if !settings.is_set() {
        return None;
    }
    let report = replica.report();
    let seconds_behind = report.seconds_behind();
    Some(ReplicaView {
        host: settings.host,
        port: settings.port,
        user: settings.user,
        connect_retry: settings.connect_retry.as_secs(),
        retry_count: settings.retry_count,
        heartbeat_seconds: settings.heartbeat.as_secs_f64(),
        delay: settings.delay.as_secs(),
        auto_position: settings.auto_position,
        get_public_key: settings.get_public_key,
        tls: settings.tls != TlsMode::Disabled,
        tls_verify: settings.tls == TlsMode::VerifyIdentity,
        tls_ca: settings.tls_ca,
        tls_cert: settings.tls_cert,
        tls_key: settings.tls_key,
        io_running: report.io.name(),
        io_state: report.io_state,
        io_error: error(report.io_failure),
        sql_running: report.sql,
        sql_state: report.sql_state,
        sql_error: error(report.sql_failure),
        until: replica.until().map_or(("None", String::new(), 0), |until| until.describe()),
        source_id: report.source_id,
        source_uuid: report.source_uuid,
        read: report.read,
        executed: report.executed,
        relay_file: if report.relay.file == 0 { String::new() } else { report.relay.name() },
        relay_position: report.relay.offset,
        relay_space: replica.relay_space(),
        seconds_behind,
        remaining_delay: report.remaining_delay,
        retrieved: report.retrieved.to_string(),
        heartbeats: report.heartbeats,
        last_heartbeat: report.last_heartbeat,
        applying: transaction(report.applying),
        applied: transaction(report.applied),
    })
}

fn error(failure: Failure) -> ReplicaError {
    ReplicaError { code: failure.code, text: failure.text, at: failure.at }
}

fn transaction(passage: Passage) -> TransactionView {
    let Passage { name, committed, started, ended } = passage;
    TransactionView { name, committed, started, ended }
}

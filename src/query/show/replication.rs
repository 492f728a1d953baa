//! SHOW of the binary log and of replication.

use super::replication_columns::{REPLICA_STATUS, REPLICAS, in_words};
use super::rows::{Column, answer, send, send_columns};
use super::{Answer, text};
use crate::engine::EventRange;
use crate::query::accounts::{Privilege, require};
use crate::query::session::FollowerView;
use crate::query::{Outcome, ResultSink, Session};
use crate::sql::statement::ast::{Show, ShowLimit};
use crate::value::{SqlError, Value};

/// The forms of this file.
///
/// # Errors
/// 1227; 1220 and 1381 of the log; 1235 for what is no form of SHOW here.
pub fn show(session: &Session, show: &Show, sink: &mut dyn ResultSink) -> Answer {
    match show {
        Show::BinaryLogs => binary_logs(session, sink),
        Show::BinaryLogStatus { .. } => binary_log_status(session, sink),
        Show::BinlogEvents { file, position, limit } => {
            require(session, Privilege::ReplicationReplica)?;
            binlog_events(session, (file.as_deref(), *position), *limit, sink)
        }
        Show::Snapshot => super::snapshot::show(session, sink),
        Show::Replicas { old_name } => {
            require(session, Privilege::ReplicationReplica)?;
            send(sink, &in_words(&REPLICAS, *old_name), &replicas(session))
        }
        Show::ReplicaStatus { old_name, channel } => {
            require_client(session)?;
            if let Some(channel) = channel.as_deref().filter(|channel| !channel.is_empty()) {
                let who = if *old_name { "Slave" } else { "Replica" };
                let message = format!("{who} channel '{channel}' does not exist.");
                return Err(SqlError::new(3074, b"HY000", message).into());
            }
            let row = super::replica_status::row(session);
            let rows: Vec<Vec<Value>> = row.into_iter().collect();
            send(sink, &in_words(&REPLICA_STATUS, *old_name), &rows)
        }
        _ => Err(SqlError::not_supported("this SHOW").into()),
    }
}

/// REPLICATION CLIENT or SUPER.
fn require_client(session: &Session) -> Result<(), SqlError> {
    if require(session, Privilege::ReplicationClient).is_ok() {
        return Ok(());
    }
    require(session, Privilege::Super).map_err(|error| {
        let message = error.message.replace("SUPER", "SUPER, REPLICATION CLIENT");
        SqlError::new(1227, b"42000", message)
    })
}

fn replicas(session: &Session) -> Vec<Vec<Value>> {
    use crate::query::variables::{self, Asked};
    let own = variables::read(session, &session.globals, "server_id", Asked::Global);
    let own = own.unwrap_or(Value::UInt(0));
    let line = |one: FollowerView| {
        let (id, port) = (u64::from(one.server_id), u64::from(one.port));
        vec![Value::UInt(id), text(one.host), Value::UInt(port), own.clone(), text(one.uuid)]
    };
    session.server.followers().into_iter().map(line).collect()
}

fn binary_logs(session: &Session, sink: &mut dyn ResultSink) -> Answer {
    require_client(session)?;
    let no_log = || SqlError::new(1381, b"HY000", "You are not using binary logging");
    let log = session.engine.log().ok_or_else(no_log)?;
    let files = log.files();
    let rows = files.iter().map(|file| vec![text(file.name()), Value::UInt(file.size), text("No")]);
    let rows: Vec<Vec<Value>> = rows.collect();
    let columns =
        [Column::Text("Log_name", 255), Column::Number("File_size"), Column::Text("Encrypted", 3)];
    answer(sink, &columns, &rows)
}

fn binary_log_status(session: &Session, sink: &mut dyn ResultSink) -> Answer {
    require_client(session)?;
    let rows: Vec<Vec<Value>> = match session.engine.log() {
        None => Vec::new(),
        Some(log) => {
            let at = log.revealed();
            let executed = session.engine.database().executed.to_string();
            let files = log.files();
            let file = files.iter().find(|file| file.number == at.file);
            let name = file.map(|file| file.name()).unwrap_or_default();
            vec![vec![text(name), Value::UInt(at.offset), text(""), text(""), text(executed)]]
        }
    };
    let columns = [
        Column::Text("File", 512),
        Column::Number("Position"),
        Column::Text("Binlog_Do_DB", 255),
        Column::Text("Binlog_Ignore_DB", 255),
        Column::Text("Executed_Gtid_Set", 1024),
    ];
    answer(sink, &columns, &rows)
}

fn binlog_events(
    session: &Session,
    (file, from): (Option<&str>, Option<u64>),
    limit: Option<ShowLimit>,
    sink: &mut dyn ResultSink,
) -> Answer {
    let limit = limit.unwrap_or(ShowLimit { offset: 0, count: u64::MAX });
    let range = EventRange { file, from, offset: limit.offset, count: limit.count };
    let mut count = 0;
    let mut started = false;
    session.engine.log_events(&range, &mut |event| {
        if !std::mem::replace(&mut started, true) {
            send_columns(sink, &BINLOG_EVENTS)?;
        }
        if session.kill.is_raised() {
            return Err(SqlError::new(1317, b"70100", "Query execution was interrupted"));
        }
        count += 1;
        sink.row(&[
            text(event.file),
            Value::UInt(event.start),
            text(event.kind),
            Value::UInt(u64::from(event.server_id)),
            Value::UInt(event.end),
            text(event.info),
        ])
    })?;
    if !started {
        send_columns(sink, &BINLOG_EVENTS)?;
    }
    Ok(Outcome::Rows { count })
}

const BINLOG_EVENTS: [Column; 6] = [
    Column::Text("Log_name", 20),
    Column::Number("Pos"),
    Column::Text("Event_type", 20),
    Column::Int("Server_id"),
    Column::Number("End_log_pos"),
    Column::Text("Info", 20),
];

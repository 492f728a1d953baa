//! SHOW of the binary log and of replication.

use super::rows::{Column, answer, send_columns};
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
            answer(sink, if *old_name { &SLAVE_HOSTS } else { &REPLICAS }, &replicas(session))
        }
        Show::ReplicaStatus { old_name, channel } => {
            require_client(session)?;
            if let Some(channel) = channel.as_deref().filter(|channel| !channel.is_empty()) {
                let who = if *old_name { "Slave" } else { "Replica" };
                let message = format!("{who} channel '{channel}' does not exist.");
                return Err(SqlError::new(3074, b"HY000", message).into());
            }
            let columns = if *old_name { &SLAVE_STATUS } else { &REPLICA_STATUS };
            let row = super::replica_status::row(session);
            answer(sink, columns, &row.into_iter().collect::<Vec<_>>())
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

const REPLICAS: [Column; 5] = [
    Column::Int("Server_Id"),
    Column::Text("Host", 255),
    Column::Int("Port"),
    Column::Int("Source_Id"),
    Column::Text("Replica_UUID", 36),
];

const SLAVE_HOSTS: [Column; 5] = [
    Column::Int("Server_id"),
    Column::Text("Host", 255),
    Column::Int("Port"),
    Column::Int("Master_id"),
    Column::Text("Slave_UUID", 36),
];

const REPLICA_STATUS: [Column; 60] = [
    Column::Text("Replica_IO_State", 14),
    Column::Text("Source_Host", 255),
    Column::Text("Source_User", 97),
    Column::Int("Source_Port"),
    Column::Int("Connect_Retry"),
    Column::Text("Source_Log_File", 512),
    Column::Number("Read_Source_Log_Pos"),
    Column::Text("Relay_Log_File", 512),
    Column::Number("Relay_Log_Pos"),
    Column::Text("Relay_Source_Log_File", 512),
    Column::Text("Replica_IO_Running", 3),
    Column::Text("Replica_SQL_Running", 3),
    Column::Text("Replicate_Do_DB", 20),
    Column::Text("Replicate_Ignore_DB", 20),
    Column::Text("Replicate_Do_Table", 20),
    Column::Text("Replicate_Ignore_Table", 23),
    Column::Text("Replicate_Wild_Do_Table", 24),
    Column::Text("Replicate_Wild_Ignore_Table", 28),
    Column::Int("Last_Errno"),
    Column::Text("Last_Error", 20),
    Column::Int("Skip_Counter"),
    Column::Number("Exec_Source_Log_Pos"),
    Column::Number("Relay_Log_Space"),
    Column::Text("Until_Condition", 18),
    Column::Text("Until_Log_File", 512),
    Column::Number("Until_Log_Pos"),
    Column::Text("Source_SSL_Allowed", 7),
    Column::Text("Source_SSL_CA_File", 512),
    Column::Text("Source_SSL_CA_Path", 512),
    Column::Text("Source_SSL_Cert", 512),
    Column::Text("Source_SSL_Cipher", 512),
    Column::Text("Source_SSL_Key", 512),
    Column::MaybeNumber("Seconds_Behind_Source"),
    Column::Text("Source_SSL_Verify_Server_Cert", 3),
    Column::Int("Last_IO_Errno"),
    Column::Text("Last_IO_Error", 20),
    Column::Int("Last_SQL_Errno"),
    Column::Text("Last_SQL_Error", 20),
    Column::Text("Replicate_Ignore_Server_Ids", 512),
    Column::Int("Source_Server_Id"),
    Column::Text("Source_UUID", 36),
    Column::Text("Source_Info_File", 1024),
    Column::Int("SQL_Delay"),
    Column::MaybeNumber("SQL_Remaining_Delay"),
    Column::Text("Replica_SQL_Running_State", 20),
    Column::Number("Source_Retry_Count"),
    Column::Text("Source_Bind", 255),
    Column::Text("Last_IO_Error_Timestamp", 20),
    Column::Text("Last_SQL_Error_Timestamp", 20),
    Column::Text("Source_SSL_Crl", 512),
    Column::Text("Source_SSL_Crlpath", 512),
    Column::Text("Retrieved_Gtid_Set", 20),
    Column::Text("Executed_Gtid_Set", 41),
    Column::Int("Auto_Position"),
    Column::Text("Replicate_Rewrite_DB", 24),
    Column::Text("Channel_Name", 64),
    Column::Text("Source_TLS_Version", 512),
    Column::Text("Source_public_key_path", 512),
    Column::Int("Get_Source_public_key"),
    Column::Text("Network_Namespace", 64),
];

const SLAVE_STATUS: [Column; 60] = [
    Column::Text("Slave_IO_State", 14),
    Column::Text("Master_Host", 255),
    Column::Text("Master_User", 97),
    Column::Int("Master_Port"),
    Column::Int("Connect_Retry"),
    Column::Text("Master_Log_File", 512),
    Column::Number("Read_Master_Log_Pos"),
    Column::Text("Relay_Log_File", 512),
    Column::Number("Relay_Log_Pos"),
    Column::Text("Relay_Master_Log_File", 512),
    Column::Text("Slave_IO_Running", 3),
    Column::Text("Slave_SQL_Running", 3),
    Column::Text("Replicate_Do_DB", 20),
    Column::Text("Replicate_Ignore_DB", 20),
    Column::Text("Replicate_Do_Table", 20),
    Column::Text("Replicate_Ignore_Table", 23),
    Column::Text("Replicate_Wild_Do_Table", 24),
    Column::Text("Replicate_Wild_Ignore_Table", 28),
    Column::Int("Last_Errno"),
    Column::Text("Last_Error", 20),
    Column::Int("Skip_Counter"),
    Column::Number("Exec_Master_Log_Pos"),
    Column::Number("Relay_Log_Space"),
    Column::Text("Until_Condition", 18),
    Column::Text("Until_Log_File", 512),
    Column::Number("Until_Log_Pos"),
    Column::Text("Master_SSL_Allowed", 7),
    Column::Text("Master_SSL_CA_File", 512),
    Column::Text("Master_SSL_CA_Path", 512),
    Column::Text("Master_SSL_Cert", 512),
    Column::Text("Master_SSL_Cipher", 512),
    Column::Text("Master_SSL_Key", 512),
    Column::MaybeNumber("Seconds_Behind_Master"),
    Column::Text("Master_SSL_Verify_Server_Cert", 3),
    Column::Int("Last_IO_Errno"),
    Column::Text("Last_IO_Error", 20),
    Column::Int("Last_SQL_Errno"),
    Column::Text("Last_SQL_Error", 20),
    Column::Text("Replicate_Ignore_Server_Ids", 512),
    Column::Int("Master_Server_Id"),
    Column::Text("Master_UUID", 36),
    Column::Text("Master_Info_File", 1024),
    Column::Int("SQL_Delay"),
    Column::MaybeNumber("SQL_Remaining_Delay"),
    Column::Text("Slave_SQL_Running_State", 20),
    Column::Number("Master_Retry_Count"),
    Column::Text("Master_Bind", 255),
    Column::Text("Last_IO_Error_Timestamp", 20),
    Column::Text("Last_SQL_Error_Timestamp", 20),
    Column::Text("Master_SSL_Crl", 512),
    Column::Text("Master_SSL_Crlpath", 512),
    Column::Text("Retrieved_Gtid_Set", 20),
    Column::Text("Executed_Gtid_Set", 41),
    Column::Int("Auto_Position"),
    Column::Text("Replicate_Rewrite_DB", 24),
    Column::Text("Channel_Name", 64),
    Column::Text("Master_TLS_Version", 512),
    Column::Text("Master_public_key_path", 512),
    Column::Int("Get_master_public_key"),
    Column::Text("Network_Namespace", 64),
];

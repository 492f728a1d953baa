//! What a replica asks and says before it asks for the log.

use super::Broken;
use super::connection::Connection;
use crate::gtid::Uuid;
use crate::replication::replica::SourceSettings;
use crate::wire::replication::RegisterReplica;

/// Error of a source that a replica cannot follow (`ER_REPLICA_FATAL_ERROR`).
const FATAL: u16 = 13_117;

/// Whose server a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// MySQL, or what speaks as it does.
    MySql,
    /// MariaDB.
    MariaDb,
    /// One of our own.
    Anabranch,
}

impl Flavour {
    fn of(version: &str) -> Self {
        if version.contains("MariaDB") {
            Self::MariaDb
        } else if version.contains("anabranch") {
            Self::Anabranch
        } else {
            Self::MySql
        }
    }
}

/// What is known of a source.
#[derive(Debug, Clone)]
pub struct Source {
    /// Whose it is.
    pub flavour: Flavour,
    /// Its `server_id`.
    pub server_id: u32,
    /// Its `server_uuid`, where it has one.
    pub uuid: String,
    /// Events carry checksums.
    pub checksums: bool,
    /// It asks for acknowledgements.
    pub semi_sync: bool,
    /// Seconds that this server's clock is ahead of its.
    pub clock_ahead: i64,
}

/// This server, as it introduces itself.
#[derive(Debug, Clone)]
pub struct Introduction {
    /// `server_id`.
    pub server_id: u32,
    /// `server_uuid`.
    pub uuid: Uuid,
    /// `report_host`, empty where not said.
    pub host: String,
    /// `report_port`.
    pub port: u16,
    /// Semi-sync is wanted also from servers that are not ours.
    pub semi_sync: bool,
}

/// Asks what a source is and says who is asking.
pub async fn greet(
    connection: &mut Connection,
    own: &Introduction,
    settings: &SourceSettings,
) -> Result<Source, Broken> {
    let flavour = Flavour::of(&connection.version);
    let server_id = identify(connection, own).await?;
    let clock = connection.value("SELECT UNIX_TIMESTAMP()").await?;
    let clock_ahead = now_seconds() - clock.and_then(|text| text.parse().ok()).unwrap_or(0);
    let uuid = match flavour {
        Flavour::MariaDb => String::new(),
        _ => uuid(connection, own, settings).await?,
    };
    let beat = settings.heartbeat.as_nanos();
    connection
        .ask(&format!("SET @master_heartbeat_period={beat}, @source_heartbeat_period={beat}"))
        .await?;
    let checksums = checksums(connection).await?;
    let semi_sync = semi_sync(connection, own, flavour).await?;
    match flavour {
        Flavour::MariaDb => drop(connection.ask("SET @mariadb_slave_capability=4").await?),
        _ => {
            let uuid = own.uuid;
            connection.ask(&format!("SET @slave_uuid='{uuid}', @replica_uuid='{uuid}'")).await?;
        }
    }
    if flavour == Flavour::Anabranch {
        connection.ask("SET @anabranch_replica=1").await?;
    }
    register(connection, own).await?;
    Ok(Source { flavour, server_id, uuid, checksums, semi_sync, clock_ahead })
}

async fn identify(connection: &mut Connection, own: &Introduction) -> Result<u32, Broken> {
    let id = connection.value("SELECT @@GLOBAL.SERVER_ID").await?;
    let id = id.and_then(|text| text.parse().ok()).unwrap_or(0);
    if id == own.server_id {
        return Err(fatal(
            "The replica I/O thread stops because source and replica have equal MySQL server ids; \
             these ids must be different for replication to work.",
        ));
    }
    Ok(id)
}

async fn uuid(
    connection: &mut Connection,
    own: &Introduction,
    settings: &SourceSettings,
) -> Result<String, Broken> {
    let uuid = connection.value("SELECT @@GLOBAL.SERVER_UUID").await?.unwrap_or_default();
    if uuid.eq_ignore_ascii_case(&own.uuid.to_string()) {
        return Err(fatal(
            "The replica I/O thread stops because source and replica have equal MySQL server \
             UUIDs; these UUIDs must be different for replication to work.",
        ));
    }
    let mode = connection.value("SELECT @@GLOBAL.GTID_MODE").await?.unwrap_or_default();
    if settings.auto_position && !mode.eq_ignore_ascii_case("ON") {
        return Err(fatal(
            "The replication receiver thread cannot start in AUTO_POSITION mode: the source server \
             has GTID_MODE = OFF instead of ON.",
        ));
    }
    Ok(uuid)
}

/// Agrees on what the source's own files have.
async fn checksums(connection: &mut Connection) -> Result<bool, Broken> {
    let set = "SET @master_binlog_checksum=@@global.binlog_checksum, \
               @source_binlog_checksum=@@global.binlog_checksum";
    connection.ask(set).await?;
    let algorithm = connection.value("SELECT @master_binlog_checksum").await?;
    Ok(algorithm.is_some_and(|name| name.eq_ignore_ascii_case("CRC32")))
}

/// Takes part in semi-sync where the source has it and it is wanted here.
async fn semi_sync(
    connection: &mut Connection,
    own: &Introduction,
    flavour: Flavour,
) -> Result<bool, Broken> {
    if flavour != Flavour::Anabranch && !own.semi_sync {
        return Ok(false);
    }
    for name in ["rpl_semi_sync_source_enabled", "rpl_semi_sync_master_enabled"] {
        let answer = connection.try_ask(&format!("SELECT @@GLOBAL.{name}")).await?;
        let Ok(rows) = answer else { continue };
        let value = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
        // MariaDB sends what semi-sync puts before an event only while it is on; others whenever it was asked for.
        let is_on = value.is_some_and(|value| value == "1");
        if is_on || flavour != Flavour::MariaDb {
            connection.ask("SET @rpl_semi_sync_replica=1, @rpl_semi_sync_slave=1").await?;
            return Ok(true);
        }
    }
    Ok(false)
}

async fn register(connection: &mut Connection, own: &Introduction) -> Result<(), Broken> {
    let register = RegisterReplica {
        server_id: own.server_id,
        host: own.host.clone(),
        port: own.port,
        ..RegisterReplica::default()
    };
    let mut payload = Vec::new();
    register.put_payload(&mut payload);
    connection.order(&payload).await
}

fn fatal(what: &str) -> Broken {
    Broken::Fatal(FATAL, format!("Fatal error: {what}"))
}

/// Seconds since 1970.
pub fn now_seconds() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_secs()).unwrap_or(i64::MAX)
}

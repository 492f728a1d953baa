//! One connection to one server, and what is asked over it.
//!
//! Two questions a check (three on a MySQL 8 replica), in the text protocol, changing no session
//! state: the variables in one SELECT, then the channels.

use std::sync::Arc;
use std::time::Instant;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, DriverError, Error, IoError, Opts, OptsBuilder};

use super::fields::Fields;
use super::{
    Address, Channel, CheckFailure, Flavour, IoState, MonitorSettings, Observation, RoutineCatalog,
    Version,
};
use crate::gtid::Position;

/// Largest answer that the monitor reads, in bytes: a large GTID set, a long account list.
const MAX_PACKET: usize = 64 << 20;

/// The servers' default idle limit; saying it spares a question on connecting.
const WAIT_TIMEOUT_S: usize = 28_800;

/// The first version with `SHOW REPLICA STATUS`.
const REPLICA_WORDS: Version = Version::new(8, 0, 22);

/// The first version with the original commit's time stamp.
const COMMIT_TIMESTAMPS: Version = Version::new(8, 0, 1);

/// The first version with `super_read_only`.
const SUPER_READ_ONLY: Version = Version::new(5, 7, 8);

const IDENTITY: &str = "SELECT @@version AS version, @@version_comment AS comment";
const MARIADB_VARIABLES: &str = "SELECT @@global.read_only AS read_only, @@global.sql_mode AS sql_mode, \
     @@global.server_id AS server_id, @@global.gtid_current_pos AS gtid";

const MYSQL_VARIABLES: &str = "SELECT @@global.read_only AS read_only, @@global.sql_mode AS sql_mode, \
     @@global.super_read_only AS super_read_only, @@global.server_id AS server_id, \
     @@global.server_uuid AS server_uuid, @@global.gtid_mode AS gtid_mode, \
     @@global.gtid_executed AS gtid";

const OLD_MYSQL_VARIABLES: &str = "SELECT @@global.read_only AS read_only, @@global.sql_mode AS sql_mode, \
     @@global.server_id AS server_id, @@global.server_uuid AS server_uuid, \
     @@global.gtid_mode AS gtid_mode, @@global.gtid_executed AS gtid";

/// The oldest transaction that is being applied, by the replica's clock. A worker without one
/// names none.
const APPLYING_AGE: &str = "SELECT MAX(CASE WHEN APPLYING_TRANSACTION <> '' THEN \
     TIMESTAMPDIFF(MICROSECOND, APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP, NOW(6)) \
     ELSE 0 END) AS age FROM performance_schema.replication_applier_status_by_worker";

const ROUTINES: &str = "SELECT ROUTINE_SCHEMA AS db, ROUTINE_NAME AS name, \
     SQL_DATA_ACCESS AS access FROM information_schema.ROUTINES \
     WHERE ROUTINE_TYPE = 'FUNCTION' AND ROUTINE_SCHEMA NOT IN ('sys', 'mysql') LIMIT 20001";

/// A signed-in connection, and what is known to be askable over it.
pub struct Probe {
    conn: Conn,
    flavour: Flavour,
    version: Version,
    sql_mode: String,
    /// Cleared when the server refuses the question.
    ask_applying_age: bool,
}

impl Probe {
    /// Connects, signs in, and asks what kind of server it is.
    pub async fn connect(address: &Address, settings: &MonitorSettings) -> Result<Self, Error> {
        let mut conn = connect(address, settings).await?;
        let rows: Vec<mysql_async::Row> = conn.query(IDENTITY).await?;
        let fields = rows.into_iter().next().map(Fields::new);
        let text = |name| fields.as_ref().and_then(|row| row.text(&[name])).unwrap_or_default();
        let (version, comment) = (text("version"), text("comment"));
        let flavour = Flavour::of(&version, &comment);
        let version = Version::parse(&version);
        let ask_applying_age = flavour != Flavour::MariaDb && version >= COMMIT_TIMESTAMPS;
        Ok(Self { conn, flavour, version, sql_mode: String::new(), ask_applying_age })
    }

    /// The server's kind and version, and the `sql_mode` that new sessions begin with.
    pub fn identity(&self) -> (Flavour, Version, String) {
        (self.flavour, self.version, self.sql_mode.clone())
    }

    /// The `sql_mode` that new sessions begin with, as of the last check.
    pub fn sql_mode(&self) -> &str {
        &self.sql_mode
    }

    /// One check.
    pub async fn check(&mut self) -> Result<Observation, Error> {
        let started = Instant::now();
        let variables = self.variables().await?;
        let took = started.elapsed();
        self.sql_mode = variables.text(&["sql_mode"]).unwrap_or_default();
        let channels = self.channels().await?;
        let applying_age = match &channels {
            Some(channels) if !channels.is_empty() => self.applying_age().await?,
            _ => None,
        };
        let read_only = variables.switch(&["read_only"]) || variables.switch(&["super_read_only"]);
        Ok(Observation {
            flavour: self.flavour,
            version: self.version,
            server_id: variables.number(&["server_id"]).unwrap_or(0),
            server_uuid: variables.text(&["server_uuid"]),
            read_only,
            channels,
            applied: self.position(&variables).map(Arc::new),
            applying_age,
            took,
        })
    }

    /// The functions of all schemas with what they declare.
    pub async fn routines(&mut self) -> Result<RoutineCatalog, Error> {
        let rows: Vec<mysql_async::Row> = self.conn.query(ROUTINES).await?;
        Ok(RoutineCatalog::new(rows.into_iter().map(Fields::new).map(|row| {
            let text = |name| row.text(&[name]).unwrap_or_default();
            let reads = matches!(&*text("access"), "READS SQL DATA" | "NO SQL");
            (text("db"), text("name"), reads)
        })))
    }

    async fn variables(&mut self) -> Result<Fields, Error> {
        let question = match self.flavour {
            Flavour::MariaDb => MARIADB_VARIABLES,
            Flavour::MySql if self.version < SUPER_READ_ONLY => OLD_MYSQL_VARIABLES,
            _ => MYSQL_VARIABLES,
        };
        let rows: Vec<mysql_async::Row> = self.conn.query(question).await?;
        let row = rows.into_iter().next();
        row.map(Fields::new).ok_or(Error::Driver(DriverError::ConnectionClosed))
    }

    /// A MySQL server without GTIDs has an empty set, or one that no longer grows.
    fn position(&self, variables: &Fields) -> Option<Position> {
        let text = variables.text(&["gtid"])?;
        if self.flavour == Flavour::MariaDb {
            return text.parse().ok().map(Position::MariaDb);
        }
        let on = variables.text(&["gtid_mode"]).is_some_and(|mode| mode.eq_ignore_ascii_case("on"));
        on.then(|| text.parse().ok().map(Position::MySql)).flatten()
    }

    /// `None` where the account may not ask.
    async fn channels(&mut self) -> Result<Option<Vec<Channel>>, Error> {
        let question = match self.flavour {
            Flavour::MariaDb => "SHOW ALL SLAVES STATUS",
            _ if self.version >= REPLICA_WORDS => "SHOW REPLICA STATUS",
            _ => "SHOW SLAVE STATUS",
        };
        let rows: Result<Vec<mysql_async::Row>, Error> = self.conn.query(question).await;
        match rows {
            Ok(rows) => {
                Ok(Some(rows.into_iter().map(Fields::new).map(|row| channel(&row)).collect()))
            }
            Err(Error::Server(error)) if matches!(error.code, 1227 | 1142 | 1143) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn applying_age(&mut self) -> Result<Option<std::time::Duration>, Error> {
        if !self.ask_applying_age {
            return Ok(None);
        }
        let rows: Result<Vec<mysql_async::Row>, Error> = self.conn.query(APPLYING_AGE).await;
        match rows {
            Ok(rows) => {
                let micros = rows
                    .into_iter()
                    .next()
                    .map(Fields::new)
                    .and_then(|row| row.number::<i64>(&["age"]));
                let micros = micros.map(|micros| u64::try_from(micros).unwrap_or(0));
                Ok(micros.map(std::time::Duration::from_micros))
            }
            Err(Error::Server(_)) => {
                self.ask_applying_age = false;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn channel(row: &Fields) -> Channel {
    let io = match row.text(&["Replica_IO_Running", "Slave_IO_Running"]).as_deref() {
        Some("Yes") => IoState::Running,
        Some("Connecting" | "Preparing") => IoState::Connecting,
        _ => IoState::Stopped,
    };
    let sql = row.text(&["Replica_SQL_Running", "Slave_SQL_Running"]);
    let errno = row.number(&["Last_SQL_Errno"]).filter(|errno| *errno != 0);
    Channel {
        source_host: row.text(&["Source_Host", "Master_Host"]).unwrap_or_default(),
        source_port: row.number(&["Source_Port", "Master_Port"]).unwrap_or(0),
        source_uuid: row.text(&["Source_UUID", "Master_UUID"]),
        source_id: row.number(&["Source_Server_Id", "Master_Server_Id"]).unwrap_or(0),
        io,
        sql_running: sql.as_deref() == Some("Yes"),
        seconds_behind: row.number(&["Seconds_Behind_Source", "Seconds_Behind_Master"]),
        last_errno: errno.or_else(|| row.number(&["Last_IO_Errno"])).unwrap_or(0),
    }
}

/// Connects and signs in. Where TLS is only preferred a server that has
/// none is asked without.
pub async fn connect(address: &Address, settings: &MonitorSettings) -> Result<Conn, Error> {
    let tls = settings.tls.options.clone();
    match Conn::new(options(address, settings, tls)).await {
        Err(Error::Driver(DriverError::NoClientSslFlagFromServer))
            if settings.tls.is_optional() =>
        {
            Conn::new(options(address, settings, None)).await
        }
        other => other,
    }
}

fn options(
    address: &Address,
    settings: &MonitorSettings,
    tls: Option<mysql_async::SslOpts>,
) -> Opts {
    let builder = OptsBuilder::default()
        .user(Some(settings.user.clone()))
        .pass(Some(settings.password.clone()))
        .prefer_socket(false)
        .stmt_cache_size(0)
        .max_allowed_packet(Some(MAX_PACKET))
        .wait_timeout(Some(WAIT_TIMEOUT_S));
    match address {
        Address::Tcp { host, port } => {
            builder.ip_or_hostname(host.clone()).tcp_port(*port).ssl_opts(tls).into()
        }
        Address::Unix(path) => builder.socket(Some(path.to_string_lossy())).into(),
    }
}

/// What an error means for the server. `connecting`: before it had signed the monitor in.
pub fn failure(error: &Error, connecting: bool) -> CheckFailure {
    use std::io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut, UnexpectedEof,
    };
    match error {
        Error::Server(error) => match error.code {
            1040 | 1203 => CheckFailure::Full,
            1044 | 1045 | 1129 | 1130 | 1251 | 1698 | 1820 | 1862 | 3118 | 4151 => {
                CheckFailure::AccessDenied
            }
            1053 | 1077..=1079 => CheckFailure::Refusing,
            _ => CheckFailure::Broken,
        },
        Error::Io(IoError::Io(error)) => match error.kind() {
            TimedOut => CheckFailure::TimedOut,
            BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => {
                CheckFailure::Broken
            }
            _ if connecting => CheckFailure::Refused,
            _ => CheckFailure::Broken,
        },
        _ => CheckFailure::Broken,
    }
}

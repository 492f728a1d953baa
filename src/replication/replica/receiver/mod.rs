//! The receiver: follows the source's log into the relay log.
//!
//! ```text
//! connect ─▶ greet ─▶ ask for the log ─▶ event, event … ─▶ relay log ─▶ (nothing more buffered) sync ─▶ acknowledge
//!    ▲                                        │
//!    └────────── pause, doubling ◀────────────┘ connection lost, silence longer than the heartbeats allow
//! ```
//!
//! One sync stands for all that came meanwhile. What the source says that another attempt would not change ends
//! the receiver: its log no longer has what is wanted (1236), it is this server itself.

mod connection;
mod copy;
mod greet;
pub(in crate::replication) mod intake;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use greet::{Flavour, Introduction, Source, now_seconds};

use super::relay::Relay;
use super::status::{IoRunning, Status};
use super::{Applied, SourcePosition, SourceSettings};
use crate::binlog::{EventError, LogError};
use crate::engine::Engine;
use crate::gtid::GtidSet;
use crate::wire::Malformed;
use crate::wire::error::ServerError;
use crate::wire::replication::{BinlogDump, BinlogDumpGtid, DumpFlags};
use connection::Connection;
use intake::Intake;

/// The first pause between two attempts; each is twice as long, up to SOURCE_CONNECT_RETRY.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// MySQL's error for a source that ends the dump.
const READ_ERROR: u16 = 13_114;

/// Why a connection ended.
#[derive(Debug)]
pub enum Broken {
    /// It could not be made; the number and text are for SHOW REPLICA STATUS.
    Connect(u16, String),
    /// It was lost.
    Lost(String),
    /// The source said no.
    Refused(ServerError),
    /// Another attempt would end in the same way.
    Fatal(u16, String),
    /// The relay log cannot be written.
    Relay(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

impl From<Malformed> for Broken {
    fn from(error: Malformed) -> Self {
        Self::Lost(error.to_string())
    }
}

impl From<EventError> for Broken {
    fn from(error: EventError) -> Self {
        Self::Fatal(13_121, format!("Relay log write failure: {error}"))
    }
}

impl From<LogError> for Broken {
    fn from(error: LogError) -> Self {
        Self::Fatal(13_121, format!("Relay log write failure: {error}"))
    }
}

impl Broken {
    /// Number and text for SHOW REPLICA STATUS, and whether the receiver ends.
    pub(in crate::replication) fn told(&self) -> (u16, String, bool) {
        match self {
            Self::Connect(code, text) => (*code, text.clone(), false),
            Self::Lost(what) => {
                (2013, format!("Lost connection to the source during replication: {what}"), false)
            }
            Self::Refused(error) if error.code == 1236 => (
                READ_ERROR,
                format!(
                    "Got fatal error 1236 from source when reading data from binary log: '{}'",
                    error.message
                ),
                true,
            ),
            Self::Refused(error) => (error.code, error.message.clone(), false),
            Self::Fatal(code, text) => (*code, text.clone(), true),
            Self::Relay(error) => (13_121, format!("Relay log write failure: {error}"), true),
        }
    }
}

/// What was received so far.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// MySQL's GTIDs in the relay log (`Retrieved_Gtid_Set`).
    pub gtids: GtidSet,
    /// The end of the last whole transaction.
    pub position: SourcePosition,
}

/// The receiver and all that it needs.
pub struct Receiver {
    /// Where it writes to.
    pub relay: Arc<Relay>,
    /// Whom it follows.
    pub settings: SourceSettings,
    /// Who it is.
    pub own: Introduction,
    /// For what is executed here.
    pub engine: Arc<Engine>,
    /// What others see of it.
    pub status: Arc<Status>,
    /// Where the applier is.
    pub applied: watch::Receiver<Applied>,
    /// Ends it.
    pub stop: CancellationToken,
}

impl Receiver {
    /// Receives until it is told to stop, or until going on makes no sense. Gives what it has received.
    pub async fn run(self, mut received: Received) -> Received {
        let (mut pause, mut attempts) = (FIRST_PAUSE, 0);
        loop {
            self.status.io(IoRunning::Connecting, "Connecting to source");
            let stop = self.stop.clone();
            let ended = tokio::select! {
                ended = self.follow(&mut received, &mut pause) => ended,
                () = stop.cancelled() => break,
            };
            self.close_relay();
            let (code, text, is_fatal) = ended.told();
            tracing::warn!(code, error = text, "replication: the source is not received from");
            self.status.io_failed(code, &text);
            attempts = if pause >= self.settings.connect_retry { attempts + 1 } else { 0 };
            if is_fatal || attempts > self.settings.retry_count {
                break;
            }
            self.status.io(IoRunning::Connecting, "Reconnecting after a failed source event read");
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => break,
            }
            pause = (pause * 2).min(self.settings.connect_retry.max(FIRST_PAUSE));
        }
        self.close_relay();
        self.status.io(IoRunning::No, "");
        received
    }

    pub(in crate::replication) fn close_relay(&self) {
        if let Err(error) = self.relay.end_file() {
            tracing::warn!(%error, "the relay log could not be closed");
        }
    }

    /// One connection from its beginning to its end.
    async fn follow(&self, received: &mut Received, pause: &mut Duration) -> Broken {
        match self.try_follow(received, pause).await {
            Ok(never) => match never {},
            Err(broken) => broken,
        }
    }

    async fn try_follow(
        &self,
        received: &mut Received,
        pause: &mut Duration,
    ) -> Result<std::convert::Infallible, Broken> {
        let mut connection = Connection::open(&self.settings).await?;
        self.status.io(IoRunning::Connecting, "Checking source version");
        let source = greet::greet(&mut connection, &self.own, &self.settings).await?;
        self.status.source(&source);
        self.request(&mut connection, &source, received).await?;
        tracing::info!(
            source = %self.settings.host,
            port = self.settings.port,
            version = connection.version,
            "replication: the source's log is received"
        );
        self.status.io(IoRunning::Yes, "Waiting for source to send event");
        self.status.io_recovered();
        *pause = FIRST_PAUSE;
        let flavour = source.flavour;
        let ended = Intake::new(self, source).run(self, connection, received).await;
        match ended {
            Err(Broken::Refused(error))
                if error.code == 1236 && flavour == Flavour::Anabranch && self.can_copy(&error) =>
            {
                let mut connection = Connection::open(&self.settings).await?;
                self.copy(&mut connection, received).await?;
                Err(Broken::Lost("the log is asked for again, after the copy".into()))
            }
            other => other,
        }
    }

    /// Whether a copy of the source's data would help: its log lacks what is asked for.
    fn can_copy(&self, error: &ServerError) -> bool {
        self.settings.auto_position && error.message.contains("purged")
    }

    /// Asks for the log from where it is needed.
    async fn request(
        &self,
        connection: &mut Connection,
        source: &Source,
        received: &Received,
    ) -> Result<(), Broken> {
        if self.settings.auto_position && source.flavour == Flavour::MariaDb {
            let gtids = received.position.gtids.to_string();
            connection
                .ask(&format!(
                    "SET @slave_connect_state='{gtids}', @slave_gtid_strict_mode=0, \
                     @slave_gtid_ignore_duplicates=0"
                ))
                .await?;
        }
        Ok(connection.send(&self.dump_command(source.flavour, received)?).await?)
    }

    /// The command that asks for the log. What it says is here, the source counts as acknowledged.
    ///
    /// # Errors
    /// Nobody knows whether it would still be here after a power cut.
    pub(in crate::replication) fn dump_command(
        &self,
        flavour: Flavour,
        received: &Received,
    ) -> Result<Vec<u8>, Broken> {
        self.relay.check().map_err(Broken::Relay)?;
        let mut payload = Vec::new();
        let server_id = self.own.server_id;
        match (self.settings.auto_position, flavour) {
            (true, Flavour::MariaDb) => {
                BinlogDump { position: 4, server_id, ..BinlogDump::default() }
                    .put_payload(&mut payload);
            }
            (true, _) => self.put_dump_by_gtid(received, &mut payload),
            (false, _) => BinlogDump {
                position: received.position.offset.max(4) as u32,
                server_id,
                file: received.position.file.clone().into_bytes(),
                ..BinlogDump::default()
            }
            .put_payload(&mut payload),
        }
        Ok(payload)
    }

    fn put_dump_by_gtid(&self, received: &Received, payload: &mut Vec<u8>) {
        let mut executed = GtidSet::clone(&self.engine.database().executed);
        executed.union(&received.gtids);
        BinlogDumpGtid {
            flags: DumpFlags(DumpFlags::THROUGH_GTID),
            server_id: self.own.server_id,
            position: 4,
            executed,
            ..BinlogDumpGtid::default()
        }
        .put_payload(payload);
    }
}

//! Events as they come over a connection, into the relay log.

use std::io;
use std::time::Duration;

use tokio::time::timeout;

use super::connection::Connection;
use super::{Broken, Flavour, Received, Receiver, Source};
use crate::binlog::event::{Event, Format, GtidEvent, HEADER_LEN, RawEvent, TransactionId, code};
use crate::binlog::log::{Boundaries, Step};
use crate::replication::replica::relay::MAX_SPACE;
use crate::wire::replication::{Acknowledgement, ReportKind, StreamPacket};

/// Silence of so many heartbeats ends a connection.
const MISSED_BEATS: u32 = 2;

/// Least silence that ends one.
const MIN_SILENCE: Duration = Duration::from_secs(2);

/// How often a full relay log is looked at again.
const SPACE_TICK: Duration = Duration::from_millis(200);

/// One connection's stream.
pub struct Intake<'a> {
    receiver: &'a Receiver,
    source: Source,
    received: &'a mut Received,
    format: Format,
    boundaries: Boundaries,
    /// The source's file that events are of now.
    file: String,
    /// The transaction that is open.
    open: Option<GtidEvent>,
    /// The end of the last transaction that must be acknowledged, when it is durable.
    to_acknowledge: Option<(String, u64)>,
    /// Up to where everything has come, as the source said last, while nothing has come after it.
    passed: Option<(String, u64)>,
    /// The last end that the source was told of.
    reported: (String, u64),
    has_file: bool,
    unsynced: bool,
}

impl<'a> Intake<'a> {
    pub fn new(receiver: &'a Receiver, source: Source, received: &'a mut Received) -> Self {
        let has_checksum = source.checksums;
        let format = Format { server_version: String::new(), created: 0, has_checksum };
        Self {
            receiver,
            source,
            received,
            format,
            boundaries: Boundaries::default(),
            file: String::new(),
            open: None,
            to_acknowledge: None,
            passed: None,
            reported: (String::new(), 0),
            has_file: false,
            unsynced: false,
        }
    }

    /// Takes events until something ends the connection.
    pub async fn run(
        mut self,
        mut connection: Connection,
    ) -> Result<std::convert::Infallible, Broken> {
        let silence = (self.receiver.settings.heartbeat * MISSED_BEATS).max(MIN_SILENCE);
        let mut packet = Vec::new();
        let mut applied = self.receiver.applied.clone();
        loop {
            if !connection.has_packet() {
                self.settle(&mut connection).await?;
                if self.passed.is_some() {
                    self.report(&mut connection).await?;
                }
                tokio::select! {
                    ready = timeout(silence, connection.ready()) => {
                        ready.map_err(|_| Broken::Lost("no heartbeat came in time".into()))??;
                    }
                    changed = applied.changed(), if self.reports() => {
                        if changed.is_ok() {
                            self.report(&mut connection).await?;
                            continue;
                        }
                    }
                }
            }
            let read = timeout(silence, connection.read(&mut packet)).await;
            read.map_err(|_| Broken::Lost("a packet did not end in time".into()))??;
            match StreamPacket::parse(&packet, self.source.semi_sync)? {
                StreamPacket::Event { needs_ack, event } => self.event(event, needs_ack).await?,
                StreamPacket::End => return Err(Broken::Lost("the source ended the log".into())),
                StreamPacket::Error(error) => return Err(Broken::Refused(error)),
            }
        }
    }

    fn reports(&self) -> bool {
        self.source.flavour == Flavour::Anabranch
    }

    /// Makes durable what came, and says so.
    async fn settle(&mut self, connection: &mut Connection) -> Result<(), Broken> {
        if std::mem::take(&mut self.unsynced) {
            self.receiver.relay.sync().map_err(Broken::Relay)?;
        }
        if let Some((file, position)) = self.to_acknowledge.take() {
            self.tell(connection, None, file, position).await?;
        }
        Ok(())
    }

    /// Tells our own kind of source how far the applier is.
    async fn report(&mut self, connection: &mut Connection) -> Result<(), Broken> {
        let (file, position) = self.applied();
        if !self.reports() || file.is_empty() || self.reported == (file.clone(), position) {
            return Ok(());
        }
        self.reported = (file.clone(), position);
        self.tell(connection, Some(ReportKind::Applied), file, position).await
    }

    /// With everything applied, that is as far as the source has said, also where nothing of it was for this
    /// server.
    fn applied(&self) -> (String, u64) {
        if let Some(passed) = &self.passed
            && self.receiver.engine.database().executed.contains_all(&self.received.gtids)
        {
            return passed.clone();
        }
        let applied = self.receiver.applied.borrow();
        (applied.position.file.clone(), applied.position.offset)
    }

    async fn tell(
        &self,
        connection: &mut Connection,
        kind: Option<ReportKind>,
        file: String,
        position: u64,
    ) -> Result<(), Broken> {
        let mut payload = Vec::new();
        Acknowledgement { kind, file, position }.put_payload(&mut payload);
        Ok(connection.send(&payload).await?)
    }

    async fn event(&mut self, bytes: &[u8], needs_ack: bool) -> Result<(), Broken> {
        let kind = bytes.get(4).copied().unwrap_or(0);
        if kind == code::FORMAT {
            return self.begin_file(bytes);
        }
        let raw = RawEvent::read(bytes, self.format.has_checksum)?;
        match raw.header.code {
            code::ROTATE => {
                if let Event::Rotate(file, position) = Event::parse(&raw, &self.format)? {
                    self.rotate(String::from_utf8_lossy(file).into_owned(), position)?;
                }
            }
            code::HEARTBEAT | HEARTBEAT_V2 => self.heartbeat(&raw),
            _ => self.content(&raw).await?,
        }
        if needs_ack {
            self.to_acknowledge = Some((self.file.clone(), u64::from(raw.header.end)));
        }
        Ok(())
    }

    /// A heartbeat tells how far the source's log is, also where nothing in it is for replicas.
    fn heartbeat(&mut self, raw: &RawEvent<'_>) {
        self.receiver.status.heartbeat();
        if self.boundaries.is_outside() && raw.header.end > 0 {
            self.receiver.status.read_to(&self.file, u64::from(raw.header.end));
            self.passed = Some((self.file.clone(), u64::from(raw.header.end)));
        }
    }

    fn rotate(&mut self, file: String, position: u64) -> Result<(), Broken> {
        if !self.boundaries.is_outside() {
            return Err(Broken::Lost("the source's file ended inside a transaction".into()));
        }
        if self.file != file {
            self.has_file = false;
        }
        self.file = file;
        self.receiver.status.read_to(&self.file, position);
        if self.open.is_none() && self.received.position.file != self.file {
            self.received.position.pass(&self.file, position, None);
        }
        Ok(())
    }

    fn begin_file(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let checked = Format::ends_with_checksum(bytes.get(HEADER_LEN..).unwrap_or_default());
        let raw = RawEvent::read(bytes, checked)?;
        self.format = Format::parse(raw.body(), checked)?;
        self.boundaries = Boundaries::default();
        self.begin_relay_file(bytes)
    }

    fn begin_relay_file(&mut self, format: &[u8]) -> Result<(), Broken> {
        let relay = &self.receiver.relay;
        relay.begin_file(format, self.format.has_checksum, &self.file).map_err(Broken::Relay)?;
        self.has_file = true;
        Ok(())
    }

    /// An event that may belong to a transaction.
    async fn content(&mut self, raw: &RawEvent<'_>) -> Result<(), Broken> {
        let step = self.boundaries.step(raw, &self.format)?;
        let ends = step == Step::Last;
        match step {
            Step::Between => {
                if raw.header.end > 0 {
                    self.receiver.status.read_to(&self.file, u64::from(raw.header.end));
                }
                return Ok(());
            }
            Step::First(gtid) => {
                self.wait_for_space().await?;
                self.open = Some(gtid);
                self.passed = None;
            }
            Step::Middle | Step::Last => {}
        }
        if !self.has_file {
            return Err(Broken::Lost("an event came before its file's description".into()));
        }
        self.receiver.relay.append(raw.bytes).map_err(Broken::Relay)?;
        self.unsynced = true;
        if ends { self.end_transaction(u64::from(raw.header.end)) } else { Ok(()) }
    }

    fn end_transaction(&mut self, end: u64) -> Result<(), Broken> {
        let mut mariadb = None;
        match self.open.take().map(|gtid| gtid.id) {
            Some(TransactionId::MySql(gtid)) => {
                self.received.gtids.insert(gtid.clone());
                self.receiver.status.received(gtid);
            }
            Some(TransactionId::MariaDb(gtid)) => mariadb = Some(gtid),
            _ => {}
        }
        self.received.position.pass(&self.file, end, mariadb);
        self.receiver.status.read_to(&self.file, end);
        self.receiver.relay.end_transaction().map_err(Broken::Relay)
    }

    /// Between transactions, the applier may have to make room first.
    async fn wait_for_space(&self) -> Result<(), Broken> {
        while self.receiver.relay.space() > MAX_SPACE {
            tokio::time::sleep(SPACE_TICK).await;
        }
        Ok::<(), io::Error>(()).map_err(Broken::Relay)
    }
}

/// MySQL 8.0.26 and later: a heartbeat with positions beyond 4 GiB.
const HEARTBEAT_V2: u8 = 41;

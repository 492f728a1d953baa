//! Events as they come over a connection, into the relay log: a step machine, and the loop that drives it.
//!
//! ```text
//! take (a packet) ─▶ relay log        settle ─▶ sync, acknowledge        report ─▶ how far the applier is
//! ```
//! The steps know no connection, so that a simulation can take them in any order in which packets may come.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::connection::Connection;
use super::{Broken, Flavour, Received, Receiver, Source};
use crate::binlog::event::{Event, Format, GtidEvent, HEADER_LEN, RawEvent, TransactionId, code};
use crate::binlog::log::{Boundaries, Step};
use crate::engine::Engine;
use crate::replication::replica::Applied;
use crate::replication::replica::relay::{MAX_SPACE, Relay};
use crate::replication::replica::status::Status;
use crate::wire::replication::{Acknowledgement, ReportKind, StreamPacket};

/// Silence of so many heartbeats ends a connection.
const MISSED_BEATS: u32 = 2;

/// Least silence that ends one.
const MIN_SILENCE: Duration = Duration::from_secs(2);

/// How often a full relay log is looked at again.
const SPACE_TICK: Duration = Duration::from_millis(200);

/// One connection's stream.
pub struct Intake {
    relay: Arc<Relay>,
    engine: Arc<Engine>,
    status: Arc<Status>,
    applied: watch::Receiver<Applied>,
    source: Source,
    format: Format,
    boundaries: Boundaries,
    /// The source's file that events are of now.
    file: String,
    /// Where in it the source's log goes on after what has come.
    place: u64,
    /// The transaction that is open.
    open: Option<GtidEvent>,
    /// The end of the last transaction that must be acknowledged, when it is durable.
    to_acknowledge: Option<(String, u64)>,
    /// The last end that was reported as applied.
    reported: (String, u64),
    has_file: bool,
    unsynced: bool,
}

impl Intake {
    pub fn new(receiver: &Receiver, source: Source) -> Self {
        let has_checksum = source.checksums;
        let format = Format { server_version: String::new(), created: 0, has_checksum };
        Self {
            relay: receiver.relay.clone(),
            engine: receiver.engine.clone(),
            status: receiver.status.clone(),
            applied: receiver.applied.clone(),
            source,
            format,
            boundaries: Boundaries::default(),
            file: String::new(),
            place: 0,
            open: None,
            to_acknowledge: None,
            reported: (String::new(), 0),
            has_file: false,
            unsynced: false,
        }
    }

    /// Takes events until something ends the connection.
    pub async fn run(
        mut self,
        receiver: &Receiver,
        mut connection: Connection,
        received: &mut Received,
    ) -> Result<std::convert::Infallible, Broken> {
        let silence = (receiver.settings.heartbeat * MISSED_BEATS).max(MIN_SILENCE);
        let mut packet = Vec::new();
        let mut applied = self.applied.clone();
        loop {
            if !connection.has_packet() {
                tell(&mut connection, self.settle()?).await?;
                tell(&mut connection, self.report(received)).await?;
                tokio::select! {
                    ready = timeout(silence, connection.ready()) => {
                        ready.map_err(|_| Broken::Lost("no heartbeat came in time".into()))??;
                    }
                    changed = applied.changed(), if self.reports() => {
                        if changed.is_ok() {
                            continue;
                        }
                    }
                }
            }
            self.wait_for_space().await;
            let read = timeout(silence, connection.read(&mut packet)).await;
            read.map_err(|_| Broken::Lost("a packet did not end in time".into()))??;
            self.take(&packet, received)?;
        }
    }

    /// Whether the source is told what is applied.
    fn reports(&self) -> bool {
        self.source.flavour == Flavour::Anabranch
    }

    /// Takes a packet's payload.
    ///
    /// # Errors
    /// Why the connection ends.
    pub fn take(&mut self, packet: &[u8], received: &mut Received) -> Result<(), Broken> {
        match StreamPacket::parse(packet, self.source.semi_sync)? {
            StreamPacket::Event { needs_ack, event } => self.event(event, needs_ack, received),
            StreamPacket::End => Err(Broken::Lost("the source ended the log".into())),
            StreamPacket::Error(error) => Err(Broken::Refused(error)),
        }
    }

    /// Makes durable what came, and gives what the source is to be told of it.
    ///
    /// # Errors
    /// The relay log's: nothing may be acknowledged.
    pub fn settle(&mut self) -> Result<Option<Acknowledgement>, Broken> {
        if self.unsynced {
            self.relay.sync().map_err(Broken::Relay)?;
            self.unsynced = false;
        }
        let due = self.to_acknowledge.take();
        Ok(due.map(|(file, position)| Acknowledgement { kind: None, file, position }))
    }

    /// How far the applier is, where our own kind of source does not know it yet.
    pub fn report(&mut self, received: &Received) -> Option<Acknowledgement> {
        if !self.reports() {
            return None;
        }
        let (file, position) = match self.is_all_applied(received) {
            true => (self.file.clone(), self.place),
            false => {
                let applied = self.applied.borrow();
                (applied.position.file.clone(), applied.position.offset)
            }
        };
        if file.is_empty() || self.reported == (file.clone(), position) {
            return None;
        }
        self.reported = (file.clone(), position);
        Some(Acknowledgement { kind: Some(ReportKind::Applied), file, position })
    }

    /// Whether everything before the stream's present place is applied: what came, and what did not come because it
    /// was here. The applier alone cannot tell after a restart, when it has nothing to do.
    fn is_all_applied(&self, received: &Received) -> bool {
        self.boundaries.is_outside()
            && self.engine.database().executed.contains_all(&received.gtids)
    }

    fn event(
        &mut self,
        bytes: &[u8],
        needs_ack: bool,
        received: &mut Received,
    ) -> Result<(), Broken> {
        let kind = bytes.get(4).copied().unwrap_or(0);
        if kind == code::FORMAT {
            self.begin_file(bytes)?;
        } else {
            let raw = RawEvent::read(bytes, self.format.has_checksum)?;
            // what is made up has no place of its own
            if raw.header.end > 0 {
                self.place = u64::from(raw.header.end);
            }
            match raw.header.code {
                code::ROTATE => {
                    if let Event::Rotate(file, position) = Event::parse(&raw, &self.format)? {
                        let file = String::from_utf8_lossy(file).into_owned();
                        self.rotate(file, position, received)?;
                    }
                }
                code::HEARTBEAT | HEARTBEAT_V2 => self.heartbeat(&raw),
                _ => self.content(&raw, received)?,
            }
        }
        if needs_ack {
            self.to_acknowledge = Some((self.file.clone(), self.place));
        }
        Ok(())
    }

    /// A heartbeat tells how far the source's log is, also where nothing in it is for replicas.
    fn heartbeat(&mut self, raw: &RawEvent<'_>) {
        self.status.heartbeat();
        if self.boundaries.is_outside() && raw.header.end > 0 {
            self.status.read_to(&self.file, u64::from(raw.header.end));
        }
    }

    fn rotate(
        &mut self,
        file: String,
        position: u64,
        received: &mut Received,
    ) -> Result<(), Broken> {
        if !self.boundaries.is_outside() {
            return Err(Broken::Lost("the source's file ended inside a transaction".into()));
        }
        if self.file != file {
            self.has_file = false;
        }
        (self.file, self.place) = (file, position);
        self.status.read_to(&self.file, position);
        if self.open.is_none() && received.position.file != self.file {
            received.position.pass(&self.file, position, None);
        }
        Ok(())
    }

    fn begin_file(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let checked = Format::ends_with_checksum(bytes.get(HEADER_LEN..).unwrap_or_default());
        let raw = RawEvent::read(bytes, checked)?;
        self.format = Format::parse(raw.body(), checked)?;
        if raw.header.end > 0 {
            self.place = u64::from(raw.header.end);
        }
        self.boundaries = Boundaries::default();
        self.begin_relay_file(bytes)
    }

    fn begin_relay_file(&mut self, format: &[u8]) -> Result<(), Broken> {
        let relay = &self.relay;
        relay.begin_file(format, self.format.has_checksum, &self.file).map_err(Broken::Relay)?;
        self.has_file = true;
        Ok(())
    }

    /// An event that may belong to a transaction.
    fn content(&mut self, raw: &RawEvent<'_>, received: &mut Received) -> Result<(), Broken> {
        let step = self.boundaries.step(raw, &self.format)?;
        let ends = step == Step::Last;
        match step {
            Step::Between => {
                if raw.header.end > 0 {
                    self.status.read_to(&self.file, u64::from(raw.header.end));
                }
                return Ok(());
            }
            Step::First(gtid) => self.open = Some(gtid),
            Step::Middle | Step::Last => {}
        }
        if !self.has_file {
            return Err(Broken::Lost("an event came before its file's description".into()));
        }
        self.relay.append(raw.bytes).map_err(Broken::Relay)?;
        self.unsynced = true;
        if ends { self.end_transaction(u64::from(raw.header.end), received) } else { Ok(()) }
    }

    fn end_transaction(&mut self, end: u64, received: &mut Received) -> Result<(), Broken> {
        // only what the relay log has was received: a full disk refuses it
        self.relay.end_transaction().map_err(Broken::Relay)?;
        let mut mariadb = None;
        match self.open.take().map(|gtid| gtid.id) {
            Some(TransactionId::MySql(gtid)) => {
                received.gtids.insert(gtid.clone());
                self.status.received(gtid);
            }
            Some(TransactionId::MariaDb(gtid)) => mariadb = Some(gtid),
            _ => {}
        }
        received.position.pass(&self.file, end, mariadb);
        self.status.read_to(&self.file, end);
        Ok(())
    }

    /// Between transactions, the applier may have to make room first.
    async fn wait_for_space(&self) {
        while self.boundaries.is_outside() && self.relay.space() > MAX_SPACE {
            tokio::time::sleep(SPACE_TICK).await;
        }
    }
}

async fn tell(connection: &mut Connection, what: Option<Acknowledgement>) -> Result<(), Broken> {
    let Some(what) = what else { return Ok(()) };
    let mut payload = Vec::new();
    what.put_payload(&mut payload);
    Ok(connection.send(&payload).await?)
}

/// MySQL 8.0.26 and later: a heartbeat with positions beyond 4 GiB.
const HEARTBEAT_V2: u8 = 41;

//! One signed-in connection to a server.

use std::collections::HashSet;
use std::io;
use std::rc::Rc;
use std::task::Poll;
use std::time::Instant;

use smallvec::SmallVec;

use crate::metrics::GaugeGuard;
use crate::net::Pipe;
use crate::proxy::pool::Profile;
use crate::proxy::topology::ServerId;
use crate::wire::conditions::Conditions;
use crate::wire::error::ServerError;
use crate::wire::header::{HEADER_LEN, Header};
use crate::wire::ok::{EofPacket, OkPacket};
use crate::wire::prepared::PrepareOk;
use crate::wire::reader::{Reader, text};
use crate::wire::response::{Counts, Dialects, Expect, Next, Notable, Response};
use crate::wire::{CapabilityFlags, StatusFlags};

use super::lease::Place;
use super::prepared::PreparedCache;

/// The longest answer to one of the proxy's own commands, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// The longest list of warnings that is kept, in bytes.
const CONDITIONS_LIMIT: usize = 64 * 1024;

/// The longest answer that is passed over, in bytes: a connection costs less than more than that.
pub const DISCARD_LIMIT: usize = 4 << 20;

/// One connection. Idle except while a statement runs on it.
pub struct Connection {
    /// The server it leads to.
    pub server: ServerId,
    /// The socket.
    pub pipe: Pipe,
    /// Negotiated flags.
    pub capabilities: CapabilityFlags,
    /// The server's id for this connection, for KILL.
    pub thread_id: u32,
    /// Distinguishes this connection from earlier ones to the same server.
    pub epoch: u64,
    /// When it was used last.
    pub idle_since: Instant,
    /// The version of the session's state that the server has been brought to.
    pub synced: u64,
    /// The server reports changes of session state.
    pub tracks: bool,
    /// The server is asked to report the state of transactions, too.
    pub reports_transactions: bool,
    /// The server is a MariaDB.
    pub mariadb: bool,
    /// Text-protocol statements (`PREPARE … FROM`) known to this connection.
    pub text_statements: HashSet<Box<str>>,
    /// Counts the connection as open.
    pub counted: Option<GaugeGuard>,
    /// What only matters where sessions share it.
    pub shared: Option<Box<Shared>>,
    /// When it was opened.
    pub opened: Instant,
    /// Commands that are sent along with the next one.
    quiet: Vec<u8>,
    /// Those of them that have an answer, in order: whether they must succeed.
    owed: SmallVec<[bool; 8]>,
}

/// What is known of a connection that sessions use one after the other.
pub struct Shared {
    /// The state that it is in.
    pub told: Rc<Profile>,
    /// Assignments of the values that variables have before anything is set, by name.
    pub base: Rc<[(Box<str>, Box<str>)]>,
    /// Something may have been left behind that `told` does not tell: it is reset before another session
    /// gets it.
    pub doubtful: bool,
    /// It is closed instead of given back.
    pub spoiled: bool,
    /// How often it has been given back.
    pub uses: u64,
    /// Its prepared statements.
    pub prepared: PreparedCache,
    /// Its place under the bound.
    pub place: Option<Place>,
}

impl Shared {
    /// Of a connection that has signed in with this schema, and has this place.
    pub fn new(told: Rc<Profile>, place: Place) -> Self {
        Self {
            told,
            base: Rc::default(),
            doubtful: false,
            spoiled: false,
            uses: 0,
            prepared: PreparedCache::default(),
            place: Some(place),
        }
    }
}

/// One of the proxy's own commands failed.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The server answered with an error.
    #[error("{0}")]
    Refused(ServerError),
    /// The connection broke, or its bytes make no sense.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Connection {
    /// A connection that has just signed in.
    pub fn new(
        server: ServerId,
        pipe: Pipe,
        capabilities: CapabilityFlags,
        thread_id: u32,
        epoch: u64,
    ) -> Self {
        Self {
            server,
            pipe,
            capabilities,
            thread_id,
            epoch,
            idle_since: Instant::now(),
            synced: 0,
            tracks: false,
            reports_transactions: false,
            mariadb: false,
            text_statements: HashSet::new(),
            counted: None,
            shared: None,
            opened: Instant::now(),
            quiet: Vec::new(),
            owed: SmallVec::new(),
        }
    }

    /// The server has closed, or says something unasked (which is why it is about to close).
    pub async fn is_stale(&mut self) -> bool {
        if !self.pipe.unread().is_empty() {
            return true;
        }
        std::future::poll_fn(|context| Poll::Ready(self.pipe.poll_fill(context).is_ready())).await
    }

    /// Remembers a command that has no answer; it is sent before the next command.
    pub fn queue(&mut self, payload: &[u8]) {
        put_command(&mut self.quiet, payload);
    }

    /// Remembers a command that is answered with one packet and is sent along with the next command. What that
    /// sends reads this answer first: [`Self::settle`].
    pub fn queue_told(&mut self, payload: &[u8], must_succeed: bool) {
        put_command(&mut self.quiet, payload);
        self.owed.push(must_succeed);
    }

    /// Commands were queued, or sent along, whose answers have not been read.
    pub fn owes(&self) -> bool {
        !self.owed.is_empty()
    }

    /// Reads the answers to what was sent along. Gives the first refusal of what must succeed: the connection is
    /// then not in the state that it was to be in, and must not be used.
    pub async fn settle(&mut self) -> io::Result<Option<ServerError>> {
        let mut refused = None;
        for must_succeed in std::mem::take(&mut self.owed) {
            let len = self.read_packet().await?;
            let answer = self.pipe.unread().get(HEADER_LEN..len).unwrap_or_default();
            if answer.first() == Some(&0xff) && must_succeed && refused.is_none() {
                refused = Some(ServerError::parse(answer).map_err(|_| malformed())?);
            }
            self.pipe.consume(len);
        }
        if refused.is_some() {
            self.synced = 0;
            self.tracks = false;
            if let Some(shared) = &mut self.shared {
                shared.spoiled = true;
            }
        }
        Ok(refused)
    }

    /// Sends what was queued, where that has answers, and reads them.
    pub async fn settle_now(&mut self) -> Result<(), ExchangeError> {
        if !self.owes() {
            return Ok(());
        }
        self.send(&[]).await?;
        self.settle().await?.map_or(Ok(()), |error| Err(ExchangeError::Refused(error)))
    }

    /// Sends the bytes of a whole command, header included.
    pub async fn send(&mut self, packets: &[u8]) -> io::Result<()> {
        if !self.quiet.is_empty() {
            let mut quiet = std::mem::take(&mut self.quiet);
            quiet.extend_from_slice(packets);
            return self.pipe.send(&quiet).await;
        }
        self.pipe.send(packets).await
    }

    /// Sends one of the proxy's own commands and waits for its one-packet answer, whose session
    /// changes `learn` is shown.
    pub async fn exchange(
        &mut self,
        payload: &[u8],
        mut learn: impl FnMut(&OkPacket<'_>),
    ) -> Result<StatusFlags, ExchangeError> {
        let mut packet = Vec::with_capacity(HEADER_LEN + payload.len());
        put_command(&mut packet, payload);
        self.send(&packet).await?;
        let before = self.settle().await?;
        let len = self.read_packet().await?;
        let capabilities = self.capabilities;
        let answer = &self.pipe.unread()[HEADER_LEN..len];
        let outcome = match answer.first() {
            Some(0xff) => {
                Err(ExchangeError::Refused(ServerError::parse(answer).map_err(|_| malformed())?))
            }
            _ => {
                let ok = OkPacket::parse(answer, capabilities).map_err(|_| malformed())?;
                learn(&ok);
                Ok(ok.status)
            }
        };
        self.pipe.consume(len);
        before.map_or(outcome, |error| Err(ExchangeError::Refused(error)))
    }

    /// Prepares a statement; its definitions, which the client has seen, are passed over.
    pub async fn prepare(&mut self, packets: &[u8]) -> Result<PrepareOk, ExchangeError> {
        let mut prepared = None;
        self.pass_over(packets, Expect::Prepare, |kind, payload| {
            if kind == Notable::Prepared {
                prepared = PrepareOk::parse(payload).ok();
            }
            prepared.map(|ok| ok.counts)
        })
        .await?;
        prepared.ok_or_else(|| malformed().into())
    }

    /// Asks for one value, as text; NULL is empty.
    pub async fn ask(&mut self, payload: &[u8]) -> Result<String, ExchangeError> {
        let mut packets = Vec::new();
        put_command(&mut packets, payload);
        self.send(&packets).await?;
        let before = self.settle().await?;
        let value = self.read_value().await;
        before.map_or(value, |error| Err(ExchangeError::Refused(error)))
    }

    /// Reads the one value that answers a question, as text; NULL is empty.
    pub async fn read_value(&mut self) -> Result<String, ExchangeError> {
        let mut value = None;
        let eof = self.capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF);
        // Column count, one definition, EOF in the old dialect, one row, EOF or OK.
        let (row, last) = if eof { (2, 3) } else { (3, 4) };
        for at in 0..=last {
            let len = self.read_packet().await?;
            let packet = &self.pipe.unread()[HEADER_LEN..len];
            if packet.first() == Some(&0xff) {
                let error = ServerError::parse(packet).map_err(|_| malformed())?;
                self.pipe.consume(len);
                return Err(ExchangeError::Refused(error));
            }
            if at == row {
                value = Reader::new(packet).lenenc_bytes().ok().map(text);
            }
            self.pipe.consume(len);
        }
        Ok(value.unwrap_or_default())
    }

    /// Reads the rows that answer `SHOW WARNINGS`; `None` where they are too many to keep.
    pub async fn read_conditions(&mut self) -> Result<Option<Conditions>, ExchangeError> {
        let old = !self.capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF);
        let count = self.read_payload().await?;
        let count = Reader::new(&count).lenenc_int().map_err(|_| malformed())?;
        let mut columns = Vec::new();
        for _ in 0..count {
            columns.push(self.read_payload().await?);
        }
        if old {
            self.read_payload().await?;
        }
        let (mut rows, mut bytes) = (Vec::new(), 0_usize);
        loop {
            let row = self.read_payload().await?;
            // No row begins so: its first column is the short word for the level.
            if row.first() == Some(&0xfe) {
                break;
            }
            bytes = bytes.saturating_add(row.len());
            if bytes <= CONDITIONS_LIMIT {
                rows.push(row);
            }
        }
        Ok((bytes <= CONDITIONS_LIMIT).then(|| Conditions::new(columns, rows)))
    }

    async fn read_payload(&mut self) -> Result<Box<[u8]>, ExchangeError> {
        let len = self.read_packet().await?;
        let payload: Box<[u8]> = self.pipe.unread().get(HEADER_LEN..len).unwrap_or_default().into();
        self.pipe.consume(len);
        match payload.first() {
            Some(0xff) => {
                Err(ExchangeError::Refused(ServerError::parse(&payload).map_err(|_| malformed())?))
            }
            _ => Ok(payload),
        }
    }

    /// Sends a command and passes over its answer; `look` sees each notable packet and tells the
    /// counts of a PREPARE_OK.
    async fn pass_over(
        &mut self,
        packets: &[u8],
        expect: Expect,
        look: impl FnMut(Notable, &[u8]) -> Option<Counts>,
    ) -> Result<(), ExchangeError> {
        self.send(packets).await?;
        let before = self.settle().await?;
        let passed = self.discard_with(expect, DISCARD_LIMIT, look).await;
        before.map_or(passed, |error| Err(ExchangeError::Refused(error)))
    }

    /// Passes over the answer to a command that was sent. False for one of more than `limit` bytes, after which the
    /// connection cannot be used.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn discard(&mut self, expect: Expect, limit: usize) -> io::Result<bool> {
        match self.discard_with(expect, limit, |_, _| None).await {
            Err(ExchangeError::Io(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
                Ok(false)
            }
            Err(ExchangeError::Io(error)) => Err(error),
            _ => Ok(true),
        }
    }

    async fn discard_with(
        &mut self,
        expect: Expect,
        limit: usize,
        mut look: impl FnMut(Notable, &[u8]) -> Option<Counts>,
    ) -> Result<(), ExchangeError> {
        let eof = self.capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF);
        let dialects = Dialects { server_deprecates_eof: eof, client_deprecates_eof: eof };
        let mut response = Response::new(expect, dialects);
        let (mut refused, mut passed) = (None, 0_usize);
        while !response.is_done() {
            let step = response.step(self.pipe.unread_mut()).map_err(|_| malformed())?;
            self.pipe.consume(step.plain);
            passed = passed.saturating_add(step.plain);
            if passed > limit {
                return Err(io::Error::from(io::ErrorKind::FileTooLarge).into());
            }
            match step.next {
                Next::Packet { kind, len, .. } => {
                    let payload = self.pipe.unread().get(HEADER_LEN..len).unwrap_or_default();
                    if kind == Notable::Err {
                        refused = Some(ServerError::parse(payload).map_err(|_| malformed())?);
                    }
                    let status = status_of(kind, payload, self.capabilities);
                    let counts = look(kind, payload);
                    self.pipe.consume(len);
                    response.took_packet(kind, status, counts);
                }
                Next::Bytes if response.is_done() => break,
                Next::Bytes => _ = self.pipe.fill().await?,
            }
        }
        refused.map_or(Ok(()), |error| Err(ExchangeError::Refused(error)))
    }

    /// Reads until a whole packet is at the front of the buffer; returns its length with header.
    pub async fn read_packet(&mut self) -> io::Result<usize> {
        self.pipe.fill_to(HEADER_LEN).await?;
        let header = Header::peek(self.pipe.unread()).ok_or_else(malformed)?;
        let len = header.packet_len();
        if len > ANSWER_LIMIT {
            return Err(malformed());
        }
        self.pipe.fill_to(len).await?;
        Ok(len)
    }

    /// Takes leave of the server, as far as that works without waiting.
    pub async fn quit(mut self) {
        self.queue(&[crate::wire::command::QUIT]);
        // Closing the socket says the same, only less politely.
        let _ = tokio::time::timeout(QUIT_TIME, self.send(&[])).await;
    }
}

/// The flags of a packet that has some; they say whether another result follows.
fn status_of(kind: Notable, payload: &[u8], capabilities: CapabilityFlags) -> StatusFlags {
    let eof = capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF);
    let status = match kind {
        Notable::RowsEnd if !eof => EofPacket::parse(payload).map(|eof| eof.status),
        Notable::Ok | Notable::RowsEnd => {
            OkPacket::parse(payload, capabilities).map(|ok| ok.status)
        }
        _ => return StatusFlags::empty(),
    };
    status.unwrap_or_default()
}

/// How long a farewell may take.
const QUIT_TIME: std::time::Duration = std::time::Duration::from_millis(100);

fn put_command(out: &mut Vec<u8>, payload: &[u8]) {
    let mut sequence = 0;
    crate::wire::header::put_packet(out, &mut sequence, payload);
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the server's answer is malformed")
}

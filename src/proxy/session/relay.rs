//! Passes one response from a server to the client, as the bytes that the server sent.
//!
//! ```text
//! server ──▶ buffer (16 KiB) ──▶ client          what is plain payload goes straight through
//!               │
//!               └─ notable packets: OK, ERR, EOF, LOCAL INFILE ──▶ learn, filter, or hold back
//! ```
//!
//! While it waits for the server it also watches the client, so that a client that vanishes frees
//! its server at once. Nothing more is read from the server before the client has taken what was
//! read, so a session's memory does not grow with the result.

use std::cell::Cell;
use std::io;
use std::task::Poll;
use std::time::Instant;

use crate::net::Pipe;
use crate::proxy::backend::Connection;
use crate::proxy::replay::{Checksum, Sum};
use crate::wire::error::ServerError;
use crate::wire::header::HEADER_LEN;
use crate::wire::ok::{EofPacket, OkPacket, add_warnings};
use crate::wire::prepared::{self, PrepareOk};
use crate::wire::response::{Dialects, Expect, Next, Notable, Response, Translate};
use crate::wire::{CapabilityFlags, StatusFlags};

use super::hint_warnings::{Appended, with_rows};
use super::pulse::Pulse;
use super::send::unless_given_up;
use super::state::SessionState;

/// What the relay is told about the statement.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The kind of answer.
    pub expect: Expect,
    /// An error is held back, not relayed, as long as it is the first packet: see
    /// [`Outcome::refused`].
    pub hold_refusal: bool,
    /// The id that the client knows the statement by, for [`Expect::Prepare`].
    pub statement_id: u32,
    /// The transaction runs on a replica: its refusal of a write must sound as the primary's would.
    pub read_only_transaction: bool,
    /// An error by which the server ends the connection is not relayed, as long as it is the first packet:
    /// see [`Broken::Said`].
    pub hold_loss: bool,
    /// Warnings of the proxy's own, to be counted in the answer.
    pub warnings: u16,
    /// Whether the proxy has the statement stopped, as it takes too long: its error says so then.
    pub stopped: Option<&'a Cell<bool>>,
}

/// How a response ended.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Status flags of the last OK or EOF packet.
    pub status: Option<StatusFlags>,
    /// An OK packet named an insert id.
    pub inserted: bool,
    /// Rows that OK packets counted.
    pub affected_rows: u64,
    /// What the last OK of a result without rows counted; `None` after rows.
    pub counted: Option<u64>,
    /// Rows of the last result.
    pub rows: u64,
    /// Warnings of the last result.
    pub warnings: u16,
    /// The code of the error that ended it.
    pub error: Option<u16>,
    /// The server refused to write, and the client has not been told: the statement may run
    /// elsewhere.
    pub refused: bool,
    /// The server did not have what the statement needs in time; its answer was passed over, and the
    /// statement may run elsewhere.
    pub missed: bool,
    /// After a miss: the connection cannot be used any more.
    pub spent: bool,
    /// The id and counts of a prepared statement.
    pub prepared: Option<PrepareOk>,
    /// The answer's checksum, if it was asked for.
    pub sum: Option<Sum>,
    /// The server asked for a file of the client.
    pub local_file: bool,
    /// When the first byte of the answer was there.
    pub first_byte: Option<Instant>,
    /// When it ended, where the clock need not be read for that: an answer that was there in one
    /// piece, and was sent on as one.
    pub ended: Option<Instant>,
    /// Bytes sent to the client.
    pub sent: usize,
}

/// Why a response could not be relayed to its end.
#[derive(Debug)]
pub enum Broken {
    /// The server says that it ends the connection, and the client has not been told.
    Said(ServerError),
    /// The client is gone.
    Client,
    /// The client's packets, which together are one, are more than it may send.
    TooLarge,
    /// The server is gone, hangs while others live, or talks nonsense. `begun` when the client has
    /// received part of the answer.
    Server { begun: bool },
    /// The server refused the session's state, which it was told along with the statement.
    State(ServerError),
}

/// Errors by which a server says that it does not write: ER_OPTION_PREVENTS_STATEMENT,
/// ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE.
const REFUSALS: [u16; 3] = [1290, 1792, 1836];

/// Errors by which a server ends the connection: ER_SERVER_SHUTDOWN, MariaDB's ER_CONNECTION_KILLED,
/// MySQL's ER_CLIENT_INTERACTION_TIMEOUT.
const LOSSES: [u16; 3] = [1053, 1927, 4031];

impl Order<'_> {
    fn is_stopped(&self) -> bool {
        self.stopped.is_some_and(Cell::get)
    }
}

/// ER_QUERY_INTERRUPTED
const INTERRUPTED: u16 = 1317;

/// The two ends of a relay, and what it teaches.
pub struct Relay<'a> {
    pub client: &'a mut Pipe,
    pub client_capabilities: CapabilityFlags,
    pub connection: &'a mut Connection,
    pub state: &'a mut SessionState,
    pub pulse: &'a Pulse,
    /// The answer is not for the client, who has had it.
    pub mute: bool,
    /// Is shown the answer, if its checksum is wanted.
    pub checksum: Option<Box<Checksum>>,
    /// Rows of the proxy's own, behind those of the server.
    pub appended: &'a Appended,
}

impl Relay<'_> {
    /// Relays one whole response.
    pub async fn run(&mut self, order: Order<'_>) -> Result<Outcome, Broken> {
        let dialects = self.dialects();
        let mut response = Response::new(order.expect, dialects);
        let mut outcome = Outcome::default();
        let mut pieces = 0_usize;
        loop {
            // It may have come along with the answer to what was asked before it.
            if pieces > 0 || self.connection.pipe.unread().is_empty() {
                self.await_bytes(&outcome).await?;
            }
            if outcome.first_byte.is_none() {
                outcome.first_byte = Some(Instant::now());
            }
            self.pass_on(&mut response, &order, &mut outcome).await?;
            pieces += 1;
            if outcome.refused || response.is_done() {
                break;
            }
        }
        if let Some(sequence) = response.last_eof() {
            let eof = packet(sequence, |out| EofPacket::default().put_payload(out));
            self.tell(&eof, &mut outcome).await?;
        }
        self.pulse.answered();
        outcome.sum = self.checksum.take().map(|checksum| checksum.finish());
        outcome.rows = response.rows();
        outcome.ended = outcome.first_byte.filter(|_| pieces == 1);
        Ok(outcome)
    }

    fn dialects(&self) -> Dialects {
        let eof = CapabilityFlags::CLIENT_DEPRECATE_EOF;
        Dialects {
            server_deprecates_eof: self.connection.capabilities.contains(eof),
            client_deprecates_eof: self.client_capabilities.contains(eof),
        }
    }

    /// Waits until the server has sent something, the client leaves, or the server is given up.
    async fn await_bytes(&mut self, outcome: &Outcome) -> Result<(), Broken> {
        let begun = outcome.sent > 0;
        let Self { client, connection, pulse, .. } = self;
        std::future::poll_fn(|context| {
            if let Poll::Ready(filled) = connection.pipe.poll_fill(context) {
                return Poll::Ready(match filled {
                    Ok(1..) => Ok(()),
                    _ => Err(Broken::Server { begun }),
                });
            }
            if pulse.is_given_up(context) {
                return Poll::Ready(Err(Broken::Server { begun }));
            }
            // Commands sent ahead stay in the buffer; once it is full there is nothing to watch.
            while !client.is_full() {
                match client.poll_watch(context) {
                    Poll::Ready(Ok(1..)) => {}
                    Poll::Ready(_) => return Poll::Ready(Err(Broken::Client)),
                    Poll::Pending => break,
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Relays what has arrived.
    async fn pass_on(
        &mut self,
        response: &mut Response,
        order: &Order<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), Broken> {
        // So many bytes at the front of the buffer may go as they are.
        let mut ready = 0;
        loop {
            let unread = &mut self.connection.pipe.unread_mut()[ready..];
            let step =
                response.step(unread).map_err(|_| Broken::Server { begun: outcome.sent > 0 })?;
            if let Some(checksum) = &mut self.checksum {
                checksum.plain(unread.get(..step.plain).unwrap_or_default());
            }
            ready += step.plain;
            let Next::Packet { kind, len, translate } = step.next else { break };
            let change =
                self.examine(kind, ready..ready + len, translate, response, order, outcome)?;
            match change {
                Change::None => ready += len,
                Change::Insert(bytes) => {
                    self.flush(&mut ready, outcome).await?;
                    self.tell(&bytes, outcome).await?;
                }
                Change::Replace(bytes) => {
                    self.flush(&mut ready, outcome).await?;
                    self.connection.pipe.consume(len);
                    self.tell(&bytes, outcome).await?;
                }
                Change::Lost(error) => return Err(Broken::Said(error)),
                Change::HoldBack => {
                    outcome.refused = true;
                    self.connection.pipe.consume(ready + len);
                    return Ok(());
                }
            }
            if kind == Notable::LocalInfile && self.mute {
                return Err(Broken::Server { begun: false });
            }
            if kind == Notable::LocalInfile {
                let asked = self.connection.pipe.unread().get(ready - len + HEADER_LEN - 1);
                let first = asked.map_or(0, |number| number.wrapping_add(1));
                self.flush(&mut ready, outcome).await?;
                self.pass_file(first.wrapping_sub(response.shift())).await?;
            }
        }
        self.flush(&mut ready, outcome).await?;
        self.make_room(response);
        Ok(())
    }

    /// A notable packet may be longer than the buffer; it has to be there in one piece.
    fn make_room(&mut self, response: &Response) {
        let unread = self.connection.pipe.unread();
        if response.is_done() || unread.len() < HEADER_LEN {
            return;
        }
        if let Some(header) = crate::wire::header::Header::peek(unread) {
            let wanted = header.packet_len().min(crate::wire::response::NOTABLE_LIMIT + HEADER_LEN);
            self.connection.pipe.reserve(wanted);
        }
    }

    /// Reads a notable packet, learns from it, and says what the client gets.
    fn examine(
        &mut self,
        kind: Notable,
        at: std::ops::Range<usize>,
        translate: Translate,
        response: &mut Response,
        order: &Order<'_>,
        outcome: &mut Outcome,
    ) -> Result<Change, Broken> {
        let begun = outcome.sent > 0;
        let malformed = |_| Broken::Server { begun };
        let Self { connection, state, client_capabilities, checksum, .. } = self;
        let (capabilities, mariadb) = (connection.capabilities, connection.mariadb);
        let bytes = &mut connection.pipe.unread_mut()[at.clone()];
        let sequence = bytes[3].wrapping_add(response.shift());
        // Behind an inserted packet it is looked at, and numbered, once more.
        if translate != Translate::InsertEofBefore {
            bytes[3] = sequence;
        }
        let ends = matches!(kind, Notable::Ok | Notable::RowsEnd);
        if ends && order.warnings > 0 {
            add_warnings(&mut bytes[HEADER_LEN..], order.warnings);
        }
        let payload = &bytes[HEADER_LEN..];
        let mut change = Change::None;
        let mut status = StatusFlags::empty();
        let mut counts = None;
        match kind {
            Notable::Ok => {
                let ok = OkPacket::parse(payload, capabilities).map_err(malformed)?;
                status = ok.status;
                outcome.inserted |= ok.last_insert_id != 0;
                outcome.affected_rows = outcome.affected_rows.saturating_add(ok.affected_rows);
                outcome.counted = Some(ok.affected_rows);
                outcome.warnings = ok.warnings.saturating_sub(order.warnings);
                if let Some(checksum) = checksum {
                    checksum.ok(&OkPacket { warnings: outcome.warnings, ..ok });
                }
                change = learn_ok(&ok, sequence, state, *client_capabilities);
            }
            Notable::RowsEnd => {
                let (read, warnings, packets) = rows_end(
                    payload,
                    sequence,
                    translate,
                    response,
                    state,
                    capabilities,
                    *client_capabilities,
                )
                .map_err(malformed)?;
                status = read;
                outcome.counted = None;
                outcome.warnings = warnings.saturating_sub(order.warnings);
                if let Some(checksum) = checksum {
                    checksum.rows_end(status, outcome.warnings);
                }
                change = match self.appended.behind(response.rows()) {
                    [] => packets,
                    rows => with_rows(packets, bytes, rows),
                };
            }
            Notable::Middle => change = middle(translate, sequence),
            Notable::Prepared => {
                let prepare_ok = PrepareOk::parse(payload).map_err(malformed)?;
                prepared::set_statement_id(&mut bytes[HEADER_LEN..], order.statement_id);
                counts = Some(prepare_ok.counts);
                outcome.prepared = Some(prepare_ok);
            }
            Notable::Err => {
                let error = ServerError::parse(payload).map_err(malformed)?;
                outcome.error = Some(error.code);
                if let Some(checksum) = checksum {
                    checksum.error(payload);
                }
                if LOSSES.contains(&error.code) && order.hold_loss && !begun && at.start == 0 {
                    change = Change::Lost(error);
                } else if REFUSALS.contains(&error.code)
                    && order.hold_refusal
                    && !begun
                    && at.start == 0
                {
                    change = Change::HoldBack;
                } else if error.code == 1290 && order.read_only_transaction {
                    change = Change::Replace(packet(sequence, |out| {
                        ServerError::read_only_transaction(mariadb).put_payload(out, true);
                    }));
                } else if error.code == INTERRUPTED && order.is_stopped() {
                    let error = ServerError::took_too_long(mariadb);
                    outcome.error = Some(error.code);
                    change = Change::Replace(packet(sequence, |out| error.put_payload(out, true)));
                }
            }
            Notable::Single => {
                status = single(payload, order, capabilities, state, outcome).map_err(malformed)?;
                if payload.first() == Some(&0)
                    && status.contains(StatusFlags::SERVER_SESSION_STATE_CHANGED)
                {
                    let ok = OkPacket::parse(payload, capabilities).map_err(malformed)?;
                    change = filtered(&ok, sequence, state, *client_capabilities);
                }
            }
            Notable::LocalInfile => outcome.local_file = true,
        }
        if ends || !status.is_empty() {
            outcome.status = Some(status);
        }
        response.took_packet(kind, status, counts);
        Ok(change)
    }

    async fn flush(&mut self, ready: &mut usize, outcome: &mut Outcome) -> Result<(), Broken> {
        let n = std::mem::take(ready);
        if n > 0 {
            if self.mute {
                self.connection.pipe.consume(n);
                return Ok(());
            }
            outcome.sent += n;
            self.pulse.answering();
            let from = &mut self.connection.pipe;
            self.client.relay_from(from, n).await.map_err(|_| Broken::Client)?;
        }
        Ok(())
    }

    async fn tell(&mut self, bytes: &[u8], outcome: &mut Outcome) -> Result<(), Broken> {
        if self.mute {
            return Ok(());
        }
        outcome.sent += bytes.len();
        self.pulse.answering();
        self.client.send(bytes).await.map_err(|_| Broken::Client)
    }

    /// The client sends a file, packet by packet, up to an empty one.
    async fn pass_file(&mut self, first: u8) -> Result<(), Broken> {
        let Self { client, connection, pulse, .. } = self;
        let is_last = |header: crate::wire::header::Header| header.len == 0;
        let sending = pass_packets(client, &mut connection.pipe, first, u64::MAX, is_last);
        unless_given_up(pulse, true, sending).await
    }
}

/// Copies packets from the client to the server up to the one that `is_last`, as long as they have
/// no more than `limit` bytes together. They are numbered from `first`, as the server expects.
pub async fn pass_packets(
    client: &mut Pipe,
    server: &mut Pipe,
    first: u8,
    limit: u64,
    mut is_last: impl FnMut(crate::wire::header::Header) -> bool,
) -> Result<(), Broken> {
    let gone = |_: io::Error| Broken::Client;
    let lost = |_: io::Error| Broken::Server { begun: true };
    let mut total = 0_u64;
    let mut number = first;
    loop {
        client.fill_to(HEADER_LEN).await.map_err(gone)?;
        let Some(header) = crate::wire::header::Header::peek(client.unread()) else {
            return Err(Broken::Client);
        };
        total = total.saturating_add(header.len.into());
        if total > limit {
            return Err(Broken::TooLarge);
        }
        if let Some(said) = client.unread_mut().get_mut(HEADER_LEN - 1) {
            *said = number;
        }
        number = number.wrapping_add(1);
        let mut left = header.packet_len();
        while left > 0 {
            if client.unread().is_empty() {
                client.fill().await.map_err(gone)?;
            }
            let n = left.min(client.unread().len());
            server.write(&client.unread()[..n]).await.map_err(lost)?;
            client.consume(n);
            left -= n;
        }
        if is_last(header) {
            return server.flush().await.map_err(lost);
        }
    }
}

/// What happens to a notable packet on its way.
#[derive(Debug)]
pub enum Change {
    /// It goes as it is.
    None,
    /// These bytes go before it; it is looked at again.
    Insert(Vec<u8>),
    /// These bytes, maybe none, go instead of it.
    Replace(Vec<u8>),
    /// Neither it nor anything else goes.
    HoldBack,
    /// The same, and the connection is at its end.
    Lost(ServerError),
}

/// Writes one packet.
pub fn packet(sequence: u8, payload: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut sequence = sequence;
    crate::wire::header::put_packet_with(&mut out, &mut sequence, payload);
    out
}

fn learn_ok(
    ok: &OkPacket<'_>,
    sequence: u8,
    state: &mut SessionState,
    client: CapabilityFlags,
) -> Change {
    if !ok.session_state.is_empty() {
        state.learn(ok);
    }
    filtered(ok, sequence, state, client)
}

/// The OK as this client gets it: without what only the proxy asked for.
fn filtered(
    ok: &OkPacket<'_>,
    sequence: u8,
    state: &SessionState,
    client: CapabilityFlags,
) -> Change {
    if !ok.status.contains(StatusFlags::SERVER_SESSION_STATE_CHANGED) {
        return Change::None;
    }
    Change::Replace(packet(sequence, |out| {
        ok.put_payload(out, client, |change| state.tells(change));
    }))
}

/// The end of rows: learns from an OK, translates between EOF and OK.
fn rows_end(
    payload: &[u8],
    sequence: u8,
    translate: Translate,
    response: &Response,
    state: &mut SessionState,
    server: CapabilityFlags,
    client: CapabilityFlags,
) -> Result<(StatusFlags, u16, Change), crate::wire::Malformed> {
    let deprecates_eof = server.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF);
    if !deprecates_eof {
        let eof = EofPacket::parse(payload)?;
        let change = match translate {
            Translate::Rewrite => Change::Replace(packet(sequence, |out| {
                let bits = eof.status.bits().to_le_bytes();
                let warnings = eof.warnings.to_le_bytes();
                out.extend_from_slice(&[0xfe, 0, 0, bits[0], bits[1], warnings[0], warnings[1]]);
            })),
            _ => Change::None,
        };
        return Ok((eof.status, eof.warnings, change));
    }
    let ok = OkPacket::parse(payload, server)?;
    if translate != Translate::Rewrite {
        return Ok((ok.status, ok.warnings, learn_ok(&ok, sequence, state, client)));
    }
    if !ok.session_state.is_empty() {
        state.learn(&ok);
    }
    let mut status = ok.status;
    status.remove(StatusFlags::SERVER_SESSION_STATE_CHANGED);
    let eof = EofPacket { warnings: ok.warnings, status };
    let mut out = Vec::new();
    let mut last = sequence;
    if response.needs_middle(ok.status) {
        out = packet(sequence, |out| EofPacket { warnings: 0, status }.put_payload(out));
        last = sequence.wrapping_add(1);
    }
    out.extend(packet(last, |out| eof.put_payload(out)));
    Ok((ok.status, ok.warnings, Change::Replace(out)))
}

fn middle(translate: Translate, sequence: u8) -> Change {
    match translate {
        Translate::Drop => Change::Replace(Vec::new()),
        Translate::InsertEofBefore => {
            Change::Insert(packet(sequence, |out| EofPacket::default().put_payload(out)))
        }
        _ => Change::None,
    }
}

/// The packet of a command that is answered with one packet.
fn single(
    payload: &[u8],
    order: &Order<'_>,
    capabilities: CapabilityFlags,
    state: &mut SessionState,
    outcome: &mut Outcome,
) -> Result<StatusFlags, crate::wire::Malformed> {
    debug_assert!(order.expect == Expect::Single);
    match payload.first() {
        Some(0xff) => {
            outcome.error = Some(ServerError::parse(payload)?.code);
            Ok(StatusFlags::empty())
        }
        Some(0) => {
            let ok = OkPacket::parse(payload, capabilities)?;
            if !ok.session_state.is_empty() {
                state.learn(&ok);
            }
            Ok(ok.status)
        }
        Some(0xfe) if EofPacket::is(payload) => Ok(EofPacket::parse(payload)?.status),
        // COM_STATISTICS: a line of text.
        _ => Ok(StatusFlags::empty()),
    }
}

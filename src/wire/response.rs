//! Follows one response of a server without decoding it.
//!
//! A result is relayed as the bytes the server sent. What the relay must know is where packets
//! begin, which of them close the response, and what those say. [`Response`] is that knowledge as
//! a step machine: it is shown the bytes that have arrived and tells how many of them are plain
//! payload and where the next *notable* packet lies.
//!
//! ```text
//!                 ┌────────────── more results ──────────────┐
//!                 ▼                                          │
//!  command ──▶ First ──count──▶ Columns ──(EOF)──▶ Rows ──EOF/OK──▶ done
//!                 ├──OK/ERR──────────────────────────────────┼──▶ done
//!                 └──0xFB (LOCAL INFILE)──▶ First            └──ERR──▶ done
//! ```
//!
//! With `CLIENT_DEPRECATE_EOF` the packet between columns and rows is absent and the last one is
//! an OK packet with header 0xFE. The two sides of a proxy may differ in it, so the machine knows
//! both encodings and, where they differ, tells which packet to drop, to insert and to replace;
//! it then renumbers the packets that follow.
//!
//! Source: MySQL source code documentation, "Text Resultset" and "COM_STMT_PREPARE Response";
//! MariaDB knowledge base, "Result Set Packets".

use mysql_common::constants::StatusFlags;

/// Length of a packet header: three bytes of payload length and a sequence number.
pub const HEADER: usize = 4;
/// A payload of this length is continued in the next packet.
const MAX_PAYLOAD: usize = 0xff_ff_ff;
/// The longest notable packet (OK, ERR, EOF, PREPARE_OK, LOCAL INFILE) that is accepted, in bytes.
pub const NOTABLE_LIMIT: usize = 1 << 20;

/// What a command is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// OK, ERR, LOCAL INFILE, or a result set; several of them (COM_QUERY, COM_STMT_EXECUTE).
    Results,
    /// PREPARE_OK with parameter and column definitions, or ERR.
    Prepare,
    /// Rows or column definitions at once, closed by EOF (COM_STMT_FETCH, COM_FIELD_LIST).
    Rows,
    /// One packet, whatever it is (COM_PING, COM_INIT_DB, COM_STATISTICS, …).
    Single,
}

/// How end-of-rows is written on each side of the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialects {
    /// The server was told CLIENT_DEPRECATE_EOF.
    pub server_deprecates_eof: bool,
    /// The client asked for CLIENT_DEPRECATE_EOF.
    pub client_deprecates_eof: bool,
}

impl Dialects {
    fn differ(self) -> bool {
        self.server_deprecates_eof != self.client_deprecates_eof
    }
}

/// A packet the relay has to look at; always whole in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notable {
    /// An OK packet that is a whole result of its own.
    Ok,
    /// An error; it ends the response.
    Err,
    /// The packet that closes rows: EOF, or OK with header 0xFE.
    RowsEnd,
    /// The EOF between definitions and rows; for the other dialect it is dropped or inserted.
    Middle,
    /// PREPARE_OK.
    Prepared,
    /// The server asks for the contents of a file.
    LocalInfile,
    /// The only packet of a [`Expect::Single`] response.
    Single,
}

/// What to do with the packet at hand when the two dialects differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Translate {
    /// Relay it as it is.
    Keep,
    /// Do not relay it.
    Drop,
    /// Write an EOF packet with the sequence number of this one first, then relay this one.
    InsertEofBefore,
    /// Write it in the client's dialect.
    Rewrite,
}

/// The result of looking at the bytes that have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// So many bytes are understood and may be relayed as they are.
    pub plain: usize,
    /// What follows them.
    pub next: Next,
}

/// What follows the plain bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// More bytes are needed; the rest of the buffer, if any, is the beginning of a packet.
    Bytes,
    /// A notable packet of this length, header included, follows.
    Packet { kind: Notable, len: usize, translate: Translate },
}

/// The bytes are not a response of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server's response is malformed")]
pub struct Malformed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    First,
    /// Definitions still to come; then, with `then_rows`, rows.
    Definitions {
        left: u64,
        then: AfterDefinitions,
    },
    /// The EOF after definitions (only where the server sends one).
    MiddleEof {
        then: AfterDefinitions,
    },
    /// The first packet after definitions, where the client must be given an EOF first.
    BeforeRows,
    Rows,
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterDefinitions {
    Rows,
    /// The column definitions of a prepared statement follow its parameters.
    Columns(u64),
    End,
}

/// The state of one response. See the module's page.
#[derive(Clone, Debug)]
pub struct Response {
    phase: Phase,
    expect: Expect,
    dialects: Dialects,
    /// Bytes of the current plain packet still to come.
    skip: usize,
    /// The current packet was of maximal length: the next one continues it.
    continued: bool,
    /// Added to every sequence number relayed, modulo 256.
    shift: u8,
    /// An EOF is owed to the client before the next packet of a prepared statement.
    owes_eof: bool,
    /// The sequence number of the last plain packet, as the client sees it.
    last_sequence: u8,
    /// Rows of the last result so far.
    rows: u64,
}

impl Response {
    /// The beginning of a response.
    pub fn new(expect: Expect, dialects: Dialects) -> Self {
        let phase = if expect == Expect::Rows { Phase::Rows } else { Phase::First };
        Self {
            phase,
            expect,
            dialects,
            skip: 0,
            continued: false,
            shift: 0,
            owes_eof: false,
            last_sequence: 0,
            rows: 0,
        }
    }

    /// Rows of the last result so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The response is complete.
    pub fn is_done(&self) -> bool {
        self.phase == Phase::Done && self.skip == 0 && !self.continued
    }

    /// What is added to the server's sequence numbers on the way to the client.
    pub fn shift(&self) -> u8 {
        self.shift
    }

    /// The sequence number of an EOF that has to be written to the client at the very end: the
    /// one that closes a prepared statement's definitions.
    pub fn last_eof(&self) -> Option<u8> {
        (self.owes_eof && self.is_done()).then(|| self.last_sequence.wrapping_add(1))
    }

    /// For [`Notable::RowsEnd`] to be rewritten: whether the EOF between definitions and rows,
    /// which the client has not seen yet, must be written first. A cursor has only one EOF.
    pub fn needs_middle(&self, status: StatusFlags) -> bool {
        self.phase == Phase::BeforeRows && !opens_cursor(status)
    }

    /// Looks at `bytes`, which begin where the last step ended. Sequence numbers of plain packets
    /// are corrected in place; notable packets are left to the caller, who must then call
    /// [`Self::took_packet`].
    pub fn step(&mut self, bytes: &mut [u8]) -> Result<Step, Malformed> {
        let mut at = 0;
        loop {
            let here = self.skip.min(bytes.len() - at);
            at += here;
            self.skip -= here;
            if self.skip > 0 || self.is_done() {
                return Ok(Step { plain: at, next: Next::Bytes });
            }
            let Some(packet) = Packet::peek(&bytes[at..]) else {
                return Ok(Step { plain: at, next: Next::Bytes });
            };
            let (payload, sequence) = (packet.len, packet.sequence.wrapping_add(self.shift));
            match self.judge(&packet)? {
                None => {
                    bytes[at + 3] = sequence;
                    self.last_sequence = sequence;
                    self.skip = HEADER + payload;
                    self.continued = payload == MAX_PAYLOAD;
                }
                Some((kind, translate)) => {
                    let len = HEADER + payload;
                    if payload > NOTABLE_LIMIT {
                        return Err(Malformed);
                    }
                    let next = if bytes.len() - at < len {
                        Next::Bytes
                    } else {
                        Next::Packet { kind, len, translate }
                    };
                    return Ok(Step { plain: at, next });
                }
            }
        }
    }

    /// Decides about the packet that begins here; `None` is a plain one.
    fn judge(&mut self, packet: &Packet) -> Result<Option<(Notable, Translate)>, Malformed> {
        if self.continued {
            return Ok(None);
        }
        if self.expect == Expect::Single {
            return Ok(Some((Notable::Single, Translate::Keep)));
        }
        match self.phase {
            Phase::First => self.judge_first(packet),
            Phase::Definitions { left, then } => {
                if packet.first == Some(0xff) {
                    return Ok(Some((Notable::Err, Translate::Keep)));
                }
                if self.owes_eof {
                    return Ok(Some((Notable::Middle, Translate::InsertEofBefore)));
                }
                self.one_definition_less(left, then);
                Ok(None)
            }
            Phase::MiddleEof { then } => self.judge_middle(packet, then),
            Phase::BeforeRows if self.is_rows_end(packet) => {
                // Its status tells whether a cursor was opened, in which case it is the only EOF.
                Ok(Some((Notable::RowsEnd, Translate::Rewrite)))
            }
            Phase::BeforeRows => Ok(Some((Notable::Middle, Translate::InsertEofBefore))),
            Phase::Rows => {
                let judged = self.judge_row(packet);
                self.rows += u64::from(judged.is_none());
                Ok(judged)
            }
            Phase::Done => Err(Malformed),
        }
    }

    fn judge_first(&mut self, packet: &Packet) -> Result<Option<(Notable, Translate)>, Malformed> {
        let first = packet.first.ok_or(Malformed)?;
        Ok(Some(match (self.expect, first) {
            (_, 0xff) => (Notable::Err, Translate::Keep),
            (Expect::Prepare, 0x00) => (Notable::Prepared, Translate::Keep),
            (Expect::Prepare, _) => return Err(Malformed),
            (_, 0x00) => (Notable::Ok, Translate::Keep),
            (_, 0xfb) => (Notable::LocalInfile, Translate::Keep),
            _ => {
                let left = packet.column_count().ok_or(Malformed)?;
                self.rows = 0;
                self.phase = Phase::Definitions { left, then: AfterDefinitions::Rows };
                return Ok(None);
            }
        }))
    }

    fn judge_middle(
        &self,
        packet: &Packet,
        then: AfterDefinitions,
    ) -> Result<Option<(Notable, Translate)>, Malformed> {
        let differ = self.dialects.differ();
        Ok(Some(match (packet.first, packet.eof_status()) {
            (Some(0xff), _) => (Notable::Err, Translate::Keep),
            // A cursor was opened: no rows follow, this is the only EOF.
            (_, Some(status)) if opens_cursor(status) && then == AfterDefinitions::Rows => {
                (Notable::RowsEnd, if differ { Translate::Rewrite } else { Translate::Keep })
            }
            (_, Some(_)) => {
                (Notable::Middle, if differ { Translate::Drop } else { Translate::Keep })
            }
            _ => return Err(Malformed),
        }))
    }

    fn judge_row(&self, packet: &Packet) -> Option<(Notable, Translate)> {
        if packet.first == Some(0xff) {
            return Some((Notable::Err, Translate::Keep));
        }
        if !self.is_rows_end(packet) {
            return None;
        }
        let translate = if self.dialects.differ() { Translate::Rewrite } else { Translate::Keep };
        Some((Notable::RowsEnd, translate))
    }

    /// 0xFE also begins a text row whose first column is longer than 16 MiB; the length tells.
    fn is_rows_end(&self, packet: &Packet) -> bool {
        let limit = if self.dialects.server_deprecates_eof { MAX_PAYLOAD } else { 9 };
        packet.first == Some(0xfe) && packet.len < limit
    }

    fn one_definition_less(&mut self, left: u64, then: AfterDefinitions) {
        if left > 1 {
            self.phase = Phase::Definitions { left: left - 1, then };
        } else {
            self.definitions_end(then);
        }
    }

    fn definitions_end(&mut self, then: AfterDefinitions) {
        if !self.dialects.server_deprecates_eof {
            self.phase = Phase::MiddleEof { then };
            return;
        }
        let insert = self.dialects.differ();
        if insert && then != AfterDefinitions::Rows {
            self.owes_eof = true;
        }
        self.after_definitions(then, insert);
    }

    fn after_definitions(&mut self, then: AfterDefinitions, insert_eof: bool) {
        self.phase = match then {
            AfterDefinitions::Rows if insert_eof => Phase::BeforeRows,
            AfterDefinitions::Rows => Phase::Rows,
            AfterDefinitions::Columns(left) => {
                Phase::Definitions { left, then: AfterDefinitions::End }
            }
            AfterDefinitions::End => Phase::Done,
        };
    }

    /// Goes past the notable packet that the last step named. `status` are the flags of an OK or
    /// EOF packet, `counts` the columns and parameters of a PREPARE_OK.
    pub fn took_packet(&mut self, kind: Notable, status: StatusFlags, counts: Option<Counts>) {
        match kind {
            Notable::Single | Notable::Err => self.phase = Phase::Done,
            Notable::Ok => self.result_ends(status),
            Notable::LocalInfile => self.phase = Phase::First,
            Notable::Prepared => self.prepared(counts.unwrap_or_default()),
            Notable::RowsEnd => {
                if self.needs_middle(status) {
                    self.shift = self.shift.wrapping_add(1);
                }
                self.result_ends(status);
            }
            Notable::Middle => self.took_middle(),
        }
    }

    fn took_middle(&mut self) {
        match self.phase {
            Phase::MiddleEof { then } => {
                if self.dialects.differ() {
                    self.shift = self.shift.wrapping_sub(1);
                }
                self.after_definitions(then, false);
            }
            // An EOF was inserted; the packet at hand has not been passed yet.
            Phase::BeforeRows => {
                self.shift = self.shift.wrapping_add(1);
                self.phase = Phase::Rows;
            }
            _ => {
                self.shift = self.shift.wrapping_add(1);
                self.owes_eof = false;
            }
        }
    }

    fn prepared(&mut self, counts: Counts) {
        let columns = u64::from(counts.columns);
        self.phase = match (counts.parameters, counts.columns) {
            (0, 0) => Phase::Done,
            (0, _) => Phase::Definitions { left: columns, then: AfterDefinitions::End },
            (parameters, 0) => {
                Phase::Definitions { left: u64::from(parameters), then: AfterDefinitions::End }
            }
            (parameters, _) => Phase::Definitions {
                left: u64::from(parameters),
                then: AfterDefinitions::Columns(columns),
            },
        };
    }

    fn result_ends(&mut self, status: StatusFlags) {
        let more = status.contains(StatusFlags::SERVER_MORE_RESULTS_EXISTS)
            && self.expect == Expect::Results;
        self.phase = if more { Phase::First } else { Phase::Done };
    }
}

fn opens_cursor(status: StatusFlags) -> bool {
    status.contains(StatusFlags::SERVER_STATUS_CURSOR_EXISTS)
}

/// How many definitions follow a PREPARE_OK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Columns of the result, 0 for statements without one.
    pub columns: u16,
    /// Placeholders.
    pub parameters: u16,
}

/// As much of a packet as the decision needs.
struct Packet<'a> {
    len: usize,
    sequence: u8,
    first: Option<u8>,
    payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// `None` until the header and the first bytes (as many as an EOF packet has) have arrived.
    fn peek(bytes: &'a [u8]) -> Option<Self> {
        let [a, b, c, sequence, payload @ ..] = bytes else { return None };
        let len = usize::from(*a) | usize::from(*b) << 8 | usize::from(*c) << 16;
        let payload = &payload[..payload.len().min(len)];
        let enough = payload.len() >= len.min(5);
        enough.then(|| Self { len, sequence: *sequence, first: payload.first().copied(), payload })
    }

    /// The status flags, if this is an EOF packet (not the OK packet that may stand for it).
    fn eof_status(&self) -> Option<StatusFlags> {
        match *self.payload {
            [0xfe, _, _, low, high] => {
                Some(StatusFlags::from_bits_truncate(u16::from_le_bytes([low, high])))
            }
            _ => None,
        }
    }

    /// The column count that opens a result set; servers allow at most 4096 columns.
    fn column_count(&self) -> Option<u64> {
        match *self.payload {
            [n @ 1..=0xfa] => Some(u64::from(n)),
            [0xfc, low, high] => Some(u64::from(u16::from_le_bytes([low, high]))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;

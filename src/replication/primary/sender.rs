//! The log as packets, for one follower: a step machine without a socket.
//!
//! ```text
//! ROTATE (made up: file, position) ─▶ format description ─▶ previous GTIDs ─▶ events …
//!        ▲                                                                     │
//!        └───────────────────────── the next file ◀────────────────────────────┘
//! ```
//!
//! A follower counts its position up by the length of what it gets, and names that position when it
//! acknowledges or connects again. So where events are passed over, or one has another length than in the file,
//! it is told where it is: by a heartbeat if it follows by GTIDs, as MySQL does, by a made-up ROTATE and the
//! format description again if not.
//!
//! Accounts are rows of tables in schema `mysql` here. On another maker's server those tables are not the same,
//! so only our own replicas get those rows; of others' view the transaction is empty, but it is there.
//!
//! Acknowledgements are asked for with the last event before the log's present end, so one answers for
//! all groups that were sent together, and on long ways each [`ACK_EVERY`] bytes.

use std::sync::Arc;

use super::start::{Beginning, logged};
use super::{DumpError, FollowerOptions};
use crate::binlog::event::{
    Format, RawEvent, RowsKind, StreamFormat, TransactionId, code, previous_gtids,
};
use crate::binlog::log::{Boundaries, Log, LogEvent, LogReader, MAGIC, Position, Step, file_name};
use crate::wire::replication::put_event;

/// Packets are gathered up to so many bytes; one event more may be in them.
pub const BATCH: usize = 256 << 10;

/// The schema whose tables are this server's own.
const ACCOUNTS: &[u8] = b"mysql";

/// Bytes of the log that are passed over before others get their turn.
const LOOK: u64 = 4 << 20;

/// Bytes after which one that is behind is asked to acknowledge.
const ACK_EVERY: u64 = 1 << 20;

/// Whether there is more to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// The log's present end is reached.
    End,
    /// It goes on.
    More,
}

/// One follower's way through the log.
pub struct Sender {
    log: Arc<Log>,
    reader: LogReader,
    stream: StreamFormat,
    beginning: Beginning,
    /// It was agreed that packets can ask for an acknowledgement.
    semi_sync: bool,
    /// Heartbeats may move the follower's position.
    moves_by_heartbeat: bool,
    boundaries: Boundaries,
    /// A whole transaction's beginning was seen: from there on boundaries are certain.
    aligned: bool,
    /// The transaction is passed over.
    passing_over: bool,
    /// What was sent last belongs to a transaction that goes on.
    inside: bool,
    /// It is MariaDB.
    mariadb: bool,
    /// It gets the rows of accounts.
    own: bool,
    /// The rows that follow are of a table that it does not get.
    hidden_rows: bool,
    /// The present file's format description, as it stands there.
    head: Vec<u8>,
    /// Where the follower believes it is; `None` before it was told.
    told: Option<Position>,
    /// Something was sent, or the follower came with something, whose acknowledgement was not asked for.
    owed: bool,
    /// Bytes since the last request for one.
    unasked: u64,
    sequence: u8,
}

/// Our own files; what is asked of it here is only that it is not MariaDB's.
fn own_format() -> &'static Format {
    static OWN: Format = Format { server_version: String::new(), created: 0, has_checksum: true };
    &OWN
}

impl Sender {
    /// A sender that begins there; the first packet has number 1.
    ///
    /// # Errors
    /// The file is not there.
    pub fn new(
        log: &Arc<Log>,
        server_id: u32,
        beginning: Beginning,
        options: &FollowerOptions,
    ) -> Result<Self, DumpError> {
        let reader = log.read_from(beginning.position)?;
        Ok(Self {
            log: log.clone(),
            reader,
            stream: StreamFormat { server_id, checksum: options.checksum },
            moves_by_heartbeat: beginning.auto_position && !options.mariadb,
            beginning,
            semi_sync: options.semi_sync,
            boundaries: Boundaries::default(),
            aligned: false,
            passing_over: false,
            inside: false,
            mariadb: options.mariadb,
            own: options.own,
            hidden_rows: false,
            head: Vec::new(),
            told: None,
            // what it came with may be waited for: an earlier connection may have ended before it said so
            owed: true,
            unasked: 0,
            sequence: 1,
        })
    }

    /// Up to where everything was sent, or was nothing for this follower.
    pub fn position(&self) -> Position {
        self.reader.position()
    }

    /// The next packet's number.
    pub fn sequence(&self) -> u8 {
        self.sequence
    }

    /// Adds packets with what follows, up to about [`BATCH`] bytes.
    ///
    /// # Errors
    /// The log cannot be read; what is in `out` may still be sent.
    pub fn fill(&mut self, out: &mut Vec<u8>) -> Result<Filled, DumpError> {
        if self.told.is_none() {
            self.begin(out)?;
        }
        let mut looked = 0;
        while out.len() < BATCH && looked < LOOK {
            match self.step(out)? {
                Some(bytes) => looked += bytes,
                None => {
                    self.settle(out)?;
                    return Ok(Filled::End);
                }
            }
        }
        Ok(Filled::More)
    }

    /// Adds a heartbeat.
    ///
    /// # Errors
    /// None that a file's name could cause.
    pub fn heartbeat(&mut self, out: &mut Vec<u8>) -> Result<(), DumpError> {
        let at = self.told.unwrap_or_else(|| self.position());
        let event = self.stream.heartbeat(&file_name(at.file), at.offset)?;
        self.put(out, &event, false);
        Ok(())
    }

    fn put(&mut self, out: &mut Vec<u8>, event: &[u8], needs_ack: bool) {
        let needs_ack = needs_ack && self.semi_sync;
        if needs_ack {
            (self.owed, self.unasked) = (false, 0);
        }
        put_event(out, &mut self.sequence, self.semi_sync.then_some(needs_ack), event);
    }

    /// Tells the follower where it begins, and how the events look where that is inside a file.
    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), DumpError> {
        let start = self.beginning.position;
        let head = Position { offset: MAGIC.len() as u64, ..start };
        if let Some(LogEvent { raw, .. }) = self.log.read_from(head)?.next_event()? {
            self.head = raw.bytes.to_vec();
        }
        self.rotate(out, start, false)
    }

    /// Inside a file the format description follows: a follower forgets what it knew when it hears of a rotation.
    fn rotate(
        &mut self,
        out: &mut Vec<u8>,
        to: Position,
        needs_ack: bool,
    ) -> Result<(), DumpError> {
        let inside = to.offset > MAGIC.len() as u64;
        let event = self.stream.rotate(&file_name(to.file), to.offset)?;
        self.put(out, &event, needs_ack && !inside);
        if inside {
            let format = self.stream.format(&RawEvent::read(&self.head, true)?, false);
            self.put(out, &format, needs_ack);
        }
        self.told = Some(to);
        Ok(())
    }

    /// Takes one event of the log and gives its length; `None` at the end.
    fn step(&mut self, out: &mut Vec<u8>) -> Result<Option<u64>, DumpError> {
        let Some(LogEvent { start, raw }) = self.reader.next_event()? else { return Ok(None) };
        let size = u64::from(raw.header.size);
        let end = Position { offset: start.offset + size, ..start };
        let (event, ends) = match raw.header.code {
            code::FORMAT => {
                self.head = raw.bytes.to_vec();
                (Some(self.stream.format(&raw, true)), false)
            }
            code::PREVIOUS_GTIDS => (Some(previous(self.stream, &raw)?), false),
            _ => {
                let step = transaction_step(&mut self.boundaries, &mut self.aligned, &raw)?;
                if let Step::First(gtid) = &step {
                    self.passing_over = match &gtid.id {
                        TransactionId::MySql(gtid) => self.beginning.passes_over(gtid),
                        _ => false,
                    };
                }
                let ends = step == Step::Last;
                let hidden = !self.own && hides(&mut self.hidden_rows, &raw);
                let wanted = !self.passing_over && !hidden;
                self.passing_over &= !ends;
                let event = wanted.then(|| match raw.header.code {
                    code::QUERY if self.mariadb => self.stream.statement_for_mariadb(&raw),
                    _ => Ok(self.stream.event(&raw)),
                });
                (event.transpose()?, ends && wanted)
            }
        };
        if let Some(event) = event {
            self.send(out, (start, end), &event, ends)?;
        }
        Ok(Some(size))
    }

    /// Sends an event that stands there in the log.
    fn send(
        &mut self,
        out: &mut Vec<u8>,
        (start, end): (Position, Position),
        event: &[u8],
        ends_transaction: bool,
    ) -> Result<(), DumpError> {
        // a transaction must not be torn
        if !self.inside {
            self.move_to(out, start, false)?;
        }
        self.inside = !self.boundaries.is_outside();
        self.owed |= ends_transaction;
        self.unasked += event.len() as u64;
        // one without the checksum counts as if it had it: positions are those of the log
        let trimmed = (end.offset - start.offset).saturating_sub(event.len() as u64);
        let same = trimmed == 0 || (trimmed == 4 && !self.stream.checksum);
        let length = if same { end.offset - start.offset } else { event.len() as u64 };
        let told = self.told.map(|told| Position { offset: told.offset + length, ..told });
        let due = end >= self.log.revealed() || (ends_transaction && self.unasked >= ACK_EVERY);
        self.put(out, event, self.owed && due && told == Some(end));
        self.told = told;
        Ok(())
    }

    /// Makes the follower believe that it is there.
    fn move_to(
        &mut self,
        out: &mut Vec<u8>,
        to: Position,
        needs_ack: bool,
    ) -> Result<(), DumpError> {
        match self.told {
            Some(told) if told == to => Ok(()),
            Some(told) if told.file == to.file && self.moves_by_heartbeat => {
                let event = self.stream.heartbeat(&file_name(to.file), to.offset)?;
                self.put(out, &event, needs_ack);
                self.told = Some(to);
                Ok(())
            }
            _ => self.rotate(out, to, needs_ack),
        }
    }

    /// At the end: what was passed over counts as had, and what was sent is asked for.
    fn settle(&mut self, out: &mut Vec<u8>) -> Result<(), DumpError> {
        let here = self.reader.position();
        // inside a transaction whose rest is not in the log yet nothing is settled
        if self.passing_over || !self.boundaries.is_outside() {
            return Ok(());
        }
        if self.told != Some(here) {
            return self.move_to(out, here, self.owed);
        }
        if self.owed && self.semi_sync {
            let event = self.stream.heartbeat(&file_name(here.file), here.offset)?;
            self.put(out, &event, true);
        }
        Ok(())
    }
}

/// Whether a row event, or the description of its table, is of an account.
fn hides(hidden_rows: &mut bool, raw: &RawEvent<'_>) -> bool {
    if raw.header.code == code::TABLE_MAP {
        // id:6 flags:2, then the schema with its length in front
        let schema = raw.body().get(8..).and_then(|rest| {
            let (len, rest) = rest.split_first()?;
            rest.get(..usize::from(*len))
        });
        *hidden_rows = schema == Some(ACCOUNTS);
        return *hidden_rows;
    }
    *hidden_rows && RowsKind::of(raw.header.code).is_some()
}

/// The GTIDs of earlier files without those that are for nobody.
fn previous(stream: StreamFormat, raw: &RawEvent<'_>) -> Result<Vec<u8>, DumpError> {
    let all = previous_gtids(raw.body())?;
    let shown = logged(&all);
    if shown == all { Ok(stream.event(raw)) } else { Ok(stream.previous_gtids(raw, &shown)?) }
}

/// What an event is to its transaction. A follower may begin inside one: until the next begins, only ends are
/// told apart.
fn transaction_step(
    boundaries: &mut Boundaries,
    aligned: &mut bool,
    raw: &RawEvent<'_>,
) -> Result<Step, DumpError> {
    match boundaries.step(raw, own_format()) {
        Ok(step) => {
            *aligned |= matches!(step, Step::First(_));
            Ok(step)
        }
        Err(_) if !*aligned && raw.header.code == code::XID => Ok(Step::Last),
        Err(_) if !*aligned => Ok(Step::Middle),
        Err(error) => Err(error.into()),
    }
}

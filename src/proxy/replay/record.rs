//! What is kept of a transaction so that it can be run again: its commands in order, and the checksums of their answers.
//!
//! ```text
//!            opening statement answered        anything that bars
//!   Closed ───────────────────────────▶ Open ───────────────────▶ Barred(why)
//!     ▲                                   │                           │
//!     └──────────── no transaction is open after an answer ───────────┘
//! ```
//!
//! A command is noted before it is sent ([`Record::sending`]), as it may be lost on its way, and becomes a [`Step`] when it
//! is answered. In `Closed` the steps are the `SET TRANSACTION` statements that shape the next transaction.
//!
//! Invariant: steps and everything they hold stay within [`Bounds`]; `Closed` without a `SET TRANSACTION`, and
//! `Barred`, hold nothing.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::sql::StatementClass;
use crate::wire::response::Counts;

use super::{Fate, Part, Sum};

/// How much is kept of one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of commands, parameter data and prepared texts.
    pub bytes: usize,
    /// Commands.
    pub statements: usize,
}

/// What a step costs beside its bytes.
const STEP_BYTES: usize = size_of::<Step>();

/// Room for commands that is kept between transactions, in bytes.
const SPARE_BYTES: usize = 1024;

/// Errors after which a transaction goes on for certain: what was asked for is not there, or must not be so.
const HARMLESS: [u16; 22] = [
    1048, 1050, 1051, 1054, 1062, 1064, 1136, 1146, 1169, 1216, 1217, 1264, 1292, 1364, 1366, 1406,
    1451, 1452, 1557, 1690, 3819, 4025,
];

/// A command that is about to be sent.
#[derive(Debug)]
pub struct Sent<'a> {
    /// Its part in a transaction.
    pub part: Part,
    /// What its statement is.
    pub class: &'a Arc<StatementClass>,
    /// The command as a server could be sent it again, parameter types included.
    pub payload: &'a [u8],
    /// The text that an execution executes.
    pub text: Option<Rc<[u8]>>,
    /// That statement's columns and parameters.
    pub counts: Counts,
    /// The client's id of that statement, where parameter data was sent ahead.
    pub long_data: Option<u32>,
}

/// How things are when a command is about to be sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Situation {
    /// `autocommit=0`: any statement may open a transaction.
    pub autocommit_off: bool,
    /// The session has state on its connection that no other can be given.
    pub ties: bool,
    /// `SET TRANSACTION` waits for the next transaction.
    pub shaped: bool,
    /// The version of the session's settings.
    pub version: u64,
}

/// What an answer was.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer {
    /// Its checksum.
    pub sum: Sum,
    /// A transaction is open now.
    pub open: bool,
    /// It runs on a replica.
    pub on_replica: bool,
    /// The error that it was.
    pub error: Option<u16>,
    /// It opened a cursor.
    pub cursor: bool,
    /// It asked for a file of the client.
    pub local_file: bool,
    /// What is not transactional was written, or may have been.
    pub unsafe_write: bool,
    /// The version of the session's settings after it.
    pub version: u64,
}

/// A command that was answered.
#[derive(Debug)]
pub struct Step {
    /// What it is.
    pub class: Arc<StatementClass>,
    /// The place of its text in [`Record::texts`], for an execution.
    pub text: Option<usize>,
    /// Columns and parameters that this text had.
    pub counts: Counts,
    /// Parameter data sent ahead: whole commands.
    pub pieces: Vec<Box<[u8]>>,
    payload: Range<usize>,
    sum: Sum,
}

impl Step {
    /// Whether an answer with this checksum is the one that it got.
    pub fn is_answered_by(&self, sum: Sum) -> bool {
        self.sum == sum
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    Open,
    Barred(Fate),
}

/// The command that was noted last and is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    /// It is not among the steps.
    None,
    /// It is the last step.
    Step,
    /// The same, and what it wants is `SET TRANSACTION`.
    Shape,
}

/// See the module's page.
#[derive(Debug)]
pub struct Record {
    bounds: Bounds,
    phase: Phase,
    steps: Vec<Step>,
    pending: Pending,
    /// The client's id of the statement whose parameter data the command that is not answered takes.
    takes: Option<u32>,
    /// What losing the connection under the noted command means; `None`: it may be sent again.
    if_lost: Option<Fate>,
    /// Why a transaction that it opens cannot be replayed.
    if_opened: Fate,
    payloads: Vec<u8>,
    texts: Vec<Rc<[u8]>>,
    /// Parameter data that no execution has taken yet, by the client's id of its statement.
    pieces: Vec<(u32, Box<[u8]>)>,
    /// All that counts towards the bound.
    bytes: usize,
    version: u64,
    on_replica: bool,
}

impl Record {
    /// Of a session that has just begun.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            phase: Phase::Closed,
            steps: Vec::new(),
            pending: Pending::None,
            takes: None,
            if_lost: Some(Fate::Statement),
            if_opened: Fate::Statement,
            payloads: Vec::new(),
            texts: Vec::new(),
            pieces: Vec::new(),
            bytes: 0,
            version: 0,
            on_replica: false,
        }
    }

    /// A transaction is open, and can be replayed so far.
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// There is neither a transaction nor anything that shapes the next one.
    pub fn is_idle(&self) -> bool {
        self.phase == Phase::Closed && self.steps.is_empty()
    }

    /// A command that neither is of a transaction nor opens one by itself is about to be sent.
    pub fn passes_by(&mut self) {
        (self.if_lost, self.if_opened) = (Some(Fate::Statement), Fate::Statement);
    }

    /// A command is about to be sent.
    pub fn sending(&mut self, sent: &Sent<'_>, at: &Situation) {
        self.forget_pending();
        self.passes_by();
        if self.phase == Phase::Closed && !at.shaped {
            self.clear();
        }
        match (self.phase, sent.part) {
            (Phase::Closed, Part::Shapes) => self.shape(sent, at),
            (Phase::Closed, Part::Begin) => self.open(sent, at),
            (Phase::Closed, Part::Step) if at.autocommit_off => self.open(sent, at),
            (Phase::Closed, Part::Bars(why)) => self.if_opened = why,
            (Phase::Closed, _) => {}
            (_, Part::Begin) => {
                self.clear();
                self.open(sent, at);
                self.if_lost = Some(Fate::CommitInFlight);
            }
            (Phase::Barred(why), _) => self.if_lost = Some(why),
            (_, Part::Commit) => self.if_lost = Some(Fate::CommitInFlight),
            (Phase::Open, Part::Beside) => self.if_lost = None,
            (Phase::Open, Part::Step) => self.note(sent),
            (Phase::Open, Part::Shapes) => self.bar(Fate::SessionState),
            (Phase::Open, Part::Bars(why)) => self.bar(why),
        }
    }

    /// `SET TRANSACTION` before a transaction.
    fn shape(&mut self, sent: &Sent<'_>, at: &Situation) {
        let known = !at.ties && (!at.shaped || !self.steps.is_empty());
        if known && self.push(sent) {
            self.pending = Pending::Shape;
        } else {
            self.clear();
        }
    }

    /// The command may open a transaction.
    fn open(&mut self, sent: &Sent<'_>, at: &Situation) {
        let unknown = at.shaped && self.steps.is_empty();
        if at.ties || unknown || sent.long_data.is_some() {
            self.if_opened = Fate::SessionState;
        } else if self.push(sent) {
            (self.pending, self.if_lost) = (Pending::Step, None);
            self.version = at.version;
        } else {
            self.if_opened = Fate::TooLarge;
        }
    }

    /// The command is of the open transaction.
    fn note(&mut self, sent: &Sent<'_>) {
        let missing = |id: u32| !self.pieces.iter().any(|(of, _)| *of == id);
        if sent.long_data.is_some_and(missing) {
            self.bar(Fate::SessionState);
        } else if self.push(sent) {
            (self.pending, self.if_lost) = (Pending::Step, None);
        } else {
            self.bar(Fate::TooLarge);
        }
    }

    /// Appends a step; `false` when that is more than the bounds allow.
    fn push(&mut self, sent: &Sent<'_>) -> bool {
        let known = |text: &Rc<[u8]>| self.texts.iter().position(|known| Rc::ptr_eq(known, text));
        let at = sent.text.as_ref().and_then(known);
        let new = sent.text.as_ref().filter(|_| at.is_none());
        let bytes = sent.payload.len() + STEP_BYTES + new.map_or(0, |text| text.len());
        if self.steps.len() >= self.bounds.statements || self.bytes + bytes > self.bounds.bytes {
            return false;
        }
        self.bytes += bytes;
        self.texts.extend(new.cloned());
        let text = sent.text.as_ref().map(|_| at.unwrap_or(self.texts.len() - 1));
        let begin = self.payloads.len();
        self.payloads.extend_from_slice(sent.payload);
        self.takes = sent.long_data;
        self.steps.push(Step {
            class: sent.class.clone(),
            text,
            counts: sent.counts,
            pieces: Vec::new(),
            payload: begin..self.payloads.len(),
            sum: Sum::default(),
        });
        true
    }

    /// Parameter data is sent ahead. `goes_on`: there was some for this statement before.
    pub fn piece(&mut self, id: u32, payload: &[u8], goes_on: bool) {
        if self.phase != Phase::Open {
            return;
        }
        let bytes = payload.len() + STEP_BYTES;
        if goes_on && !self.pieces.iter().any(|(of, _)| *of == id) {
            self.bar(Fate::SessionState);
        } else if self.bytes + bytes > self.bounds.bytes {
            self.bar(Fate::TooLarge);
        } else {
            self.bytes += bytes;
            self.pieces.push((id, payload.into()));
        }
    }

    /// Parameter data is sent ahead that is too large to be kept.
    pub fn piece_too_large(&mut self) {
        if self.phase == Phase::Open {
            self.bar(Fate::TooLarge);
        }
    }

    /// The statement's parameter data is forgotten: it was reset or closed.
    pub fn forget_pieces(&mut self, id: u32) {
        self.pieces.retain(|(of, _)| *of != id);
    }

    /// Parameter data of a statement that is about to be executed.
    pub fn pieces_of(&self, id: u32) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().filter(move |(of, _)| *of == id).map(|(_, piece)| &**piece)
    }

    /// The noted command may be sent again, on another connection, if this one is lost.
    pub fn may_send_again(&self) -> bool {
        self.if_lost.is_none()
    }

    /// The answer's checksum is wanted.
    pub fn wants_sum(&self) -> bool {
        self.pending != Pending::None
    }

    /// The noted command was answered.
    pub fn answered(&mut self, answer: &Answer) {
        let pending = std::mem::replace(&mut self.pending, Pending::None);
        match (self.phase, answer.open) {
            (Phase::Closed, false) if pending == Pending::Shape && answer.error.is_none() => {
                self.finish(answer);
            }
            (Phase::Closed, false) if pending == Pending::None => {}
            (_, false) if pending == Pending::None || self.phase != Phase::Closed => self.clear(),
            (_, false) => self.forget_last(),
            (Phase::Closed, true) if pending == Pending::Step && answer.error.is_none() => {
                self.opened(answer);
            }
            (Phase::Closed, true) => self.bar(self.if_opened),
            (Phase::Open, true) if pending == Pending::Step => self.finish_or_bar(answer),
            (Phase::Open, true) if self.if_lost == Some(Fate::CommitInFlight) => {
                self.bar(Fate::Statement);
            }
            (Phase::Open | Phase::Barred(_), true) => {}
        }
    }

    fn opened(&mut self, answer: &Answer) {
        self.phase = Phase::Open;
        self.on_replica = answer.on_replica;
        self.finish_or_bar(answer);
    }

    fn finish_or_bar(&mut self, answer: &Answer) {
        let harmless = |code: &u16| HARMLESS.contains(code);
        match () {
            () if answer.local_file => self.bar(Fate::LocalFile),
            () if answer.cursor => self.bar(Fate::Cursor),
            () if answer.unsafe_write => self.bar(Fate::NotTransactional),
            () if answer.version != self.version => self.bar(Fate::SessionState),
            () if !answer.error.as_ref().is_none_or(harmless) => self.bar(Fate::FailedStatement),
            () => self.finish(answer),
        }
    }

    fn finish(&mut self, answer: &Answer) {
        let taken = self.takes.take();
        let Some(step) = self.steps.last_mut() else { return };
        step.sum = answer.sum;
        if let Some(id) = taken {
            let is_taken = |(of, _): &mut (u32, Box<[u8]>)| *of == id;
            step.pieces.extend(self.pieces.extract_if(.., is_taken).map(|(_, piece)| piece));
        }
    }

    /// The connection is lost; `sent`: the noted command was on its way, or was being carried out. `Ok`: what
    /// [`Record::steps`] holds can be run again. Else why not; `None` where there is nothing to be run again.
    pub fn lost(&mut self, sent: bool) -> Result<(), Option<Fate>> {
        self.forget_pending();
        match (self.phase, self.if_lost.filter(|_| sent)) {
            (Phase::Closed, None) if sent => Ok(()),
            (Phase::Closed, Some(Fate::CommitInFlight)) => Err(Some(Fate::CommitInFlight)),
            (Phase::Closed, _) => Err(None),
            (Phase::Open, None) => Ok(()),
            (_, Some(why)) | (Phase::Barred(why), None) => Err(Some(why)),
        }
    }

    /// The steps that were answered.
    pub fn steps(&self) -> &[Step] {
        let answered = self.steps.len() - usize::from(self.wants_sum());
        self.steps.get(..answered).unwrap_or_default()
    }

    /// A step's command.
    pub fn payload(&self, step: &Step) -> &[u8] {
        self.payloads.get(step.payload.clone()).unwrap_or_default()
    }

    /// The texts that executions execute.
    pub fn texts(&self) -> &[Rc<[u8]>] {
        &self.texts
    }

    /// It ran on a replica.
    pub fn on_replica(&self) -> bool {
        self.on_replica
    }

    /// Whether a transaction is open, or something is kept, that ends with this: there is none any more.
    pub fn clear(&mut self) {
        self.phase = Phase::Closed;
        self.forget_all();
    }

    fn bar(&mut self, why: Fate) {
        self.phase = Phase::Barred(why);
        self.if_lost = Some(why);
        self.forget_all();
    }

    fn forget_all(&mut self) {
        self.pending = Pending::None;
        self.takes = None;
        self.on_replica = false;
        self.bytes = 0;
        self.steps.clear();
        self.texts.clear();
        self.pieces.clear();
        self.payloads.clear();
        self.steps.shrink_to(SPARE_BYTES / STEP_BYTES);
        self.payloads.shrink_to(SPARE_BYTES);
        self.texts.shrink_to(0);
        self.pieces.shrink_to(0);
    }

    fn forget_pending(&mut self) {
        if std::mem::replace(&mut self.pending, Pending::None) != Pending::None {
            self.forget_last();
        }
    }

    /// The last step was not carried out, or opened nothing. The parameter data that it takes is still there.
    fn forget_last(&mut self) {
        self.takes = None;
        if let Some(step) = self.steps.pop() {
            self.payloads.truncate(step.payload.start);
            self.bytes -= STEP_BYTES + step.payload.len();
        }
    }
}

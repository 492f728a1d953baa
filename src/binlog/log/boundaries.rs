//! Where transactions begin and end among a file's events.

use crate::binlog::bytes::EventError;
use crate::binlog::event::{Format, GtidEvent, Query, RawEvent, code, flag};

/// What an event is to the transaction around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It belongs to the file.
    Between,
    /// It begins a transaction.
    First(GtidEvent),
    /// It is inside one.
    Middle,
    /// It is the last of one.
    Last,
}

/// Follows a file's events.
#[derive(Debug, Default)]
pub struct Boundaries {
    state: State,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    /// Between transactions.
    #[default]
    Outside,
    /// After a transaction's name: a statement decides.
    Named,
    /// After BEGIN.
    Inside,
}

impl Boundaries {
    /// Whether no transaction is open.
    pub fn is_outside(&self) -> bool {
        self.state == State::Outside
    }

    /// Takes the next event. After an error nothing more can be said.
    pub fn step(&mut self, raw: &RawEvent<'_>, format: &Format) -> Result<Step, EventError> {
        let kind = raw.header.code;
        match kind {
            code::GTID | code::ANONYMOUS_GTID | code::GTID_TAGGED => self.named(raw),
            code::MARIADB_GTID if format.is_mariadb() => self.named(raw),
            code::QUERY => self.statement(&Query::parse(raw.body())?),
            code::MARIADB_QUERY_COMPRESSED if format.is_mariadb() => self.packed_statement(),
            code::XID | code::XA_PREPARE => self.last_if(State::Inside),
            code::TRANSACTION_PAYLOAD => self.last_if(State::Named),
            code::FORMAT
            | code::PREVIOUS_GTIDS
            | code::ROTATE
            | code::STOP
            | code::HEARTBEAT
            | code::INCIDENT => self.between(),
            code::MARIADB_CHECKPOINT | code::MARIADB_GTID_LIST if format.is_mariadb() => {
                self.between()
            }
            _ if self.state != State::Outside => Ok(Step::Middle),
            _ if raw.header.flags & flag::IGNORABLE != 0 => Ok(Step::Between),
            _ => Err(EventError::Malformed("an event of a transaction stands outside of any")),
        }
    }

    fn between(&self) -> Result<Step, EventError> {
        if self.is_outside() {
            return Ok(Step::Between);
        }
        Err(EventError::Malformed("a transaction does not end before an event of the file"))
    }

    fn named(&mut self, raw: &RawEvent<'_>) -> Result<Step, EventError> {
        if !self.is_outside() {
            return Err(EventError::Malformed("a transaction begins inside another"));
        }
        let gtid = GtidEvent::parse(&raw.header, raw.body())?;
        // MariaDB's event is the BEGIN as well, unless one event is the whole
        let mariadb = raw.header.code == code::MARIADB_GTID;
        self.state = if mariadb && !gtid.standalone { State::Inside } else { State::Named };
        Ok(Step::First(gtid))
    }

    fn statement(&mut self, query: &Query<'_>) -> Result<Step, EventError> {
        let opens = query.is_begin() || query.sql.starts_with(b"XA START");
        match self.state {
            State::Outside => {
                Err(EventError::Malformed("a statement stands outside of any transaction"))
            }
            State::Named if opens => {
                self.state = State::Inside;
                Ok(Step::Middle)
            }
            State::Inside if !query.is_end() => Ok(Step::Middle),
            State::Named | State::Inside => {
                self.state = State::Outside;
                Ok(Step::Last)
            }
        }
    }

    /// MariaDB compresses long statements: none that begins or ends a transaction.
    fn packed_statement(&mut self) -> Result<Step, EventError> {
        match self.state {
            State::Inside => Ok(Step::Middle),
            _ => self.last_if(State::Named),
        }
    }

    fn last_if(&mut self, expected: State) -> Result<Step, EventError> {
        if self.state != expected {
            return Err(EventError::Malformed("a transaction ends that did not begin"));
        }
        self.state = State::Outside;
        Ok(Step::Last)
    }
}

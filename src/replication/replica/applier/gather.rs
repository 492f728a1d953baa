//! Reading a transaction whole before anything of it is carried out.
//!
//! What is found out here never ends the applier: where a transaction is not of rows alone, or cannot be read, it
//! is carried out event by event instead, and that says what is wrong and where.

use super::transaction::{Head, statement_of};
use super::{Failed, Work, expand};
use crate::binlog::event::{Event, Format, RawEvent, code};
use crate::engine::foreign::{Ahead, Alone};
use crate::engine::{Engine, LogContext};
use crate::replication::replica::relay::RelayEvent;

/// Most bytes of events that are read ahead; a longer transaction is carried out as it is read.
const MAX_AHEAD: usize = 16 << 20;

/// A transaction that is being read.
pub(super) struct Gathered {
    /// What it says of itself.
    pub head: Head,
    /// What its statements depend on.
    pub context: LogContext,
    /// Its rows.
    pub rows: Ahead,
    /// Bytes of its events.
    pub bytes: usize,
    /// Whether more than its beginning was read.
    has_tables: bool,
}

impl Gathered {
    pub fn new(head: Head, context: LogContext, engine: &Engine) -> Self {
        Self { head, context, rows: Ahead::new(engine), bytes: 0, has_tables: false }
    }

    /// Takes the next event.
    fn event(&mut self, raw: &RawEvent<'_>, format: &Format) -> Result<(), Alone> {
        self.bytes += raw.bytes.len();
        if self.bytes > MAX_AHEAD {
            return Err(Alone);
        }
        if raw.header.code == code::TRANSACTION_PAYLOAD {
            return self.payload(raw, format);
        }
        match expand::mariadb(raw).map_err(|_| Alone)? {
            None => self.one(raw, format),
            Some(plain) => self.one(&RawEvent::read(&plain, false).map_err(|_| Alone)?, format),
        }
    }

    fn payload(&mut self, raw: &RawEvent<'_>, format: &Format) -> Result<(), Alone> {
        let unpacked = expand::payload(raw).map_err(|_| Alone)?;
        self.bytes += unpacked.len();
        if self.bytes > MAX_AHEAD {
            return Err(Alone);
        }
        let mut rest = &unpacked[..];
        while let Some((raw, after)) = expand::next_event(rest).map_err(|_| Alone)? {
            self.one(&raw, format)?;
            rest = after;
        }
        Ok(())
    }

    fn one(&mut self, raw: &RawEvent<'_>, format: &Format) -> Result<(), Alone> {
        match Event::parse(raw, format).map_err(|_| Alone)? {
            Event::TableMap(map) => {
                self.rows.map(&map)?;
                self.has_tables = true;
                Ok(())
            }
            Event::Rows(rows) => self.rows.rows(&rows),
            Event::Query(query) if query.is_begin() => {
                self.context = statement_of(&raw.header, &query, format.is_mariadb()).context;
                Ok(())
            }
            Event::Query(query) if query.sql.eq_ignore_ascii_case(b"COMMIT") => Ok(()),
            Event::Query(_) => Err(Alone),
            Event::RowsQuery(_) | Event::Xid(_) => Ok(()),
            _ => Err(Alone),
        }
    }
}

impl Work {
    /// The next event of the transaction that is being read. Says whether it goes on so.
    pub(super) async fn gather(
        &mut self,
        mut gathered: Gathered,
        event: &RelayEvent<'_>,
    ) -> Result<Option<Gathered>, Failed> {
        if gathered.event(&event.raw, &event.format).is_ok() {
            return Ok(Some(gathered));
        }
        // A compressed one is told by a single event.
        if gathered.has_tables && event.raw.header.code != code::TRANSACTION_PAYLOAD {
            return Err(Failed::Alone(gathered.head.start));
        }
        self.open_alone(gathered.head, gathered.context, false).await?;
        Ok(None)
    }
}

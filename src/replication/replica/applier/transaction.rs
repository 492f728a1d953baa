//! One transaction of the relay log, from its first event to its commit.

use std::sync::Arc;

use super::gather::Gathered;
use super::{Failed, Work, expand, until};
use crate::binlog::event::{Event, EventHeader, Format, GtidEvent, Query, RawEvent, TransactionId};
use crate::binlog::event::{TableMap, code, flag};
use crate::engine::foreign::{Created, Foreign, RowStep};
use crate::engine::locks::WaitEnd;
use crate::engine::{DdlStatement, Interrupt, LogContext, logged_statement};
use crate::gtid::{Gtid, MariaDbGtid};
use crate::replication::replica::relay::{RelayEvent, RelayPosition};
use crate::replication::replica::status::{Passage, now_micros};
use crate::replication::replica::{SourcePosition, StatementKind};
use crate::value::SqlError;

/// What a transaction says of itself before its first change.
pub(in crate::replication::replica) struct Head {
    /// Where it begins in the relay log.
    pub start: RelayPosition,
    /// MySQL's name for it.
    pub gtid: Option<Gtid>,
    /// MariaDB's.
    pub mariadb: Option<MariaDbGtid>,
    /// The server that it began on.
    pub server_id: u32,
    /// The source's time of its last event, in seconds.
    pub timestamp: u32,
    /// When it was committed where it began: microseconds since 1970, 0 where not said.
    pub committed_at: u64,
    /// When it was begun here.
    pub started: u64,
}

impl Head {
    fn new(first: &GtidEvent, event: &RelayEvent<'_>) -> Self {
        let (gtid, mariadb) = match &first.id {
            TransactionId::MySql(gtid) => (Some(gtid.clone()), None),
            TransactionId::MariaDb(gtid) => (None, Some(*gtid)),
            TransactionId::Anonymous => (None, None),
        };
        let header = &event.raw.header;
        Self {
            start: event.start,
            gtid,
            mariadb,
            server_id: header.server_id,
            timestamp: header.timestamp,
            committed_at: first.original_commit,
            started: now_micros(),
        }
    }

    /// Its name in texts.
    pub fn name(&self) -> String {
        match (&self.gtid, &self.mariadb) {
            (Some(gtid), _) => gtid.to_string(),
            (None, Some(gtid)) => gtid.to_string(),
            (None, None) => "ANONYMOUS".to_owned(),
        }
    }

    /// What its statements depend on, as far as it says.
    fn context(&self) -> LogContext {
        let timestamp_micros = u64::from(self.timestamp) * 1_000_000;
        LogContext { timestamp_micros, ..LogContext::default() }
    }
}

/// A transaction that is carried out.
pub(in crate::replication::replica) struct Open {
    /// What it says of itself.
    pub head: Head,
    /// Its rows so far.
    pub foreign: Foreign,
    /// What its first statement depended on.
    pub context: LogContext,
    /// It is here already.
    pub skipped: bool,
    /// A definition that was the whole of it is committed.
    pub done: bool,
    /// A table that it makes and fills.
    pub created: Option<Created>,
    /// The end of its last event in the source's file.
    pub end: u64,
    /// The kind of event and the table that are at work, for errors.
    at: Option<(&'static str, String)>,
}

impl Open {
    fn new(head: Head, context: LogContext, foreign: Foreign) -> Self {
        Self {
            head,
            foreign,
            context,
            skipped: false,
            done: false,
            created: None,
            end: 0,
            at: None,
        }
    }

    /// What was being done, for an error.
    pub fn what(&self) -> String {
        match &self.at {
            Some((kind, table)) => {
                format!("Could not execute {kind} event on table {table}; ")
            }
            None => String::new(),
        }
    }
}

impl Work {
    /// The first event of a transaction.
    pub(super) async fn begin(
        &mut self,
        first: &GtidEvent,
        event: &RelayEvent<'_>,
    ) -> Result<(), Failed> {
        let header = &event.raw.header;
        let head = Head::new(first, event);
        let skipped = self.is_known(head.gtid.as_ref(), head.mariadb.as_ref(), header);
        if !skipped {
            self.delay(first, header).await?;
        }
        self.tell_begun(&head, skipped);
        let context = head.context();
        if self.crew.is_some() && !skipped && !std::mem::take(&mut self.alone) {
            self.gathered = Some(Gathered::new(head, context, &self.applier.engine));
            return Ok(());
        }
        self.open_alone(head, context, skipped).await
    }

    /// Begins one that is carried out event by event, after all before it.
    pub(super) async fn open_alone(
        &mut self,
        head: Head,
        context: LogContext,
        skipped: bool,
    ) -> Result<(), Failed> {
        if !skipped {
            self.finish_crew().await?;
        }
        let foreign = Foreign::begin(&self.applier.engine);
        self.open = Some(Open { skipped, ..Open::new(head, context, foreign) });
        Ok(())
    }

    fn tell_begun(&self, head: &Head, skipped: bool) {
        let committed = match head.committed_at {
            0 => u64::from(head.timestamp) * 1_000_000,
            at => at,
        };
        self.applier.status.change(|report| {
            report.relay = head.start;
            report.applying_time = Some(head.timestamp);
            report.sql_state = "Reading event from the relay log";
            if !skipped {
                let (name, started) = (head.name(), head.started);
                report.applying = Passage { name, committed, started, ended: 0 };
            }
        });
    }

    /// Whether a transaction is here already, or began here.
    fn is_known(
        &self,
        gtid: Option<&Gtid>,
        mariadb: Option<&MariaDbGtid>,
        header: &EventHeader,
    ) -> bool {
        if let Some(gtid) = gtid {
            let executed = self.applier.engine.database();
            return executed.executed.contains(gtid) || self.pending.contains(gtid);
        }
        let (file, offset) = (self.file.clone(), u64::from(header.end));
        let end = SourcePosition { file, offset, ..SourcePosition::default() };
        let by_gtid = self.applier.settings.auto_position;
        header.server_id == self.applier.server_id || self.submitted.covers(&end, mariadb, by_gtid)
    }

    /// SOURCE_DELAY.
    async fn delay(&self, first: &GtidEvent, header: &EventHeader) -> Result<(), Failed> {
        if self.applier.settings.delay.is_zero() {
            return Ok(());
        }
        let committed = match first.immediate_commit {
            0 => u64::from(header.timestamp) * 1_000_000,
            at => at,
        };
        let due = committed.saturating_add(self.applier.settings.delay.as_micros() as u64);
        let status = &self.applier.status;
        while let Some(left) = until(due) {
            status.change(|report| {
                report.remaining_delay = Some(left.as_secs());
                report.sql_state = "Waiting until SOURCE_DELAY seconds after source executed event";
            });
            tokio::select! {
                () = tokio::time::sleep(left.min(std::time::Duration::from_secs(1))) => {}
                () = self.applier.stop.cancelled() => return Err(Failed::Stopped),
            }
        }
        status.change(|report| report.remaining_delay = None);
        Ok(())
    }

    /// Any other event of it.
    pub(super) async fn carry_out(
        &mut self,
        open: &mut Open,
        event: &RelayEvent<'_>,
        is_last: bool,
    ) -> Result<(), Failed> {
        let raw = &event.raw;
        if raw.header.code == code::TRANSACTION_PAYLOAD {
            let unpacked = expand::payload(raw).map_err(|error| unreadable(&error))?;
            let mut rest = &unpacked[..];
            while let Some((raw, after)) =
                expand::next_event(rest).map_err(|error| unreadable(&error))?
            {
                self.one(open, &raw, &event.format, after.is_empty()).await?;
                rest = after;
            }
            return Ok(());
        }
        match expand::mariadb(raw).map_err(|error| unreadable(&error))? {
            None => self.one(open, raw, &event.format, is_last).await,
            Some(plain) => {
                let plain = RawEvent::read(&plain, false).map_err(|error| unreadable(&error))?;
                self.one(open, &plain, &event.format, is_last).await
            }
        }
    }

    async fn one(
        &mut self,
        open: &mut Open,
        raw: &RawEvent<'_>,
        format: &Arc<Format>,
        is_last: bool,
    ) -> Result<(), Failed> {
        open.end = u64::from(raw.header.end);
        open.foreign.set_cascades(!format.tells_cascades());
        let event = Event::parse(raw, format).map_err(|error| unreadable(&error))?;
        match (event, &mut open.created) {
            (Event::TableMap(map), Some(created)) => Ok(created.map(&map)?),
            (Event::Rows(rows), Some(created)) => {
                let statements = &self.applier.statements;
                Ok(created.rows(&self.applier.engine, &rows, statements.definitions())?)
            }
            (event, _) => self.other(open, (raw, event), format.is_mariadb(), is_last).await,
        }
    }

    async fn other(
        &mut self,
        open: &mut Open,
        (raw, event): (&RawEvent<'_>, Event<'_>),
        mariadb: bool,
        is_last: bool,
    ) -> Result<(), Failed> {
        match event {
            Event::TableMap(map) => self.map(open, &map).await,
            Event::Rows(rows) => {
                let steps = open.foreign.steps(&rows)?;
                self.rows(open, raw.header.code, &steps).await
            }
            Event::Query(query) => self.query(open, &raw.header, &query, mariadb, is_last).await,
            Event::Other if holds_changes(&raw.header) => {
                let what = "replication of LOAD DATA and other statements (set binlog_format=ROW \
                            on the source)";
                Err(SqlError::not_supported(what).into())
            }
            _ => Ok(()),
        }
    }

    async fn map(&mut self, open: &mut Open, map: &TableMap) -> Result<(), Failed> {
        open.at = Some(("Table_map", format!("{}.{}", map.schema, map.name)));
        loop {
            match open.foreign.map(map) {
                // What is found by its contents is looked for in what is visible.
                Ok(true) => return self.drain().await,
                Ok(false) => return Ok(()),
                Err(interrupt) => self.wait(interrupt).await?,
            }
        }
    }

    async fn rows(&mut self, open: &mut Open, kind: u8, steps: &[RowStep]) -> Result<(), Failed> {
        if let Some((name, _)) = &mut open.at {
            *name = kind_name(kind);
        }
        let statements = self.applier.statements.clone();
        for step in steps {
            while let Err(interrupt) = open.foreign.change(step, statements.definitions()) {
                self.wait(interrupt).await?;
            }
        }
        Ok(())
    }

    /// Waits for a lock; any other interrupt is the end.
    pub(super) async fn wait(&mut self, interrupt: Interrupt) -> Result<(), Failed> {
        let Interrupt::Wait(mut lock) = interrupt else {
            return match interrupt.into_error() {
                error if error.code == 1213 => Err(Failed::Again),
                error => Err(error.into()),
            };
        };
        let stop = self.applier.stop.clone();
        let ended = loop {
            match self.in_flight.front_mut() {
                None => tokio::select! {
                    ended = &mut lock => break ended,
                    () = stop.cancelled() => return Err(Failed::Stopped),
                },
                Some(first) => {
                    let outcome = tokio::select! {
                        ended = &mut lock => break ended,
                        outcome = &mut first.ticket => outcome,
                        () = stop.cancelled() => return Err(Failed::Stopped),
                    };
                    self.settled(outcome)?;
                }
            }
        };
        match ended {
            WaitEnd::Granted => Ok(()),
            WaitEnd::Deadlock | WaitEnd::Cancelled => Err(Failed::Again),
        }
    }

    async fn query(
        &mut self,
        open: &mut Open,
        header: &EventHeader,
        query: &Query<'_>,
        mariadb: bool,
        is_last: bool,
    ) -> Result<(), Failed> {
        let mut statement = statement_of(header, query, mariadb);
        if query.is_begin() || query.is_end() {
            if query.is_begin() {
                open.context = statement.context;
            }
            if query.sql.eq_ignore_ascii_case(b"ROLLBACK") {
                open.foreign = Foreign::begin(&self.applier.engine);
            }
            return Ok(());
        }
        open.at = None;
        match self.applier.statements.kind(&mut statement)? {
            StatementKind::Nothing => Ok(()),
            StatementKind::Savepoint(name) => Ok(open.foreign.transaction().savepoint(&name)?),
            StatementKind::RollbackTo(name) => Ok(open.foreign.transaction().rollback_to(&name)?),
            StatementKind::Definition => {
                open.context = statement.context.clone();
                self.define(open, statement, is_last).await
            }
            StatementKind::Rows => self.run_statement(open, statement).await,
        }
    }

    /// A statement that changes rows, not the rows themselves.
    async fn run_statement(
        &mut self,
        open: &mut Open,
        statement: DdlStatement,
    ) -> Result<(), Failed> {
        self.drain().await?;
        open.context = statement.context.clone();
        let empty = Foreign::begin(&self.applier.engine);
        let transaction = std::mem::replace(&mut open.foreign, empty).into_transaction();
        let statements = self.applier.statements.clone();
        let transaction = statements.run(&statement, transaction).await?;
        open.foreign = Foreign::with(transaction);
        Ok(())
    }
}

/// A statement of a source.
pub(super) fn statement_of(header: &EventHeader, query: &Query<'_>, mariadb: bool) -> DdlStatement {
    let mut statement = logged_statement(header, query);
    if mariadb {
        // The upper half has MariaDB's own modes.
        statement.context.sql_mode &= 0xffff_ffff;
    }
    statement
}

/// Whether an event that is not understood may say what changes: passing over it would lose that. What a
/// statement's functions and variables were is told before the statement, which is refused itself.
fn holds_changes(header: &EventHeader) -> bool {
    const VALUES: [u8; 3] = [code::INTVAR, code::RAND, code::USER_VAR];
    header.flags & flag::IGNORABLE == 0 && !VALUES.contains(&header.code)
}

fn kind_name(kind: u8) -> &'static str {
    match crate::binlog::event::RowsKind::of(kind) {
        Some(crate::binlog::event::RowsKind::Write) => "Write_rows",
        Some(crate::binlog::event::RowsKind::Update) => "Update_rows",
        Some(crate::binlog::event::RowsKind::Delete) => "Delete_rows",
        None => "Rows",
    }
}

pub(super) fn unreadable(error: &crate::binlog::EventError) -> SqlError {
    super::relay_failure(&error.to_string())
}

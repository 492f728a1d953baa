//! Golden scripts of relay log and applier, with faults: what a crash, a cut connection or a row that does not fit
//! leaves.
//!
//! ```text
//! source ROWS…           the source commits a transaction: `+1:10` adds, `1:10:20` changes, `-1:20` removes a row
//! file                   a connection begins, and with it a file of the relay log
//! receive N [part]       the Nth transaction of the source, or all of it but its end
//! sync, cut, crash       the relay log is synced; the connection ends; the power fails and comes back
//! relay                  what is in the relay log
//! start, stop            the applier
//! local ROWS…            a transaction of this server's own
//! state                  the applier's state and the rows
//! ```

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goldenscript::{Command, Runner};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::applier::Applier;
use super::relay::{Found, Relay};
use super::status::Status;
use super::{Applied, Running, SourceSettings, StatementKind, Statements};
use crate::binlog::event::TransactionId;
use crate::binlog::log::EventReader;
use crate::disk::{Disk, FaultyDisk};
use crate::engine::catalog::{ColumnDef, IndexDef, IndexKind, IndexPart, SchemaDef, TableDef};
use crate::engine::{
    CatalogChange, CommitOptions, Database, DdlReplay, DdlStatement, Direction, Engine,
    EngineOptions, IndexNo, Interrupt, KeyRange, Transaction, Use,
};
use crate::value::types::{CollationId, ColumnType, IntegerSize};
use crate::value::{Row, SqlError, Value};

/// Longest wait for the applier.
const LIMIT: Duration = Duration::from_secs(20);

/// One table, `s.t`, of a key and a number.
#[derive(Clone, Copy)]
struct Definitions;

impl DdlReplay for Definitions {
    fn changes(&self, _: &DdlStatement, _: &Database) -> Result<Vec<CatalogChange>, SqlError> {
        let ty = ColumnType::Integer {
            size: IntegerSize::Big,
            unsigned: false,
            width: None,
            zerofill: false,
        };
        let mut table = TableDef::new("s", "t", CollationId(255));
        table.columns = vec![ColumnDef::new("id", ty.clone()), ColumnDef::new("n", ty)];
        table.indexes = vec![IndexDef {
            name: "PRIMARY".into(),
            kind: IndexKind::Primary,
            parts: vec![IndexPart { column: 0, prefix: None, descending: false }],
            comment: "".into(),
            visible: true,
        }];
        Ok(vec![
            CatalogChange::CreateSchema(SchemaDef::new("s", CollationId(255))),
            CatalogChange::CreateTable(Box::new(table)),
        ])
    }

    fn hidden_values(&self, _: &TableDef, _: &mut Vec<Value>) -> Result<(), SqlError> {
        Ok(())
    }
}

impl Statements for Definitions {
    fn definitions(&self) -> &dyn DdlReplay {
        self
    }

    fn kind(&self, _: &mut DdlStatement) -> Result<StatementKind, SqlError> {
        Ok(StatementKind::Definition)
    }

    fn run<'a>(&'a self, _: &'a DdlStatement, _: Transaction) -> Running<'a> {
        unreachable!("no script has statements")
    }
}

fn open(disk: &FaultyDisk, server_id: u32) -> Arc<Engine> {
    let options = EngineOptions { server_id, ..EngineOptions::default() };
    let engine = Engine::open(Arc::new(disk.clone()), options, &Definitions, &mut |_| {})
        .expect("an engine");
    if engine.database().catalog.schema("s").is_none() {
        let statement = DdlStatement { sql: "x".into(), unlogged: true, ..Default::default() };
        let changes = Definitions.changes(&statement, &engine.database()).expect("changes");
        engine.ddl(engine.begin(Default::default()), statement, changes).wait().expect("a table");
    }
    engine
}

fn row(text: &str) -> Row {
    let (id, n) = text.split_once(':').expect("ID:N");
    Row::new(vec![Value::Int(id.parse().unwrap()), Value::Int(n.parse().unwrap())])
}

/// Commits changes of rows.
pub(super) fn change(engine: &Engine, changes: &[&str], unlogged: bool) -> Result<(), SqlError> {
    let mut transaction = engine.begin(Default::default());
    let table = transaction.use_table("s", "t", Use::Write).map_err(Interrupt::into_error)?;
    let key = |text: &str| table.shape.row_key(&row(text)).expect("a key");
    for text in changes {
        let done = if let Some(new) = text.strip_prefix('+') {
            transaction.insert(&table, row(new)).map(drop)
        } else if let Some(old) = text.strip_prefix('-') {
            transaction.delete(&table, &key(old)).map(drop)
        } else {
            let (old, n) = text.rsplit_once(':').expect("ID:N:N");
            let (id, _) = old.split_once(':').expect("ID:N:N");
            transaction.update(&table, &key(old), row(&format!("{id}:{n}"))).map(drop)
        };
        done.map_err(Interrupt::into_error)?;
    }
    let options = CommitOptions { unlogged, ..CommitOptions::default() };
    engine.commit(transaction, options).wait().map(drop)
}

pub(super) fn rows(engine: &Engine) -> String {
    let database = engine.database();
    let table = database.catalog.table("s", "t").expect("the table").clone();
    let transaction = engine.begin(Default::default());
    let all = KeyRange::all();
    let scan = transaction.scan(table.id, IndexNo::ROWS, &all, Direction::Forward);
    let number = |value: &Value| if let Value::Int(n) = value { n.to_string() } else { "?".into() };
    let rows =
        scan.map(|found| found.row.values().iter().map(number).collect::<Vec<_>>().join("="));
    rows.collect::<Vec<_>>().join(" ")
}

/// The head of the source's file, and its transactions as events.
pub(super) struct Sent {
    pub format: Vec<u8>,
    pub transactions: Vec<Vec<Vec<u8>>>,
}

pub(super) struct Script {
    source_disk: FaultyDisk,
    pub source: Arc<Engine>,
    disk: FaultyDisk,
    pub engine: Arc<Engine>,
    pub relay: Arc<Relay>,
    status: Arc<Status>,
    applier: Option<(CancellationToken, std::thread::JoinHandle<()>)>,
    workers: usize,
    /// Transactions that were received whole.
    received: std::collections::BTreeSet<u64>,
}

impl Script {
    pub fn new(workers: usize) -> Self {
        let (source_disk, disk) = (FaultyDisk::new(1), FaultyDisk::new(7));
        let (source, engine) = (open(&source_disk, 1), open(&disk, 2));
        let relay =
            Arc::new(Relay::open(Arc::new(disk.clone()), &mut |_| Ok(())).expect("a relay"));
        let (status, applier, received) = (Arc::default(), None, Default::default());
        Self { source_disk, source, disk, engine, relay, status, applier, workers, received }
    }

    pub fn sent(&self) -> Sent {
        let mut reader = EventReader::open(&self.source_disk, "binlog.000001").expect("the log");
        let format_end = reader.offset();
        let mut format = self.source_disk.read("binlog.000001", 1 << 30).expect("the log");
        format.truncate(format_end as usize);
        let format = format.split_off(4);
        let mut transactions: Vec<Vec<Vec<u8>>> = Vec::new();
        let known = reader.format().clone();
        while let Some(raw) = reader.next_event().expect("an event") {
            use crate::binlog::event::Event;
            match Event::parse(&raw, &known).expect("an event") {
                Event::PreviousGtids(_) => continue,
                Event::Gtid(_) => transactions.push(Vec::new()),
                _ => {}
            }
            transactions.last_mut().expect("a transaction").push(raw.bytes.to_vec());
        }
        // Those that are not for others.
        let zeros = |events: &Vec<Vec<u8>>| events[0].get(20..36) == Some(&[0; 16]);
        transactions.retain(|events| !zeros(events));
        Sent { format, transactions }
    }

    fn receive(&mut self, number: usize, part: bool) -> Result<(), Box<dyn Error>> {
        let sent = self.sent();
        let events = sent.transactions.get(number - 1).ok_or("no such transaction")?;
        let count = events.len() - usize::from(part);
        for event in &events[..count] {
            self.relay.append(event)?;
        }
        if part {
            return Ok(());
        }
        self.received.insert(number as u64);
        Ok(self.relay.end_transaction()?)
    }

    fn crash(&mut self) -> Result<String, Box<dyn Error>> {
        self.stop();
        self.disk = self.disk.restart();
        self.engine = open(&self.disk, 2);
        let mut found = String::new();
        let mut received = std::collections::BTreeSet::new();
        let mut note = |one: Found<'_>| {
            if let TransactionId::MySql(gtid) = &one.gtid.id {
                write!(found, " {}", gtid.number).expect("text");
                received.insert(gtid.number);
            }
            Ok(())
        };
        self.relay = Arc::new(Relay::open(Arc::new(self.disk.clone()), &mut note)?);
        self.received = received;
        Ok(format!("in the relay log:{found}\n"))
    }

    pub fn start(&mut self) {
        let stop = CancellationToken::new();
        let settings = SourceSettings { auto_position: true, ..SourceSettings::default() };
        let applier = Applier {
            relay: self.relay.clone(),
            engine: self.engine.clone(),
            server_id: 2,
            workers: self.workers,
            until: None,
            settings,
            statements: Arc::new(Definitions),
            status: self.status.clone(),
            applied: watch::Sender::new(Applied::default()),
            stop: stop.clone(),
        };
        self.status.change(|report| (report.sql, report.sql_failure) = (true, Default::default()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let run = std::thread::spawn(move || runtime.block_on(applier.run()));
        self.applier = Some((stop, run));
    }

    fn stop(&mut self) {
        if let Some((stop, run)) = self.applier.take() {
            stop.cancel();
            run.join().expect("the applier's thread");
        }
    }

    /// Waits until the applier has nothing left to do, or has ended.
    fn settled(&self) {
        let until = Instant::now() + LIMIT;
        loop {
            let report = self.status.now();
            let executed = self.engine.database().executed.count();
            let has_all = executed >= self.received.len() as u64;
            if !report.sql || has_all || self.applier.is_none() {
                return;
            }
            assert!(Instant::now() < until, "the applier does not settle: {report:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn state(&self) -> String {
        self.settled();
        let report = self.status.now();
        let mut text = format!("applier: {}\n", if report.sql { "runs" } else { "stopped" });
        let failure = &report.sql_failure;
        if failure.code != 0 {
            writeln!(text, "error {}: {}", failure.code, failure.text).expect("text");
        }
        let executed = self.engine.database().executed.clone();
        let numbers: Vec<String> =
            executed.iter().map(|(_, numbers)| numbers.count().to_string()).collect();
        writeln!(text, "transactions by source: {}", numbers.join(" ")).expect("text");
        writeln!(text, "rows: {}", rows(&self.engine)).expect("text");
        text
    }
}

impl Runner for Script {
    type Command = Command;

    fn run(
        &mut self,
        command: &Command,
        _: &goldenscript::Context,
    ) -> Result<String, Box<dyn Error>> {
        let mut consumer = command.consume_args();
        let arguments: Vec<&str> = std::iter::from_fn(|| consumer.next_pos()).collect();
        match command.name.as_str() {
            "source" => change(&self.source, &arguments, false)?,
            "local" => change(&self.engine, &arguments, true)?,
            "file" => {
                let sent = self.sent();
                self.relay.begin_file(&sent.format, true, "binlog.000001")?;
            }
            "receive" => {
                self.receive(arguments[0].parse()?, arguments.get(1) == Some(&"part"))?;
            }
            "sync" => self.relay.sync()?,
            "cut" => self.relay.end_file()?,
            "crash" => return self.crash(),
            "start" => self.start(),
            "stop" => self.stop(),
            "relay" => {
                let names = self.disk.list()?;
                let own: Vec<String> =
                    names.into_iter().filter(|name| name.starts_with("relay")).collect();
                return Ok(format!("{}\n", own.join(" ")));
            }
            "state" => return Ok(self.state()),
            other => return Err(format!("no command {other}").into()),
        }
        Ok(String::new())
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
fn golden_scripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/replication/replica/testscripts");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        // Outcomes do not depend on how many threads there are.
        for workers in [1, 3] {
            goldenscript::run(&mut Script::new(workers), &path).expect("the script");
        }
    }
}

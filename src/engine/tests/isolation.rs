//! Golden scripts of the anomalies that isolation is about, after Martin Kleppmann's Hermitage.
//!
//! ```text
//! tN: begin LEVEL            rc, rr, ser; `autocommit` as a second word
//! tN: read ID                a plain SELECT of one row
//! tN: select [CONDITION]     a plain SELECT: value=N, by=N (multiples), above=N (ids)
//! tN: lock ID | share ID     FOR UPDATE, FOR SHARE
//! tN: set ID N | add N [CONDITION] | delete CONDITION | insert ID N
//! tN: savepoint S | back S | release S | commit | rollback
//! reset, rows                between transactions
//! ```
//!
//! A command that has to wait says so and goes on as soon as it can; what it comes to then is shown behind what
//! let it go on.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use goldenscript::{Command, Runner};

use super::fixture::{self, SCHEMA, numbers, row};
use crate::engine::catalog::TableDef;
use crate::engine::{
    CommitOptions, Engine, Interrupt, Isolation, LockMode, LockingScan, Transaction,
    TransactionOptions, Use,
};
use crate::store::locks::{LockWait, OnConflict, WaitEnd};
use crate::store::{Direction, IndexNo, Key, KeyRange};
use crate::value::{Row, Value};

struct Script {
    engine: Arc<Engine>,
    sessions: BTreeMap<String, Session>,
}

struct Session {
    transaction: Transaction,
    waiting: Option<(Command, LockWait)>,
    /// What it is to do after the wait.
    later: VecDeque<Command>,
}

type Condition = Box<dyn Fn(&[i64]) -> bool>;

fn words(command: &Command) -> Vec<String> {
    command.args.iter().map(ToString::to_string).collect()
}

fn condition(text: Option<&str>) -> Condition {
    let number = |text: &str| text.parse::<i64>().unwrap();
    let Some(text) = text else { return Box::new(|_| true) };
    if let Some(value) = text.strip_prefix("value=").map(number) {
        return Box::new(move |row| row[1] == value);
    }
    if let Some(value) = text.strip_prefix("by=").map(number) {
        return Box::new(move |row| row[1] % value == 0);
    }
    let id = number(text.strip_prefix("above=").unwrap());
    Box::new(move |row| row[0] > id)
}

fn show(rows: &[Vec<i64>]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| format!("{}:{}", row[0], row[1])).collect();
    format!("[{}]", rows.join(" "))
}

fn key(table: &TableDef, id: i64) -> Key {
    table.shape.search_key(IndexNo::ROWS, &[Value::Int(id)])
}

fn current(
    transaction: &Transaction,
    table: &Arc<TableDef>,
    mode: LockMode,
    condition: &Condition,
) -> Result<Vec<(Key, Row)>, Interrupt> {
    let order = (IndexNo::ROWS, KeyRange::all(), Direction::Forward);
    let mut scan = LockingScan::new(transaction, table.clone(), order, (mode, OnConflict::Wait));
    let mut found = Vec::new();
    let mut wanted = |row: &Row| Ok(condition(&numbers(row)));
    while let Some(row) = scan.next_where(transaction, &mut wanted)? {
        found.push(row);
    }
    Ok(found)
}

fn plain_select(transaction: &mut Transaction, condition: &Condition) -> Result<String, Interrupt> {
    let table = transaction.use_table(SCHEMA, "test", Use::Read)?;
    let rows: Vec<Vec<i64>> = if transaction.reads_lock() {
        let found = current(transaction, &table, LockMode::Shared, condition)?;
        found.iter().map(|(_, row)| numbers(row)).collect()
    } else {
        let all = KeyRange::all();
        let scan = transaction.scan(table.id, IndexNo::ROWS, &all, Direction::Forward);
        scan.map(|found| numbers(found.row)).filter(|row| condition(row)).collect()
    };
    Ok(show(&rows))
}

fn plain_read(transaction: &mut Transaction, id: i64) -> Result<String, Interrupt> {
    let table = transaction.use_table(SCHEMA, "test", Use::Read)?;
    let key = key(&table, id);
    let row = if transaction.reads_lock() {
        transaction.lock_and_get(&table, &key, LockMode::Shared, OnConflict::Wait)?
    } else {
        transaction.get(table.id, &key).cloned()
    };
    Ok(row.map_or("none".to_owned(), |row| numbers(&row)[1].to_string()))
}

fn locking_read(
    transaction: &mut Transaction,
    id: i64,
    mode: LockMode,
) -> Result<String, Interrupt> {
    let table = transaction.use_table(SCHEMA, "test", Use::LockingRead)?;
    let row = transaction.lock_and_get(&table, &key(&table, id), mode, OnConflict::Wait)?;
    Ok(row.map_or("none".to_owned(), |row| numbers(&row)[1].to_string()))
}

fn change(
    transaction: &mut Transaction,
    condition: &Condition,
    new: impl Fn(&[i64]) -> Option<i64>,
) -> Result<String, Interrupt> {
    let table = transaction.use_table(SCHEMA, "test", Use::Write)?;
    let found = current(transaction, &table, LockMode::Exclusive, condition)?;
    for (key, old) in &found {
        let old = numbers(old);
        match new(&old) {
            Some(value) => drop(transaction.update(&table, key, row(&[old[0], value]))?),
            None => drop(transaction.delete(&table, key)?),
        }
    }
    Ok(format!("{} rows", found.len()))
}

fn set(transaction: &mut Transaction, id: i64, value: i64) -> Result<String, Interrupt> {
    let table = transaction.use_table(SCHEMA, "test", Use::Write)?;
    let key = key(&table, id);
    match transaction.lock_and_get(&table, &key, LockMode::Exclusive, OnConflict::Wait)? {
        Some(_) => transaction.update(&table, &key, row(&[id, value])).map(|_| "1 row".to_owned()),
        None => Ok("0 rows".to_owned()),
    }
}

fn insert(transaction: &mut Transaction, id: i64, value: i64) -> Result<String, Interrupt> {
    let table = transaction.use_table(SCHEMA, "test", Use::Write)?;
    match transaction.insert(&table, row(&[id, value])) {
        Ok(_) => Ok("1 row".to_owned()),
        Err(Interrupt::Duplicate(found)) => Ok(format!("duplicate of {:?}", numbers(&found.row))),
        Err(other) => Err(other),
    }
}

fn statement(transaction: &mut Transaction, command: &Command) -> Result<String, Interrupt> {
    let words = words(command);
    let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |at: usize| arguments[at].parse::<i64>().unwrap();
    let on = |at: usize| condition(arguments.get(at).copied());
    match command.name.as_str() {
        "read" => plain_read(transaction, number(0)),
        "select" => plain_select(transaction, &on(0)),
        "lock" => locking_read(transaction, number(0), LockMode::Exclusive),
        "share" => locking_read(transaction, number(0), LockMode::Shared),
        "set" => set(transaction, number(0), number(1)),
        "add" => change(transaction, &on(1), |row| Some(row[1] + number(0))),
        "delete" => change(transaction, &on(0), |_| None),
        "insert" => insert(transaction, number(0), number(1)),
        "savepoint" => Ok(transaction.savepoint(arguments[0]).map(|()| "ok".to_owned())?),
        "back" => Ok(transaction.rollback_to(arguments[0]).map(|()| "ok".to_owned())?),
        "release" => Ok(transaction.release(arguments[0]).map(|()| "ok".to_owned())?),
        other => panic!("{other}"),
    }
}

impl Script {
    fn new() -> Self {
        let mut script = Self { engine: fixture::volatile(), sessions: BTreeMap::new() };
        script.reset();
        script
    }

    fn reset(&mut self) {
        self.sessions.clear();
        self.engine = fixture::volatile();
        fixture::prepare(&self.engine, &["schema", "numbers test"]);
        fixture::fill(&self.engine, "test", &[&[1, 10], &[2, 20]]);
    }

    fn begin(&mut self, name: &str, words: &[&str]) -> String {
        let isolation = match words[0] {
            "ru" => Isolation::ReadUncommitted,
            "rc" => Isolation::ReadCommitted,
            "rr" => Isolation::RepeatableRead,
            "ser" => Isolation::Serializable,
            other => panic!("{other}"),
        };
        let autocommit = words.contains(&"autocommit");
        let options = TransactionOptions { isolation, autocommit, ..Default::default() };
        let transaction = self.engine.begin(options);
        self.sessions.insert(
            name.to_owned(),
            Session { transaction, waiting: None, later: VecDeque::new() },
        );
        String::new()
    }

    fn execute(&mut self, name: &str, command: &Command) -> String {
        let Some(session) = self.sessions.get_mut(name) else {
            return "no transaction".to_owned();
        };
        if session.waiting.is_some() {
            session.later.push_back(command.clone());
            return "later".to_owned();
        }
        match command.name.as_str() {
            "rollback" => {
                self.sessions.remove(name);
                String::new()
            }
            "commit" => self.commit(name),
            _ => self.run_statement(name, command),
        }
    }

    fn commit(&mut self, name: &str) -> String {
        let session = self.sessions.remove(name).expect("an open transaction");
        let ticket = self.engine.commit(session.transaction, CommitOptions::default());
        ticket.wait().map_or_else(|error| error.to_string(), |_| String::new())
    }

    fn run_statement(&mut self, name: &str, command: &Command) -> String {
        let session = self.sessions.get_mut(name).expect("an open transaction");
        session.transaction.start_statement();
        match statement(&mut session.transaction, command) {
            Ok(output) => output,
            Err(Interrupt::Wait(wait)) => {
                session.transaction.rollback_statement();
                session.waiting = Some((command.clone(), wait));
                "waits".to_owned()
            }
            Err(error) => {
                let error = error.into_error();
                session.transaction.rollback_statement();
                if error.code == 1213 {
                    self.sessions.remove(name);
                }
                format!("error {}", error.code)
            }
        }
    }

    /// Lets go on who can.
    fn go_on(&mut self, output: &mut String) {
        loop {
            let ended = self.sessions.iter().find_map(|(name, session)| {
                let (command, wait) = session.waiting.as_ref()?;
                Some((name.clone(), command.clone(), wait.end()?))
            });
            let Some((name, command, end)) = ended else { return };
            let later = match self.sessions.get_mut(&name) {
                Some(session) => {
                    session.waiting = None;
                    std::mem::take(&mut session.later)
                }
                None => VecDeque::new(),
            };
            let result = match end {
                WaitEnd::Granted => self.run_statement(&name, &command),
                other => {
                    self.sessions.remove(&name);
                    format!("{other:?}")
                }
            };
            writeln!(output, "  then {name}: {} -> {result}", command.name).unwrap();
            for command in later {
                let result = self.execute(&name, &command);
                writeln!(output, "  then {name}: {} -> {result}", command.name).unwrap();
            }
        }
    }
}

impl Runner for Script {
    type Command = Command;

    fn run(
        &mut self,
        command: &Command,
        context: &goldenscript::Context,
    ) -> Result<String, Box<dyn Error>> {
        let words = words(command);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let name = context.prefix.clone().unwrap_or_default();
        let mut output = match command.name.as_str() {
            "reset" => {
                self.reset();
                String::new()
            }
            "rows" => show(&fixture::published(&self.engine, "test")),
            "begin" => self.begin(&name, &words),
            _ => self.execute(&name, command),
        };
        if !output.is_empty() {
            output.push('\n');
        }
        self.go_on(&mut output);
        Ok(output)
    }
}

#[test]
fn golden_scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine/testscripts");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 10);
    for path in paths {
        goldenscript::run(&mut Script::new(), &path).unwrap();
    }
}

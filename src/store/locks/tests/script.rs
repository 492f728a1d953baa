//! Golden scripts: owners and their locks, one scenario a file in `testscripts/`.
//!
//! ```text
//! T1: row KEY MODE [nowait|skip] [weight=N]      MODE is read, write, shared, exclusive or insert
//! T1: range FROM TO                              keys from FROM on and before TO
//! T1: table NAME MODE [session]
//! T1: name NAME
//! T1: give_back KEY    T1: release NAME    T1: release_all    T1: unlock_tables
//! T1: end              the transaction       T1: leave          the session
//! T1: abandon          its wait is dropped
//! waits    locks    counts
//! ```
//!
//! Each command also prints whose waits it has ended, and how.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;

use goldenscript::{ArgumentConsumer, Command, Context, Runner};

use super::super::*;
use crate::store::{Edge, IndexNo, Key, TableId};

type Output = Result<String, Box<dyn Error>>;

#[derive(Default)]
struct Script {
    locks: LockTable,
    waits: BTreeMap<OwnerId, LockWait>,
}

fn row(key: &str) -> Resource {
    Resource::Row { table: TableId(1), index: IndexNo::ROWS, key: Key::new(key.as_bytes()) }
}

fn mode(text: &str) -> Result<Mode, Box<dyn Error>> {
    use Mode::{Exclusive, Insert, Read, Shared, Write};
    let all = [Read, Write, Shared, Exclusive, Insert];
    Ok(all.into_iter().find(|mode| mode.to_string() == text).ok_or("no such mode")?)
}

fn show(resource: &Resource) -> String {
    let letter = |key: &Key| String::from_utf8_lossy(key.bytes()).into_owned();
    match resource {
        Resource::Row { key, .. } => format!("row {}", letter(key)),
        other => other.to_string().replace("1.0.", ""),
    }
}

impl Script {
    fn lock(&mut self, resource: Resource, request: &Request) -> String {
        match self.locks.lock(resource, request) {
            Ok(granted) => format!("{granted:?}\n").to_lowercase(),
            Err(Conflict::Wait(wait)) => {
                self.waits.insert(request.owner, wait);
                "waits\n".to_owned()
            }
            Err(conflict) => format!("{conflict:?}\n").to_lowercase(),
        }
    }

    fn request(&mut self, owner: OwnerId, name: &str, args: &mut ArgumentConsumer<'_>) -> Output {
        let mut request = Request::new(owner, Mode::Shared, 0);
        request.weight = args.take_key("weight").unwrap_or("0").parse()?;
        let what = args.next_pos().ok_or("what?")?;
        let resource = match name {
            "row" => row(what),
            "range" => {
                let key = |text: &str| Key::new(text.as_bytes());
                let (from, to) = (key(what), key(args.next_pos().ok_or("to where?")?));
                let range = KeyRange::between(Edge::Including(from), Edge::Excluding(to));
                Resource::Range { table: TableId(1), index: IndexNo::ROWS, range }
            }
            "table" => Resource::Metadata { schema: "db".into(), table: what.into() },
            _ => {
                (request.mode, request.term) = (Mode::Exclusive, Term::Session);
                Resource::Named(what.into())
            }
        };
        while let Some(word) = args.next_pos() {
            match word {
                "nowait" => request.on_conflict = OnConflict::Nowait,
                "skip" => request.on_conflict = OnConflict::Skip,
                "session" => request.term = Term::Session,
                word => request.mode = mode(word)?,
            }
        }
        Ok(self.lock(resource, &request))
    }

    fn waits(&self) -> String {
        let mut output = String::new();
        for wait in self.locks.waits() {
            let blockers: Vec<_> =
                wait.blockers.iter().map(|owner| format!("t{}", owner.0)).collect();
            let (owner, resource) = (wait.owner.0, show(&wait.resource));
            let _ = writeln!(
                output,
                "t{owner} waits for {resource} {} behind {}",
                wait.mode,
                blockers.join(" ")
            );
        }
        output
    }

    fn held(&self) -> String {
        let mut output = String::new();
        for lock in self.locks.locks(100) {
            let modes: Vec<_> = lock.modes.iter().map(Mode::to_string).collect();
            let (owner, resource) = (lock.owner.0, show(&lock.resource));
            let _ = writeln!(output, "t{owner} has {resource} {}", modes.join("+"));
        }
        output
    }

    fn ends(&mut self) -> String {
        let mut output = String::new();
        let over: Vec<_> =
            self.waits.iter().filter_map(|(owner, wait)| Some((*owner, wait.end()?))).collect();
        for (owner, end) in over {
            // As if it had been polled: dropping it would be giving up.
            std::mem::forget(self.waits.remove(&owner));
            let _ = writeln!(output, "t{}: {}", owner.0, format!("{end:?}").to_lowercase());
        }
        output
    }
}

impl Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, context: &Context) -> Output {
        let prefix = context.prefix.as_deref().unwrap_or("t0");
        let owner = OwnerId(prefix.trim_start_matches('t').parse()?);
        let mut args = command.consume_args();
        let output = match command.name.as_str() {
            name @ ("row" | "range" | "table" | "name") => self.request(owner, name, &mut args)?,
            "give_back" => {
                let given = self.locks.unlock(owner, row(args.next_pos().ok_or("which?")?));
                format!("{given}\n")
            }
            "release" => {
                let name = args.next_pos().ok_or("which?")?.into();
                format!("{:?}\n", self.locks.release_named(owner, &name))
            }
            "release_all" => format!("{}\n", self.locks.release_all_named(owner)),
            "unlock_tables" => {
                self.locks.unlock_tables(owner);
                String::new()
            }
            "end" => {
                self.locks.unlock_all(owner);
                String::new()
            }
            "leave" => {
                self.locks.leave(owner);
                String::new()
            }
            "abandon" => {
                self.waits.remove(&owner);
                String::new()
            }
            "waits" => self.waits(),
            "locks" => self.held(),
            "counts" => format!("{:?}\n", self.locks.counts()),
            other => return Err(format!("unknown command {other}").into()),
        };
        args.reject_next()?;
        Ok(output + &self.ends())
    }
}

/// Runs one script; `UPDATE_GOLDENFILES=1` rewrites its output.
fn run(name: &str) {
    let path = format!("src/store/locks/testscripts/{name}");
    goldenscript::run(&mut Script::default(), path).expect("the script");
}

macro_rules! scripts {
    ($($name:ident)*) => { $(#[test] fn $name() { run(stringify!($name)); })* };
}

scripts! {
    behind_an_insert deadlock deadlock_across_kinds deadlock_of_many definitions fair_line given_back
    insert_into_range named nowait_and_skip own_range ranges shared_and_exclusive tables_locked upgrade
    upgrade_deadlock
}

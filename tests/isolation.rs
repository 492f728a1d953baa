//! The Hermitage scenarios: which anomalies does each isolation level prevent?
//!
//! Each golden script in `isolation/scripts` is one scenario at one level, with sessions `t1:`, `t2:`, `t3:` on
//! real connections to the bundled server. `level` makes the table `test` anew with the rows 1=10 and 2=20. A
//! statement that waits for a lock shows `blocked`; `wait` shows its answer, once it has one.
//!
//! The answers are those of MySQL's InnoDB at the same level; a script says so where ours are others on purpose.
//! READ UNCOMMITTED is READ COMMITTED here, so its scripts are those of READ COMMITTED.
//!
//! * `ANABRANCH_ISOLATION_SERVER=host:port` runs the scripts on that server (`root`, no password).
//! * `UPDATE_GOLDENFILES=1` writes what came out into the scripts.

#[path = "isolation/session.rs"]
mod session;
mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use goldenscript::{Command, Context, Runner};
use session::{Observer, Session};
use tokio::runtime::Runtime;

/// A scenario while it runs.
struct Scenario {
    address: SocketAddr,
    schema: String,
    level: String,
    runtime: Runtime,
    sessions: BTreeMap<String, Session>,
    observer: Observer,
}

impl Scenario {
    fn new(address: SocketAddr, schema: String) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let observer = runtime.block_on(Observer::connect(address)).expect("a connection");
        let level = String::new();
        Self { address, schema, level, runtime, sessions: BTreeMap::new(), observer }
    }

    /// The table anew, the sessions forgotten.
    fn set_up(&mut self, level: &str) -> Result<String, String> {
        self.level = level.to_owned();
        self.sessions.clear();
        let start = [
            format!("DROP DATABASE IF EXISTS {}", self.schema),
            format!("CREATE DATABASE {}", self.schema),
            format!("USE {}", self.schema),
            "CREATE TABLE test (id INT PRIMARY KEY, value INT)".to_owned(),
            "INSERT INTO test VALUES (1, 10), (2, 20)".to_owned(),
        ];
        self.runtime.block_on(Session::open(self.address, &start))?;
        Ok(String::new())
    }

    fn session(&mut self, name: &str) -> Result<&mut Session, String> {
        if !self.sessions.contains_key(name) {
            let start = [
                format!("USE {}", self.schema),
                format!("SET SESSION TRANSACTION ISOLATION LEVEL {}", self.level),
            ];
            let session = self.runtime.block_on(Session::open(self.address, &start))?;
            self.sessions.insert(name.to_owned(), session);
        }
        self.sessions.get_mut(name).ok_or_else(|| "no session".into())
    }

    fn step(&mut self, name: &str, sql: &str) -> Result<String, String> {
        self.session(name)?;
        let session = self.sessions.get_mut(name).ok_or("no session")?;
        let answer = match sql {
            "wait" => self.runtime.block_on(session.wait(&self.observer))?,
            sql => self.runtime.block_on(session.run(sql, &self.observer))?,
        };
        Ok(format!("{sql} → {answer}\n"))
    }
}

impl Runner for Scenario {
    type Command = Command;

    fn run(&mut self, command: &Command, context: &Context) -> Result<String, Box<dyn Error>> {
        match context.prefix.as_deref() {
            Some(session) => Ok(self.step(session, &command.name)?),
            None if command.name == "level" => {
                let mut args = command.consume_args();
                let level = args.next_pos().ok_or("which level?")?.to_owned();
                Ok(self.set_up(&level)?)
            }
            None => Err(format!("unknown command {}", command.name).into()),
        }
    }
}

/// The scripts, in order of their names.
fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/isolation/scripts");
    let entries = std::fs::read_dir(folder).expect("the scripts");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// Runs one script; what went wrong, if anything.
fn play(address: SocketAddr, path: &Path) -> Option<String> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let schema = format!("i_{}", name.replace('-', "_"));
    let outcome = std::panic::catch_unwind(|| {
        let mut scenario = Scenario::new(address, schema);
        goldenscript::run(&mut scenario, path)
    });
    match outcome {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("{name}: {error}")),
        Err(_) => Some(format!("{name}: other than in the script")),
    }
}

#[test]
fn the_levels_prevent_what_they_promise() {
    let other = std::env::var("ANABRANCH_ISOLATION_SERVER").ok();
    let own = other.is_none().then(|| support::Server::start("").expect("the bundled server"));
    let address = match &own {
        Some(server) => server.address(),
        None => other.and_then(|text| text.parse().ok()).expect("host:port"),
    };
    let failed: Vec<String> = std::thread::scope(|scope| {
        let plays: Vec<_> =
            scripts().into_iter().map(|path| scope.spawn(move || play(address, &path))).collect();
        plays.into_iter().filter_map(|play| play.join().ok().flatten()).collect()
    });
    assert!(failed.is_empty(), "{} scripts differ:\n{}", failed.len(), failed.join("\n"));
}

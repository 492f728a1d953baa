//! The connections of this server: who they are, what they do, and how they are told to stop.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::query::session::KillFlag;
use crate::store::locks::OwnerId;

/// The state of a session that waits for its commit.
pub const COMMITTING: &str = "waiting for handler commit";

/// The command of a replica's connection that gets the log.
pub const DUMP: &str = "Binlog Dump";

/// Statement text shown in the process list, in bytes.
const INFO_BYTES: usize = 64 * 1024;

/// A connection as others see it.
pub struct Process {
    /// Its id.
    pub id: u32,
    /// Where the client comes from; `None` on a Unix socket.
    pub peer: Option<SocketAddr>,
    /// The connection is to end.
    pub closing: CancellationToken,
    /// Tells the running statement, or the session, to end.
    pub kill: Arc<KillFlag>,
    /// Its session's number as an owner of locks; zero before it has signed in.
    owner: AtomicU64,
    woken: Notify,
    now: Mutex<Now>,
}

/// What a connection does now.
#[derive(Clone, Debug)]
pub struct Now {
    /// Who signed in.
    pub user: String,
    /// The current schema.
    pub database: Option<String>,
    /// The command's name as MySQL shows it: `Sleep`, `Query`, …
    pub command: &'static str,
    /// Since when.
    pub since: Instant,
    /// The state as MySQL words it; empty while idle.
    pub state: &'static str,
    /// The running statement.
    pub info: Option<Arc<str>>,
}

impl Process {
    /// KILL QUERY, or KILL of the whole connection.
    pub fn kill(&self, connection: bool) {
        if connection {
            self.kill.kill_connection();
            self.closing.cancel();
        } else {
            self.kill.kill_query();
        }
        self.woken.notify_waiters();
    }

    /// Ends when somebody has killed the statement or the connection; for what waits meanwhile.
    pub async fn killed(&self) {
        loop {
            let woken = self.woken.notified();
            if self.kill.is_raised() {
                return;
            }
            woken.await;
        }
    }

    /// Ends when somebody has killed the connection.
    pub async fn connection_killed(&self) {
        loop {
            let woken = self.woken.notified();
            if self.kill.is_connection_killed() {
                return;
            }
            woken.await;
        }
    }

    /// The client is cut off; the session still has something to wait for.
    pub fn be_killed(&self) {
        let mut now = lock(&self.now);
        (now.command, now.state) = ("Killed", COMMITTING);
    }

    /// The session has this number as an owner of locks.
    pub fn owns(&self, owner: OwnerId) {
        self.owner.store(owner.0, Ordering::Relaxed);
    }

    /// Its session's number as an owner of locks.
    pub fn owner(&self) -> OwnerId {
        OwnerId(self.owner.load(Ordering::Relaxed))
    }

    /// A new statement begins: what an earlier one was told no longer counts.
    pub fn begin(&self, command: &'static str, info: Option<Arc<str>>) {
        self.kill.clear_query();
        let mut now = lock(&self.now);
        (now.command, now.since, now.state) = (command, Instant::now(), "executing");
        now.info = info.map(shorten);
    }

    /// What the statement does now, in MySQL's words.
    pub fn set_state(&self, state: &'static str) {
        lock(&self.now).state = state;
    }

    /// The statement ended. Gives the moment.
    pub fn idle(&self) -> Instant {
        let mut now = lock(&self.now);
        (now.command, now.since, now.state, now.info) = ("Sleep", Instant::now(), "", None);
        now.since
    }

    /// Somebody else is signed in, or another schema is in use.
    pub fn identify(&self, user: &str, database: Option<&str>) {
        let mut now = lock(&self.now);
        user.clone_into(&mut now.user);
        now.database = database.map(str::to_owned);
    }

    /// Another schema is in use.
    pub fn use_schema(&self, database: Option<&str>) {
        lock(&self.now).database = database.map(str::to_owned);
    }

    /// What it does now.
    pub fn now(&self) -> Now {
        lock(&self.now).clone()
    }

    /// Host and port as the process list shows them.
    pub fn host(&self) -> String {
        self.peer.map_or_else(|| "localhost".to_owned(), |peer| peer.to_string())
    }
}

fn shorten(text: Arc<str>) -> Arc<str> {
    if text.len() <= INFO_BYTES {
        return text;
    }
    let mut end = INFO_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].into()
}

/// All connections.
#[derive(Default)]
pub struct Processes {
    last_id: AtomicU32,
    list: Mutex<BTreeMap<u32, Arc<Process>>>,
}

/// A connection's place in the list; dropping it takes the connection off.
pub struct Listed {
    processes: Arc<Processes>,
    process: Arc<Process>,
}

impl Listed {
    /// The connection.
    pub fn process(&self) -> &Arc<Process> {
        &self.process
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        lock(&self.processes.list).remove(&self.process.id);
    }
}

impl Processes {
    /// Adds a connection with an id of its own.
    pub fn add(self: &Arc<Self>, peer: Option<SocketAddr>, closing: CancellationToken) -> Listed {
        let mut list = lock(&self.list);
        let id = loop {
            // Ids wrap after 2^32 connections; those in use are skipped, and 0 is none.
            let id = self.last_id.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            if id != 0 && !list.contains_key(&id) {
                break id;
            }
        };
        let now = Now {
            user: "unauthenticated user".to_owned(),
            database: None,
            command: "Connect",
            since: Instant::now(),
            state: "login",
            info: None,
        };
        let process = Arc::new(Process {
            id,
            peer,
            closing,
            kill: Arc::default(),
            owner: AtomicU64::default(),
            woken: Notify::new(),
            now: Mutex::new(now),
        });
        list.insert(id, process.clone());
        Listed { processes: self.clone(), process }
    }

    /// The connection with this id.
    pub fn get(&self, id: u32) -> Option<Arc<Process>> {
        lock(&self.list).get(&id).cloned()
    }

    /// All connections in the order of their ids.
    pub fn all(&self) -> Vec<Arc<Process>> {
        lock(&self.list).values().cloned().collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        lock(&self.list).len()
    }
}

/// A panic elsewhere leaves the list as good as it was: every change is one assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_connection_is_off_the_list() {
        let processes = Arc::new(Processes::default());
        let first = processes.add(None, CancellationToken::new());
        let second = processes.add(None, CancellationToken::new());
        assert_eq!((first.process().id, second.process().id, processes.len()), (1, 2, 2));
        drop(first);
        assert!(processes.get(1).is_none() && processes.get(2).is_some());
    }

    #[test]
    fn an_interrupt_ends_with_its_statement() {
        let processes = Arc::new(Processes::default());
        let listed = processes.add(None, CancellationToken::new());
        listed.process().kill(false);
        assert!(listed.process().kill.is_raised());
        listed.process().begin("Query", Some("select 1".into()));
        assert!(!listed.process().kill.is_raised());
        listed.process().kill(true);
        listed.process().begin("Query", None);
        assert!(listed.process().kill.is_connection_killed());
    }
}

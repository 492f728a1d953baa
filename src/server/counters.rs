//! What the server counts, and what of it others may see: SHOW STATUS and the process list.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use super::acknowledgement;
use super::processes::{COMMITTING, Process, Processes};
use crate::engine::Engine;
use crate::metrics::{ReadingKind, Readings};
use crate::query::session::{FollowerView, ProcessInfo, ReplicaView, ServerView};
use crate::query::variables::status::StatusProvider;
use crate::replication::primary::Primary;
use crate::replication::replica::Replica;

/// The state of a session whose commit waits for replicas.
const WAITING_FOR_ACK: &str = "Waiting for semi-sync ACK from replica";

/// Counters since the server started.
#[derive(Debug)]
pub struct Counters {
    started: Instant,
    /// Statements that clients have sent.
    pub questions: AtomicU64,
    /// Connections that were tried.
    pub connections: AtomicU64,
    /// Connections that did not sign in.
    pub aborted_connects: AtomicU64,
    /// Times that a statement waited for a row lock.
    pub row_lock_waits: AtomicU64,
    /// Deadlocks.
    pub deadlocks: AtomicU64,
    /// Lock waits that took too long.
    pub lock_timeouts: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            questions: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            aborted_connects: AtomicU64::new(0),
            row_lock_waits: AtomicU64::new(0),
            deadlocks: AtomicU64::new(0),
            lock_timeouts: AtomicU64::new(0),
        }
    }
}

impl Counters {
    /// Seconds since the server started.
    pub fn uptime_s(&self) -> u64 {
        self.started.elapsed().as_secs()
    }
}

/// What sessions see of the server.
pub struct Visible {
    /// Who is here.
    pub processes: Arc<Processes>,
    /// What is counted.
    pub counters: Arc<Counters>,
    /// The database.
    pub engine: Arc<Engine>,
    /// Who follows this server.
    pub primary: Arc<Primary>,
    /// How it follows another server.
    pub replica: Arc<Replica>,
}

impl StatusProvider for Visible {
    fn status(&self, name: &str, _global: bool) -> Option<String> {
        let counters = &self.counters;
        let count = match name {
            "Uptime" | "Uptime_since_flush_status" => counters.uptime_s(),
            "Questions" | "Queries" => counters.questions.load(Relaxed),
            "Connections" => counters.connections.load(Relaxed),
            "Aborted_connects" => counters.aborted_connects.load(Relaxed),
            "Threads_connected" => self.processes.len() as u64,
            "Threads_running" => self.running(),
            "Innodb_row_lock_waits" => counters.row_lock_waits.load(Relaxed),
            "Innodb_deadlocks" => counters.deadlocks.load(Relaxed),
            "Innodb_row_lock_timeouts" => counters.lock_timeouts.load(Relaxed),
            "Innodb_data_bytes" => self.engine.database().tables.bytes() as u64,
            "Open_tables" => self.engine.database().catalog.tables().count() as u64,
            _ => return acknowledgement::status(self.primary.acknowledgement(), name),
        };
        Some(count.to_string())
    }
}

impl Visible {
    /// Connections that are not idle.
    fn running(&self) -> u64 {
        self.processes.all().iter().filter(|process| process.now().command != "Sleep").count()
            as u64
    }
}

impl ServerView for Visible {
    fn processes(&self) -> Vec<ProcessInfo> {
        let waiting = self.primary.acknowledgement().state().waiting > 0;
        let state = |process: &Process| match line(process) {
            line if waiting && line.state == COMMITTING => {
                ProcessInfo { state: WAITING_FOR_ACK, ..line }
            }
            line => line,
        };
        self.processes.all().iter().map(|process| state(process)).collect()
    }

    fn followers(&self) -> Vec<FollowerView> {
        let followers = self.primary.followers().into_iter();
        let replicas = followers.filter(|one| one.registration.server_id != 0);
        replicas
            .map(|one| FollowerView {
                server_id: one.registration.server_id,
                host: one.registration.host,
                port: one.registration.port,
                uuid: one.uuid,
            })
            .collect()
    }

    fn replica(&self) -> Option<ReplicaView> {
        super::replica::view(&self.replica)
    }
}

fn line(process: &Process) -> ProcessInfo {
    let now = process.now();
    ProcessInfo {
        id: u64::from(process.id),
        owner: process.owner(),
        user: now.user,
        host: process.host(),
        database: now.database,
        command: now.command,
        seconds: now.since.elapsed().as_secs(),
        state: now.state,
        info: now.info.map(|text| text.to_string()),
    }
}

/// The metrics of this server, read when somebody asks.
///
/// # Errors
/// A name is taken twice: a mistake of ours.
pub fn readings(visible: &Arc<Visible>) -> Result<Readings, prometheus::Error> {
    let readings = Readings::default();
    let counter = |name: &str, help: &str, count: fn(&Counters) -> &AtomicU64| {
        let counters = visible.counters.clone();
        readings
            .add(name, help, ReadingKind::Counter, move || count(&counters).load(Relaxed) as f64)
    };
    counter("anabranch_server_statements_total", "Statements that clients have sent.", |c| {
        &c.questions
    })?;
    counter("anabranch_server_connections_total", "Connections that were tried.", |c| {
        &c.connections
    })?;
    counter("anabranch_server_lock_waits_total", "Waits for row locks.", |c| &c.row_lock_waits)?;
    counter("anabranch_server_lock_timeouts_total", "Lock waits that took too long.", |c| {
        &c.lock_timeouts
    })?;
    counter("anabranch_server_deadlocks_total", "Transactions that gave way.", |c| &c.deadlocks)?;
    let gauge = |name: &str, help: &str, read: fn(&Visible) -> f64| {
        let visible = visible.clone();
        readings.add(name, help, ReadingKind::Gauge, move || read(&visible))
    };
    gauge("anabranch_server_connections", "Client connections.", |v| v.processes.len() as f64)?;
    gauge("anabranch_server_memory_bytes", "Rows and indexes in memory.", |v| {
        v.engine.database().tables.bytes() as f64
    })?;
    gauge("anabranch_server_commits_waiting", "Commits on their way into the log.", |v| {
        v.engine.waiting_commits() as f64
    })?;
    gauge("anabranch_server_log_files", "Files of the binary log.", |v| {
        v.engine.log().map_or(0.0, |log| log.files().len() as f64)
    })?;
    super::follower_metrics::add(&readings, &visible.primary, &visible.engine)?;
    Ok(readings)
}

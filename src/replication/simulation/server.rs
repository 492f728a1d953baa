//! One simulated server: a disk that outlives it, and while it runs an engine, the side that others follow, and the
//! side that follows.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::defects::{Defect, LyingDisk, NotedBarrier};
use super::tables::{Meaning, Rows};
use super::truth::{Checked, Violation, ensure, prefix};
use crate::disk::{Disk, FaultyDisk};
use crate::engine::{Engine, EngineOptions};
use crate::gtid::{GtidSet, Uuid};
use crate::replication::ack::Policy;
use crate::replication::primary::{AckBarrier, Acknowledgement, Clock, Primary};
use crate::replication::replica::applier::Applier;
use crate::replication::replica::control::{applied, open_relay};
use crate::replication::replica::receiver::intake::Intake;
use crate::replication::replica::receiver::{Flavour, Introduction, Received, Receiver};
use crate::replication::replica::status::Status;
use crate::replication::replica::{Applied, SourceSettings};

/// The `server_uuid` of a server.
pub fn uuid(number: usize) -> Uuid {
    Uuid([0x30 + number as u8; 16])
}

thread_local! {
    /// What makes the applier's timers, which nobody drives: none of them ends.
    static TIMERS: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
}

/// How a server takes part.
#[derive(Debug, Clone)]
pub struct Role {
    pub number: usize,
    /// Whom it follows.
    pub source: Option<usize>,
    /// It asks by GTIDs rather than by file and position.
    pub auto_position: bool,
    /// What it takes its source for.
    pub flavour: Flavour,
    /// Files of its log are so long.
    pub log_file_bytes: u64,
}

/// A server, running or not.
pub struct Server {
    pub role: Role,
    pub disk: FaultyDisk,
    pub defect: Defect,
    /// The policy of its primary's side, also after a restart.
    pub policy: Policy,
    pub life: Option<Life>,
    /// A fault of the disk was set since it started: errors are to be expected.
    pub faulty: bool,
}

/// A server while it runs.
pub struct Life {
    pub engine: Arc<Engine>,
    pub barrier: Arc<NotedBarrier>,
    pub primary: Arc<Primary>,
    pub follower: Option<Follower>,
}

/// The side that follows.
pub struct Follower {
    pub receiver: Receiver,
    pub received: Received,
    /// START REPLICA IO_THREAD was said.
    pub receives: bool,
    /// The connection, by its id, and what takes its packets.
    pub intake: Option<(u64, Intake)>,
    applied: watch::Sender<Applied>,
    applier: Option<Running>,
}

struct Running {
    future: Pin<Box<dyn Future<Output = ()>>>,
    stop: CancellationToken,
    woken: Arc<Woken>,
}

/// Notes that the applier has something to do.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Server {
    /// A server that has never run.
    pub fn new(role: Role, policy: Policy, defect: Defect, seed: u64) -> Self {
        let disk = FaultyDisk::new(seed);
        let identity = format!("[auto]\nserver-uuid={}\n", uuid(role.number));
        disk.replace("auto.cnf", identity.as_bytes()).expect("an empty disk");
        Self { role, disk, defect, policy, life: None, faulty: false }
    }

    fn as_seen(&self) -> Arc<dyn Disk> {
        match self.defect {
            Defect::UnsyncedRelay => Arc::new(LyingDisk(self.disk.clone())),
            _ => Arc::new(self.disk.clone()),
        }
    }

    /// Starts it, as the server does.
    pub fn start(&mut self, now: &Arc<AtomicU64>) -> Checked {
        let clock = now.clone();
        let clock = Clock::new(move || clock.load(Ordering::SeqCst));
        let acknowledgement = Arc::new(Acknowledgement::new(self.policy.clone(), clock));
        let real = AckBarrier(acknowledgement.clone());
        let barrier =
            Arc::new(NotedBarrier { real, defect: self.defect, groups: Mutex::default() });
        let options = EngineOptions {
            server_id: self.role.number as u32 + 1,
            log_file_bytes: self.role.log_file_bytes,
            barrier: barrier.clone(),
            ..EngineOptions::default()
        };
        let number = self.role.number;
        let failed = |what: &str, error: String| {
            Violation(format!("server {number} does not start: {what}: {error}"))
        };
        let disk = self.as_seen();
        let engine = Engine::open(disk.clone(), options, &Meaning, &mut |_| {})
            .map_err(|error| failed("the database", error.to_string()))?;
        engine.hold_commits();
        let executed = GtidSet::clone(&engine.database().executed);
        acknowledgement.tell(|acks, _| {
            acks.set_visible(executed);
            Vec::new()
        });
        let follower = self.role.source.map(|source| self.follower(&disk, &engine, source));
        let follower = follower.transpose().map_err(|error| failed("the relay log", error))?;
        let primary = Arc::new(Primary::new(acknowledgement));
        self.life = Some(Life { engine, barrier, primary, follower });
        self.faulty = false;
        Ok(())
    }

    fn follower(
        &self,
        disk: &Arc<dyn Disk>,
        engine: &Arc<Engine>,
        source: usize,
    ) -> Result<Follower, String> {
        let settings = SourceSettings {
            host: format!("server{source}"),
            auto_position: self.role.auto_position,
            epoch: "simulated".into(),
            ..SourceSettings::default()
        };
        let at = applied(engine, &settings);
        let mut received = Received { position: at.clone(), ..Received::default() };
        let relay = open_relay(disk, &settings, &at, &mut received)?;
        let (applied, _) = watch::channel(Applied { position: at, ..Applied::default() });
        let receiver = Receiver {
            relay,
            settings,
            own: Introduction {
                server_id: self.role.number as u32 + 1,
                uuid: uuid(self.role.number),
                host: String::new(),
                port: 0,
                semi_sync: true,
            },
            engine: engine.clone(),
            status: Arc::new(Status::default()),
            applied: applied.subscribe(),
            stop: CancellationToken::new(),
        };
        Ok(Follower { receiver, received, receives: true, intake: None, applied, applier: None })
    }

    /// Ends it without a word; with `loses`, the disk loses what was not synced.
    pub fn crash(&mut self, loses: bool) {
        self.disk.cut_power();
        if let Some(life) = self.life.take() {
            life.end();
        }
        self.disk = if loses { self.disk.restart() } else { self.disk.reopen() };
    }

    /// A server that must be running.
    pub fn life(&self) -> &Life {
        self.life.as_ref().expect("the server runs")
    }

    pub fn life_mut(&mut self) -> &mut Life {
        self.life.as_mut().expect("the server runs")
    }

    /// Whether the disk has failed it.
    pub fn is_dead(&self) -> bool {
        self.disk.is_without_power()
    }
}

impl Life {
    fn end(mut self) {
        if let Some(mut follower) = self.follower.take() {
            follower.applier = None;
        }
        self.engine.let_go_of_commits();
        // commits that wait for replicas must not keep their thread
        self.primary.acknowledgement().change(|policy| *policy = Policy::default());
        drop(self.engine);
    }

    pub fn acknowledgement(&self) -> &Arc<Acknowledgement> {
        self.primary.acknowledgement()
    }

    /// How many transactions of the primary are visible here, with the rows.
    pub fn read(&self, primary: Uuid, who: &str) -> Checked<(usize, Rows)> {
        let database = self.engine.database();
        let count = prefix(&database.executed, primary, who)?;
        Ok((count, Rows::of(&database, &self.engine)))
    }

    /// How many transactions of the primary are here, visible or in the relay log.
    pub fn has(&self, primary: Uuid, who: &str) -> Checked<usize> {
        let mut set = GtidSet::clone(&self.engine.database().executed);
        if let Some(follower) = &self.follower {
            set.union(&follower.received.gtids);
        }
        prefix(&set, primary, who)
    }
}

impl Follower {
    pub fn applies(&self) -> bool {
        self.applier.is_some()
    }

    /// Whether the applier would do something.
    pub fn is_woken(&self) -> bool {
        self.applier.as_ref().is_some_and(|running| running.woken.0.load(Ordering::SeqCst))
    }

    /// START REPLICA SQL_THREAD.
    pub fn start_applier(&mut self) {
        let stop = CancellationToken::new();
        let status = &self.receiver.status;
        status.change(|report| (report.sql, report.sql_failure) = (true, Default::default()));
        let applier = Applier {
            relay: self.receiver.relay.clone(),
            engine: self.receiver.engine.clone(),
            server_id: self.receiver.own.server_id,
            workers: 1,
            until: None,
            settings: self.receiver.settings.clone(),
            statements: Arc::new(Meaning),
            status: status.clone(),
            applied: self.applied.clone(),
            stop: stop.clone(),
        };
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        self.applier = Some(Running { future: Box::pin(applier.run()), stop, woken });
    }

    /// Tells the applier to stop; it ends when what it has begun is done.
    pub fn stop_applier(&self) {
        if let Some(running) = &self.applier {
            running.stop.cancel();
        }
    }

    /// Lets the applier go on until it waits. Gives the error that it ended with.
    pub fn poll_applier(&mut self) -> Option<(u16, String)> {
        let running = self.applier.as_mut()?;
        running.woken.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(running.woken.clone());
        let mut context = Context::from_waker(&waker);
        let polled = TIMERS.with(|timers| {
            let _entered = timers.enter();
            running.future.as_mut().poll(&mut context)
        });
        if polled == Poll::Pending {
            return None;
        }
        self.applier = None;
        let failure = self.receiver.status.now().sql_failure;
        (failure.code != 0).then_some((failure.code, failure.text))
    }

    /// The connection ends on this side.
    pub fn disconnect(&mut self) {
        self.intake = None;
        self.receiver.close_relay();
    }
}

/// How a server is named in what is told.
pub fn name(number: usize) -> String {
    match number {
        0 => "the primary".to_owned(),
        number => format!("replica {number}"),
    }
}

/// A replica's rows are those that the primary had after as many transactions.
pub fn is_like(who: &str, rows: &Rows, expected: &Rows, count: usize) -> Checked {
    ensure(rows == expected, || {
        format!("{who} shows other rows after {count} transactions: {rows:?}, not {expected:?}")
    })
}

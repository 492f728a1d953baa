//! Starting and stopping: what START, STOP, RESET REPLICA and CHANGE REPLICATION SOURCE do.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::applier::{Applier, Until};
use super::receiver::{Introduction, Received, Receiver};
use super::relay::{Found, Relay};
use super::status::{Failure, IoRunning, Report, Status};
use super::{Applied, SourcePosition, SourceSettings, Statements};
use crate::binlog::event::TransactionId;
use crate::binlog::log::LogError;
use crate::disk::Disk;
use crate::engine::Engine;
use crate::value::SqlError;

/// What a replica is made of.
pub struct Parts {
    /// The database.
    pub engine: Arc<Engine>,
    /// Where the relay log and the settings are: the data folder.
    pub disk: Arc<dyn Disk>,
    /// What statements mean.
    pub statements: Arc<dyn Statements>,
    /// This server, as it introduces itself; asked at each start.
    pub introduction: Box<dyn Fn() -> Introduction + Send + Sync>,
    /// How many threads write rows (`replica_parallel_workers`); asked at each start.
    pub workers: Box<dyn Fn() -> usize + Send + Sync>,
}

/// Which of the two threads a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threads {
    /// The receiver.
    pub io: bool,
    /// The applier.
    pub sql: bool,
}

impl Threads {
    /// Both.
    pub const BOTH: Self = Self { io: true, sql: true };
}

/// A server that can follow another.
pub struct Replica {
    parts: Parts,
    status: Arc<Status>,
    control: Mutex<Control>,
    applied: watch::Sender<Applied>,
}

struct Control {
    settings: SourceSettings,
    /// None where it is damaged, with what is wrong.
    relay: Result<Arc<Relay>, String>,
    received: Received,
    /// What START REPLICA UNTIL said last.
    until: Option<Until>,
    receiver: Option<Thread<Received>>,
    applier: Option<Thread<()>>,
}

struct Thread<T> {
    stop: CancellationToken,
    handle: JoinHandle<T>,
}

impl<T> Thread<T> {
    fn is_running(&self) -> bool {
        !self.handle.is_finished()
    }

    /// Waits for its end; nothing if it panicked, which it has said itself.
    fn join(self) -> Option<T> {
        self.handle.join().ok()
    }
}

/// Runs a future to its end on a thread of its own: what it writes may block.
fn spawn<T: Send + 'static>(
    name: &str,
    stop: CancellationToken,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<Thread<T>, SqlError> {
    let failed = |error: std::io::Error| {
        let message = format!("Could not create replica thread; check system resources ({error})");
        SqlError::new(1202, b"HY000", message)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(failed)?;
    let run = move || runtime.block_on(work);
    let handle = std::thread::Builder::new().name(name.into()).spawn(run).map_err(failed)?;
    Ok(Thread { stop, handle })
}

impl Replica {
    /// What was set and received before the last end of the server; nothing runs yet.
    ///
    /// # Errors
    /// 1201: the settings cannot be read.
    pub fn open(parts: Parts) -> Result<Self, SqlError> {
        let settings = SourceSettings::load(&*parts.disk)?;
        let applied = applied(&parts.engine, &settings);
        let mut received = Received { position: applied.clone(), ..Received::default() };
        let relay = open_relay(&parts.disk, &settings, &applied, &mut received);
        if let Err(error) = &relay {
            tracing::error!(%error, "the relay log is damaged; RESET REPLICA drops it");
        }
        let status = Arc::new(Status::default());
        status.change(|report| {
            report.retrieved = received.gtids.clone();
            report.read = (received.position.file.clone(), received.position.offset);
            report.executed = (applied.file.clone(), applied.offset);
        });
        let control =
            Control { settings, relay, received, until: None, receiver: None, applier: None };
        let applied = watch::Sender::new(Applied { position: applied, ..Applied::default() });
        Ok(Self { parts, status, control: Mutex::new(control), applied })
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        let mut control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        control.collect();
        control
    }

    /// How it is set.
    pub fn settings(&self) -> SourceSettings {
        self.control().settings.clone()
    }

    /// Where the applier ends, or ended, by itself.
    pub fn until(&self) -> Option<Until> {
        self.control().until.clone()
    }

    /// What it does; none where no source is set.
    pub fn report(&self) -> Report {
        self.status.now()
    }

    /// Bytes of the relay log.
    pub fn relay_space(&self) -> u64 {
        self.control().relay.as_ref().map_or(0, |relay| relay.space())
    }

    /// Which threads run.
    pub fn running(&self) -> Threads {
        let control = self.control();
        Threads { io: control.receiver.is_some(), sql: control.applier.is_some() }
    }

    /// CHANGE REPLICATION SOURCE: `change` makes new settings of those that hold.
    ///
    /// # Errors
    /// 3081 while a thread runs; what `change` refuses; 1201.
    pub fn change_source(
        &self,
        change: impl FnOnce(&mut SourceSettings) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        let mut control = self.control();
        control.must_be_stopped()?;
        let mut settings = control.settings.clone();
        change(&mut settings)?;
        let begins_anew = settings.epoch != control.settings.epoch;
        settings.save(&*self.parts.disk)?;
        control.settings = settings;
        if begins_anew { self.forget_received(&mut control) } else { Ok(()) }
    }

    /// START REPLICA. Gives whether something was to be started.
    ///
    /// # Errors
    /// 1200 where no source is set; 1872 where the relay log is damaged; 1202.
    pub fn start(&self, threads: Threads) -> Result<bool, SqlError> {
        self.start_until(threads, None)
    }

    /// START REPLICA UNTIL: the applier ends by itself. Nothing changes where it runs already.
    ///
    /// # Errors
    /// As [`Replica::start`].
    pub fn start_until(&self, threads: Threads, until: Option<Until>) -> Result<bool, SqlError> {
        let mut control = self.control();
        if !control.settings.is_set() {
            let message = "The server is not configured as replica; fix in config file or with \
                           CHANGE REPLICATION SOURCE TO";
            return Err(SqlError::new(1200, b"HY000", message));
        }
        let relay = control.relay.clone().map_err(|error| {
            let message = "Replica failed to initialize applier metadata structure from the \
                           repository";
            SqlError::new(1872, b"HY000", format!("{message}: {error}"))
        })?;
        let mut started = false;
        if threads.sql && control.applier.is_none() {
            control.until = until;
            control.applier = Some(self.start_applier(&control, relay.clone())?);
            started = true;
        }
        if threads.io && control.receiver.is_none() {
            control.receiver = Some(self.start_receiver(&control, relay)?);
            started = true;
        }
        Ok(started)
    }

    fn start_applier(&self, control: &Control, relay: Arc<Relay>) -> Result<Thread<()>, SqlError> {
        let stop = CancellationToken::new();
        self.status.change(|report| {
            report.sql_failure = Failure::default();
            report.sql = true;
        });
        let applier = Applier {
            relay,
            engine: self.parts.engine.clone(),
            server_id: (self.parts.introduction)().server_id,
            workers: (self.parts.workers)(),
            until: control.until.clone(),
            settings: control.settings.clone(),
            statements: self.parts.statements.clone(),
            status: self.status.clone(),
            applied: self.applied.clone(),
            stop: stop.clone(),
        };
        spawn("replica applier", stop, applier.run())
    }

    fn start_receiver(
        &self,
        control: &Control,
        relay: Arc<Relay>,
    ) -> Result<Thread<Received>, SqlError> {
        let stop = CancellationToken::new();
        self.status.change(|report| report.io_failure = Failure::default());
        self.status.io(IoRunning::Connecting, "Connecting to source");
        let receiver = Receiver {
            relay,
            settings: control.settings.clone(),
            own: (self.parts.introduction)(),
            engine: self.parts.engine.clone(),
            status: self.status.clone(),
            applied: self.applied.subscribe(),
            stop: stop.clone(),
        };
        spawn("replica receiver", stop, receiver.run(control.received.clone()))
    }

    /// STOP REPLICA: blocks until the threads have ended. Gives whether something was to be stopped.
    pub fn stop(&self, threads: Threads) -> bool {
        let mut control = self.control();
        let receiver = if threads.io { control.receiver.take() } else { None };
        let applier = if threads.sql { control.applier.take() } else { None };
        let stopped = receiver.is_some() || applier.is_some();
        receiver.iter().for_each(|thread| thread.stop.cancel());
        applier.iter().for_each(|thread| thread.stop.cancel());
        if let Some(received) = receiver.and_then(Thread::join) {
            control.received = received;
        }
        applier.and_then(Thread::join);
        stopped
    }

    /// RESET REPLICA [ALL]: what was received goes; with ALL the settings go too.
    ///
    /// # Errors
    /// 3081 while a thread runs; 1201.
    pub fn reset(&self, all: bool) -> Result<(), SqlError> {
        let mut control = self.control();
        control.must_be_stopped()?;
        control.until = None;
        if all {
            SourceSettings::forget(&*self.parts.disk)?;
            control.settings = SourceSettings::default();
        } else if control.settings.is_set() {
            let start = SourcePosition { offset: 4, ..SourcePosition::default() };
            control.settings.start = start;
            control.settings.epoch = super::new_epoch();
            control.settings.save(&*self.parts.disk)?;
        }
        self.forget_received(&mut control)
    }

    /// Begins anew from what the settings say.
    fn forget_received(&self, control: &mut Control) -> Result<(), SqlError> {
        let failed = |error: &dyn std::fmt::Display| {
            SqlError::new(1371, b"HY000", format!("Failed purging old relay logs: {error}"))
        };
        if let Ok(relay) = &control.relay {
            relay.reset().map_err(|error| failed(&error))?;
        } else {
            remove_relay(&*self.parts.disk).map_err(|error| failed(&error))?;
        }
        let position = control.settings.start.clone();
        control.received = Received { position: position.clone(), ..Received::default() };
        if control.relay.is_err() {
            let (settings, disk) = (control.settings.clone(), &self.parts.disk);
            control.relay = open_relay(disk, &settings, &position, &mut control.received);
        }
        self.status.change(|report| {
            *report = Report {
                read: (position.file.clone(), position.offset),
                executed: (position.file.clone(), position.offset),
                ..Report::default()
            };
        });
        self.applied.send_replace(Applied { position, ..Applied::default() });
        Ok(())
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.stop(Threads::BOTH);
    }
}

impl Control {
    /// Takes note of threads that have ended by themselves.
    fn collect(&mut self) {
        if let Some(ended) = self.receiver.take_if(|thread| !thread.is_running())
            && let Some(received) = ended.join()
        {
            self.received = received;
        }
        if let Some(ended) = self.applier.take_if(|thread| !thread.is_running()) {
            ended.join();
        }
    }

    fn must_be_stopped(&self) -> Result<(), SqlError> {
        if self.receiver.is_none() && self.applier.is_none() {
            return Ok(());
        }
        let message = "This operation cannot be performed with running replication threads; run STOP \
                       REPLICA FOR CHANNEL '' first";
        Err(SqlError::new(3081, b"HY000", message))
    }
}

/// Where the source goes on after what is here.
pub(in crate::replication) fn applied(
    engine: &Engine,
    settings: &SourceSettings,
) -> SourcePosition {
    let kept = engine.database().source_position.clone();
    let kept = kept.and_then(|text| SourcePosition::of_text(&text, &settings.epoch));
    kept.unwrap_or_else(|| settings.start.clone())
}

/// The relay log, and in `received` what is in it.
pub(in crate::replication) fn open_relay(
    disk: &Arc<dyn Disk>,
    settings: &SourceSettings,
    applied: &SourcePosition,
    received: &mut Received,
) -> Result<Arc<Relay>, String> {
    let mut note = |found: Found<'_>| -> Result<(), LogError> {
        let offset = u64::from(found.last.end);
        let end =
            SourcePosition { file: found.file.to_owned(), offset, ..SourcePosition::default() };
        let mariadb = match &found.gtid.id {
            TransactionId::MySql(gtid) => {
                received.gtids.insert(gtid.clone());
                None
            }
            TransactionId::MariaDb(gtid) => Some(*gtid),
            TransactionId::Anonymous => None,
        };
        if !applied.covers(&end, mariadb.as_ref(), settings.auto_position) {
            received.position.pass(found.file, offset, mariadb);
        }
        Ok(())
    };
    let relay = Relay::open(disk.clone(), &mut note);
    relay.map(Arc::new).map_err(|error| error.to_string())
}

/// Removes the files of a damaged relay log.
fn remove_relay(disk: &dyn Disk) -> std::io::Result<()> {
    for name in disk.list()?.iter().filter(|name| super::relay::is_relay_file(name)) {
        disk.remove(name)?;
    }
    Ok(())
}

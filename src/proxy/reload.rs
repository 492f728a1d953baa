//! A changed configuration, while the proxy runs: whole or not at all.
//!
//! ```text
//! file ── load ──▶ changes to what holds ──▶ may they be made? ── build all parts ──▶ put them in place
//!            │ mistakes                           │ no                  │ one cannot be built
//!            └────────────────── nothing has changed, and the log says why ──────────┘
//! ```
//!
//! Everything that can fail comes before the first part is put in its place. The next statement of each session,
//! the next check of each server and the next sign-in see the new configuration; what has begun ends as it began.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::config::{self, AccountSource, Address, Change, Config, Mistake, Server, Settings};
use crate::metrics::{Metrics, ReloadResult};

use super::assembly;
use super::positions::Following;
use super::session::Shared;
use super::topology::{Control, MAX_IDS, MonitorCell};

/// Takes a changed file over.
pub struct Reloader {
    file: PathBuf,
    workers: usize,
    shared: Arc<Shared>,
    monitor: MonitorCell,
    control: Control,
    /// What holds; one reload at a time.
    now: Mutex<Now>,
}

struct Now {
    settings: Settings,
    generation: u32,
    places: Places,
    following: Following,
}

/// The servers that the process has had, by their ids; `None` for one that was removed.
#[derive(Clone)]
struct Places(Vec<Option<(String, Address)>>);

impl Places {
    fn new(servers: &[Server]) -> Self {
        Self(servers.iter().map(known).map(Some).collect())
    }

    /// Gives each server of a file the id that it had, or the next. What has another address is another server.
    fn assign(&mut self, servers: &[Server]) -> Vec<usize> {
        let all: Vec<_> = servers.iter().map(known).map(Some).collect();
        for place in &mut self.0 {
            *place = place.take().filter(|one| all.iter().flatten().any(|known| known == one));
        }
        all.into_iter().map(|server| self.id_of(server)).collect()
    }

    fn id_of(&mut self, server: Option<(String, Address)>) -> usize {
        self.0.iter().position(|place| *place == server).unwrap_or_else(|| {
            self.0.push(server);
            self.0.len() - 1
        })
    }

    /// Puts what belongs to the servers with these ids in their places.
    fn by_id<T>(&self, ids: &[usize], values: Vec<T>) -> Vec<Option<T>> {
        let mut all: Vec<Option<T>> = self.0.iter().map(|_| None).collect();
        for (id, value) in ids.iter().zip(values) {
            if let Some(place) = all.get_mut(*id) {
                *place = Some(value);
            }
        }
        all
    }

    /// Those that are here and not in `other`, with their ids.
    fn beyond<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (usize, &'a str)> {
        let here = self.0.iter().enumerate().filter_map(|(id, place)| Some((id, place.as_ref()?)));
        let there = |id: usize| other.0.get(id).is_some_and(Option::is_some);
        here.filter(move |(id, _)| !there(*id)).map(|(id, (name, _))| (id, name.as_str()))
    }
}

fn known(server: &Server) -> (String, Address) {
    (server.name.clone(), server.address.clone())
}

/// Why the configuration stays as it is.
#[derive(Debug)]
pub enum ReloadError {
    /// The file has mistakes.
    Mistakes(Vec<Mistake>),
    /// These settings hold as long as the process lives.
    Fixed(Vec<Change>),
    /// A part cannot be made of it, such as TLS of a certificate that is none.
    Part(io::Error),
    /// The process has had as many servers as it can.
    NoPlace,
}

impl fmt::Display for ReloadError {
    /// A sentence for each reason, on a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistakes(mistakes) => lines(f, mistakes, |mistake| mistake.to_string()),
            Self::Fixed(changes) => lines(f, changes, |change| {
                format!(
                    "{} cannot be changed while the proxy runs: restart it ({change})",
                    change.key
                )
            }),
            Self::Part(error) => error.fmt(f),
            Self::NoPlace => write!(
                f,
                "server: the proxy has had {MAX_IDS} servers, and takes no more while it runs: restart it"
            ),
        }
    }
}

fn lines<T>(f: &mut fmt::Formatter<'_>, all: &[T], show: impl Fn(&T) -> String) -> fmt::Result {
    f.write_str(&all.iter().map(show).collect::<Vec<_>>().join("\n"))
}

impl Reloader {
    /// For a proxy with so many workers that was started with `config`.
    pub(super) fn new(
        config: &Config,
        workers: usize,
        shared: Arc<Shared>,
        monitor: MonitorCell,
        control: Control,
        following: Following,
    ) -> Self {
        let (settings, places) = (config.settings.clone(), Places::new(&config.servers));
        let now = Mutex::new(Now { settings, generation: 1, places, following });
        Self { file: config.file.clone(), workers, shared, monitor, control, now }
    }

    /// Reads the file again and takes it over; logs what has changed, or why nothing has.
    ///
    /// # Errors
    /// Why nothing has changed.
    pub async fn reload(&self) -> Result<Vec<Change>, ReloadError> {
        let mut now = self.now.lock().await;
        let outcome = match config::load(&self.file) {
            Ok(config) => self.take_over(&config, &mut now).await,
            Err(mistakes) => Err(ReloadError::Mistakes(mistakes)),
        };
        log(&outcome, &self.shared.metrics);
        outcome
    }

    /// What a reload would change now.
    ///
    /// # Errors
    /// The mistakes of the file.
    pub async fn changes(&self) -> Result<Vec<Change>, ReloadError> {
        let config = config::load(&self.file).map_err(ReloadError::Mistakes)?;
        Ok(self.now.lock().await.settings.changes_to(&config.settings))
    }

    async fn take_over(&self, config: &Config, now: &mut Now) -> Result<Vec<Change>, ReloadError> {
        let changes = now.settings.changes_to(&config.settings);
        let fixed: Vec<Change> =
            changes.iter().filter(|change| change.needs_restart()).cloned().collect();
        if !fixed.is_empty() {
            return Err(ReloadError::Fixed(fixed));
        }
        if changes.is_empty() {
            return Ok(changes);
        }
        let generation = match changes.iter().any(renews_classes) {
            true => now.generation.wrapping_add(1).max(1),
            false => now.generation,
        };
        let mut places = now.places.clone();
        let ids = places.assign(&config.servers);
        if places.0.len() > MAX_IDS {
            return Err(ReloadError::NoPlace);
        }
        let live = assembly::live(config, self.workers, generation).map_err(ReloadError::Part)?;
        let targets = assembly::targets(config).map_err(ReloadError::Part)?;
        let (servers, judge, monitor) = assembly::monitor(config).map_err(ReloadError::Part)?;
        // From here on nothing fails.
        let servers = places.by_id(&ids, servers);
        self.show_servers(&now.places, &places);
        self.shared.lives.publish(live);
        self.shared.connector.reach(places.by_id(&ids, targets));
        self.monitor.replace(monitor);
        now.following.follow_only(&servers);
        self.control.configure(judge, servers).await;
        self.shared.accounts.set_failure_delay(assembly::failure_delay(config));
        if let AccountSource::Config(accounts) = &config.authentication.accounts {
            self.shared.accounts.replace_configured(assembly::accounts(accounts));
        }
        (now.settings, now.generation, now.places) = (config.settings.clone(), generation, places);
        Ok(changes)
    }

    /// The metrics of servers that come and go. One whose address has changed does both.
    fn show_servers(&self, before: &Places, after: &Places) {
        for (_, name) in before.beyond(after) {
            self.shared.metrics.remove_server(name);
        }
        for (id, name) in after.beyond(before) {
            if let Err(error) = self.shared.metrics.add_server(id, name) {
                tracing::error!(target: "config", name, %error, "no metrics of a new server");
            }
        }
    }
}

/// What is remembered of statements' shapes is for other rules, or has other bounds.
fn renews_classes(change: &Change) -> bool {
    change.key.starts_with("rules") || change.key.starts_with("proxy.class_cache")
}

fn log(outcome: &Result<Vec<Change>, ReloadError>, metrics: &Metrics) {
    metrics.reloaded(match outcome {
        Ok(changes) if changes.is_empty() => ReloadResult::Unchanged,
        Ok(_) => ReloadResult::Applied,
        Err(_) => ReloadResult::Refused,
    });
    match outcome {
        Ok(changes) => {
            for change in changes {
                tracing::info!(target: "config", "{change}");
            }
            tracing::info!(target: "config", changes = changes.len(), "configuration reloaded");
        }
        Err(error) => {
            for line in error.to_string().lines() {
                tracing::error!(target: "config", "{line}");
            }
            tracing::error!(target: "config", "the configuration stays as it was");
        }
    }
}

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

use crate::config::{self, AccountSource, Change, Config, Mistake, Settings};
use crate::metrics::{Metrics, ReloadResult};

use super::assembly;
use super::session::Shared;
use super::topology::{Control, MonitorCell};

/// Takes a changed file over.
pub struct Reloader {
    file: PathBuf,
    workers: usize,
    shared: Arc<Shared>,
    monitor: MonitorCell,
    control: Control,
    /// The servers' names, in the order of their ids.
    servers: Vec<String>,
    /// What holds; one reload at a time.
    now: Mutex<Now>,
}

struct Now {
    settings: Settings,
    generation: u32,
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
    ) -> Self {
        let now = Now { settings: config.settings.clone(), generation: 1 };
        let servers = config.servers.iter().map(|server| server.name.clone()).collect();
        let (file, now) = (config.file.clone(), Mutex::new(now));
        Self { file, workers, shared, monitor, control, servers, now }
    }

    /// Reads the file again and takes it over; logs what has changed, or why nothing has.
    ///
    /// # Errors
    /// Why nothing has changed.
    pub async fn reload(&self) -> Result<Vec<Change>, ReloadError> {
        let mut now = self.now.lock().await;
        let outcome = match config::load(&self.file) {
            Ok(config) => self.take_over(config, &mut now).await,
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

    async fn take_over(
        &self,
        mut config: Config,
        now: &mut Now,
    ) -> Result<Vec<Change>, ReloadError> {
        let changes = now.settings.changes_to(&config.settings);
        let fixed: Vec<Change> =
            changes.iter().filter(|change| change.needs_restart()).cloned().collect();
        if !fixed.is_empty() {
            return Err(ReloadError::Fixed(fixed));
        }
        if changes.is_empty() {
            return Ok(changes);
        }
        // Ids stay, whatever the order in the file is now.
        config
            .servers
            .sort_by_key(|server| self.servers.iter().position(|name| *name == server.name));
        let config = &config;
        let generation = match changes.iter().any(renews_classes) {
            true => now.generation.wrapping_add(1).max(1),
            false => now.generation,
        };
        let live = assembly::live(config, self.workers, generation).map_err(ReloadError::Part)?;
        let targets = assembly::targets(config).map_err(ReloadError::Part)?;
        let (servers, judge, monitor) = assembly::monitor(config).map_err(ReloadError::Part)?;
        // From here on nothing fails.
        self.shared.lives.publish(live);
        self.shared.connector.replace_targets(targets);
        self.monitor.replace(monitor);
        self.control.configure(judge, servers).await;
        self.shared.accounts.set_failure_delay(assembly::failure_delay(config));
        if let AccountSource::Config(accounts) = &config.authentication.accounts {
            self.shared.accounts.replace_configured(assembly::accounts(accounts));
        }
        *now = Now { settings: config.settings.clone(), generation };
        Ok(changes)
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

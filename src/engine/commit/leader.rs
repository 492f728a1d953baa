//! Writing a group of commits to the log.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Request;
use super::publish::Logged;
use crate::binlog::log::{self, Appended, Log, LogError, Position};
use crate::engine::core::Core;
use crate::engine::{LoggedGroup, Passage, SyncPolicy, errors, unlogged};
use crate::gtid::{Gtid, GtidSet, Source};
use crate::value::SqlError;

/// What only the leader touches.
pub(crate) struct Writer {
    /// None: what is committed is kept nowhere.
    log: Option<Arc<Log>>,
    /// Where transactions of this server are counted.
    source: Source,
    /// The next transaction's number.
    next: u64,
    /// The next unlogged transaction's number.
    next_unlogged: u64,
    /// Groups since the last sync.
    unsynced: u32,
}

impl Writer {
    /// A writer that counts on after what the log has.
    pub fn new(log: Option<Arc<Log>>, source: Source, applied: &GtidSet) -> Self {
        let mut writer = Self { log, source, next: 1, next_unlogged: 1, unsynced: 0 };
        writer.count_after(applied);
        writer
    }

    /// Gives numbers that are not in `applied`.
    pub fn count_after(&mut self, applied: &GtidSet) {
        self.next = last(applied, &self.source) + 1;
        self.next_unlogged = last(applied, &unlogged::unlogged_source()) + 1;
    }

    fn number(&mut self, request: &Request) -> Gtid {
        if let Some(given) = &request.options.gtid {
            return given.clone();
        }
        let (source, next) = match request.options.unlogged {
            true => (unlogged::unlogged_source(), &mut self.next_unlogged),
            false => (self.source.clone(), &mut self.next),
        };
        let number = *next;
        *next += 1;
        Gtid { source, number }
    }

    /// Appends a group; gives it back with the error if it is not in the log.
    fn append(&mut self, group: Vec<Request>) -> Result<(Vec<Logged>, Option<Appended>), Failed> {
        let numbers = (self.next, self.next_unlogged);
        let group: Vec<Logged> = group
            .into_iter()
            .map(|request| Logged { gtid: self.number(&request), request })
            .collect();
        let Some(log) = &self.log else { return Ok((group, None)) };
        let at = now_micros();
        let commits: Vec<log::Commit<'_>> = group
            .iter()
            .map(|logged| log::Commit {
                events: &logged.request.events,
                gtid: logged.gtid.clone(),
                at,
                original: original(&logged.request),
            })
            .collect();
        match log.append(&commits) {
            Ok(appended) => Ok((group, Some(appended))),
            Err(error) => {
                (self.next, self.next_unlogged) = numbers;
                let group = group.into_iter().map(|logged| logged.request).collect();
                Err(Failed { group, error })
            }
        }
    }

    /// Syncs if the policy says that it is time.
    fn sync(&mut self, policy: SyncPolicy) -> Result<(), LogError> {
        let Some(log) = &self.log else { return Ok(()) };
        self.unsynced = self.unsynced.saturating_add(1);
        match policy {
            SyncPolicy::Groups(groups) if self.unsynced >= groups => {
                self.unsynced = 0;
                log.sync()
            }
            _ => Ok(()),
        }
    }

    /// Whether the next group will be synced.
    pub fn next_syncs(&self, policy: SyncPolicy) -> bool {
        let due = |groups: u32| self.unsynced.saturating_add(1) >= groups;
        self.log.is_some() && matches!(policy, SyncPolicy::Groups(groups) if due(groups))
    }
}

/// When a transaction of another server was committed there. Its version is not known, for which MySQL has a
/// number.
fn original(request: &Request) -> Option<(u64, u32)> {
    let replicated = request.options.replicated.as_ref()?;
    Some((replicated.committed_at?, UNKNOWN_VERSION))
}

/// `UNDEFINED_SERVER_VERSION`.
const UNKNOWN_VERSION: u32 = 999_999;

/// A group that is not in the log.
struct Failed {
    group: Vec<Request>,
    error: LogError,
}

fn last(set: &GtidSet, source: &Source) -> u64 {
    let own = set.iter().find(|(other, _)| *other == source);
    own.and_then(|(_, numbers)| numbers.iter().last()).map_or(0, |part| part.end)
}

fn now_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Logs and publishes a group.
pub(super) fn commit(core: &Core, group: Vec<Request>) {
    if core.is_broken() {
        return fail(group, &errors::log_broken());
    }
    let (cut_off, group): (Vec<_>, Vec<_>) =
        group.into_iter().partition(|request| request.options.is_cut_off());
    fail(cut_off, &errors::cut_off());
    if group.is_empty() {
        return;
    }
    let mut writer = core.pipeline.writer();
    match writer.append(group) {
        Ok((group, appended)) => {
            let synced = writer.sync(core.pipeline.syncing.get());
            drop(writer);
            match synced {
                Ok(()) => pass(core, group, appended),
                Err(error) => break_down(core, group, &error),
            }
        }
        Err(Failed { group, error }) => {
            drop(writer);
            not_appended(core, group, &error);
        }
    }
}

/// What is in the log becomes visible, sooner or later.
fn pass(core: &Core, group: Vec<Logged>, appended: Option<Appended>) {
    let (Some(log), Some(appended)) = (&core.log, appended) else {
        return core.pipeline.publisher.publish(core, Passage::Open, group);
    };
    let Some(end) = appended.ends.last().copied() else { return };
    let bytes: usize = group.iter().map(|logged| logged.request.events.len()).sum();
    // replicas may answer as soon as they can read, so all is asked for before
    let passages: Vec<_> = runs(group, &appended.ends)
        .into_iter()
        .map(|(end, run)| (core.options.barrier.passage(&logged_group(&run, end)), run))
        .collect();
    log.reveal(end);
    core.checkpointer.note(bytes as u64);
    for (passage, run) in passages {
        core.pipeline.publisher.publish(core, passage, run);
    }
    if appended.rotation_due
        && let Err(error) = log.rotate()
    {
        tracing::warn!(%error, "the binary log could not go on in a new file");
    }
}

/// Cuts a group where its transactions ask for another acknowledgement: one that asks for more must neither hold
/// back those before it, nor share an error with those after it.
fn runs(mut group: Vec<Logged>, ends: &[Position]) -> Vec<(Position, Vec<Logged>)> {
    let same =
        |a: &Logged, b: &Logged| a.request.options.context.ack == b.request.options.context.ack;
    let mut lengths: Vec<usize> = group.chunk_by(same).map(<[Logged]>::len).collect();
    let mut runs = Vec::with_capacity(lengths.len());
    let mut end = group.len();
    while let Some(length) = lengths.pop() {
        let Some(position) = end.checked_sub(1).and_then(|last| ends.get(last)) else { break };
        end -= length;
        let run = if end == 0 { std::mem::take(&mut group) } else { group.split_off(end) };
        runs.push((*position, run));
    }
    runs.reverse();
    runs
}

fn logged_group(group: &[Logged], end: Position) -> LoggedGroup {
    let gtids = group.iter().map(|logged| &logged.gtid);
    LoggedGroup {
        end,
        gtids: gtids.filter(|gtid| !unlogged::is_unlogged(gtid)).cloned().collect(),
        ack: group.iter().filter_map(|logged| logged.request.options.context.ack).max(),
    }
}

/// Nothing of the group is in the log. What hindered one transaction need not hinder the others.
fn not_appended(core: &Core, group: Vec<Request>, error: &LogError) {
    if matches!(error, LogError::Failed) {
        core.set_broken();
    }
    if group.len() > 1 && !core.is_broken() {
        group.into_iter().for_each(|request| commit(core, vec![request]));
        return;
    }
    tracing::error!(%error, "a transaction could not be logged");
    fail(group, &SqlError::from(error));
}

/// The group is in the log, and nobody knows whether it will be after a crash.
fn break_down(core: &Core, group: Vec<Logged>, error: &LogError) {
    core.set_broken();
    tracing::error!(%error, "the binary log could not be synced: no more commits until a restart");
    let group = group.into_iter().map(|logged| logged.request).collect();
    fail(group, &errors::log_broken());
}

/// Rolls a group back.
fn fail(group: Vec<Request>, error: &SqlError) {
    for Request { transaction, options, reply, .. } in group {
        if let Some(lane) = options.lane() {
            lane.set_broken();
        }
        drop(transaction);
        // Nobody need wait for the answer.
        let _ = reply.send(Err(error.clone()));
    }
}

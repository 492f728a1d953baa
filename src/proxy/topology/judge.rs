//! From observations to a [`View`]: who is alive, who is the primary, who may take reads.
//!
//! Pure: no clock and no socket. Time comes in as a [`Duration`] since the monitor began, so that
//! scripts (`testscripts/`) can play a failover in no time. Two inputs change the judge,
//! [`Judge::observe`] and [`Judge::report_full`]; [`Judge::view`] concludes.
//!
//! Steadiness against speed: a refused connection proves a server gone; a check that timed out or
//! broke does not, so only [`JudgeSettings::failures_to_down`] of them do, though from the first
//! one on the server gets no new reads. The way back is one healthy check for the primary's role,
//! and a few for reads.

use std::sync::Arc;
use std::time::Duration;

use super::lag::{Behind, PositionLog};
use super::primary::{Choice, Member, choose};
use super::sources::sources;
use super::{
    Address, Channel, CheckFailure, DownReason, Flavour, Greeting, IoState, JudgeSettings,
    Observation, Role, RoutineCatalog, ServerId, ServerSettings, ServerView, State, Version, View,
};

/// Weight of the newest measurement in the smoothed latency.
const LATENCY_SHARE: f64 = 0.2;

/// Whether a replica was taken out of the reads for its lag. A lag that goes up and down around the limit
/// takes it out once, and not back before it has been well below for a while.
#[derive(Clone, Copy, Debug, Default)]
struct Lateness {
    too_late: bool,
    /// Since when the lag was not above the lower limit, as far as checks have shown.
    good_since: Option<Duration>,
}

impl Lateness {
    /// After one more look at the lag that a check has `seen`.
    fn judged(self, lag: Option<Duration>, seen: Duration, settings: &JudgeSettings) -> Self {
        match lag {
            None => Self { good_since: None, ..self },
            Some(lag) if lag > settings.max_lag => Self { too_late: true, good_since: None },
            Some(_) if !self.too_late => self,
            Some(lag) if lag > settings.resume_lag => Self { good_since: None, ..self },
            Some(_) => {
                let since = self.good_since.unwrap_or(seen);
                let over = seen.saturating_sub(since) >= settings.resume_after;
                Self { too_late: !over, good_since: Some(since) }
            }
        }
    }
}

/// What is kept about one server.
struct Record {
    settings: ServerSettings,
    /// The last healthy check, and when its answer came.
    last: Option<(Duration, Observation)>,
    /// Why it is down; `None` while it is not. Starts as `NotChecked`.
    down: Option<DownReason>,
    /// Failed checks since the last healthy one.
    failures: u32,
    /// Healthy checks that are still needed before it takes reads.
    probation: u32,
    /// Until when it counts as full.
    full_until: Option<Duration>,
    lateness: Lateness,
    /// The last known lag; kept while the source is gone and nothing can change it.
    lag: Option<Duration>,
    latency: Option<Duration>,
    greeting: Option<Arc<Greeting>>,
}

impl Record {
    fn new(settings: ServerSettings) -> Self {
        Self {
            settings,
            last: None,
            down: Some(DownReason::NotChecked),
            failures: 0,
            probation: 0,
            full_until: None,
            lateness: Lateness::default(),
            lag: None,
            latency: None,
            greeting: None,
        }
    }

    fn state(&self, now: Duration) -> State {
        match self.down {
            Some(reason) => State::Down(reason),
            None if self.full_until.is_some_and(|until| now < until) => State::Full,
            None => State::Up,
        }
    }

    /// Nobody asks it any more.
    fn remove(&mut self) {
        *self = Self { down: Some(DownReason::Removed), ..Self::new(self.settings.clone()) };
    }

    fn is_removed(&self) -> bool {
        self.down == Some(DownReason::Removed)
    }

    fn healthy(&mut self, at: Duration, observation: Observation) {
        self.failures = 0;
        self.probation = self.probation.saturating_sub(1);
        self.down = None;
        self.latency = Some(match self.latency {
            Some(old) => old.mul_f64(1.0 - LATENCY_SHARE) + observation.took.mul_f64(LATENCY_SHARE),
            None => observation.took,
        });
        self.last = Some((at, observation));
    }

    fn failed(&mut self, failure: CheckFailure, settings: &JudgeSettings) {
        self.failures = self.failures.saturating_add(1);
        let sure = failure.is_certain()
            || self.failures >= settings.failures_to_down
            || self.down.is_some();
        if sure {
            self.down = Some(failure.down_reason());
            self.probation = settings.successes_to_reads;
        }
    }

    /// It answers, if only that it has no connection left.
    fn full(&mut self, now: Duration, settings: &JudgeSettings) {
        self.failures = 0;
        self.down = None;
        self.full_until = Some(now + settings.full_for);
    }
}

/// The judge. See the module's text.
pub struct Judge {
    settings: JudgeSettings,
    records: Vec<Record>,
    log: PositionLog,
    primary: Option<ServerId>,
    /// Whose positions the log holds: the primary, or the last one while there is none.
    logged: Option<ServerId>,
    routines: Arc<RoutineCatalog>,
    greeting: Arc<Greeting>,
    generation: u64,
    /// The address of no server.
    nowhere: Address,
    /// It has been complete once.
    complete: bool,
}

impl Judge {
    /// A judge that knows nothing yet. At most 65,536 servers; more are left out.
    pub fn new(settings: JudgeSettings, servers: Vec<ServerSettings>) -> Self {
        Self {
            settings,
            records: servers.into_iter().take(1 << 16).map(Record::new).collect(),
            log: PositionLog::default(),
            primary: None,
            logged: None,
            routines: Arc::default(),
            greeting: Arc::default(),
            generation: 0,
            nowhere: Address::Unix(Default::default()),
            complete: false,
        }
    }

    /// Judges by other settings from now on, and takes over the servers' weights, zones and preference. Those are by
    /// their ids: `None` for one that is removed, new ones behind those there are.
    pub fn configure(&mut self, settings: JudgeSettings, servers: Vec<Option<ServerSettings>>) {
        self.settings = settings;
        for (at, server) in servers.into_iter().enumerate().take(1 << 16) {
            match (self.records.get_mut(at), server) {
                (Some(record), Some(server)) => record.settings = server,
                (Some(record), None) => record.remove(),
                (None, Some(server)) => self.records.push(Record::new(server)),
                (None, None) => {}
            }
        }
    }

    /// Takes in the end of one check. Times never go backwards.
    pub fn observe(
        &mut self,
        id: ServerId,
        now: Duration,
        result: Result<Observation, CheckFailure>,
    ) {
        let known = self.records.get_mut(id.index());
        let Some(record) = known.filter(|record| !record.is_removed()) else { return };
        match result {
            Ok(observation) => record.healthy(now, observation),
            Err(CheckFailure::Full) => record.full(now, &self.settings),
            Err(failure) => record.failed(failure, &self.settings),
        }
    }

    /// Takes in that a session met 1040 or 1203. A server that is down stays down.
    pub fn report_full(&mut self, id: ServerId, now: Duration) {
        if let Some(record) = self.records.get_mut(id.index()) {
            record.full_until = Some(now + self.settings.full_for);
        }
    }

    /// Takes in what a server greets clients with.
    pub fn set_greeting(&mut self, id: ServerId, greeting: Greeting) {
        if let Some(record) = self.records.get_mut(id.index()) {
            record.greeting = Some(Arc::new(greeting));
        }
    }

    /// Takes in the primary's routines.
    pub fn set_routines(&mut self, id: ServerId, routines: RoutineCatalog) {
        if self.primary == Some(id) {
            self.routines = Arc::new(routines);
        }
    }

    /// Whether every server has answered or failed at least once. Servers that are added later change nothing in
    /// that: the cluster is known.
    pub fn is_complete(&self) -> bool {
        self.complete
            || self.records.iter().all(|record| record.down != Some(DownReason::NotChecked))
    }

    /// Concludes. Until the judge [is complete](Self::is_complete) no primary is chosen: the next
    /// answer might come from the right one.
    pub fn view(&mut self, now: Duration) -> View {
        self.complete = self.is_complete();
        let sources: Vec<_> = self.records.iter().map(|record| self.sources_of(record)).collect();
        let choice = self.choose(now, &sources);
        self.follow_primary(choice.primary);
        self.generation += 1;
        for at in 0..self.records.len() {
            self.judge_lag(at, now, &sources);
        }
        let servers = self.records.iter().zip(&sources).enumerate();
        let servers = servers.map(|(at, (record, sources))| {
            self.server_view(ServerId(at as u16), record, sources, now)
        });
        View {
            servers: servers.collect(),
            primary: self.primary,
            routines: Arc::clone(&self.routines),
            version: Arc::clone(&self.greeting),
            alerts: choice.alerts,
            complete: self.is_complete(),
            generation: self.generation,
        }
    }

    /// The configured servers that `record` replicates from, per channel.
    fn sources_of(&self, record: &Record) -> Vec<Option<ServerId>> {
        // One that was removed may have come back by the same address, with another id.
        let nowhere = &self.nowhere;
        let others = self.records.iter().map(|other| {
            let address = if other.is_removed() { nowhere } else { &*other.settings.address };
            (address, other.last.as_ref().map(|(_, observation)| observation))
        });
        let others: Vec<_> = others.collect();
        sources(channels(record), &others)
    }

    fn choose(&self, now: Duration, sources: &[Vec<Option<ServerId>>]) -> Choice {
        if !self.is_complete() {
            return Choice { primary: None, alerts: Vec::new() };
        }
        let members =
            self.records.iter().zip(sources).enumerate().map(|(at, (record, sources))| {
                let observation = record.last.as_ref().map(|(_, observation)| observation);
                let running = channels(record)
                    .iter()
                    .zip(sources)
                    .filter(|(channel, _)| channel.io != IoState::Stopped || channel.sql_running);
                let applied = observation.and_then(|observation| observation.applied.as_ref());
                Member {
                    id: ServerId(at as u16),
                    alive: !matches!(record.state(now), State::Down(_)),
                    writable: observation.is_some_and(|observation| !observation.read_only),
                    follows: running.filter_map(|(_, source)| *source).collect(),
                    has_history: applied.and_then(|own| self.log.is_level(own)).unwrap_or(true),
                    preferred: record.settings.preferred_primary,
                }
            });
        choose(&members.collect::<Vec<_>>(), self.primary)
    }

    /// Notes the primary's position, and what is taken from it.
    fn follow_primary(&mut self, primary: Option<ServerId>) {
        self.primary = primary;
        let of = |id: ServerId| self.records.get(id.index());
        let Some(record) = primary.and_then(of) else {
            self.greet_without_primary();
            return;
        };
        if let Some(greeting) = &record.greeting {
            self.greeting = Arc::clone(greeting);
        }
        if let Some((at, Observation { applied: Some(applied), .. })) = &record.last {
            if self.logged != primary {
                self.log.change_primary(applied);
                self.logged = primary;
            }
            self.log.record(*at, applied);
        }
    }

    /// Before the first primary any server's words are better than invented ones.
    fn greet_without_primary(&mut self) {
        if self.logged.is_none() && *self.greeting == Greeting::default() {
            let mut greetings = self.records.iter().filter_map(|record| record.greeting.as_ref());
            if let Some(greeting) = greetings.next() {
                self.greeting = Arc::clone(greeting);
            }
        }
    }

    /// Decides one server's lag, and whether it is too late for reads.
    fn judge_lag(&mut self, at: usize, now: Duration, sources: &[Vec<Option<ServerId>>]) {
        let lag = self.lag(at, now, sources, 0);
        if let Some(record) = self.records.get_mut(at) {
            record.lag = lag;
            // What no check has confirmed is no good time.
            let seen = record.last.as_ref().map_or(now, |(seen, _)| *seen);
            record.lateness = record.lateness.judged(lag, seen, &self.settings);
        }
    }

    /// The lag of one server; `depth` bounds the walk up a chain of replicas.
    fn lag(
        &self,
        at: usize,
        now: Duration,
        sources: &[Vec<Option<ServerId>>],
        depth: usize,
    ) -> Option<Duration> {
        if self.primary.is_some_and(|primary| primary.index() == at) {
            return Some(Duration::ZERO);
        }
        let record = self.records.get(at)?;
        let (seen, observation) = record.last.as_ref()?;
        let applied = observation.applied.as_ref();
        let behind = applied.map_or(Behind::Unknown, |applied| self.log.behind(applied, *seen));
        if self.primary.is_none() && behind == Behind::Level {
            return Some(Duration::ZERO);
        }
        let channels = channels(record);
        let runs = |channel: &Channel| channel.sql_running && channel.io != IoState::Stopped;
        if channels.is_empty() || !channels.iter().all(runs) {
            return None;
        }
        match behind {
            Behind::Level => Some(Duration::ZERO),
            Behind::Exactly(lag) => Some(lag),
            Behind::AtLeast(lag) => Some(estimate(observation).map_or(lag, |own| own.max(lag))),
            Behind::Unknown => self.lag_without_positions(at, now, sources, depth),
        }
    }

    /// What the server says itself, plus what its source is behind. While the source is gone the
    /// server knows nothing new and neither do we: the last known lag stands.
    fn lag_without_positions(
        &self,
        at: usize,
        now: Duration,
        sources: &[Vec<Option<ServerId>>],
        depth: usize,
    ) -> Option<Duration> {
        let record = self.records.get(at)?;
        let (_, observation) = record.last.as_ref()?;
        let source = sources.get(at).and_then(|all| all.iter().flatten().next());
        let source_down = source
            .and_then(|id| self.records.get(id.index()))
            .is_some_and(|source| matches!(source.state(now), State::Down(_)));
        match (estimate(observation), source) {
            (None, _) if source_down => record.lag,
            (None, _) => None,
            (Some(own), Some(source)) if !source_down && depth < self.records.len() => {
                Some(own + self.lag(source.index(), now, sources, depth + 1)?)
            }
            (own, _) => own,
        }
    }

    fn server_view(
        &self,
        id: ServerId,
        record: &Record,
        sources: &[Option<ServerId>],
        now: Duration,
    ) -> ServerView {
        let observation = record.last.as_ref().map(|(_, observation)| observation);
        let state = record.state(now);
        let is_primary = self.primary == Some(id);
        let role = match state {
            State::Down(_) => Role::Down,
            _ if is_primary => Role::Primary,
            _ if !channels(record).is_empty() => Role::Replica,
            _ => Role::Unknown,
        };
        let sound = record.failures == 0 && record.probation == 0 && record.lag.is_some();
        let fit = sound && !record.lateness.too_late;
        let near = self.settings.zone.is_none() || self.settings.zone == record.settings.zone;
        let lag = if role == Role::Down { None } else { record.lag };
        ServerView {
            id,
            name: Arc::clone(&record.settings.name),
            address: Arc::clone(&record.settings.address),
            flavour: observation.map_or(Flavour::Unknown, |observation| observation.flavour),
            version: observation.map_or(Version::default(), |observation| observation.version),
            role,
            state,
            lag,
            applied: observation.and_then(|observation| observation.applied.clone()),
            weight: record.settings.weight,
            follows: sources.iter().flatten().next().copied(),
            replication_error: channels(record)
                .iter()
                .map(|channel| channel.last_errno)
                .find(|errno| *errno != 0),
            reads: state == State::Up && (is_primary || fit),
            reads_over_open: matches!(state, State::Up | State::Full) && (is_primary || fit),
            late: state == State::Up && !is_primary && sound && !fit,
            zone: record.settings.zone.clone(),
            near,
            latency: record.latency,
        }
    }
}

/// The channels that a server was last seen to have.
fn channels(record: &Record) -> &[Channel] {
    let observation = record.last.as_ref().map(|(_, observation)| observation);
    observation.and_then(|observation| observation.channels.as_deref()).unwrap_or_default()
}

/// The server's own idea of its lag: the worst of what it offers.
fn estimate(observation: &Observation) -> Option<Duration> {
    let channels = observation.channels.iter().flatten();
    let seconds = channels.map(|channel| channel.seconds_behind.map(Duration::from_secs));
    let own = seconds.reduce(|left, right| Some(left?.max(right?))).flatten();
    own.max(observation.applying_age.filter(|_| own.is_some()))
}

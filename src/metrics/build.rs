//! Every metric's name, help and buckets, in one place.
//!
//! Names start with `anabranch_`, units are base units, and a counter ends in `_total`.

use std::sync::OnceLock;

use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry,
};

use super::labels::{
    Alert, Fallback, Fate, Label, Lease, Pin, PoolWait, Refusal, ReloadResult, RuleAction,
    ServerErrorKind, ServerRole, ServerState, ShareOutcome, WaitReason,
};
use super::{Metrics, ServerMetrics, SignInFailure, StatementLabels};

type Result<T> = std::result::Result<T, prometheus::Error>;

/// Upper bounds in seconds for whole statements: 50 µs, where a cached point select ends, to 10 s.
const STATEMENT_BUCKETS: [f64; 17] = [
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
    2.5, 5.0, 10.0,
];

/// Upper bounds in seconds for what the proxy adds: some microseconds when all is well, seconds
/// when a statement waited for a connection or a primary.
const PROXY_BUCKETS: [f64; 14] = [
    0.000001, 0.000002, 0.000005, 0.00001, 0.00002, 0.00005, 0.0001, 0.00025, 0.001, 0.01, 0.1,
    1.0, 5.0, 10.0,
];

/// Registers everything.
pub(super) fn metrics(labels: StatementLabels, servers: &[&str]) -> Result<Metrics> {
    let registry = Registry::new();
    let r = Registrar(&registry);
    r.information()?;
    let vecs = ServerVecs::new(&r)?;
    let metrics = Metrics {
        labels,
        statements: r.counters(
            "anabranch_statements_total",
            "Statements by class, where they went, and why.",
            &["class", "target", "reason"],
        )?,
        statement_seconds: r.histograms(
            "anabranch_statement_seconds",
            "Time from reading a statement to handing its answer to the client.",
            &STATEMENT_BUCKETS,
        )?,
        proxy_seconds: r.histograms(
            "anabranch_proxy_seconds",
            "Time from reading a statement to giving it to a server.",
            &PROXY_BUCKETS,
        )?,
        client_connections: r.gauge("anabranch_client_connections", "Open client connections.")?,
        client_connections_total: r
            .counter("anabranch_client_connections_total", "Client connections let in.")?,
        refused: r.known(
            "anabranch_client_connections_refused_total",
            "Client connections closed before their session began.",
            "reason",
            Refusal::ALL.iter().map(|why| why.label()),
        )?,
        sign_in_failures: r.known(
            "anabranch_sign_in_failures_total",
            "Clients that could not prove who they are.",
            "reason",
            SignInFailure::ALL.iter().map(|why| why.label()),
        )?,
        client_bytes: r.known(
            "anabranch_client_bytes_total",
            "Bytes received from and sent to clients.",
            "direction",
            ["received", "sent"],
        )?,
        class_cache: r.known(
            "anabranch_class_cache_total",
            "Look-ups of statement shapes in the class caches.",
            "result",
            ["hit", "miss"],
        )?,
        read_retries: r.counter(
            "anabranch_read_retries_total",
            "Reads that ran again on another server because theirs was lost.",
        )?,
        rule_actions: r.known(
            "anabranch_rule_actions_total",
            "Statements that rules of the configuration refused or stopped.",
            "action",
            RuleAction::ALL.iter().map(|action| action.label()),
        )?,
        reloads: r.known(
            "anabranch_config_reloads_total",
            "Orders to read the configuration again, by what became of them.",
            "result",
            ReloadResult::ALL.iter().map(|result| result.label()),
        )?,
        leases: r.labelled::<Lease>(
            "anabranch_pool_leases_total",
            "Leases of shared server connections, by how they were had.",
            "how",
        )?,
        fallbacks: r.labelled::<Fallback>(
            "anabranch_fallbacks_total",
            "Statements that did not run where they were sent first.",
            "reason",
        )?,
        pins: r.labelled::<Pin>(
            "anabranch_pins_total",
            "Sessions that something began to keep on one server connection.",
            "reason",
        )?,
        pool_waits: r.labelled::<PoolWait>(
            "anabranch_pool_waits_total",
            "Statements that could not have a shared connection at once, by how that ended.",
            "reason",
        )?,
        read_waits: r.read_waits()?,
        replays: r.known(
            "anabranch_transaction_replays_total",
            "Transactions that lost their server connection, by what became of them (with `replay`).",
            "fate",
            Fate::ALL.iter().map(|fate| fate.label()),
        )?,
        misroutes: r
            .counter("anabranch_misroutes_total", "Statements that a replica refused as writes.")?,
        share_outcomes: r.share_outcomes()?,
        primary_reads: r.gauge(
            "anabranch_primary_reads",
            "Reads meant for replicas that run on the primary.",
        )?,
        primary_reads_waiting: r.gauge(
            "anabranch_primary_reads_waiting",
            "Reads meant for replicas that wait for the primary.",
        )?,
        primary_reads_limit: r.gauge(
            "anabranch_primary_reads_limit",
            "Reads meant for replicas that the primary takes at once; 0 for any number.",
        )?,
        alerts: r.alerts()?,
        servers: places(&vecs, servers)?,
        vecs,
        stray: ServerVecs::new(&Registrar(&Registry::new()))?.server("")?,
        registry,
    };
    Ok(metrics)
}

/// Servers that a process can have had.
const MAX_SERVERS: usize = 128;

fn places(vecs: &ServerVecs, servers: &[&str]) -> Result<Box<[OnceLock<ServerMetrics>]>> {
    let mut places: Vec<OnceLock<ServerMetrics>> =
        servers.iter().map(|name| vecs.server(name).map(OnceLock::from)).collect::<Result<_>>()?;
    places.resize_with(MAX_SERVERS.max(servers.len()), OnceLock::new);
    Ok(places.into())
}

/// Makes metrics and registers them.
struct Registrar<'a>(&'a Registry);

impl Registrar<'_> {
    fn add<C: Collector + Clone + 'static>(&self, collector: Result<C>) -> Result<C> {
        let collector = collector?;
        self.0.register(Box::new(collector.clone()))?;
        Ok(collector)
    }

    fn counter(&self, name: &str, help: &str) -> Result<IntCounter> {
        self.add(IntCounter::new(name, help))
    }

    fn gauge(&self, name: &str, help: &str) -> Result<IntGauge> {
        self.add(IntGauge::new(name, help))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec> {
        self.add(IntCounterVec::new(Opts::new(name, help), labels))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec> {
        self.add(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    fn real_gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<GaugeVec> {
        self.add(GaugeVec::new(Opts::new(name, help), labels))
    }

    fn histograms(&self, name: &str, help: &str, buckets: &[f64]) -> Result<HistogramVec> {
        let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        self.add(HistogramVec::new(options, &["target"]))
    }

    /// Counters with one label, each word shown from the start as 0, so that a rate over the
    /// first event is not lost.
    fn known(
        &self,
        name: &str,
        help: &str,
        label: &str,
        words: impl IntoIterator<Item = &'static str>,
    ) -> Result<IntCounterVec> {
        let counters = self.counters(name, help, &[label])?;
        for word in words {
            counters.get_metric_with_label_values(&[word])?;
        }
        Ok(counters)
    }

    /// A counter for each word of `L`.
    fn labelled<L: Label>(&self, name: &str, help: &str, label: &str) -> Result<Vec<IntCounter>> {
        let counters = self.known(name, help, label, L::ALL.iter().map(|one| one.label()))?;
        let one = |word: &L| counters.get_metric_with_label_values(&[word.label()]);
        L::ALL.iter().map(one).collect()
    }

    fn read_waits(&self) -> Result<Vec<[IntCounter; 2]>> {
        let help = "Reads that waited for a replica, by what they waited for.";
        let waits = self.counters("anabranch_read_waits_total", help, &["reason", "result"])?;
        let one = |reason: &WaitReason, result| {
            waits.get_metric_with_label_values(&[reason.label(), result])
        };
        let both = |reason| Ok([one(reason, "in_vain")?, one(reason, "reached")?]);
        WaitReason::ALL.iter().map(both).collect()
    }

    fn share_outcomes(&self) -> Result<Vec<IntCounter>> {
        let help = "Reads that found the primary's share used up, by what became of them.";
        let words = ShareOutcome::ALL.iter().map(|outcome| outcome.label());
        let all = self.known("anabranch_primary_share_total", help, "outcome", words)?;
        let one = |outcome: &ShareOutcome| all.get_metric_with_label_values(&[outcome.label()]);
        ShareOutcome::ALL.iter().map(one).collect()
    }

    fn alerts(&self) -> Result<IntGaugeVec> {
        let help = "1 while something is wrong with the cluster as a whole.";
        let alerts = self.gauges("anabranch_alert", help, &["alert"])?;
        for alert in Alert::ALL {
            alerts.get_metric_with_label_values(&[alert.label()])?;
        }
        Ok(alerts)
    }

    /// The running version and the start, as constant gauges.
    fn information(&self) -> Result<()> {
        let help = "Always 1; its label is the running version.";
        let info = self.gauges("anabranch_info", help, &["version"])?;
        info.get_metric_with_label_values(&[env!("CARGO_PKG_VERSION")])?.set(1);
        let help = "When the proxy started, in seconds since 1970.";
        let start = self.add(Gauge::new("anabranch_start_time_seconds", help))?;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        start.set(now.map_or(0.0, |now| now.as_secs_f64()));
        Ok(())
    }
}

/// The metrics that have a server's name among their labels.
#[derive(Debug)]
pub(super) struct ServerVecs {
    states: IntGaugeVec,
    roles: IntGaugeVec,
    up: IntGaugeVec,
    reads: IntGaugeVec,
    near: IntGaugeVec,
    lag: GaugeVec,
    check_seconds: GaugeVec,
    in_flight: IntGaugeVec,
    connections: IntGaugeVec,
    connections_total: IntCounterVec,
    waiting: IntGaugeVec,
    errors: IntCounterVec,
}

impl ServerVecs {
    fn new(r: &Registrar) -> Result<Self> {
        let server = &["server"];
        Ok(Self {
            states: r.gauges(
                "anabranch_server_state",
                "1 for the state that the server is in.",
                &["server", "state"],
            )?,
            roles: r.gauges(
                "anabranch_server_role",
                "1 for the role that the server has.",
                &["server", "role"],
            )?,
            up: r.gauges("anabranch_server_up", "1 while the server answers.", server)?,
            lag: r.real_gauges(
                "anabranch_server_lag_seconds",
                "How far the server is behind the primary; NaN when not known.",
                server,
            )?,
            reads: r.gauges(
                "anabranch_server_reads",
                "1 while the server may be given new reads.",
                server,
            )?,
            near: r.gauges(
                "anabranch_server_near",
                "1 where the server is in the proxy's zone, or the proxy in none.",
                server,
            )?,
            check_seconds: r.real_gauges(
                "anabranch_server_check_seconds",
                "How long the last good check of the server took.",
                server,
            )?,
            in_flight: r.gauges(
                "anabranch_server_in_flight",
                "Statements running on the server through the proxy.",
                server,
            )?,
            connections: r.gauges(
                "anabranch_server_connections",
                "Open connections to the server.",
                server,
            )?,
            connections_total: r.counters(
                "anabranch_server_connections_total",
                "Connections opened to the server.",
                server,
            )?,
            waiting: r.gauges(
                "anabranch_pool_waiting",
                "Statements that wait for a shared connection to the server.",
                server,
            )?,
            errors: r.counters(
                "anabranch_server_errors_total",
                "What went wrong with the server, by kind.",
                &["server", "kind"],
            )?,
        })
    }

    /// Forgets one server's.
    pub(super) fn remove(&self, name: &str) {
        let one = &[name];
        // What was never there is not missed.
        for vec in
            [&self.up, &self.reads, &self.near, &self.in_flight, &self.connections, &self.waiting]
        {
            let _ = vec.remove_label_values(one);
        }
        let _ = self.lag.remove_label_values(one);
        let _ = self.check_seconds.remove_label_values(one);
        let _ = self.connections_total.remove_label_values(one);
        for state in ServerState::ALL {
            let _ = self.states.remove_label_values(&[name, state.label()]);
        }
        for role in ServerRole::ALL {
            let _ = self.roles.remove_label_values(&[name, role.label()]);
        }
        for kind in ServerErrorKind::ALL {
            let _ = self.errors.remove_label_values(&[name, kind.label()]);
        }
    }

    /// The metrics of one server, which is down and unknown until its first check.
    pub(super) fn server(&self, name: &str) -> Result<ServerMetrics> {
        let one = &[name];
        let metrics = ServerMetrics {
            states: each::<ServerState>(&self.states, name)?,
            roles: each::<ServerRole>(&self.roles, name)?,
            up: self.up.get_metric_with_label_values(one)?,
            reads: self.reads.get_metric_with_label_values(one)?,
            near: self.near.get_metric_with_label_values(one)?,
            lag: self.lag.get_metric_with_label_values(one)?,
            check_seconds: self.check_seconds.get_metric_with_label_values(one)?,
            in_flight: self.in_flight.get_metric_with_label_values(one)?,
            connections: self.connections.get_metric_with_label_values(one)?,
            connections_total: self.connections_total.get_metric_with_label_values(one)?,
            waiting: self.waiting.get_metric_with_label_values(one)?,
            errors: ServerErrorKind::ALL
                .iter()
                .map(|kind| self.errors.get_metric_with_label_values(&[name, kind.label()]))
                .collect::<Result<_>>()?,
        };
        metrics.state(ServerState::Down);
        metrics.role(ServerRole::Unknown);
        metrics.lag(None);
        Ok(metrics)
    }
}

/// One gauge for each word of `L`.
fn each<L: Label>(gauges: &IntGaugeVec, name: &str) -> Result<Vec<IntGauge>> {
    L::ALL.iter().map(|label| gauges.get_metric_with_label_values(&[name, label.label()])).collect()
}

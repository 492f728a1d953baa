//! The dashboard and the alert rules name only metrics and label values that exist.

use std::collections::BTreeSet;
use std::path::Path;

use anabranch::metrics::{Metrics, StatementLabels};

fn labels() -> StatementLabels {
    StatementLabels { classes: vec!["read"], targets: vec!["replica"], reasons: vec!["a_read"] }
}

/// Endings of the series that a histogram has beside its name.
const SERIES: [&str; 3] = ["_bucket", "_sum", "_count"];

fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// What the proxy shows once every kind of metric has been touched.
fn shown() -> String {
    let metrics = Metrics::new(labels(), &["db1"]).unwrap();
    metrics.local().statement(0, 0, 0);
    metrics.render().unwrap()
}

/// The words in `text` that look like metric names.
fn names(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with("anabranch_"))
        .map(|word| SERIES.iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word))
        .collect()
}

/// The `label="value"` pairs in `text`.
fn pairs(text: &str) -> BTreeSet<String> {
    let text = text.replace("\\\"", "\"");
    let mut pairs = BTreeSet::new();
    for (at, _) in text.match_indices("=\"") {
        let before = &text[..at];
        let label = before.rsplit(|c: char| !(c.is_ascii_lowercase() || c == '_')).next();
        let value = text[at + 2..].split('"').next();
        if let (Some(label), Some(value)) = (label, value) {
            pairs.insert(format!("{label}=\"{value}\""));
        }
    }
    pairs
}

#[track_caller]
fn only_what_exists(file: &str) {
    let (text, shown) = (sample(file), shown());
    let existing = names(&shown);
    let used: BTreeSet<&str> = names(&text);
    assert!(used.len() > 5, "{file} names only {used:?}");
    let unknown: Vec<_> = used.difference(&existing).collect();
    assert!(unknown.is_empty(), "{file} names {unknown:?}, which do not exist");
    for pair in pairs(&text) {
        assert!(shown.contains(&pair), "{file} asks for {pair}, which never is");
    }
}

#[test]
fn alert_rules() {
    only_what_exists("alerts.yml");
}

#[test]
fn dashboard() {
    serde_json::from_str::<serde_json::Value>(&sample("grafana-dashboard.json")).unwrap();
    only_what_exists("grafana-dashboard.json");
}

#[test]
fn every_metric_has_a_panel() {
    let (text, shown) = (sample("grafana-dashboard.json"), shown());
    let on_panels = names(&text);
    let elsewhere = [
        "anabranch_start_time_seconds",
        "anabranch_server_up",
        "anabranch_server_connections_total",
    ];
    let absent: Vec<_> = names(&shown)
        .into_iter()
        .filter(|name| !on_panels.contains(name) && !elsewhere.contains(name))
        .collect();
    assert!(absent.is_empty(), "{absent:?} are on no panel");
}

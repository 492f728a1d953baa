//! What is counted is what is shown.

use std::sync::Arc;
use std::time::Duration;

use super::*;

fn labels() -> StatementLabels {
    StatementLabels {
        classes: vec!["read", "write"],
        targets: vec!["primary", "replica"],
        reasons: vec!["a_read", "a_write", "in_transaction"],
    }
}

fn metrics() -> Arc<Metrics> {
    Metrics::new(labels(), &["db1", "db2"]).unwrap()
}

#[track_caller]
fn shows(metrics: &Metrics, line: &str) {
    let text = metrics.render().unwrap();
    assert!(text.lines().any(|shown| shown == line), "no {line:?} in\n{text}");
}

#[test]
fn statements_are_shown_after_a_flush() {
    let metrics = metrics();
    let local = metrics.local();
    local.statement(0, 1, 0);
    local.statement(0, 1, 0);
    local.statement(1, 0, 2);
    assert!(!metrics.render().unwrap().contains("anabranch_statements_total{"));
    local.flush();
    local.flush();
    let read = r#"anabranch_statements_total{class="read",reason="a_read",target="replica"} 2"#;
    shows(&metrics, read);
    let write =
        r#"anabranch_statements_total{class="write",reason="in_transaction",target="primary"} 1"#;
    shows(&metrics, write);
    assert_eq!(metrics.render().unwrap().matches("anabranch_statements_total{").count(), 2);
}

#[test]
fn indices_outside_the_lists_count_nothing() {
    let metrics = metrics();
    let local = metrics.local();
    local.statement(2, 0, 0);
    local.statement(0, 2, 0);
    local.statement(0, 0, 3);
    local.statement(usize::MAX, 1, 1);
    local.took(9, Duration::ZERO, Duration::ZERO);
    local.flush();
    metrics.server(9).error(ServerErrorKind::Lost);
    assert!(!metrics.render().unwrap().contains("anabranch_statements_total{"));
}

#[test]
fn workers_add_up() {
    let metrics = metrics();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let local = metrics.local();
            scope.spawn(move || {
                for _ in 0..100 {
                    local.statement(0, 0, 1);
                    local.took(0, Duration::from_micros(70), Duration::from_micros(3));
                    local.received(10);
                    local.sent(1000);
                    local.class_cache(3, 1);
                }
            });
        }
    });
    let statements =
        r#"anabranch_statements_total{class="read",reason="a_write",target="primary"} 400"#;
    shows(&metrics, statements);
    shows(&metrics, r#"anabranch_statement_seconds_bucket{target="primary",le="0.00005"} 0"#);
    shows(&metrics, r#"anabranch_statement_seconds_bucket{target="primary",le="0.0001"} 400"#);
    shows(&metrics, r#"anabranch_proxy_seconds_bucket{target="primary",le="0.000005"} 400"#);
    shows(&metrics, r#"anabranch_client_bytes_total{direction="received"} 4000"#);
    shows(&metrics, r#"anabranch_client_bytes_total{direction="sent"} 400000"#);
    shows(&metrics, r#"anabranch_class_cache_total{result="hit"} 1200"#);
    shows(&metrics, r#"anabranch_class_cache_total{result="miss"} 400"#);
}

#[test]
fn gauges_fall_with_their_guards() {
    let metrics = metrics();
    let first = metrics.client_connected();
    let second = metrics.client_connected();
    assert_eq!(metrics.client_connections(), 2);
    drop(first);
    shows(&metrics, "anabranch_client_connections 1");
    drop(second);
    shows(&metrics, "anabranch_client_connections 0");
    shows(&metrics, "anabranch_client_connections_total 2");
    metrics.server(0).in_flight(3);
    shows(&metrics, r#"anabranch_server_in_flight{server="db1"} 3"#);
}

#[test]
fn a_server_has_one_state_and_one_role() {
    let metrics = metrics();
    shows(&metrics, r#"anabranch_server_state{server="db1",state="down"} 1"#);
    shows(&metrics, r#"anabranch_server_lag_seconds{server="db1"} NaN"#);
    let server = metrics.server(0);
    server.state(ServerState::Full);
    server.role(ServerRole::Replica);
    server.lag(Some(Duration::from_millis(1500)));
    shows(&metrics, r#"anabranch_server_up{server="db1"} 1"#);
    shows(&metrics, r#"anabranch_server_state{server="db1",state="full"} 1"#);
    shows(&metrics, r#"anabranch_server_state{server="db1",state="down"} 0"#);
    shows(&metrics, r#"anabranch_server_role{role="replica",server="db1"} 1"#);
    shows(&metrics, r#"anabranch_server_role{role="unknown",server="db1"} 0"#);
    shows(&metrics, r#"anabranch_server_lag_seconds{server="db1"} 1.5"#);
    shows(&metrics, r#"anabranch_server_up{server="db2"} 0"#);
}

#[test]
fn rare_events() {
    let metrics = metrics();
    metrics.client_refused(Refusal::TooManyConnections);
    metrics.sign_in_failed(SignInFailure::WrongProof);
    metrics.read_retried();
    metrics.misrouted();
    metrics.alert(Alert::TwoPrimaries, true);
    metrics.server(1).error(ServerErrorKind::Lost);
    let refused = r#"anabranch_client_connections_refused_total{reason="too_many_connections"} 1"#;
    shows(&metrics, refused);
    shows(&metrics, r#"anabranch_sign_in_failures_total{reason="wrong_proof"} 1"#);
    shows(&metrics, "anabranch_read_retries_total 1");
    shows(&metrics, "anabranch_misroutes_total 1");
    shows(&metrics, r#"anabranch_alert{alert="two_primaries"} 1"#);
    shows(&metrics, r#"anabranch_server_errors_total{kind="lost",server="db2"} 1"#);
    metrics.alert(Alert::TwoPrimaries, false);
    shows(&metrics, r#"anabranch_alert{alert="two_primaries"} 0"#);
}

#[test]
fn names_follow_the_house_rule() {
    let metrics = metrics();
    for family in metrics.registry.gather() {
        let name = family.name();
        assert!(name.starts_with("anabranch_"), "{name}");
        let counter = family.get_field_type() == prometheus::proto::MetricType::COUNTER;
        assert_eq!(counter, name.ends_with("_total"), "{name}");
    }
}

#[test]
fn two_servers_with_one_name_stay_one() {
    let metrics = Metrics::new(labels(), &["db1", "db1"]).unwrap();
    metrics.server(0).error(ServerErrorKind::Lost);
    metrics.server(1).error(ServerErrorKind::Lost);
    shows(&metrics, r#"anabranch_server_errors_total{kind="lost",server="db1"} 2"#);
}

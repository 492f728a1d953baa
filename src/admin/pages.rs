//! The pages, one function each.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Status;

/// Prometheus' text format, version 0.0.4.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What there is, for whoever asks for something else.
const PATHS: &str =
    "no such page; there are /metrics, /healthz, /readyz and, of a proxy, /shapes\n";

/// All pages over `status`.
pub(super) fn router(status: Status) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/shapes", get(shapes))
        .fallback(|| async { (StatusCode::NOT_FOUND, PATHS) })
        .with_state(status)
}

async fn shapes(State(status): State<Status>) -> Response {
    match &status.shapes {
        Some(page) => ([(header::CONTENT_TYPE, "application/json")], page().await).into_response(),
        None => (StatusCode::NOT_FOUND, PATHS).into_response(),
    }
}

async fn metrics(State(status): State<Status>) -> Response {
    match status.metrics.render() {
        Ok(text) => ([(header::CONTENT_TYPE, METRICS_TYPE)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

/// The control thread answers: that is all that it says.
async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(State(status): State<Status>) -> Response {
    match (status.ready)() {
        Ok(()) => "ready\n".into_response(),
        Err(why) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")).into_response()
        }
    }
}

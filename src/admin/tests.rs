//! The pages over real sockets.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::metrics::Metrics;
use crate::metrics::StatementLabels;

fn labels() -> StatementLabels {
    StatementLabels { classes: vec!["read"], targets: vec!["primary"], reasons: vec!["a_read"] }
}

struct Running {
    address: SocketAddr,
    ready: Arc<AtomicBool>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

async fn start() -> Running {
    let metrics = Metrics::new(labels(), &["db1"]).unwrap();
    let ready = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&ready);
    let check: ReadyCheck = Arc::new(move || match asked.load(Ordering::Relaxed) {
        true => Ok(()),
        false => Err("no primary".to_owned()),
    });
    let listener = bind("127.0.0.1:0".parse().unwrap(), "http").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let status = Status { metrics, ready: check, shapes: Some(page()) };
    let task = tokio::spawn(serve(listener, status, shutdown.clone()));
    Running { address, ready, shutdown, task }
}

fn page() -> ShapesPage {
    Arc::new(|| Box::pin(async { "{\"shapes\":[]}".to_owned() }))
}

async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn pages() {
    let running = start().await;
    let metrics = get(running.address, "/metrics").await;
    assert!(metrics.starts_with("HTTP/1.1 200 OK\r\n"), "{metrics}");
    assert!(metrics.contains("content-type: text/plain; version=0.0.4"), "{metrics}");
    assert!(metrics.contains("\nanabranch_server_up{server=\"db1\"} 0\n"), "{metrics}");
    let shapes = get(running.address, "/shapes").await;
    assert!(shapes.contains("content-type: application/json"), "{shapes}");
    assert!(shapes.ends_with("{\"shapes\":[]}"), "{shapes}");
    let health = get(running.address, "/healthz").await;
    assert!(health.starts_with("HTTP/1.1 200 OK\r\n"), "{health}");
    let other = get(running.address, "/metric").await;
    assert!(other.starts_with("HTTP/1.1 404 "), "{other}");
    assert!(other.contains("/metrics, /healthz, /readyz and"), "{other}");
}

#[tokio::test]
async fn readiness_follows_the_closure() {
    let running = start().await;
    let before = get(running.address, "/readyz").await;
    assert!(before.starts_with("HTTP/1.1 503 "), "{before}");
    assert!(before.ends_with("not ready: no primary\n"), "{before}");
    running.ready.store(true, Ordering::Relaxed);
    let after = get(running.address, "/readyz").await;
    assert!(after.starts_with("HTTP/1.1 200 "), "{after}");
}

#[tokio::test]
async fn stops_though_a_client_stays() {
    let running = start().await;
    let mut silent = TcpStream::connect(running.address).await.unwrap();
    silent.write_all(b"GET /metrics HTTP/1.1\r\n").await.unwrap();
    get(running.address, "/healthz").await;
    running.shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(5), running.task).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_ends() {
    let running = start().await;
    let mut silent = TcpStream::connect(running.address).await.unwrap();
    let mut bytes = Vec::new();
    let _ = silent.read_to_end(&mut bytes).await;
    assert!(bytes.is_empty());
    running.shutdown.cancel();
}

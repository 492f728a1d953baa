//! `[proxy]` and `[proxy.tls]`: where clients come in, and what bounds them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::files::{NamedFile, Surroundings, pem};
use super::section::Section;

/// Where the proxy listens when nothing is said.
const DEFAULT_LISTEN: &str = "127.0.0.1:4406";

/// The longest path that fits a Unix socket's address on Linux (`sun_path`, less the final zero).
const MAX_SOCKET_PATH_BYTES: usize = 107;

/// Where clients come in, and what bounds them.
#[derive(Clone, Debug)]
pub struct Frontend {
    /// TCP addresses to listen on; may be empty only when there is a socket.
    pub listen: Vec<SocketAddr>,
    /// The Unix socket to listen on.
    pub socket: Option<PathBuf>,
    /// Worker threads; 0 means half of the cores, at least one.
    pub workers: usize,
    /// Client connections at once; one more is refused with error 1040.
    pub max_connections: usize,
    /// The largest packet accepted from a client, in bytes; a larger one is refused with 1153.
    pub max_allowed_packet: u64,
    /// How long a client may take from connecting to being signed in.
    pub handshake_timeout: Duration,
    /// How long running statements may go on after the order to stop.
    pub shutdown_grace: Duration,
    /// Idle time after which TCP asks whether the other side is still there; towards clients and
    /// servers alike. Zero leaves it off.
    pub keepalive: Duration,
    /// TLS towards clients; `None` offers none.
    pub tls: Option<FrontendTls>,
}

/// TLS towards clients.
#[derive(Clone, Debug)]
pub struct FrontendTls {
    /// The proxy's certificate and its chain, PEM.
    pub certificate: NamedFile,
    /// Its private key, PEM.
    pub key: NamedFile,
    /// Whether a client on TCP without TLS is refused.
    pub required: bool,
}

/// Reads the frontend's part of `[proxy]`, and `[proxy.tls]`.
pub(super) fn read(proxy: &Section, around: &Surroundings) -> Option<Frontend> {
    let socket = read_socket(proxy, around);
    let listen = read_listen(proxy, DEFAULT_LISTEN, socket.is_some());
    let tls = read_tls(&proxy.table("tls"), around);
    Some(Frontend {
        listen,
        socket,
        workers: usize::try_from(proxy.integer("workers", 0..=256, 0)).ok()?,
        max_connections: usize::try_from(proxy.integer("max_connections", 1..=1_000_000, 10_000))
            .ok()?,
        max_allowed_packet: proxy.size("max_allowed_packet", 1 << 10..=1 << 30, 1 << 30),
        handshake_timeout: proxy.milliseconds("handshake_timeout_ms", 100..=600_000, 10_000),
        shutdown_grace: proxy.milliseconds("shutdown_grace_ms", 0..=3_600_000, 10_000),
        keepalive: proxy.milliseconds("keepalive_ms", 0..=7_200_000, 60_000),
        tls: tls?,
    })
}

/// The addresses under `listen`, or the `default` one.
pub(super) fn read_listen(section: &Section, default: &str, has_socket: bool) -> Vec<SocketAddr> {
    let Some(list) = section.strings("listen", default) else {
        return default.parse().into_iter().collect();
    };
    if list.value.is_empty() && !has_socket {
        let advice = format!("write `listen = [\"{default}\"]`, or a `socket`");
        section.wrong("listen", &list.span, "nothing to listen on", advice);
    }
    let mut addresses = Vec::new();
    for found in &list.value {
        match found.value.parse() {
            Ok(address) if addresses.contains(&address) => {
                section.wrong("listen", &found.span, "listed twice", "remove one of the two");
            }
            Ok(address) => addresses.push(address),
            Err(_) => {
                let message = format!("{:?} is no IP address with a port", found.value);
                let advice = format!("write \"{default}\", or \"0.0.0.0:4406\" for all");
                section.wrong("listen", &found.span, message, advice);
            }
        }
    }
    addresses
}

/// The path under `socket`.
pub(super) fn read_socket(proxy: &Section, around: &Surroundings) -> Option<PathBuf> {
    let found = proxy.string("socket", "/run/anabranch/anabranch.sock")?;
    let path = around.resolve(found.value);
    if found.value.is_empty() || path.as_os_str().len() > MAX_SOCKET_PATH_BYTES {
        let message = "not a path that a Unix socket can have";
        let advice = format!("write a path of 1 to {MAX_SOCKET_PATH_BYTES} bytes");
        proxy.wrong("socket", &found.span, message, advice);
        return None;
    }
    Some(path)
}

/// The outer `None` is a mistake, the inner one no TLS.
pub(super) fn read_tls(tls: &Section, around: &Surroundings) -> Option<Option<FrontendTls>> {
    let required = tls.boolean("required", false);
    let certificate = required_pem(tls, "certificate", "server.pem", around);
    let key = required_pem(tls, "key", "server-key.pem", around);
    tls.finish();
    if !tls.present() {
        return Some(None);
    }
    Some(Some(FrontendTls { certificate: certificate?, key: key?, required }))
}

fn required_pem(
    tls: &Section,
    key: &'static str,
    example: &str,
    around: &Surroundings,
) -> Option<NamedFile> {
    if tls.present() {
        tls.required(key, example)?;
    }
    pem(tls, key, around)
}

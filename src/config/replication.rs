//! `[replication]`: the server that a bundled server follows.

use std::path::PathBuf;
use std::time::Duration;

use super::Secret;
use super::files::{self, Surroundings};
use super::section::Section;
use super::servers::Address;

/// Whom a bundled server follows, and how.
#[derive(Debug, Clone)]
pub struct ReplicationSource {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The account there, which needs REPLICATION SLAVE.
    pub user: String,
    /// Its password.
    pub password: Option<Secret>,
    /// GTIDs say where to go on; otherwise the position that is kept with each transaction does.
    pub auto_position: bool,
    /// TLS is required.
    pub tls: bool,
    /// Who signed the source's certificate, in PEM; it is checked where this is given.
    pub tls_ca: Option<PathBuf>,
    /// Ask the source for its RSA key where it wants the clear-text password without TLS.
    pub get_public_key: bool,
    /// The source speaks at least so often.
    pub heartbeat: Duration,
    /// Longest pause between attempts to connect.
    pub connect_retry: Duration,
    /// Transactions are applied so long after they were committed there.
    pub delay: Duration,
}

/// Reads the section; `None` where there is none, or after noting a mistake.
pub(super) fn read(section: &Section, around: &Surroundings) -> Option<ReplicationSource> {
    let password = files::password(section, around).map(|found| found.value);
    let user = section.string("user", "replica").map_or("replica", |found| found.value);
    let ca = section.string("tls_ca", "ca.pem").map(|found| around.resolve(found.value));
    let mut source = ReplicationSource {
        host: String::new(),
        port: 0,
        user: user.to_owned(),
        password,
        auto_position: section.boolean("auto_position", true),
        tls: section.boolean("tls", ca.is_some()),
        tls_ca: ca,
        get_public_key: section.boolean("get_public_key", false),
        heartbeat: section.milliseconds("heartbeat_ms", 100..=3_600_000, 30_000),
        connect_retry: section.milliseconds("connect_retry_ms", 100..=3_600_000, 60_000),
        delay: section.milliseconds("delay_ms", 0..=86_400_000, 0),
    };
    let named = section.present().then(|| section.required("source", "127.0.0.1:4410")).flatten();
    let address = named.as_ref().and_then(|found| match Address::parse(found.value) {
        Some(Address::Tcp { host, port }) => Some((host, port)),
        _ => {
            let what = format!("{:?} is no host and port", found.value);
            section.wrong("source", &found.span, what, "write it as \"host:port\"");
            None
        }
    });
    section.finish();
    (source.host, source.port) = address?;
    Some(source)
}

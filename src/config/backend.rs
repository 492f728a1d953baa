//! `[backend]`, `[backend.tls]` and `[monitor]`: how the proxy reaches the servers.

use std::time::Duration;

use super::files::{NamedFile, Surroundings, password, pem};
use super::secret::Secret;
use super::section::Section;

/// How connections to servers are opened.
#[derive(Clone, Debug)]
pub struct Backend {
    /// How long one may take, from connecting to being signed in.
    pub connect_timeout: Duration,
    /// TLS towards servers.
    pub tls: BackendTls,
}

/// TLS towards servers, for sessions and for the monitor.
#[derive(Clone, Debug)]
pub struct BackendTls {
    /// How much is asked of a server.
    pub mode: TlsMode,
    /// The authorities that may have signed a server's certificate, PEM. Always there when the
    /// mode verifies.
    pub ca: Option<NamedFile>,
    /// The proxy's own certificate, PEM; there exactly when `key` is.
    pub certificate: Option<NamedFile>,
    /// The key of that certificate, PEM.
    pub key: Option<NamedFile>,
}

/// How much TLS is asked of a server; the words of MySQL's `--ssl-mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// Never.
    Disabled,
    /// When the server offers it; any certificate will do.
    Preferred,
    /// Always; any certificate will do.
    Required,
    /// Always, with a certificate that the CA signed.
    VerifyCa,
    /// Always, with a certificate that the CA signed for the server's host name.
    VerifyIdentity,
}

/// How servers are watched.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// The account that asks.
    pub user: String,
    /// Its password; empty for none.
    pub password: Secret,
    /// The time from one check of a server to the next.
    pub interval: Duration,
    /// A check that takes longer counts as failed.
    pub timeout: Duration,
}

/// Reads `[backend]`.
pub(super) fn read(section: &Section, around: &Surroundings) -> Option<Backend> {
    let connect_timeout = section.milliseconds("connect_timeout_ms", 10..=120_000, 2_000);
    let tls = read_tls(&section.table("tls"), around);
    section.finish();
    Some(Backend { connect_timeout, tls: tls? })
}

fn read_tls(section: &Section, around: &Surroundings) -> Option<BackendTls> {
    let modes = [
        ("preferred", TlsMode::Preferred),
        ("disabled", TlsMode::Disabled),
        ("required", TlsMode::Required),
        ("verify_ca", TlsMode::VerifyCa),
        ("verify_identity", TlsMode::VerifyIdentity),
    ];
    let mode = section.choice("mode", &modes);
    let verifies = matches!(mode, Some(TlsMode::VerifyCa | TlsMode::VerifyIdentity));
    if verifies && !section.has("ca") {
        let advice = "write `ca = \"ca.pem\"`: the file with the authority's certificate";
        section.missing_because("ca", "missing, and this mode needs it", advice);
    }
    for (given, other) in [("certificate", "key"), ("key", "certificate")] {
        if section.has(given) && !section.has(other) {
            section.missing_because(other, "missing beside its pair", format!("write `{other}`"));
        }
    }
    let ca = pem(section, "ca", around);
    let certificate = pem(section, "certificate", around);
    let key = pem(section, "key", around);
    section.finish();
    Some(BackendTls { mode: mode?, ca, certificate, key })
}

/// Reads `[monitor]`.
pub(super) fn read_monitor(section: &Section, around: &Surroundings) -> Option<Monitor> {
    let user = section.required("user", "anabranch");
    let given = ["password", "password_file", "password_env"].iter().any(|key| section.has(key));
    let password = password(section, around);
    if !given {
        let advice = "write `password_file = \"monitor.password\"` (or password, password_env)";
        section.missing_because("password", "missing", advice);
    }
    let interval = section.milliseconds("interval_ms", 10..=60_000, 250);
    let timeout = section.milliseconds("timeout_ms", 10..=60_000, 1_000);
    section.finish();
    Some(Monitor { user: user?.value.to_owned(), password: password?.value, interval, timeout })
}

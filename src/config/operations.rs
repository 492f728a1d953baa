//! `[http]` and `[log]`: what operators see.

use std::net::SocketAddr;

use tracing_subscriber::EnvFilter;

use super::section::{Found, Section};

/// Where the HTTP port listens when nothing is said.
const DEFAULT_HTTP: &str = "127.0.0.1:4408";

/// The HTTP port for metrics and health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Where it listens.
    pub listen: SocketAddr,
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The form of a line.
    pub format: LogFormat,
    /// What is let through, in the words of tracing's `EnvFilter`. Known to parse.
    pub filter: String,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Reads `[http]` of a proxy.
pub(super) fn read_http(section: &Section) -> Option<Http> {
    read_http_at(section, DEFAULT_HTTP)
}

/// Reads `[http]`; `listen = "off"` turns it off.
pub(super) fn read_http_at(section: &Section, default: &str) -> Option<Http> {
    let found = section.string("listen", default);
    section.finish();
    let text = found.as_ref().map_or(default, |found| found.value);
    if text == "off" {
        return None;
    }
    let or = ", or \"off\" for no HTTP port";
    socket_address(section, found.as_ref(), default, or).map(|listen| Http { listen })
}

/// The address that `listen` of a section gives; notes a mistake in it, for which `or` says what else to write.
pub(super) fn socket_address(
    section: &Section,
    found: Option<&Found<&str>>,
    default: &str,
    or: &str,
) -> Option<SocketAddr> {
    let text = found.map_or(default, |found| found.value);
    let address = text.parse().ok();
    if let (None, Some(found)) = (address, found) {
        let message = format!("{text:?} is no IP address with a port");
        section.wrong(
            "listen",
            &found.span,
            message,
            format!("write `listen = \"{default}\"`{or}"),
        );
    }
    address
}

/// Reads `[log]`.
pub(super) fn read_log(section: &Section) -> Log {
    let format = section.choice("format", &[("text", LogFormat::Text), ("json", LogFormat::Json)]);
    let filter = section.string("filter", "info");
    section.finish();
    if let Some(found) = &filter
        && let Err(error) = EnvFilter::builder().parse(found.value)
    {
        let advice = "write `filter = \"info\"`, or \"warn,anabranch::proxy=debug\"";
        section.wrong("filter", &found.span, format!("not a log filter: {error}"), advice);
    }
    Log {
        format: format.unwrap_or(LogFormat::Text),
        filter: filter.map_or("info", |found| found.value).to_owned(),
    }
}

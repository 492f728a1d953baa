//! The console's few statements, told apart by their words.

use crate::net::accounts::like;

/// What an operator asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// The statements that there are.
    Help,
    /// Each server as the proxy sees it.
    Servers,
    /// Each client connection.
    Sessions,
    /// What needs an operator's attention.
    Alerts,
    /// What a reload of the configuration would change.
    Changes,
    /// Takes over the configuration file as it is now.
    Reload,
    /// The metrics whose names are like the pattern.
    Metrics(String),
    /// What the command line client and drivers ask when they connect.
    VersionComment,
    /// What drivers set when they connect, and what is so here anyway.
    Settled,
}

/// Every statement and what it shows.
pub(super) const HELP: [(&str, &str); 7] = [
    ("SHOW SERVERS", "each server: role, state, lag, load, what it has applied"),
    ("SHOW SESSIONS", "each client: user, and where its statement runs or ran last"),
    ("SHOW ALERTS", "what needs an operator's attention"),
    ("SHOW CHANGES", "what RELOAD CONFIG would change"),
    (
        "RELOAD CONFIG",
        "takes the configuration file over, whole or not at all, and shows what has changed",
    ),
    ("SHOW METRICS [LIKE 'pattern']", "the metrics of the HTTP port, one a row"),
    ("SHOW HELP", "this list"),
];

/// The statement that `text` is; `None` for any other.
pub(super) fn parse(text: &str) -> Option<Statement> {
    let text = text.trim().trim_end_matches(';').trim_end();
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_ascii_whitespace().collect();
    Some(match words[..] {
        // The command line client answers a bare HELP itself.
        ["show", "help"] | ["help"] => Statement::Help,
        ["show", "servers"] => Statement::Servers,
        ["show", "sessions"] | ["show", "processlist"] | ["show", "full", "processlist"] => {
            Statement::Sessions
        }
        ["show", "alerts"] => Statement::Alerts,
        ["show", "changes"] => Statement::Changes,
        ["reload", "config"] => Statement::Reload,
        ["show", "metrics"] => Statement::Metrics("%".to_owned()),
        ["show", "metrics", "like", pattern] => Statement::Metrics(unquoted(pattern)?.to_owned()),
        ["select", "@@version_comment", "limit", "1"] | ["select", "@@version_comment"] => {
            Statement::VersionComment
        }
        ["set", "names", "utf8mb4" | "'utf8mb4'" | "utf8" | "utf8mb3", ..] => Statement::Settled,
        ["set", "autocommit=1" | "autocommit=0"] => Statement::Settled,
        ["set", "autocommit", "=", "1" | "0"] => Statement::Settled,
        _ => return None,
    })
}

/// What stands between a pair of quotes.
fn unquoted(text: &str) -> Option<&str> {
    let quoted = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    quoted('\'').or_else(|| quoted('"'))
}

/// LIKE, in any case.
pub(super) fn is_like(text: &str, pattern: &str) -> bool {
    let [text, pattern] = [text, pattern].map(str::to_ascii_lowercase);
    like(pattern.as_bytes(), text.as_bytes())
}

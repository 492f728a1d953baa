//! `[proxy]`, the part about transactions whose server connection is lost.

use std::time::Duration;

use super::section::Section;

/// How such transactions are replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Whether they are.
    pub enabled: bool,
    /// Bytes of commands that are kept of one transaction at most.
    pub bytes: usize,
    /// Commands that are kept of one transaction at most.
    pub statements: usize,
    /// How long a replay waits for a server, and for each answer.
    pub wait: Duration,
}

pub(super) fn read(proxy: &Section) -> Replay {
    let bytes = proxy.size("replay_limit", 4 << 10..=64 << 20, 1 << 20);
    let statements = proxy.integer("replay_statements", 1..=1_000_000, 1_000);
    Replay {
        enabled: proxy.boolean("replay", false),
        bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
        statements: usize::try_from(statements).unwrap_or(usize::MAX),
        wait: proxy.milliseconds("replay_wait_ms", 1..=600_000, 5_000),
    }
}

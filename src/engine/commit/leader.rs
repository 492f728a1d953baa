//! Writing a group of commits to the log.

use super::Request;
use super::publish::Logged;
use crate::engine::Passage;
use crate::engine::core::Core;
use crate::gtid::{Gtid, Source};

/// What only the leader touches.
pub(crate) struct Writer {
    /// Where transactions of this server are counted.
    source: Source,
    /// The next transaction's number.
    next: u64,
}

impl Writer {
    /// A writer that keeps nothing.
    pub fn volatile(source: Source) -> Self {
        Self { source, next: 1 }
    }

    fn number(&mut self, request: &Request) -> Option<Gtid> {
        if request.options.unlogged {
            return None;
        }
        let given = request.options.gtid.clone();
        Some(given.unwrap_or_else(|| {
            let number = self.next;
            self.next += 1;
            Gtid { source: self.source.clone(), number }
        }))
    }
}

/// Logs and publishes a group.
pub(super) fn commit(core: &Core, group: Vec<Request>) {
    let mut writer = core.pipeline.writer();
    let logged = group.into_iter().map(|request| {
        let gtid = writer.number(&request);
        Logged { request, gtid }
    });
    let logged: Vec<Logged> = logged.collect();
    drop(writer);
    core.pipeline.publisher.publish(core, Passage::Open, logged);
}

//! What a session has written and read, as far as its next read must know it.

use std::cell::Cell;
use std::time::Duration;

use super::Moment;
use super::ledger::Era;
use crate::gtid::Position;
use crate::proxy::topology::ServerId;

/// How long the proxy may take to see a new write on the primary itself.
const LOST_AFTER: Duration = Duration::from_secs(30);

/// The writes of a session that replicas may not have yet.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The position of those whose position the server told.
    pub position: Option<Position>,
    /// When that was told last.
    pub placed: Option<Moment>,
    /// When the last one was acknowledged whose position is not known. A position told later is
    /// behind it.
    pub unplaced: Option<Moment>,
}

/// The session's last read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub server: ServerId,
    /// Not before the answer's end.
    pub at: Moment,
}

/// The servers that have the written position: what they had they keep, as long as the era lasts. The next reads
/// need not compare positions.
#[derive(Debug, Default)]
pub(super) struct Holders {
    /// A bit for each server.
    servers: Cell<u128>,
    era: Cell<Era>,
}

impl Holders {
    /// Whether `server` has the position; `look` tells where that is not known yet.
    #[inline]
    pub fn include(&self, server: ServerId, era: Era, look: impl FnOnce() -> bool) -> bool {
        let bit = 1_u128.checked_shl(server.index() as u32).unwrap_or(0);
        let known = if self.era.get() == era { self.servers.get() } else { 0 };
        if known & bit != 0 {
            return true;
        }
        let has = look();
        if has {
            self.servers.set(known | bit);
            self.era.set(era);
        }
        has
    }
}

/// What a session remembers.
#[derive(Debug, Default)]
pub struct Memory {
    pub(super) written: Option<Written>,
    pub(super) holders: Holders,
    pub(super) seen: Option<Seen>,
    /// The written position stands for reads, too: those before it.
    pub(super) seen_in_written: bool,
    /// What other sessions' tokens name.
    pub(super) after: Option<Position>,
}

impl Memory {
    /// What was written; `None` before the first write.
    pub fn written(&self) -> Option<&Written> {
        self.written.as_ref()
    }

    /// When the session read last, if that is not covered by a later write of its own.
    pub fn seen_at(&self) -> Option<Moment> {
        self.seen.map(|seen| seen.at)
    }

    /// An answer reported `position`, or may stand for a write without one.
    ///
    /// A write's own position stands for all that the session saw before it, too: that was visible on the
    /// primary when the write was committed, so it comes before it in the log, and replicas apply
    /// in that order. An earlier write's position is then not needed any more.
    pub fn note_write(&mut self, position: Option<Position>, wrote: bool, now: Moment) {
        let Some(position) = position else {
            if wrote {
                self.written.get_or_insert_default().unplaced = Some(now);
            }
            return;
        };
        self.seen_in_written |= self.seen.take().is_some();
        self.holders = Holders::default();
        let written = self.written.get_or_insert_default();
        written.unplaced = None;
        written.placed = Some(now);
        match &mut written.position {
            Some(known) => known.succeed(&position),
            None => written.position = Some(position),
        }
    }

    /// The session has been shown data of `server`, the last of it at `now`.
    #[inline]
    pub fn note_read(&mut self, server: ServerId, now: Moment) {
        self.seen = Some(Seen { server, at: now.next() });
    }

    /// A wait has shown that `server` has what was written; it began in `era`.
    pub fn note_held(&self, server: ServerId, era: Era) {
        self.holders.include(server, era, || true);
    }

    /// Reads must have what this position names, from now on.
    pub fn note_after(&mut self, position: Option<Position>) {
        self.after = position;
    }

    /// A position that even the primary does not have, long after it was told, was lost with
    /// another primary. To wait for it would keep the session's reads away from replicas for ever.
    #[inline]
    pub fn forget_lost_write(&mut self, primary_has: impl Fn(&Position) -> bool, now: Moment) {
        let Some(written) = &mut self.written else { return };
        let old = written.placed.is_some_and(|at| now.since(at) > LOST_AFTER);
        if old && !written.position.as_ref().is_none_or(primary_has) {
            written.position = None;
        }
    }

    /// What the session was told to be after.
    pub fn after(&self) -> Option<&Position> {
        self.after.as_ref()
    }

    /// The position that stands for what the session wrote and was told to be after.
    pub fn position(&self) -> Option<Position> {
        let written = self.written.as_ref().and_then(|written| written.position.clone());
        match (written, &self.after) {
            (Some(mut written), Some(after)) => {
                written.add(after);
                Some(written)
            }
            (written, after) => written.or_else(|| after.clone()),
        }
    }
}

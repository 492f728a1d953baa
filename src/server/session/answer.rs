//! What a statement's outcome becomes on the wire.

use super::{Conversation, Session};
use crate::query::Outcome;
use crate::value::SqlError;
use crate::wire::CapabilityFlags;
use crate::wire::StatusFlags;
use crate::wire::error::ServerError;
use crate::wire::ok::{EofPacket, OkPacket};

/// An error of SQL as the client sees it.
pub(super) fn to_client(error: SqlError) -> ServerError {
    ServerError::new(error.code, error.sqlstate, error.message)
}

impl Conversation {
    /// The packet that closes an outcome. `more`: another result follows.
    pub(super) fn put_outcome(&mut self, outcome: Outcome, more: bool) {
        let mut status = self.session.status();
        status.set(StatusFlags::SERVER_MORE_RESULTS_EXISTS, more);
        match outcome {
            Outcome::Ok { affected, last_insert_id, info } => {
                self.put_ok(0x00, affected, last_insert_id, status, &info);
            }
            Outcome::Rows { .. } => self.put_rows_end(status),
        }
    }

    /// The packet behind the rows.
    pub(super) fn put_rows_end(&mut self, status: StatusFlags) {
        if self.session.client.capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF) {
            return self.put_ok(0xfe, 0, 0, status, "");
        }
        let warnings = self.session.warning_count();
        self.channel.put_with(|out| EofPacket { warnings, status }.put_payload(out));
    }

    fn put_ok(
        &mut self,
        header: u8,
        affected_rows: u64,
        last_insert_id: u64,
        mut status: StatusFlags,
        info: &str,
    ) {
        let session_state = self.session.changes.take_block();
        status.set(StatusFlags::SERVER_SESSION_STATE_CHANGED, !session_state.is_empty());
        let ok = OkPacket {
            header,
            affected_rows,
            last_insert_id,
            status,
            warnings: self.session.warning_count(),
            info: info.as_bytes(),
            session_state: &session_state,
        };
        let capabilities = self.session.client.capabilities;
        self.channel.put_with(|out| ok.put_payload(out, capabilities, |_| true));
    }

    /// An OK with nothing to tell.
    pub(super) fn put_done(&mut self) {
        let status = self.session.status();
        self.put_ok(0x00, 0, 0, status, "");
    }
}

impl Session {
    /// The warnings of the last statement, as packets count them. One that only shows them has none of its own:
    /// a driver that asks for them whenever some are counted would ask for ever.
    pub(super) fn warning_count(&self) -> u16 {
        if self.shows_diagnostics {
            return 0;
        }
        u16::try_from(self.query.diagnostics.count()).unwrap_or(u16::MAX)
    }
}

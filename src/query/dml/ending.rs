//! The end of a statement: what the session and the client are told.

use super::returning::Returning;
use crate::query::{EvalContext, Interrupt, Outcome, ResultSink};

/// What a statement came to.
pub(super) struct Ending {
    /// Affected rows.
    pub affected: u64,
    /// For the OK packet.
    pub last_insert_id: u64,
    /// For the OK packet, or empty.
    pub info: String,
    /// RETURNING.
    pub returning: Option<Returning>,
}

impl Ending {
    /// Tells it.
    pub fn tell(
        self,
        ctx: &mut EvalContext<'_>,
        sink: &mut dyn ResultSink,
    ) -> Result<Outcome, Interrupt> {
        ctx.keep_assigned();
        ctx.session.row_count = i64::try_from(self.affected).unwrap_or(i64::MAX);
        if let Some(returning) = self.returning {
            ctx.session.row_count = -1;
            return returning.emit(sink);
        }
        let Self { affected, last_insert_id, info, .. } = self;
        Ok(Outcome::Ok { affected, last_insert_id, info })
    }
}

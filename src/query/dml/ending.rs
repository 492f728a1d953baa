//! The end of a statement: what the session and the client are told.

use super::returning::Returning;
use crate::query::session::WarningLevel;
use crate::query::{EvalContext, Interrupt, Outcome, ResultSink};
use crate::value::SqlError;

/// Warnings that are errors where strict mode holds and IGNORE was not said, wherever in the statement they arose:
/// `UPDATE t SET a = 1 WHERE id = '1x'` changes nothing. MySQL 8.0, `sql/error_handler.cc`, `Strict_error_handler`.
const STRICT: [(u16, &[u8; 5]); 9] = [
    (1260, b"HY000"),
    (1264, b"22003"),
    (1265, b"01000"),
    (1292, b"22007"),
    (1365, b"22012"),
    (1366, b"HY000"),
    (1411, b"HY000"),
    (1441, b"22008"),
    (3020, b"2201E"),
];

/// The first such warning, as the error that it is: what came after it never happened.
fn refuse_warnings(ctx: &mut EvalContext<'_>) -> Result<(), SqlError> {
    let diagnostics = &mut ctx.session.diagnostics;
    let found = diagnostics.list().iter().enumerate().find_map(|(at, warning)| {
        let (code, state) = STRICT.iter().find(|(code, _)| *code == warning.code)?;
        let is_warning = warning.level == WarningLevel::Warning;
        is_warning.then(|| (at, SqlError::new(*code, state, warning.message.clone())))
    });
    let Some((at, error)) = found else { return Ok(()) };
    diagnostics.truncate(at);
    Err(error)
}

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
    ///
    /// # Errors
    /// What strict mode does not let pass as a warning.
    pub fn tell(
        self,
        ctx: &mut EvalContext<'_>,
        sink: &mut dyn ResultSink,
    ) -> Result<Outcome, Interrupt> {
        if ctx.strict_write {
            refuse_warnings(ctx)?;
        }
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

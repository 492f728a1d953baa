//! What a session's last statements left on shared connections for a later one to ask: counts, the insert id,
//! warnings. Counts are kept here, as answers tell them; ids are asked for before another session uses the
//! connection; warnings stay on it as long as it can be spared.
//!
//! Pure: told of answers, asked for values.

use std::rc::Rc;

use crate::proxy::backend::{Residue, Shared};
use crate::sql::{Effects, Needs, StatementClass};

use super::relay::Outcome;

/// What the last statements left.
#[derive(Debug)]
pub struct Left {
    /// The connection of the last one, by its epoch, and how often it had been given back then.
    place: Option<(u64, u64)>,
    row_count: i64,
    found_rows: u64,
    /// `SQL_CALC_FOUND_ROWS`: the server alone knows.
    found: Option<Rc<Residue>>,
    /// Warnings, or an error, can be asked for.
    diagnostics: bool,
    /// The connection that generated the last insert id.
    insert_id: Option<Rc<Residue>>,
}

impl Default for Left {
    fn default() -> Self {
        Self {
            place: None,
            row_count: 0,
            found_rows: 0,
            found: None,
            diagnostics: false,
            insert_id: None,
        }
    }
}

impl Left {
    /// Whether nobody has used the connection since this session's last statement, which ran there.
    pub fn is_on(&self, epoch: u64, shared: &Shared) -> bool {
        self.place == Some((epoch, shared.uses))
    }

    /// Whether it generated the session's last insert id, and nobody has used it since.
    pub fn generated_on(&self, shared: &Shared) -> bool {
        let same = |(own, other): (&Rc<Residue>, &Rc<Residue>)| Rc::ptr_eq(own, other);
        self.insert_id.as_ref().zip(shared.residue.as_ref()).is_some_and(same)
    }

    /// A statement has been answered on a connection.
    pub fn answered(&mut self, class: &StatementClass, outcome: &Outcome, at: (u64, &mut Shared)) {
        let (epoch, shared) = at;
        self.place = Some((epoch, shared.uses));
        self.row_count = match (outcome.error, outcome.counted) {
            (None, Some(rows)) => i64::try_from(rows).unwrap_or(i64::MAX),
            _ => -1,
        };
        let rows = outcome.error.is_none() && outcome.counted.is_none();
        let calculates = class.effects.contains(Effects::CALC_FOUND_ROWS);
        if rows {
            self.found_rows = outcome.rows;
            self.found = None;
        }
        self.diagnostics = outcome.error.is_some() || outcome.warnings > 0;
        shared.precious = self.diagnostics;
        let generates = outcome.inserted || may_generate(class);
        if generates || calculates {
            // A new one, as what an earlier one was asked for is no longer true.
            let residue = Rc::new(Residue::default());
            shared.residue = Some(residue.clone());
            if calculates {
                self.found = Some(residue.clone());
            }
            // Both are asked for at once; the id may be an earlier one's, known from elsewhere.
            if generates || self.insert_id.is_none() {
                self.insert_id = Some(residue);
            }
        }
    }

    /// The connection of the last statement has been given back.
    pub fn moved(&mut self, epoch: u64, uses: u64) {
        if self.place == Some((epoch, uses.wrapping_sub(1))) {
            self.place = Some((epoch, uses));
        }
    }

    /// `LAST_INSERT_ID()`; `None` when the connection that knew it was lost.
    pub fn insert_id(&self) -> Option<u64> {
        match &self.insert_id {
            None => Some(0),
            Some(residue) => residue.asked.get().map(|(_, id)| id),
        }
    }

    /// `FOUND_ROWS()`; `None` when the connection that knew it was lost.
    pub fn found_rows(&self) -> Option<u64> {
        match &self.found {
            None => Some(self.found_rows),
            Some(residue) => residue.asked.get().map(|(found, _)| found),
        }
    }

    /// `ROW_COUNT()`
    pub fn row_count(&self) -> i64 {
        self.row_count
    }

    /// Whether warnings, or an error, can be asked for.
    pub fn has_diagnostics(&self) -> bool {
        self.diagnostics
    }
}

/// What may change `LAST_INSERT_ID()` without an answer that says so.
fn may_generate(class: &StatementClass) -> bool {
    class.effects.contains(Effects::SETS_INSERT_ID)
        || class.needs.contains(Needs::LAST_INSERT_ID)
        || super::pooled::is_opaque(class)
}

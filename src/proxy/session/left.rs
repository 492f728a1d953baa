//! What a session's last statements left for a later one to ask: counts, the insert id, warnings. Kept here, so
//! that no connection is needed for it: counts as answers tell them; what answers do not tell (ids that
//! were generated, `SQL_CALC_FOUND_ROWS`, the texts of warnings) is asked before the connection is given back.
//!
//! Pure: told of answers, asked for values.

use std::rc::Rc;

use crate::proxy::backend::Shared;
use crate::sql::{Cause, Effects, LastStatement, Needs, StatementClass};
use crate::wire::conditions::Conditions;

use super::relay::Outcome;

/// A connection, by its epoch, and how often it had been given back: who has these finds it as it was left.
type Place = (u64, u64);

/// Warnings and errors of the last statement.
#[derive(Debug, Default)]
pub enum Diagnostics {
    /// There are none.
    #[default]
    None,
    /// Some are on the connection of the last statement.
    There,
    /// These, and how many there were in all.
    Known(Rc<Conditions>, u16),
    /// Nobody knows them any more.
    Lost,
}

/// What a connection has to be asked before it is given back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// `SHOW WARNINGS`
    pub conditions: bool,
    /// `FOUND_ROWS()`
    pub found: bool,
    /// `LAST_INSERT_ID()`
    pub id: bool,
}

impl Questions {
    /// There is nothing to ask.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// What the last statements left.
#[derive(Debug, Default)]
pub struct Left {
    /// The connection of the last one.
    place: Option<Place>,
    row_count: i64,
    found_rows: u64,
    /// The connection that has it, too.
    found_place: Option<Place>,
    /// It alone has it.
    found_unasked: bool,
    diagnostics: Diagnostics,
    /// The connection that has them, too.
    diagnostics_on: Option<Place>,
    warnings: u16,
    insert_id: u64,
    /// The connection that has it, too.
    id_place: Option<Place>,
    /// It alone has it.
    id_unasked: bool,
    /// The one before is not known: no new one is none.
    id_lost: bool,
}

impl Left {
    /// Whether nobody has used the connection since this session's last statement, which ran there.
    pub fn is_on(&self, epoch: u64, shared: &Shared) -> bool {
        self.place == Some((epoch, shared.uses))
    }

    /// Whether it has both counts: a statement without rows may have run elsewhere than the one that had some.
    pub fn has_counts(&self, epoch: u64, shared: &Shared) -> bool {
        self.is_on(epoch, shared) && self.found_place == self.place
    }

    /// Whether it has the session's last insert id, as nobody has used it since.
    pub fn has_id(&self, epoch: u64, shared: &Shared) -> bool {
        self.id_place == Some((epoch, shared.uses))
    }

    /// Whether it has the warnings and errors of the last statement, as nobody has used it since.
    pub fn has_diagnostics(&self, epoch: u64, shared: &Shared) -> bool {
        self.diagnostics_on == Some((epoch, shared.uses))
    }

    /// A statement has been answered on a connection.
    pub fn answered(
        &mut self,
        class: &StatementClass,
        outcome: &Outcome,
        epoch: u64,
        shared: &Shared,
    ) {
        let place = Some((epoch, shared.uses));
        self.place = place;
        let failed = outcome.error.is_some();
        self.row_count = match outcome.counted.filter(|_| !failed) {
            Some(rows) => i64::try_from(rows).unwrap_or(i64::MAX),
            None => -1,
        };
        if leaves_found_rows(class, outcome) {
            (self.found_rows, self.found_unasked) = (outcome.rows, false);
            self.found_place = place;
        }
        let opaque = super::pooled::is_opaque(class);
        if class.effects.contains(Effects::CALC_FOUND_ROWS) || opaque {
            (self.found_place, self.found_unasked) = (place, true);
        }
        if !shows_diagnostics(class) {
            let has = failed || outcome.warnings > 0;
            self.diagnostics = if has { Diagnostics::There } else { Diagnostics::None };
            (self.diagnostics_on, self.warnings) = (place, outcome.warnings);
        }
        let half = failed && class.cause == Cause::Dml;
        let by_hand = class.effects.contains(Effects::SETS_INSERT_ID);
        // Any other has what sessions before this one left.
        let had_id = self.id_place == place;
        if outcome.inserted || had_id && (by_hand || opaque || half) {
            (self.id_place, self.id_unasked) = (place, true);
        }
    }

    /// What the connection has to be asked before it is given back.
    pub fn questions(&self, epoch: u64, shared: &Shared) -> Questions {
        let here = Some((epoch, shared.uses));
        let has_diagnostics = matches!(self.diagnostics, Diagnostics::There);
        Questions {
            conditions: has_diagnostics && self.place == here,
            found: self.found_unasked && self.found_place == here,
            id: self.id_unasked && self.id_place == here,
        }
    }

    /// The answer to [`Questions::conditions`]; `None` where it cannot be kept.
    pub fn told_conditions(&mut self, conditions: Option<Conditions>) {
        self.place = None;
        self.diagnostics = match conditions {
            Some(conditions) if conditions.counts().0 == 0 => Diagnostics::None,
            Some(conditions) => Diagnostics::Known(Rc::new(conditions), self.warnings),
            None => Diagnostics::Lost,
        };
    }

    /// The answer to the two others, both of which are asked at once.
    pub fn told_counts(&mut self, questions: Questions, found: u64, id: u64) {
        (self.place, self.found_place, self.diagnostics_on) = (None, None, None);
        if questions.found {
            (self.found_rows, self.found_unasked) = (found, false);
        }
        if questions.id && !(self.id_lost && id == 0) {
            (self.insert_id, self.id_unasked, self.id_lost) = (id, false, false);
        }
    }

    /// The connection has been given back.
    pub fn moved(&mut self, epoch: u64, uses: u64) {
        let last = [&mut self.place, &mut self.found_place, &mut self.diagnostics_on];
        for place in last.into_iter().chain([&mut self.id_place]) {
            if *place == Some((epoch, uses.wrapping_sub(1))) {
                *place = Some((epoch, uses));
            }
        }
    }

    /// The insert id (0 for one that is lost) is set on a connection, where nothing else is as the last statement
    /// left it.
    pub fn id_is_on(&mut self, epoch: u64, uses: u64) {
        self.id_lost = self.id_unasked;
        self.id_place = Some((epoch, uses));
        (self.place, self.diagnostics_on) = (None, None);
    }

    /// `LAST_INSERT_ID()`; `None` when the connection that knew it was lost.
    pub fn insert_id(&self) -> Option<u64> {
        (!self.id_unasked).then_some(self.insert_id)
    }

    /// What functions and variables say of the last statement.
    pub fn last_statement(&self) -> LastStatement {
        let conditions = match &self.diagnostics {
            Diagnostics::None => Some((0, 0)),
            Diagnostics::Known(conditions, warnings) => {
                let (all, errors) = conditions.counts();
                // More may have been counted than were kept.
                Some((all.max((*warnings).into()), errors))
            }
            Diagnostics::There | Diagnostics::Lost => None,
        };
        let found = (!self.found_unasked).then_some(self.found_rows);
        LastStatement { rows: Some(self.row_count), found, conditions }
    }

    /// Its warnings and errors.
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }

    /// The proxy itself has answered a `SET`.
    pub fn answered_here(&mut self) {
        (self.place, self.diagnostics_on) = (None, None);
        self.row_count = 0;
        self.diagnostics = Diagnostics::None;
    }

    /// They have been shown by the proxy: that was a statement, too.
    pub fn showed_conditions(&mut self) {
        self.place = None;
        self.row_count = -1;
    }
}

/// Whether `FOUND_ROWS()` counts the rows that the answer gave.
pub fn leaves_found_rows(class: &StatementClass, outcome: &Outcome) -> bool {
    let gave = outcome.error.is_none() && outcome.counted.is_none();
    gave && !class.needs.contains(Needs::CONDITIONS)
}

/// What shows warnings and errors leaves them as they are.
fn shows_diagnostics(class: &StatementClass) -> bool {
    matches!(class.cause, Cause::Show | Cause::Diagnostics)
        && class.needs.contains(Needs::LAST_STATEMENT)
}

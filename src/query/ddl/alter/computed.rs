//! Values of altered rows that are computed: generated columns, defaults that are expressions; and CHECK.
//!
//! Expressions are evaluated in a session of their own, with the statement's mode, time and time zone: so
//! recovery, which has no session, makes the same rows.

use std::sync::{Arc, Mutex, PoisonError};

use super::super::expressions::{error_of, scratch_session};
use super::super::{Context, values};
use crate::engine::catalog::TableDef;
use crate::query::EvalContext;
use crate::query::dml::Rules;
use crate::query::session::Session;
use crate::value::store::StoreMode;
use crate::value::{SqlError, Value};

/// What is computed for each row.
pub struct Computed {
    inner: Mutex<(Session, Rules)>,
    /// Columns whose default is an expression.
    defaults: Vec<usize>,
    check: bool,
    mode: StoreMode,
}

impl Computed {
    /// For rows of this table.
    ///
    /// # Errors
    /// An expression does not compile.
    pub fn new(
        context: &Context,
        table: &TableDef,
        defaults: Vec<usize>,
        check: bool,
    ) -> Result<Self, SqlError> {
        let mut session = scratch_session(context)?;
        let rules = Rules::new(Arc::new(table.clone()), &mut session).map_err(error_of)?;
        let mode = values::store_mode(context);
        Ok(Self { inner: Mutex::new((session, rules)), defaults, check, mode })
    }

    /// Fills in what is computed, and asks the CHECK constraints.
    ///
    /// # Errors
    /// Those of the expressions; 3819.
    pub fn complete(&self, row: &mut [Value]) -> Result<(), SqlError> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (session, rules) = &mut *inner;
        let mut ctx = EvalContext::new(session, &[]);
        for at in &self.defaults {
            let value = rules.default(*at, row, &self.mode, &mut ctx).map_err(error_of)?;
            if let (Some(place), Some(value)) = (row.get_mut(*at), value) {
                *place = value;
            }
        }
        rules.generate(row, &self.mode, &mut ctx).map_err(error_of)?;
        match self.check {
            true => rules.check(row, &mut ctx).map_err(error_of),
            false => Ok(()),
        }
    }
}

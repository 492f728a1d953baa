//! Plans of INSERT, UPDATE and DELETE that a session remembers, as it does those of queries.
//!
//! Only statements that change one table, look at no other and follow no foreign key are remembered: for them all
//! that has to be done anew is to take the table into use.

use std::sync::Arc;

use super::delete::DeletePlan;
use super::family::Family;
use super::insert::InsertPlan;
use super::update::UpdatePlan;
use crate::engine::Use;
use crate::query::bind::Compiler;
use crate::query::session::{CachedPlan, PlanKey, Remembered};
use crate::query::{Interrupt, Session, still_valid};
use crate::value::Value;

/// A statement that is ready to change rows.
pub enum DmlPlan {
    /// INSERT and REPLACE.
    Insert(InsertPlan),
    /// UPDATE.
    Update(UpdatePlan),
    /// DELETE.
    Delete(DeletePlan),
}

impl DmlPlan {
    fn family(&self) -> &Family {
        match self {
            Self::Insert(plan) => &plan.family,
            Self::Update(plan) => &plan.family,
            Self::Delete(plan) => &plan.family,
        }
    }
}

/// The plan of that text, with its table taken into use.
///
/// # Errors
/// Those of taking the table into use; a wait.
pub(super) fn find(
    session: &mut Session,
    text: Option<&str>,
    params: &[Value],
) -> Result<Option<Arc<DmlPlan>>, Interrupt> {
    let Some(found) = text.and_then(|text| session.plans.get(text)) else { return Ok(None) };
    let Remembered::Dml(plan) = &found.plan else { return Ok(None) };
    if !found.key.fits(session, params) {
        return Ok(None);
    }
    let (plan, tables) = (plan.clone(), found.key.tables.clone());
    Ok(still_valid(session, &tables)?.then_some(plan))
}

/// What a plan that is about to be compiled will depend on; none where it will not be remembered.
pub(super) fn key(session: &mut Session, text: Option<&str>, params: &[Value]) -> Option<PlanKey> {
    text.map(|_| PlanKey::of(session, params))
}

/// What a compiler found out about a plan: the table to take into use when it runs again, if it may.
pub(super) fn keep(
    compiler: &mut Compiler<'_>,
    text: Option<&str>,
    key: Option<PlanKey>,
    plan: DmlPlan,
) -> Arc<DmlPlan> {
    let tables = std::mem::take(&mut compiler.tables);
    let cacheable = compiler.cacheable
        && tables.len() == 1
        && plan.family().is_alone()
        && compiler.session.diagnostics.count() == 0;
    let plan = Arc::new(plan);
    if let (Some(text), Some(key), true) = (text, key, cacheable) {
        let session = &mut *compiler.session;
        let key = key.with_tables(session, tables, Use::Write);
        session.plans.put(text, CachedPlan { key, plan: Remembered::Dml(plan.clone()) });
    }
    plan
}

/// A plan of another statement stands where this one's should: a fault of ours.
pub(super) fn no_plan() -> Interrupt {
    crate::value::SqlError::new(1105, b"HY000", "A statement's plan is another's").into()
}

//! Writing rows with all that hangs on them: unique keys, foreign keys.

use std::sync::Arc;

use super::family::Family;
use super::foreign_keys::check_parents;
use super::target::Target;
use crate::engine::catalog::TableDef;
use crate::engine::{self, Duplicate};
use crate::query::{EvalContext, Interrupt};
use crate::store::{Key, TableId};
use crate::value::Row;

/// What a write came to.
pub(super) enum Written {
    /// The row is there.
    Done,
    /// Another row has one of its unique keys.
    Duplicate(Box<Duplicate>),
}

/// Changes rows for one run of a statement.
pub(super) struct Writer {
    /// All tables that may change.
    pub family: Arc<Family>,
    /// What is under way: a row and those whose change led to it.
    pub(super) steps: Vec<Step>,
    /// How many cascades led here.
    pub(super) depth: usize,
}

/// A change that others follow.
pub(super) enum Step {
    /// The row goes.
    Delete(TableId, Key),
    /// A row of the table changes.
    Update(TableId),
}

impl Writer {
    /// A writer to these tables.
    pub fn new(family: Arc<Family>) -> Self {
        Self { family, steps: Vec::new(), depth: 0 }
    }

    /// Adds a row.
    pub fn insert(
        &mut self,
        target: &Target,
        row: Row,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Written, Interrupt> {
        let kept = (!target.parents.is_empty()).then(|| row.clone());
        let written = written(ctx.session.transaction().insert(&target.table, row))?;
        if let (Some(row), Written::Done) = (kept, &written) {
            check_parents(target, &row, None, None, ctx)?;
        }
        Ok(written)
    }

    /// Puts another row in the place of one.
    pub fn update(
        &mut self,
        target: &Target,
        (key, before, after): (&Key, &Row, Row),
        ctx: &mut EvalContext<'_>,
    ) -> Result<Written, Interrupt> {
        if !target.children.is_empty() {
            self.steps.push(Step::Update(target.table.id));
            let followed = self.follow_children(target, (before, &after), ctx);
            self.steps.pop();
            followed?;
        }
        self.replace(target, (key, before, after), None, ctx)
    }

    /// Puts another row in the place of one that follows its parent by a foreign key.
    pub(super) fn cascaded(
        &mut self,
        target: &Target,
        (key, before, after): (&Key, &Row, Row),
        followed: usize,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        self.follow_children(target, (before, &after), ctx)?;
        let shown = after.clone();
        match self.replace(target, (key, before, after), Some(followed), ctx)? {
            Written::Done => Ok(()),
            Written::Duplicate(duplicate) => {
                let values = shown.values();
                Err(super::row::duplicate(&target.table, duplicate.index, values, ctx)?.into())
            }
        }
    }

    fn replace(
        &mut self,
        target: &Target,
        (key, before, after): (&Key, &Row, Row),
        followed: Option<usize>,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Written, Interrupt> {
        let kept = (!target.parents.is_empty()).then(|| after.clone());
        let written = written(ctx.session.transaction().update(&target.table, key, after))?;
        if let (Some(row), Written::Done) = (kept, &written) {
            check_parents(target, &row, Some(before), followed, ctx)?;
        }
        Ok(written)
    }

    /// Takes a row out.
    pub fn delete(
        &mut self,
        target: &Target,
        key: &Key,
        row: &Row,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        if !target.children.is_empty() {
            self.steps.push(Step::Delete(target.table.id, key.clone()));
            let left = self.leave_children(target, row, ctx);
            self.steps.pop();
            left?;
        }
        ctx.session.transaction().delete(&target.table, key)?;
        Ok(())
    }

    /// Whether the row is about to go, and its children were seen to.
    pub(super) fn is_going(&self, table: &TableDef, key: &Key) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, Step::Delete(id, going) if *id == table.id && going == key))
    }

    /// Whether a row of the table is being updated, and this is what follows from it.
    pub(super) fn is_updating(&self, table: &TableDef) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Update(id) if *id == table.id))
    }
}

fn written(result: Result<Key, engine::Interrupt>) -> Result<Written, Interrupt> {
    match result {
        Ok(_) => Ok(Written::Done),
        Err(engine::Interrupt::Duplicate(duplicate)) => Ok(Written::Duplicate(duplicate)),
        Err(other) => Err(other.into()),
    }
}

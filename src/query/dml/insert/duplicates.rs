//! Rows that REPLACE and ON DUPLICATE KEY UPDATE change: found before the insert is tried, and locked as
//! changes need it, so that two such statements wait for each other instead of running into a deadlock.

use super::super::target::Target;
use crate::engine::catalog::IndexKind;
use crate::engine::{Duplicate, LockMode, OnConflict};
use crate::query::{EvalContext, Interrupt};
use crate::store::Key;
use crate::value::Row;

/// The first row that has a unique key of this one.
pub(super) fn find(
    target: &Target,
    row: &Row,
    ctx: &mut EvalContext<'_>,
) -> Result<Option<Duplicate>, Interrupt> {
    let table = &target.table;
    // No row has the empty key; hidden row ids have eight bytes.
    let key = table.shape.row_key(row).unwrap_or_else(|| Key::new(&[]));
    let mut locked: Option<Key> = None;
    loop {
        let transaction = ctx.session.transaction();
        let latest = transaction.latest();
        let view = latest.view();
        let Some(rows) = view.table(table.id) else { return Ok(None) };
        let Some(found) = view.duplicate(rows, &key, row, None) else { return Ok(None) };
        if locked.as_ref() == Some(&found.row_key)
            && let Some(row) = view.get(table.id, &found.row_key)
        {
            let index = table.place_of(found.index);
            return Ok(Some(Duplicate { index, key: found.row_key, row: row.clone() }));
        }
        transaction.lock_row(table, &found.row_key, LockMode::Exclusive, OnConflict::Wait)?;
        locked = Some(found.row_key);
    }
}

/// Whether no unique index comes after this one: then REPLACE may change the row instead of deleting it.
pub(super) fn is_last_unique(target: &Target, index: usize) -> bool {
    let later = target.table.indexes.iter().skip(index + 1);
    later.into_iter().all(|index| index.kind == IndexKind::Plain)
}

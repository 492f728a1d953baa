//! A changed row made whole: ON UPDATE CURRENT_TIMESTAMP, generated columns, CHECK constraints.

use super::column::Storing;
use super::row::is_unchanged;
use super::target::Target;
use crate::engine::catalog::ColumnDef;
use crate::query::{EvalContext, Interrupt};
use crate::value::types::ColumnType;
use crate::value::{Row, Value};

/// The row that `values` become in the place of `before`; none if nothing has changed. `assigned` are the
/// columns that the statement sets itself.
pub(super) fn settle(
    target: &Target,
    before: &Row,
    mut values: Vec<Value>,
    assigned: &dyn Fn(usize) -> bool,
    storing: &Storing,
    ctx: &mut EvalContext<'_>,
) -> Result<Option<Row>, Interrupt> {
    if is_unchanged(&target.table, before.values(), &values) {
        return Ok(None);
    }
    for (at, column) in target.table.columns.iter().enumerate() {
        if column.on_update_now && !assigned(at) {
            let now = now(column, storing, ctx)?;
            if let Some(place) = values.get_mut(at) {
                *place = now;
            }
        }
    }
    target.rules.generate(&mut values, &storing.mode, ctx)?;
    target.rules.check(&values, ctx)?;
    Ok(Some(Row::new(values)))
}

/// The statement's time as the column holds it.
fn now(
    column: &ColumnDef,
    storing: &Storing,
    ctx: &mut EvalContext<'_>,
) -> Result<Value, Interrupt> {
    let fsp = match column.ty {
        ColumnType::DateTime(fsp) | ColumnType::Timestamp(fsp) => fsp,
        _ => 0,
    };
    let now = Value::DateTime(ctx.local_now().truncate(fsp));
    storing.store(&now, None, column, ctx)
}

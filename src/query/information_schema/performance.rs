//! Variables and status, as performance_schema has them and SHOW reads them.

use super::row::{Wanted, text};
use super::{EvalContext, Interrupt};
use crate::query::variables;
use crate::value::Value;

type Rows = Result<Vec<Vec<Value>>, Interrupt>;

fn rows(list: Vec<(&'static str, String)>) -> Rows {
    Ok(list.into_iter().map(|(name, value)| vec![text(name), text(value)]).collect())
}

pub fn global_variables(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    rows(variables::show(ctx.session, &ctx.session.globals, true))
}

pub fn session_variables(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    rows(variables::show(ctx.session, &ctx.session.globals, false))
}

pub fn global_status(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    rows(super::server::status(ctx, true))
}

pub fn session_status(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    rows(super::server::status(ctx, false))
}

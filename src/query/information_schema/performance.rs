//! Variables and status, as performance_schema has them and SHOW reads them; connections.

use super::row::{Wanted, maybe, number, text};
use super::server::{process_list as connections, processes, status};
use super::{EvalContext, Rows};
use crate::query::session::ProcessInfo;
use crate::query::variables::{self, Asked};
use crate::value::Value;
use crate::value::convert::to_bytes;

fn rows(list: Vec<(&'static str, String)>) -> Rows {
    Ok(list.into_iter().map(|(name, value)| vec![text(name), text(value)]).collect())
}

/// global_variables.
pub fn global_variables(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    rows(variables::show(ctx.session, &ctx.session.globals, true))
}

/// session_variables.
pub fn session_variables(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    rows(variables::show(ctx.session, &ctx.session.globals, false))
}

/// global_status.
pub fn global_status(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    rows(status(ctx, true))
}

/// session_status.
pub fn session_status(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    rows(status(ctx, false))
}

/// processlist.
pub fn process_list(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let mut rows = connections(ctx, wanted)?;
    rows.iter_mut().for_each(|row| row.push(text("PRIMARY")));
    Ok(rows)
}

/// threads: one for each connection.
pub fn threads(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    Ok(processes(ctx).into_iter().map(thread).collect())
}

fn thread(process: ProcessInfo) -> Vec<Value> {
    let host = process.host.rsplit_once(':').map_or(&*process.host, |(host, _)| host);
    let seconds = Value::Int(i64::try_from(process.seconds).unwrap_or(i64::MAX));
    let mut row = vec![number(process.id), text("thread/sql/one_connection"), text("FOREGROUND")];
    row.extend([number(process.id), text(&process.user), text(host), maybe(process.database)]);
    row.extend([text(process.command), seconds, text(process.state), maybe(process.info)]);
    row.extend([Value::Null, Value::Null, text("YES"), text("YES"), text("TCP/IP")]);
    row.extend([Value::Null, text("USR_default"), text("PRIMARY")]);
    row.extend([0; 4].map(number));
    row.push(text("NO"));
    row
}

/// user_variables_by_thread: those of the session that asks.
pub fn user_variables(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let id = ctx.session.connection_id;
    let value = |value: &Value| match value {
        Value::Null => Value::Null,
        value => Value::Bytes(to_bytes(value).as_ref().into()),
    };
    let all = ctx.session.user_variables.iter();
    Ok(all.map(|(name, held)| vec![number(id), text(name), value(&held.value)]).collect())
}

/// variables_info: where values come from.
pub fn variables_info(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let session = &*ctx.session;
    let row = |variable: &&'static variables::variable::Variable| {
        let value = variables::read(session, &session.globals, variable.name, Asked::Either);
        let default = value.is_ok_and(|value| variables::is_default(variable, &value));
        let mut row = vec![text(variable.name), text(if default { "COMPILED" } else { "DYNAMIC" })];
        row.extend([text(""), text("0"), text("0")]);
        row.extend([Value::Null, Value::Null, Value::Null]);
        row
    };
    Ok(variables::listed().iter().map(row).collect())
}

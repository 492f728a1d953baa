//! What the server around the sessions knows: connections, counters; and who has which privileges.

use super::row::{Wanted, maybe, number, text, yes};
use super::{EvalContext, Interrupt};
use crate::query::accounts::{AccountEntry, Directory};
use crate::query::variables::status;
use crate::value::Value;

type Rows = Result<Vec<Vec<Value>>, Interrupt>;

pub fn process_list(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let row = |process: crate::query::session::ProcessInfo| {
        vec![
            number(process.id),
            text(process.user),
            text(process.host),
            maybe(process.database),
            text(process.command),
            Value::Int(i64::try_from(process.seconds).unwrap_or(i64::MAX)),
            text(process.state),
            maybe(process.info),
        ]
    };
    Ok(ctx.session.server.processes().into_iter().map(row).collect())
}

/// What SHOW STATUS shows.
pub fn status(ctx: &EvalContext<'_>, global: bool) -> Vec<(&'static str, String)> {
    status::show(&*ctx.session.server, global)
}

pub fn user_privileges(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let directory = Directory::read(&ctx.session.engine.database());
    Ok(directory.accounts().iter().flat_map(|account| rows_of(account)).collect())
}

fn rows_of(account: &AccountEntry) -> Vec<Vec<Value>> {
    let grantee = format!("'{}'@'{}'", account.user, account.host);
    let global = account.grants.global;
    let grantable = global.has(crate::query::accounts::Privilege::Grant);
    let row =
        |name: &str, grantable: bool| vec![text(&grantee), text("def"), text(name), yes(grantable)];
    let mut rows: Vec<Vec<Value>> =
        global.names().iter().map(|name| row(name, grantable)).collect();
    if rows.is_empty() {
        rows.push(row("USAGE", false));
    }
    rows.extend(account.grants.dynamic.iter().map(|(name, grantable)| row(name, *grantable)));
    rows
}

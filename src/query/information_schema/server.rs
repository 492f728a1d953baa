//! What the server around the sessions knows: connections and counters.

use super::row::{Wanted, maybe, number, text};
use super::{EvalContext, Rows, Sight};
use crate::query::accounts::{Privilege, require};
use crate::query::session::ProcessInfo;
use crate::query::variables::status;
use crate::value::Value;

/// Empty, for those who may look at it.
pub fn for_administrators(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    require(ctx.session, Privilege::Process)?;
    Ok(Vec::new())
}

/// INNODB_CMP and INNODB_CMPMEM: a row for each size of pages, none of which is ever compressed.
pub fn compression(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    require(ctx.session, Privilege::Process)?;
    let row = |size: i64| [size, 0, 0, 0, 0, 0].map(Value::Int).to_vec();
    Ok([1024, 2048, 4096, 8192, 16_384].map(row).to_vec())
}

/// The connections that the statement may see: all with PROCESS, otherwise one's own.
pub fn processes(ctx: &EvalContext<'_>) -> Vec<ProcessInfo> {
    let all = Sight::of(ctx.session).has(Privilege::Process);
    let (user, _) = ctx.session.account.rsplit_once('@').unwrap_or((&ctx.session.account, ""));
    let list = ctx.session.server.processes();
    list.into_iter().filter(|process| all || process.user == user).collect()
}

/// PROCESSLIST.
pub fn process_list(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let row = |process: ProcessInfo| {
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
    Ok(processes(ctx).into_iter().map(row).collect())
}

/// What SHOW STATUS shows.
pub fn status(ctx: &EvalContext<'_>, global: bool) -> Vec<(&'static str, String)> {
    status::show(&*ctx.session.server, global)
}

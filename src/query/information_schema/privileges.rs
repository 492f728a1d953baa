//! Who has which privileges. Accounts other than one's own are shown to those who may read `mysql`.

use std::sync::Arc;

use super::row::{Wanted, def, text, yes};
use super::{EvalContext, Rows, Sight};
use crate::query::accounts::{AccountEntry, Directory, Privilege, PrivilegeSet};
use crate::value::Value;

/// The accounts that the statement may see.
fn accounts(ctx: &EvalContext<'_>) -> Vec<Arc<AccountEntry>> {
    let sight = Sight::of(ctx.session);
    let all = sight.has_in(Privilege::Select, "mysql");
    let directory = Directory::read(&sight.database);
    let seen = |account: &&Arc<AccountEntry>| all || sight.is(&account.user, &account.host);
    directory.accounts().iter().filter(seen).cloned().collect()
}

fn grantee(account: &AccountEntry) -> Value {
    text(format!("'{}'@'{}'", account.user, account.host))
}

/// The privileges of a set, GRANT OPTION left out; it tells whether they may be granted.
fn names(set: PrivilegeSet) -> impl Iterator<Item = &'static str> {
    set.without(Privilege::Grant.into()).names().into_iter()
}

/// USER_PRIVILEGES.
pub fn of_users(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let mut rows = Vec::new();
    for account in accounts(ctx) {
        let global = account.grants.global;
        let mut row = |name: &str, grantable: bool| {
            rows.push(vec![grantee(&account), def(), text(name), yes(grantable)]);
        };
        names(global).for_each(|name| row(name, global.has(Privilege::Grant)));
        if names(global).next().is_none() {
            row("USAGE", global.has(Privilege::Grant));
        }
        account.grants.dynamic.iter().for_each(|(name, grantable)| row(name, *grantable));
    }
    Ok(rows)
}

/// SCHEMA_PRIVILEGES.
pub fn of_schemas(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let mut rows = Vec::new();
    for account in accounts(ctx) {
        for (schema, set) in &account.grants.schemas {
            let grantable = yes(set.has(Privilege::Grant));
            rows.extend(names(*set).map(|name| {
                vec![grantee(&account), def(), text(schema), text(name), grantable.clone()]
            }));
        }
    }
    Ok(rows)
}

/// TABLE_PRIVILEGES.
pub fn of_tables(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let mut rows = Vec::new();
    for account in accounts(ctx) {
        for (schema, table, set) in &account.grants.tables {
            let grantable = yes(set.has(Privilege::Grant));
            rows.extend(names(*set).map(|name| {
                let target = [grantee(&account), def(), text(schema), text(table)];
                target.into_iter().chain([text(name), grantable.clone()]).collect()
            }));
        }
    }
    Ok(rows)
}

/// USER_ATTRIBUTES.
pub fn attributes(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let row =
        |account: &Arc<AccountEntry>| vec![text(&account.user), text(&account.host), Value::Null];
    Ok(accounts(ctx).iter().map(row).collect())
}

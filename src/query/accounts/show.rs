//! SHOW GRANTS and SHOW CREATE USER: the statements that would make an account what it is.

use super::directory::AccountEntry;
use super::privilege::{Privilege, PrivilegeSet};
use super::users::Name;
use crate::query::EvalContext;
use crate::sql::statement::ast::Account;
use crate::value::SqlError;

/// The lines of SHOW GRANTS FOR an account, and the name of its column.
///
/// # Errors
/// 1141 for an account that does not exist.
pub fn show_grants(
    ctx: &EvalContext<'_>,
    account: &Account,
) -> Result<(String, Vec<String>), SqlError> {
    let name = Name::of(account, ctx);
    let entry = find(ctx, &name)?;
    let title = format!("Grants for {}@{}", name.user, name.host);
    Ok((title, lines(&entry)))
}

fn lines(entry: &AccountEntry) -> Vec<String> {
    let account = format!("`{}`@`{}`", tick(&entry.user), tick(&entry.host));
    let grants = &entry.grants;
    let mut lines = vec![line(grants.global, "*.*", &account, true)];
    for option in [false, true] {
        let names: Vec<&str> = grants
            .dynamic
            .iter()
            .filter(|(_, with_grant)| *with_grant == option)
            .map(|(name, _)| name.as_str())
            .collect();
        if !names.is_empty() {
            let with = if option { " WITH GRANT OPTION" } else { "" };
            lines.push(format!("GRANT {} ON *.* TO {account}{with}", names.join(",")));
        }
    }
    for (schema, set) in &grants.schemas {
        lines.push(line(*set, &format!("`{}`.*", tick(schema)), &account, false));
    }
    for (schema, table, set) in &grants.tables {
        let target = format!("`{}`.`{}`", tick(schema), tick(table));
        lines.push(line(*set, &target, &account, false));
    }
    lines
}

/// One GRANT. All privileges are listed on `*.*`, as MySQL 8 does; elsewhere they are ALL PRIVILEGES.
fn line(set: PrivilegeSet, target: &str, account: &str, global: bool) -> String {
    let own = set.without(Privilege::Grant.into());
    let is_table = !target.ends_with(".*");
    let all = match is_table {
        true => PrivilegeSet::all_of(|facts| facts.table.is_some()),
        false => PrivilegeSet::all_of(|facts| facts.schema),
    };
    let names = if own.is_empty() {
        "USAGE".to_owned()
    } else if !global && own.covers(all) {
        "ALL PRIVILEGES".to_owned()
    } else {
        own.iter().map(|facts| facts.name).collect::<Vec<_>>().join(", ")
    };
    let with = if set.has(Privilege::Grant) { " WITH GRANT OPTION" } else { "" };
    format!("GRANT {names} ON {target} TO {account}{with}")
}

/// SHOW CREATE USER: the column's name and its one line.
///
/// # Errors
/// 3162-like for an account that does not exist.
pub fn show_create_user(
    ctx: &EvalContext<'_>,
    account: &Account,
) -> Result<(String, String), SqlError> {
    let name = Name::of(account, ctx);
    let entry = find(ctx, &name)?;
    let title = format!("CREATE USER for {}@{}", name.user, name.host);
    let secret = match entry.authentication.is_empty() {
        true => String::new(),
        false => format!(" AS '{}'", entry.authentication.replace('\'', "''")),
    };
    let tls = if entry.tls_required { "SSL" } else { "NONE" };
    let lock = if entry.locked { "LOCK" } else { "UNLOCK" };
    let text = format!(
        "CREATE USER `{}`@`{}` IDENTIFIED WITH '{}'{secret} REQUIRE {tls} PASSWORD EXPIRE DEFAULT \
         ACCOUNT {lock} PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE \
         CURRENT DEFAULT",
        tick(&entry.user),
        tick(&entry.host),
        entry.plugin,
    );
    Ok((title, text))
}

fn find(ctx: &EvalContext<'_>, name: &Name) -> Result<std::sync::Arc<AccountEntry>, SqlError> {
    let accounts = ctx.session.accounts.as_ref().map(|accounts| accounts.current());
    let found = accounts.and_then(|directory| directory.find(&name.user, &name.host).cloned());
    found.ok_or_else(|| {
        let (user, host) = (&name.user, &name.host);
        let message = format!("There is no such grant defined for user '{user}' on host '{host}'");
        SqlError::new(1141, b"42000", message)
    })
}

fn tick(name: &str) -> String {
    name.replace('`', "``")
}

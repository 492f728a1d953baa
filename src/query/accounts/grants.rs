//! GRANT and REVOKE on everything, on schemas and on tables.

use super::check::require_any;
use super::directory::{flags, members};
use super::privilege::{ALL, DYNAMIC, Facts, Privilege, PrivilegeSet};
use super::rows::{self, Record};
use super::tables::member;
use super::users::{Name, now};
use crate::query::cells::text;
use crate::query::{EvalContext, Interrupt, Outcome};
use crate::sql::statement::ast::{self, Account, GrantTarget};
use crate::value::types::ColumnType;
use crate::value::{Member, SqlError, Value};

/// What a GRANT or REVOKE names, apart from whom.
struct Wanted {
    privileges: PrivilegeSet,
    dynamic: Vec<String>,
    target: Target,
}

/// On what.
enum Target {
    Global,
    Schema(String),
    Table(String, String),
}

/// GRANT.
///
/// # Errors
/// 1410 for accounts that do not exist, 1221 and 3619 for privileges that fit not there, 1044, 1142, 1227.
pub fn grant(ctx: &mut EvalContext<'_>, grant: &ast::Grant) -> Result<Outcome, Interrupt> {
    let mut wanted = wanted(ctx, &grant.privileges, &grant.target)?;
    if grant.grant_option {
        wanted.privileges = wanted.privileges | Privilege::Grant.into();
    }
    may_grant(ctx, &wanted)?;
    for account in &grant.users {
        let name = Name::of(account, ctx);
        if name.find(ctx)?.is_none() {
            let message = "You are not allowed to create a user with GRANT";
            return Err(SqlError::new(1410, b"42000", message).into());
        }
        change(ctx, &name, &wanted, true)?;
        for dynamic in &wanted.dynamic {
            grant_dynamic(ctx, &name, dynamic, grant.grant_option)?;
        }
    }
    Ok(Outcome::done())
}

/// REVOKE.
///
/// # Errors
/// 1141 and 1147 where nothing of it was granted, 1269, 1044, 1142, 1227.
pub fn revoke(ctx: &mut EvalContext<'_>, revoke: &ast::Revoke) -> Result<Outcome, Interrupt> {
    let Some(target) = &revoke.target else { return revoke_all(ctx, &revoke.users) };
    let wanted = wanted(ctx, &revoke.privileges, target)?;
    may_grant(ctx, &wanted)?;
    for account in &revoke.users {
        let name = Name::of(account, ctx);
        if name.find(ctx)?.is_none() {
            return Err(no_such_grant(&name).into());
        }
        change(ctx, &name, &wanted, false)?;
        for dynamic in &wanted.dynamic {
            let columns = [("USER", &*name.user), ("HOST", &*name.host), ("PRIV", &**dynamic)];
            rows::remove(ctx.session.transaction(), "global_grants", &columns)?;
        }
    }
    Ok(Outcome::done())
}

/// REVOKE ALL PRIVILEGES, GRANT OPTION FROM …
fn revoke_all(ctx: &mut EvalContext<'_>, users: &[Account]) -> Result<Outcome, Interrupt> {
    require_any(ctx.session, &[Privilege::CreateUser], None)?;
    for account in users {
        let name = Name::of(account, ctx);
        let Some((key, mut record)) = name.find(ctx)? else {
            let message = "Can't revoke all privileges for one or more of the requested users";
            return Err(SqlError::new(1269, b"HY000", message).into());
        };
        set_flags(&mut record, PrivilegeSet::NONE);
        let transaction = ctx.session.transaction();
        rows::put(transaction, Some(&key), record)?;
        let columns = [("User", &*name.user), ("Host", &*name.host)];
        for table in ["db", "tables_priv", "global_grants"] {
            rows::remove(transaction, table, &columns)?;
        }
    }
    Ok(Outcome::done())
}

/// Reads the privileges that are named, and checks that they may be granted there.
fn wanted(
    ctx: &EvalContext<'_>,
    privileges: &[ast::Privilege],
    target: &GrantTarget,
) -> Result<Wanted, SqlError> {
    let target = self::target(ctx, target)?;
    let mut wanted = Wanted { privileges: PrivilegeSet::NONE, dynamic: Vec::new(), target };
    for privilege in privileges {
        if !privilege.columns.is_empty() {
            return Err(SqlError::not_supported("privileges on columns"));
        }
        add(&mut wanted, &privilege.name)?;
    }
    let allowed = ALL.iter().filter(|facts| fits(facts, &wanted.target));
    let allowed = allowed.fold(PrivilegeSet::NONE, |set, facts| set | facts.privilege.into());
    if !allowed.covers(wanted.privileges) {
        return Err(match wanted.target {
            Target::Schema(_) => {
                SqlError::new(1221, b"HY000", "Incorrect usage of DB GRANT and GLOBAL PRIVILEGES")
            }
            _ => SqlError::new(
                1144,
                b"42000",
                "Illegal GRANT/REVOKE command; please consult the manual to see which privileges \
                 can be used",
            ),
        });
    }
    Ok(wanted)
}

fn add(wanted: &mut Wanted, name: &str) -> Result<(), SqlError> {
    match name {
        "USAGE" => {}
        "ALL" | "ALL PRIVILEGES" => {
            let target = &wanted.target;
            let all = PrivilegeSet::all_of(|facts| fits(facts, target));
            wanted.privileges = wanted.privileges | all;
            if matches!(wanted.target, Target::Global) {
                wanted.dynamic = DYNAMIC.map(str::to_owned).to_vec();
            }
        }
        name => match Privilege::from_name(name) {
            Some(privilege) => wanted.privileges = wanted.privileges | privilege.into(),
            None if DYNAMIC.contains(&name) => match wanted.target {
                Target::Global => wanted.dynamic.push(name.to_owned()),
                _ => {
                    let message = format!("Illegal privilege level specified for {name}");
                    return Err(SqlError::new(3619, b"HY000", message));
                }
            },
            // A role, or a privilege of a part of MySQL that is not here.
            None => return Err(SqlError::not_supported(&format!("GRANT of {name}"))),
        },
    }
    Ok(())
}

fn fits(facts: &Facts, target: &Target) -> bool {
    match target {
        Target::Global => true,
        Target::Schema(_) => facts.schema,
        Target::Table(..) => facts.table.is_some(),
    }
}

fn target(ctx: &EvalContext<'_>, target: &GrantTarget) -> Result<Target, SqlError> {
    let current = || ctx.session.database.as_deref().map(str::to_owned);
    let none = crate::engine::no_database;
    Ok(match target {
        GrantTarget::Global => Target::Global,
        GrantTarget::Schema(schema) => {
            Target::Schema(schema.clone().or_else(current).ok_or_else(none)?)
        }
        GrantTarget::Table(table) => {
            let schema = table.schema.clone().or_else(current).ok_or_else(none)?;
            Target::Table(schema, table.name.clone())
        }
        GrantTarget::Program(..) => {
            return Err(SqlError::not_supported("privileges on stored programs"));
        }
    })
}

/// One may grant what one has, with GRANT OPTION.
fn may_grant(ctx: &EvalContext<'_>, wanted: &Wanted) -> Result<(), SqlError> {
    let Some(account) = ctx.session.account_entry() else { return Ok(()) };
    let grants = &account.grants;
    let own = match &wanted.target {
        Target::Global => grants.global,
        Target::Schema(schema) => grants.in_schema(schema),
        Target::Table(schema, table) => grants.on_table(schema, table),
    };
    if own.has(Privilege::Grant) && own.covers(wanted.privileges) {
        return Ok(());
    }
    let (user, host) = (&account.user, &account.host);
    Err(match &wanted.target {
        Target::Global => {
            let message = format!("Access denied for user '{user}'@'{host}' (using password: YES)");
            SqlError::new(1045, b"28000", message)
        }
        Target::Schema(schema) => {
            let message =
                format!("Access denied for user '{user}'@'{host}' to database '{schema}'");
            SqlError::new(1044, b"42000", message)
        }
        Target::Table(_, table) => {
            let message =
                format!("GRANT command denied to user '{user}'@'{host}' for table '{table}'");
            SqlError::new(1142, b"42000", message)
        }
    })
}

/// Adds or takes privileges of one account.
fn change(
    ctx: &mut EvalContext<'_>,
    name: &Name,
    wanted: &Wanted,
    grant: bool,
) -> Result<(), Interrupt> {
    let changed = |set: PrivilegeSet| match grant {
        true => set | wanted.privileges,
        false => set.without(wanted.privileges),
    };
    match &wanted.target {
        Target::Global => {
            let Some((key, mut record)) = name.find(ctx)? else { return Ok(()) };
            let set = changed(flags(&record));
            set_flags(&mut record, set);
            Ok(rows::put(ctx.session.transaction(), Some(&key), record)?)
        }
        Target::Schema(schema) => {
            let columns = [("User", &*name.user), ("Host", &*name.host), ("Db", schema)];
            let found = row(ctx, "db", &columns, grant, name)?;
            let Some((key, mut record)) = found else { return Ok(()) };
            let set = changed(flags(&record));
            set_flags(&mut record, set);
            keep(ctx, key, record, set)
        }
        Target::Table(schema, table) => {
            let columns = [
                ("User", &*name.user),
                ("Host", &*name.host),
                ("Db", schema),
                ("Table_name", table),
            ];
            let found = row(ctx, "tables_priv", &columns, grant, name)?;
            let Some((key, mut record)) = found else { return Ok(()) };
            let set = changed(members(&record));
            set_members(&mut record, set);
            record.set("Grantor", text(&ctx.session.account));
            record.set("Timestamp", now(ctx));
            keep(ctx, key, record, set)
        }
    }
}

type Found = Option<(Option<crate::store::Key>, Record)>;

/// The row with these columns; a new one for GRANT.
fn row(
    ctx: &mut EvalContext<'_>,
    table: &str,
    columns: &[(&str, &str)],
    grant: bool,
    name: &Name,
) -> Result<Found, Interrupt> {
    let transaction = ctx.session.transaction();
    if let Some((key, record)) = rows::find(transaction, table, columns)? {
        return Ok(Some((Some(key), record)));
    }
    if !grant {
        return Err(no_such_grant(name).into());
    }
    let mut record = rows::blank(transaction, table)?;
    for (column, value) in columns {
        record.set(column, text(value));
    }
    Ok(Some((None, record)))
}

/// Stores a row; one that grants nothing is taken away.
fn keep(
    ctx: &mut EvalContext<'_>,
    key: Option<crate::store::Key>,
    record: Record,
    set: PrivilegeSet,
) -> Result<(), Interrupt> {
    let transaction = ctx.session.transaction();
    match key {
        Some(key) if set.is_empty() => {
            transaction.delete(&record.table, &key)?;
            Ok(())
        }
        None if set.is_empty() => Ok(()),
        key => Ok(rows::put(transaction, key.as_ref(), record)?),
    }
}

fn set_flags(record: &mut Record, set: PrivilegeSet) {
    for facts in &ALL {
        let flag = if set.has(facts.privilege) { "Y" } else { "N" };
        record.set(&format!("{}_priv", facts.column), member(&["N", "Y"], flag));
    }
}

/// The SET of `tables_priv`, its members in the order of the column's type.
fn set_members(record: &mut Record, set: PrivilegeSet) {
    let at = record.table.column_index("Table_priv");
    let ty = at.and_then(|at| record.table.columns.get(at)).map(|column| column.ty.clone());
    let Some(ColumnType::Set { members, .. }) = ty else { return };
    let mut number = 0;
    let mut names = Vec::new();
    for (bit, name) in members.iter().enumerate() {
        let granted = ALL.iter().find(|facts| facts.table == Some(name));
        if granted.is_some_and(|facts| set.has(facts.privilege)) {
            number |= 1 << bit;
            names.push(&**name);
        }
    }
    let member = Member { number, text: names.join(",").into() };
    record.set("Table_priv", Value::Member(std::sync::Arc::new(member)));
}

fn grant_dynamic(
    ctx: &mut EvalContext<'_>,
    name: &Name,
    privilege: &str,
    grant_option: bool,
) -> Result<(), Interrupt> {
    let columns = [("USER", &*name.user), ("HOST", &*name.host), ("PRIV", privilege)];
    let transaction = ctx.session.transaction();
    let found = rows::find(transaction, "global_grants", &columns)?;
    let (key, mut record) = match found {
        Some((key, record)) => (Some(key), record),
        None => (None, rows::blank(transaction, "global_grants")?),
    };
    for (column, value) in columns {
        record.set(column, text(value));
    }
    if grant_option {
        record.set("WITH_GRANT_OPTION", member(&["N", "Y"], "Y"));
    }
    Ok(rows::put(transaction, key.as_ref(), record)?)
}

/// 1141.
fn no_such_grant(name: &Name) -> SqlError {
    let (user, host) = (&name.user, &name.host);
    let message = format!("There is no such grant defined for user '{user}' on host '{host}'");
    SqlError::new(1141, b"42000", message)
}

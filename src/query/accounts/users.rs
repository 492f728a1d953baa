//! CREATE, ALTER, DROP and RENAME USER, SET PASSWORD: rows of the account tables.

use super::check::require_any;
use super::password;
use super::privilege::Privilege;
use super::rows::{self, Record};
use super::tables::member;
use crate::query::cells::text;
use crate::query::{EvalContext, Interrupt, Outcome};
use crate::sql::statement::ast::{
    Account, AlterUser, Authentication, CreateUser, DropUser, RequireTls, Secret, SetPassword,
    UserOptions,
};
use crate::value::temporal::UnixTime;
use crate::value::{SqlError, Value};

/// The longest user name, in characters.
const MAX_USER: usize = 32;

/// An account's name with `CURRENT_USER` resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub user: String,
    pub host: String,
}

impl Name {
    pub fn of(account: &Account, ctx: &EvalContext<'_>) -> Self {
        match account {
            Account::Named { user, host } => Self { user: user.clone(), host: host.clone() },
            Account::Current => {
                let current = &*ctx.session.account;
                let (user, host) = current.rsplit_once('@').unwrap_or((current, "%"));
                Self { user: user.to_owned(), host: host.to_owned() }
            }
        }
    }

    /// As errors quote it.
    pub fn quoted(&self) -> String {
        format!("'{}'@'{}'", self.user, self.host)
    }

    fn columns(&self) -> [(&'static str, &str); 2] {
        [("User", &self.user), ("Host", &self.host)]
    }

    /// Its row in `mysql.user`.
    pub fn find(
        &self,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Option<(crate::store::Key, Record)>, Interrupt> {
        let transaction = ctx.session.transaction();
        Ok(rows::find(transaction, "user", &self.columns())?)
    }
}

/// CREATE USER.
///
/// # Errors
/// 1396 for accounts that exist, 1524, 1827, 1227.
pub fn create_user(ctx: &mut EvalContext<'_>, create: &CreateUser) -> Result<Outcome, Interrupt> {
    require_any(ctx.session, &[Privilege::CreateUser], None)?;
    let mut existing = Vec::new();
    for spec in &create.users {
        let name = Name::of(&spec.account, ctx);
        check_name(&name)?;
        match name.find(ctx)? {
            Some(_) if create.replace => drop_one(ctx, &name)?,
            Some(_) => {
                existing.push(name);
                continue;
            }
            None => {}
        }
        let mut record = rows::blank(ctx.session.transaction(), "user")?;
        record.set("User", text(&name.user));
        record.set("Host", text(&name.host));
        let auth = spec.auth.clone().unwrap_or_else(no_password);
        authenticate(&mut record, &auth, ctx)?;
        options(&mut record, &create.options)?;
        rows::put(ctx.session.transaction(), None, record)?;
    }
    if existing.is_empty() {
        return Ok(Outcome::done());
    }
    if !create.if_not_exists {
        return Err(failed("CREATE USER", &existing).into());
    }
    for name in existing {
        ctx.note(3163, format!("Authorization ID {} already exists.", name.quoted()));
    }
    Ok(Outcome::done())
}

fn no_password() -> Authentication {
    Authentication {
        plugin: None,
        secret: Secret::Password(String::new()),
        replace: None,
        retain: false,
    }
}

/// ALTER USER.
///
/// # Errors
/// 1396 for accounts that do not exist, 1524, 1827, 1227.
pub fn alter_user(ctx: &mut EvalContext<'_>, alter: &AlterUser) -> Result<Outcome, Interrupt> {
    let mut missing = Vec::new();
    for spec in &alter.users {
        let name = Name::of(&spec.account, ctx);
        let own_password = is_self(ctx, &name) && alter.options == UserOptions::default();
        if !own_password {
            require_any(ctx.session, &[Privilege::CreateUser], None)?;
        }
        let Some((key, mut record)) = name.find(ctx)? else {
            missing.push(name);
            continue;
        };
        if let Some(auth) = &spec.auth {
            authenticate(&mut record, auth, ctx)?;
        }
        options(&mut record, &alter.options)?;
        rows::put(ctx.session.transaction(), Some(&key), record)?;
    }
    if missing.is_empty() {
        return Ok(Outcome::done());
    }
    if !alter.if_exists {
        return Err(failed("ALTER USER", &missing).into());
    }
    for name in missing {
        ctx.note(3162, format!("Authorization ID {} does not exist.", name.quoted()));
    }
    Ok(Outcome::done())
}

/// DROP USER.
///
/// # Errors
/// 1396 for accounts that do not exist, 1227.
pub fn drop_user(ctx: &mut EvalContext<'_>, statement: &DropUser) -> Result<Outcome, Interrupt> {
    require_any(ctx.session, &[Privilege::CreateUser], None)?;
    let mut missing = Vec::new();
    for account in &statement.users {
        let name = Name::of(account, ctx);
        if name.find(ctx)?.is_none() {
            missing.push(name);
            continue;
        }
        drop_one(ctx, &name)?;
    }
    if !missing.is_empty() && !statement.if_exists {
        return Err(failed("DROP USER", &missing).into());
    }
    for name in missing {
        ctx.note(3162, format!("Authorization ID {} does not exist.", name.quoted()));
    }
    Ok(Outcome::done())
}

/// Removes an account with all that it was granted.
fn drop_one(ctx: &mut EvalContext<'_>, name: &Name) -> Result<(), Interrupt> {
    let transaction = ctx.session.transaction();
    let columns = name.columns();
    for table in ["user", "db", "tables_priv"] {
        rows::remove(transaction, table, &columns)?;
    }
    rows::remove(transaction, "global_grants", &[("USER", &name.user), ("HOST", &name.host)])?;
    Ok(())
}

/// RENAME USER.
///
/// # Errors
/// 1396 where the old one does not exist or the new one does, 1227.
pub fn rename_user(
    ctx: &mut EvalContext<'_>,
    pairs: &[(Account, Account)],
) -> Result<Outcome, Interrupt> {
    require_any(ctx.session, &[Privilege::CreateUser], None)?;
    for (from, to) in pairs {
        let (from, to) = (Name::of(from, ctx), Name::of(to, ctx));
        check_name(&to)?;
        if from.find(ctx)?.is_none() || to.find(ctx)?.is_some() {
            return Err(failed("RENAME USER", &[from]).into());
        }
        for table in ["user", "db", "tables_priv", "global_grants"] {
            rename_in(ctx, table, &from, &to)?;
        }
    }
    Ok(Outcome::done())
}

fn rename_in(
    ctx: &mut EvalContext<'_>,
    table: &str,
    from: &Name,
    to: &Name,
) -> Result<(), Interrupt> {
    let transaction = ctx.session.transaction();
    for (key, mut record) in rows::all(transaction, table)? {
        if record.has(&from.columns()) {
            record.set("User", text(&to.user));
            record.set("Host", text(&to.host));
            rows::put(transaction, Some(&key), record)?;
        }
    }
    Ok(())
}

/// SET PASSWORD.
///
/// # Errors
/// 1133 for an account that does not exist, 1227.
pub fn set_password(ctx: &mut EvalContext<'_>, set: &SetPassword) -> Result<Outcome, Interrupt> {
    let name = Name::of(set.account.as_ref().unwrap_or(&Account::Current), ctx);
    if !is_self(ctx, &name) {
        require_any(ctx.session, &[Privilege::CreateUser], None)?;
    }
    let Some((key, mut record)) = name.find(ctx)? else {
        let message = "Can't find any matching row in the user table";
        return Err(SqlError::new(1133, b"42000", message).into());
    };
    let auth = Authentication {
        plugin: None,
        secret: set.secret.clone(),
        replace: set.replace.clone(),
        retain: set.retain,
    };
    authenticate(&mut record, &auth, ctx)?;
    rows::put(ctx.session.transaction(), Some(&key), record)?;
    Ok(Outcome::done())
}

/// Sets plugin and secret. Without a plugin an account keeps its own.
fn authenticate(
    record: &mut Record,
    auth: &Authentication,
    ctx: &EvalContext<'_>,
) -> Result<(), Interrupt> {
    if auth.retain {
        return Err(SqlError::not_supported("RETAIN CURRENT PASSWORD").into());
    }
    let plugin = match &auth.plugin {
        Some(plugin) => plugin.clone(),
        None => record.text("plugin").to_owned(),
    };
    let stored = match &auth.secret {
        Secret::Empty => password::stored(b"", &plugin)?,
        Secret::Password(clear) => password::stored(clear.as_bytes(), &plugin)?,
        Secret::Hash(hash) => password::given(hash, &plugin)?,
        Secret::Random => {
            return Err(SqlError::not_supported("IDENTIFIED BY RANDOM PASSWORD").into());
        }
    };
    record.set("plugin", text(&plugin));
    record.set("authentication_string", stored);
    record.set("password_expired", member(&["N", "Y"], "N"));
    record.set("password_last_changed", now(ctx));
    Ok(())
}

/// The statement's time, as a TIMESTAMP column keeps it.
pub(super) fn now(ctx: &EvalContext<'_>) -> Value {
    let now = UnixTime(ctx.now_micros / 1_000_000 * 1_000_000);
    now.to_utc().map_or(Value::Null, Value::DateTime)
}

fn options(record: &mut Record, options: &UserOptions) -> Result<(), SqlError> {
    const TLS: [&str; 4] = ["", "ANY", "X509", "SPECIFIED"];
    if let Some(tls) = &options.tls {
        let kind = match tls {
            RequireTls::None => "",
            RequireTls::Ssl => "ANY",
            RequireTls::X509 | RequireTls::Specified(_) => {
                return Err(SqlError::not_supported("REQUIRE of a client's certificate"));
            }
        };
        record.set("ssl_type", member(&TLS, kind));
    }
    for (name, limit) in &options.limits {
        if *limit > 0 {
            return Err(SqlError::not_supported(&format!("{name} of an account")));
        }
    }
    if let Some(locked) = options.locked {
        record.set("account_locked", member(&["N", "Y"], if locked { "Y" } else { "N" }));
    }
    Ok(())
}

fn check_name(name: &Name) -> Result<(), SqlError> {
    if name.user.chars().count() > MAX_USER {
        let message = format!(
            "String '{}' is too long for user name (should be no longer than {MAX_USER})",
            name.user
        );
        return Err(SqlError::new(1470, b"HY000", message));
    }
    Ok(())
}

/// Whether it is the session's own account.
fn is_self(ctx: &EvalContext<'_>, name: &Name) -> bool {
    *name == Name::of(&Account::Current, ctx)
}

/// 1396.
fn failed(operation: &str, names: &[Name]) -> SqlError {
    let names: Vec<String> = names.iter().map(Name::quoted).collect();
    let message = format!("Operation {operation} failed for {}", names.join(","));
    SqlError::new(1396, b"HY000", message)
}

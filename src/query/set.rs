//! SET: system variables, user variables, NAMES, TRANSACTION.
//!
//! All values are computed before any is stored, as MySQL does; a variable that cannot be set leaves those
//! before it as they are set.

use super::accounts::{Privilege, require_any};
use super::session::{Isolation, UserVariable};
use super::variables::{self, Asked, SetTo, isolation_name};
use super::{Interrupt, Outcome, Session, run};
use crate::sql::statement::ast::{self, Expr, SetItem, SetScope, SetValue};
use crate::value::{SqlError, Value};

/// A SET item whose value is known.
enum Ready<'a> {
    System { name: &'a str, asked: Asked, to: SetTo },
    User { name: &'a str, variable: UserVariable },
    Names { charset: Option<&'a str>, collate: Option<&'a str> },
    CharacterSet(Option<&'a str>),
    Transaction { scope: SetScope, isolation: Option<Isolation>, read_only: Option<bool> },
}

/// Runs SET.
///
/// # Errors
/// Those of the expressions; 1193, 1227, 1228, 1229, 1231, 1232, 1238, 1568; a wait.
pub fn set(
    session: &mut Session,
    items: &[SetItem],
    params: &[Value],
) -> Result<Outcome, Interrupt> {
    let mut ready = Vec::with_capacity(items.len());
    for item in items {
        ready.push(prepare(session, item, params)?);
    }
    for item in ready {
        store(session, item)?;
    }
    Ok(Outcome::done())
}

fn prepare<'a>(
    session: &mut Session,
    item: &'a SetItem,
    params: &[Value],
) -> Result<Ready<'a>, Interrupt> {
    Ok(match item {
        SetItem::Variable { scope, name, value } => {
            let asked = asked(session, *scope)?;
            Ready::System { name, asked, to: value_of(session, value, params)? }
        }
        SetItem::UserVariable { name, value } => {
            let (value, ty) = run::value(session, value, params)?;
            Ready::User { name, variable: UserVariable::new(value, &ty) }
        }
        SetItem::Names { charset, collate } => {
            Ready::Names { charset: charset.as_deref(), collate: collate.as_deref() }
        }
        SetItem::CharacterSet(charset) => Ready::CharacterSet(charset.as_deref()),
        SetItem::Transaction { scope, isolation, read_only } => Ready::Transaction {
            scope: *scope,
            isolation: isolation.map(level),
            read_only: *read_only,
        },
    })
}

/// Whose value it is; global ones need a privilege.
fn asked(session: &Session, scope: SetScope) -> Result<Asked, SqlError> {
    match scope {
        SetScope::Implicit => Ok(Asked::Either),
        SetScope::Session => Ok(Asked::Session),
        SetScope::Global => {
            require_any(session, &[Privilege::Super], Some("SYSTEM_VARIABLES_ADMIN"))?;
            Ok(Asked::Global)
        }
        SetScope::Persist | SetScope::PersistOnly => Err(SqlError::not_supported("SET PERSIST")),
    }
}

/// A bare word counts as text, as in `SET sql_mode = ANSI`.
fn value_of(session: &mut Session, value: &SetValue, params: &[Value]) -> Result<SetTo, Interrupt> {
    Ok(match value {
        SetValue::Default => SetTo::Default,
        SetValue::Expr(Expr::Identifier(word)) => {
            SetTo::Value(Value::Text(word.value.as_str().into()))
        }
        SetValue::Expr(expr) => SetTo::Value(run::value(session, expr, params)?.0),
    })
}

fn level(isolation: ast::Isolation) -> Isolation {
    match isolation {
        ast::Isolation::ReadUncommitted => Isolation::ReadUncommitted,
        ast::Isolation::ReadCommitted => Isolation::ReadCommitted,
        ast::Isolation::RepeatableRead => Isolation::RepeatableRead,
        ast::Isolation::Serializable => Isolation::Serializable,
    }
}

fn store(session: &mut Session, item: Ready<'_>) -> Result<(), SqlError> {
    let globals = session.globals.clone();
    match item {
        Ready::System { name, asked, to } => variables::set(session, &globals, name, asked, &to),
        Ready::User { name, variable } => {
            session.user_variables.insert(name.to_lowercase().into(), variable);
            Ok(())
        }
        Ready::Names { charset, collate } => variables::set_names(session, charset, collate),
        Ready::CharacterSet(charset) => variables::set_character_set(session, charset),
        Ready::Transaction { scope: SetScope::Implicit, isolation, read_only } => {
            next_transaction(session, isolation, read_only)
        }
        Ready::Transaction { scope, isolation, read_only } => {
            let asked = asked(session, scope)?;
            if let Some(isolation) = isolation {
                let name = Value::Text(isolation_name(isolation).into());
                let to = SetTo::Value(name);
                variables::set(session, &globals, "transaction_isolation", asked, &to)?;
            }
            if let Some(read_only) = read_only {
                let to = SetTo::Value(Value::Int(i64::from(read_only)));
                variables::set(session, &globals, "transaction_read_only", asked, &to)?;
            }
            Ok(())
        }
    }
}

/// SET TRANSACTION: for the next one alone.
fn next_transaction(
    session: &mut Session,
    isolation: Option<Isolation>,
    read_only: Option<bool>,
) -> Result<(), SqlError> {
    if session.in_transaction() {
        let message =
            "Transaction characteristics can't be changed while a transaction is in progress";
        return Err(SqlError::new(1568, b"25001", message));
    }
    if isolation.is_some() {
        session.variables.next_isolation = isolation;
    }
    if read_only.is_some() {
        session.variables.next_read_only = read_only;
    }
    Ok(())
}

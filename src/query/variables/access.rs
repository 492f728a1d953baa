//! Reading and setting system variables: `@@x`, `SET x = …`, `SHOW VARIABLES`.

use super::check::{self, Checker};
use super::globals::GlobalVariables;
use super::scope::{Asked, Scope};
use super::variable::{Default, Kind, Variable};
use super::{error, fields, table};
use crate::query::expr::{Coercibility, ExprType};
use crate::query::session::{Session, SessionVariables, WarningLevel};
use crate::value::types::{CollationId, ColumnType, IntegerSize};
use crate::value::{SqlError, Value};

/// What SET gives a variable.
#[derive(Debug, Clone)]
pub enum SetTo {
    /// `= DEFAULT`: for a session the global value, globally the one that is built in.
    Default,
    /// An expression's value; a bare word (`ON`, `InnoDB`) counts as text.
    Value(Value),
}

/// The variable, or 1193.
pub fn find(name: &str) -> Result<&'static Variable, SqlError> {
    table::find(name).ok_or_else(|| error::unknown(name))
}

/// The type that `@@name` has.
pub fn type_of(variable: &Variable) -> ExprType {
    let ty = match variable.kind {
        Kind::Flag => integer(false),
        Kind::Integer { signed, .. } => integer(!signed),
        Kind::Real { .. } => {
            let digits = Some(REAL_DIGITS);
            ColumnType::Float { double: true, unsigned: false, digits, zerofill: false }
        }
        _ => ColumnType::Char { varying: true, length: TEXT_LENGTH, collation: UTF8 },
    };
    ExprType::new(ty, true).with_coercibility(Coercibility::System)
}

/// Digits of a variable that holds seconds: all, and those behind the point.
const REAL_DIGITS: (u8, u8) = (23, 6);
/// Characters of a variable that holds text.
const TEXT_LENGTH: u32 = 65_535 / 4;
/// `utf8mb4_0900_ai_ci`.
const UTF8: CollationId = CollationId(255);

fn integer(unsigned: bool) -> ColumnType {
    ColumnType::Integer { size: IntegerSize::Big, unsigned, width: None, zerofill: false }
}

/// Whether a variable can be read in that scope: 1238 if not.
pub fn check_readable(variable: &Variable, asked: Asked) -> Result<(), SqlError> {
    match (variable.scope, asked) {
        (Scope::Global, Asked::Session) => Err(error::wrong_scope(variable.name, "GLOBAL")),
        (Scope::Session, Asked::Global) => Err(error::wrong_scope(variable.name, "SESSION")),
        _ => Ok(()),
    }
}

/// The value of `@@name`, `@@session.name` or `@@global.name`.
pub fn read(
    session: &Session,
    globals: &GlobalVariables,
    name: &str,
    asked: Asked,
) -> Result<Value, SqlError> {
    let variable = find(name)?;
    check_readable(variable, asked)?;
    if variable.scope == Scope::Global || asked == Asked::Global {
        return Ok(globals.get(variable));
    }
    Ok(session_value(session, globals, variable))
}

fn session_value(
    session: &Session,
    globals: &GlobalVariables,
    variable: &'static Variable,
) -> Value {
    let own = fields::read(session, variable.name);
    let other = || session.variables.other.get(variable.name).cloned();
    own.or_else(other).unwrap_or_else(|| globals.get(variable))
}

/// Sets a variable as SET does. Warnings go to the session's diagnostics.
pub fn set(
    session: &mut Session,
    globals: &GlobalVariables,
    name: &str,
    asked: Asked,
    to: &SetTo,
) -> Result<(), SqlError> {
    let variable = find(name)?;
    check_settable(variable, asked)?;
    let value = new_value(session, globals, variable, asked, to)?;
    if asked == Asked::Global {
        return globals.set(variable, value);
    }
    fields::write(session, variable.name, &value);
    Ok(())
}

/// 1238, 1228, 1229, 1621.
fn check_settable(variable: &Variable, asked: Asked) -> Result<(), SqlError> {
    if !variable.dynamic {
        return Err(error::read_only(variable.name));
    }
    match (variable.scope, asked) {
        (Scope::Session, Asked::Global) => Err(error::session_only(variable.name)),
        (Scope::Global, Asked::Session | Asked::Either) => Err(error::global_only(variable.name)),
        (Scope::Both, Asked::Session | Asked::Either) if GLOBALLY_SET.contains(&variable.name) => {
            let text = format!(
                "SESSION variable '{}' is read-only. Use SET GLOBAL to assign the value",
                variable.name
            );
            Err(SqlError::new(1621, b"HY000", text))
        }
        _ => Ok(()),
    }
}

/// Variables whose session value is read-only.
const GLOBALLY_SET: [&str; 3] = ["max_allowed_packet", "net_buffer_length", "max_user_connections"];

fn new_value(
    session: &mut Session,
    globals: &GlobalVariables,
    variable: &'static Variable,
    asked: Asked,
    to: &SetTo,
) -> Result<Value, SqlError> {
    match to {
        SetTo::Default if asked == Asked::Global || variable.scope == Scope::Session => {
            Ok(check::default_of(variable))
        }
        SetTo::Default => Ok(globals.get(variable)),
        SetTo::Value(value) => checked(session, variable, value),
    }
}

/// The checked form of a value.
fn checked(
    session: &mut Session,
    variable: &'static Variable,
    value: &Value,
) -> Result<Value, SqlError> {
    let sql_mode = session.variables.sql_mode;
    let diagnostics = &mut session.diagnostics;
    let mut warn = |code, text| diagnostics.push(WarningLevel::Warning, code, text);
    Checker { sql_mode, warn: &mut warn }.check(variable, value)
}

/// The variables with which a session begins: the global values of those that sessions have.
pub fn of_new_session(globals: &GlobalVariables) -> SessionVariables {
    let mut variables = SessionVariables::default();
    for (name, value) in globals.changed() {
        let both = table::find(name).is_some_and(|variable| variable.scope == Scope::Both);
        if both {
            fields::write_field(&mut variables, name, &value);
        }
    }
    variables
}

/// What SHOW VARIABLES lists: names and values as text, in order. Global asks for those with a global
/// value; otherwise the session's come before the global ones.
pub fn show(
    session: &Session,
    globals: &GlobalVariables,
    global: bool,
) -> Vec<(&'static str, String)> {
    let wanted = |variable: &&&'static Variable| !global || variable.scope != Scope::Session;
    let row = |variable: &&'static Variable| {
        let value = match (global, variable.scope) {
            (true, _) | (_, Scope::Global) => globals.get(variable),
            _ => session_value(session, globals, variable),
        };
        (variable.name, check::display(variable, &value))
    };
    table::listed().iter().filter(wanted).map(row).collect()
}

/// A value as SHOW VARIABLES would show it.
pub fn display(variable: &Variable, value: &Value) -> String {
    check::display(variable, value)
}

/// Whether the value is the built-in default.
pub fn is_default(variable: &Variable, value: &Value) -> bool {
    let default = check::default_of(variable);
    variable.default == Default::Null && matches!(value, Value::Null)
        || check::display(variable, &default) == check::display(variable, value)
}

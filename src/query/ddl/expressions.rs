//! What the expressions of generated columns, checks, defaults and indexes may not have in them: what is another
//! tomorrow or in another session, subqueries, variables, aggregates.

use std::sync::Arc;

use super::{Context, errors};
use crate::engine::catalog::{DefaultValue, TableDef, same_name};
use crate::engine::{Engine, EngineOptions};
use crate::query::Interrupt;
use crate::query::aggregates::AggregateFunction;
use crate::query::bind::Compiler;
use crate::query::expr::ExprType;
use crate::query::session::Session;
use crate::query::windows::WindowFunction;
use crate::sql::statement::ast::{BinaryOperator, Expr, Function, UnaryOperator, Value};
use crate::sql::statement::walk::{columns_of, each_expr};
use crate::value::SqlError;

/// Functions whose value is another at another time, in another session or on another server, and those that do
/// something besides.
const UNSTEADY: [&str; 32] = [
    "benchmark",
    "connection_id",
    "curdate",
    "current_role",
    "current_user",
    "curtime",
    "database",
    "found_rows",
    "get_lock",
    "gtid_subset_wait",
    "is_free_lock",
    "is_used_lock",
    "last_insert_id",
    "load_file",
    "master_pos_wait",
    "now",
    "rand",
    "random_bytes",
    "release_all_locks",
    "release_lock",
    "row_count",
    "sleep",
    "source_pos_wait",
    "sysdate",
    "unix_timestamp",
    "user",
    "utc_date",
    "utc_time",
    "utc_timestamp",
    "uuid",
    "uuid_short",
    "wait_for_executed_gtid_set",
];

/// Functions that say yes or no, which a CHECK may be made of.
const BOOLEAN: [&str; 12] = [
    "isnull",
    "is_ipv4",
    "is_ipv4_compat",
    "is_ipv4_mapped",
    "is_ipv6",
    "is_uuid",
    "json_contains",
    "json_contains_path",
    "json_overlaps",
    "json_schema_valid",
    "json_valid",
    "regexp_like",
];

/// Where an expression stands, with the name that messages have for the place.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// A generated column.
    Generated(&'a str),
    /// A CHECK constraint.
    Check(&'a str),
    /// The default of a column.
    Default(&'a str),
    /// An index.
    Index(&'a str),
}

/// Refuses what may not stand there.
///
/// # Errors
/// 1111, 3102, 3593, 3758, 3763, 3764, 3769, 3770, 3772, 3814 to 3816.
pub fn vet(expr: &Expr, place: Place<'_>) -> Result<(), SqlError> {
    let mut found = Ok(());
    each_expr(expr, &mut |part| {
        if found.is_ok() {
            found = vet_part(part, place);
        }
    });
    found
}

fn vet_part(part: &Expr, place: Place<'_>) -> Result<(), SqlError> {
    match part {
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => {
            Err(has_subquery(place))
        }
        Expr::Prefixed { prefix, .. } if prefix.value.starts_with('@') => Err(match place {
            Place::Check(name) => errors::check_variable(name),
            Place::Generated(name) | Place::Default(name) | Place::Index(name) => {
                errors::default_variable(name)
            }
        }),
        Expr::Tuple(_) => match place {
            Place::Generated(name) => Err(errors::generated_row(name)),
            _ => Ok(()),
        },
        Expr::Function(function) => vet_function(function, place),
        _ => Ok(()),
    }
}

fn vet_function(function: &Function, place: Place<'_>) -> Result<(), SqlError> {
    let name = function.name.to_string().to_ascii_lowercase();
    if function.over.is_some() || WindowFunction::by_name(&name).is_some() {
        let text = format!("You cannot use the window function '{name}' in this context.'");
        return Err(SqlError::new(3593, b"HY000", text));
    }
    if AggregateFunction::by_name(&name).is_some() {
        return Err(SqlError::new(1111, b"HY000", "Invalid use of group function"));
    }
    let name = match name.as_str() {
        "current_timestamp" | "localtime" | "localtimestamp" => "now",
        "current_date" => "curdate",
        "current_time" => "curtime",
        "schema" => "database",
        "session_user" | "system_user" => "user",
        "version" => "version()",
        // Of a given date it stays what it is.
        "unix_timestamp" if has_arguments(function) => return Ok(()),
        name => name,
    };
    match place {
        Place::Default(_) => Ok(()),
        _ if UNSTEADY.contains(&name) || name == "version()" => Err(has_function(place, name)),
        _ => Ok(()),
    }
}

fn has_arguments(function: &Function) -> bool {
    use crate::sql::statement::ast::FunctionArguments;
    matches!(&function.args, FunctionArguments::List(list) if !list.args.is_empty())
}

fn has_subquery(place: Place<'_>) -> SqlError {
    match place {
        Place::Generated(name) => errors::generated_subquery(name),
        Place::Check(name) => errors::check_subquery(name),
        Place::Default(name) => errors::default_subquery(name),
        Place::Index(name) => errors::index_function(name),
    }
}

fn has_function(place: Place<'_>, function: &str) -> SqlError {
    match place {
        Place::Generated(name) => errors::generated_function(name, function),
        Place::Check(name) => errors::check_function(name, function),
        Place::Default(name) => errors::default_function(name, function),
        Place::Index(name) => errors::index_function(name),
    }
}

/// Whether an expression says yes or no by its form, as CHECK asks for.
pub fn is_boolean(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_boolean(inner),
        Expr::Value(literal) => matches!(literal.value, Value::Boolean(_)),
        Expr::UnaryOp { op, .. } => {
            matches!(op, UnaryOperator::Not | UnaryOperator::BangNot)
        }
        Expr::BinaryOp { op, .. } => says_yes_or_no(op),
        Expr::Function(function) => {
            let name = function.name.to_string().to_ascii_lowercase();
            BOOLEAN.contains(&name.as_str())
        }
        Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotUnknown(_)
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Between { .. }
        | Expr::Like { .. }
        | Expr::RLike { .. }
        | Expr::AnyOp { .. }
        | Expr::AllOp { .. }
        | Expr::MemberOf(_)
        | Expr::Exists { .. } => true,
        _ => false,
    }
}

fn says_yes_or_no(op: &BinaryOperator) -> bool {
    use BinaryOperator::{And, Eq, Gt, GtEq, Lt, LtEq, NotEq, Or, Spaceship, Xor};
    matches!(op, And | Or | Xor | Eq | NotEq | Lt | LtEq | Gt | GtEq | Spaceship)
}

/// A default looks at columns that are there, hold no number of their own, and are known before it.
///
/// # Errors
/// 1054, 3767, 3768.
pub fn check_default(table: &TableDef, at: usize, expr: &Expr) -> Result<(), SqlError> {
    let name = table.columns.get(at).map_or("", |column| &column.name);
    for parts in columns_of(expr) {
        let used = parts.last().map_or("", |part| &part.value);
        let Some(place) = table.column_index(used) else {
            return Err(errors::unknown_column(used, "default value expression"));
        };
        let Some(column) = table.columns.get(place) else { continue };
        if column.auto_increment {
            return Err(errors::default_of_counter(name));
        }
        let computed = column.generated.is_some()
            || matches!(&column.default, Some(DefaultValue::Expression(_)));
        if computed && place >= at && !same_name(used, name) {
            return Err(errors::default_of_later(name));
        }
    }
    Ok(())
}

/// A session with nothing in it, for expressions that look at their row only: so recovery, which has no session,
/// makes of them what the statement did.
///
/// # Errors
/// The system has no thread to give.
pub fn scratch_session(context: &Context) -> Result<Session, SqlError> {
    let failed = |error: std::io::Error| SqlError::new(1105, b"HY000", error.to_string());
    let engine = Engine::volatile(EngineOptions::default()).map_err(failed)?;
    let mut session = Session::new(engine, 0);
    session.variables.sql_mode = context.sql_mode;
    session.variables.time_zone = context.zone.name().into();
    session.variables.timestamp_micros = Some(context.now_seconds.saturating_mul(1_000_000));
    session.variables.collation_connection = context.collation_connection;
    Ok(session)
}

/// The type of an expression over a table's row.
///
/// # Errors
/// It does not compile.
pub fn type_of(context: &Context, table: &TableDef, expr: &Expr) -> Result<ExprType, SqlError> {
    let mut session = scratch_session(context)?;
    let mut compiler = Compiler::new(&mut session, &[]);
    let bound = compiler.over_table(expr, &Arc::new(table.clone())).map_err(error_of)?;
    Ok(bound.ty)
}

/// Expressions of the catalog look at their row only, so they never wait.
pub fn error_of(interrupt: Interrupt) -> SqlError {
    match interrupt {
        Interrupt::Error(error) => error,
        _ => SqlError::not_supported("an expression that waits in a definition"),
    }
}

//! Built-in functions: what one is, and where they are found.
//!
//! Functions get their arguments evaluated. What must not evaluate all of them is no function but a kind of
//! expression: IF, IFNULL, NULLIF, COALESCE, CASE, AND, OR, IN, and so are comparisons, arithmetic, LIKE,
//! CAST and CONVERT, `+ INTERVAL`, LAST aggregates and window functions. Everything else that is written
//! `name(…)` is here, also LEAST, GREATEST, INTERVAL(), DATE_ADD's relatives without INTERVAL, and REGEXP.
//!
//! Syntax that is more than a list of arguments is written as one:
//!
//! | SQL | call |
//! | --- | --- |
//! | `TRIM(BOTH x FROM y)`, `LEADING`, `TRAILING` | `trim_both(y, x)`, `trim_leading`, `trim_trailing` |
//! | `CONVERT(x USING latin1)` | `convert_using(x, 'latin1')` |
//! | `CHAR(… USING latin1)` | `convert_using(char(…), 'latin1')` |
//! | `WEIGHT_STRING(x AS CHAR(4))` | `weight_string(x, 'CHAR', 4)` |
//! | `EXTRACT(DAY FROM x)` | `extract('DAY', x)` |
//! | `TIMESTAMPDIFF(DAY, a, b)`, `TIMESTAMPADD` | `timestampdiff('DAY', a, b)` |
//! | `GET_FORMAT(DATE, 'USA')` | `get_format('DATE', 'USA')` |
//! | `a REGEXP b` | `regexp(a, b)` |
//! | `a MEMBER OF (b)` | `member_of(a, b)` |
//! | `JSON_VALUE(d, p RETURNING t)` | `json_value(d, p)`, and a cast around it |

mod args;
mod build;
mod error;
mod info;
mod json;
mod net;
mod numeric;
mod security;
mod string;
#[cfg(test)]
mod tests;
mod time;
mod types;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use error::{unknown_function, wrong_count};
pub use numeric::random::Generator;

use super::expr::ExprType;
use super::session::SqlMode;
use super::{EvalContext, Interrupt};
use crate::value::types::CollationId;
use crate::value::{SqlError, Value};

/// A built-in function.
#[derive(Debug)]
pub struct Function {
    /// Its name in lower case.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: Arity,
    /// What becomes of NULL arguments.
    pub nulls: NullRule,
    /// Whether equal arguments give equal results within one statement.
    pub volatility: Volatility,
    /// The type of its result. Errors such as 1267 are raised here.
    pub result: fn(&[ExprType], &TypeContext<'_>) -> Result<ExprType, SqlError>,
    /// Its result. With [`NullRule::AnyNullIsNull`] no argument is NULL.
    pub eval: fn(&mut EvalContext<'_>, &[Value], &Call<'_>) -> Result<Value, Interrupt>,
}

/// How many arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arity {
    /// At least.
    pub min: usize,
    /// At most.
    pub max: usize,
}

impl Arity {
    /// This many.
    pub const fn exactly(count: usize) -> Self {
        Self { min: count, max: count }
    }

    /// From … to.
    pub const fn between(min: usize, max: usize) -> Self {
        Self { min, max }
    }

    /// This many or more.
    pub const fn at_least(min: usize) -> Self {
        Self { min, max: usize::MAX }
    }

    /// Whether so many are right.
    pub const fn accepts(self, count: usize) -> bool {
        count >= self.min && count <= self.max
    }
}

/// What becomes of NULL arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullRule {
    /// The result is NULL and the function is not called.
    AnyNullIsNull,
    /// The function looks itself.
    Handles,
}

/// How often a function has to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volatility {
    /// Its result depends on its arguments alone: folded when the statement is compiled.
    Pure,
    /// It depends on the session or the statement (`NOW()`, `DATABASE()`), but not on the row: called once
    /// for a run where its arguments allow it.
    Statement,
    /// Called for each row: `RAND()`, `UUID()`, `SLEEP()`, what changes something.
    Volatile,
}

/// What a function's type may depend on.
#[derive(Debug, Clone, Copy)]
pub struct TypeContext<'a> {
    /// The session's.
    pub sql_mode: SqlMode,
    /// `collation_connection`: of strings that the function makes from nothing.
    pub collation_connection: CollationId,
    /// `div_precision_increment`.
    pub div_precision_increment: u8,
    /// The arguments that are constants, with their values, in the arguments' order.
    pub constants: &'a [Option<Value>],
}

/// One call of a function in a statement.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The types of its arguments.
    pub args: &'a [ExprType],
    /// The type of its result.
    pub result: &'a ExprType,
}

/// Every function.
static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
    let all = TABLES.iter().flat_map(|table| table.iter());
    all.map(|function| (function.name, function)).collect()
});

const TABLES: &[&[Function]] = &[
    info::locks::FUNCTIONS,
    info::misc::FUNCTIONS,
    info::session::FUNCTIONS,
    json::change::FUNCTIONS,
    json::make::FUNCTIONS,
    json::merge::FUNCTIONS,
    json::question::FUNCTIONS,
    json::text::FUNCTIONS,
    net::addresses::FUNCTIONS,
    net::gtids::FUNCTIONS,
    net::uuids::FUNCTIONS,
    numeric::bases::FUNCTIONS,
    numeric::extremes::FUNCTIONS,
    numeric::format::FUNCTIONS,
    numeric::powers::FUNCTIONS,
    numeric::random::FUNCTIONS,
    numeric::rounding::FUNCTIONS,
    security::compress::FUNCTIONS,
    security::encrypt::FUNCTIONS,
    security::hash::FUNCTIONS,
    string::base64::FUNCTIONS,
    string::codes::FUNCTIONS,
    string::collations::FUNCTIONS,
    string::concat::FUNCTIONS,
    string::fill::FUNCTIONS,
    string::lists::FUNCTIONS,
    string::pieces::FUNCTIONS,
    string::regexp::FUNCTIONS,
    string::search::FUNCTIONS,
    string::shape::FUNCTIONS,
    string::trim::FUNCTIONS,
    time::add::FUNCTIONS,
    time::days::FUNCTIONS,
    time::difference::FUNCTIONS,
    time::extract::FUNCTIONS,
    time::format::FUNCTIONS,
    time::make::FUNCTIONS,
    time::now::FUNCTIONS,
    time::parse::FUNCTIONS,
    time::parts::FUNCTIONS,
    time::week::FUNCTIONS,
    time::zones::FUNCTIONS,
];

/// The function of that name, in any case.
pub fn lookup(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name.to_ascii_lowercase().as_str()).copied()
}

/// The function that a call means.
///
/// # Errors
/// 1235 for families that are not built, 1305 for an unknown name (`schema` is the one written, or the
/// session's), 1582 for a wrong number of arguments.
pub fn resolve(
    schema: Option<&str>,
    name: &str,
    arguments: usize,
) -> Result<&'static Function, SqlError> {
    match lookup(name) {
        Some(function) if function.arity.accepts(arguments) => Ok(function),
        Some(_) => Err(error::wrong_count(&name.to_uppercase())),
        None if is_spatial(name) => Err(SqlError::not_supported("spatial functions")),
        None if is_schema_check(name) => Err(SqlError::not_supported("JSON schemas")),
        None => Err(error::unknown_function(schema, name)),
    }
}

fn is_schema_check(name: &str) -> bool {
    name.get(..12).is_some_and(|start| start.eq_ignore_ascii_case("json_schema_"))
}

/// MySQL's spatial functions have common beginnings.
fn is_spatial(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "point",
        "linestring",
        "polygon",
        "multipoint",
        "multilinestring",
        "multipolygon",
        "geometrycollection",
        "geomcollection",
        "st_asgeojson",
    ];
    let name = name.to_ascii_lowercase();
    name.starts_with("st_") || name.starts_with("mbr") || NAMES.contains(&name.as_str())
}

/// What functions remember from one row to the next, for one run of a statement.
#[derive(Debug, Default)]
pub struct State {
    /// Generators of `RAND(seed)`, by the place of the call.
    random: numeric::random::Generators,
    /// Compiled regular expressions.
    patterns: string::regexp::Patterns,
}

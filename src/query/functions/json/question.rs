//! JSON_EXTRACT, JSON_CONTAINS, JSON_CONTAINS_PATH, JSON_OVERLAPS, MEMBER OF, JSON_KEYS, JSON_LENGTH,
//! JSON_DEPTH, JSON_SEARCH.

use super::super::args::Args;
use super::super::build::{ONE, TWO, pure};
use super::super::types::{self, UTF8MB4_BIN, json};
use super::super::{Arity, Call, Function, error};
use super::arguments::{document, element, made, path, paths};
use crate::query::{EvalContext, Interrupt};
use crate::value::json::Amount;
use crate::value::{SqlError, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("json_extract", Arity::at_least(2), json, json_extract),
    pure("json_contains", Arity::between(2, 3), types::nullable_condition, json_contains),
    pure("json_contains_path", Arity::at_least(3), types::nullable_condition, json_contains_path),
    pure("json_overlaps", TWO, types::condition, json_overlaps),
    pure("member_of", TWO, types::condition, member_of),
    pure("json_keys", Arity::between(1, 2), json, json_keys),
    pure("json_length", Arity::between(1, 2), types::nullable_integer, json_length),
    pure("json_depth", ONE, types::nullable_integer, json_depth),
    pure("json_search", Arity::at_least(3), json, json_search).handles_nulls(),
];

fn json_extract(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let (document, paths) = (document(&args, 0, "json_extract")?, paths(&args, 1)?);
    Ok(document.extract(&paths).map_or(Value::Null, made))
}

/// Whether the second document is in the first, or in what a path finds there.
fn json_contains(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let whole = document(&args, 0, "json_contains")?;
    let part = document(&args, 1, "json_contains")?;
    if args.len() < 3 {
        return Ok(Value::Int(whole.contains(&part).into()));
    }
    let path = super::arguments::single_path(&args, 2)?;
    let found = path.first(&whole).map(|found| found.contains(&part));
    Ok(found.map_or(Value::Null, |found| Value::Int(found.into())))
}

/// `'one'` or `'all'` (3154).
fn amount(args: &Args<'_, '_>, at: usize, name: &str) -> Result<Amount, SqlError> {
    Amount::by_name(&args.text(at)).ok_or_else(|| {
        let text =
            format!("The oneOrAll argument to {name} may take these values: 'one' or 'all'.");
        SqlError::new(3154, b"42000", text)
    })
}

fn json_contains_path(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let document = document(&args, 0, "json_contains_path")?;
    let amount = amount(&args, 1, "json_contains_path")?;
    let paths = paths(&args, 2)?;
    let mut there = paths.iter().map(|path| path.first(&document).is_some());
    let found = match amount {
        Amount::One => there.any(|there| there),
        Amount::All => there.all(|there| there),
    };
    Ok(Value::Int(found.into()))
}

fn json_overlaps(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let one = document(&args, 0, "json_overlaps")?;
    let other = document(&args, 1, "json_overlaps")?;
    Ok(Value::Int(one.overlaps(&other).into()))
}

/// The value is taken as it is: text is a string.
fn member_of(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let document = document(&args, 1, "member of")?;
    Ok(Value::Int(element(&args, 0).is_member_of(&document).into()))
}

fn json_keys(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let document = document(&args, 0, "json_keys")?;
    let path =
        if args.len() > 1 { super::arguments::single_path(&args, 1)? } else { Default::default() };
    let keys = path.first(&document).and_then(|found| found.keys());
    Ok(keys.map_or(Value::Null, made))
}

fn json_length(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let document = document(&args, 0, "json_length")?;
    let path =
        if args.len() > 1 { super::arguments::single_path(&args, 1)? } else { Default::default() };
    let length = path.first(&document).map(|found| found.length() as i64);
    Ok(length.map_or(Value::Null, Value::Int))
}

fn json_depth(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(Value::Int(document(&args, 0, "json_depth")?.depth() as i64))
}

/// `json_search(document, 'one' or 'all', pattern, escape, paths…)`. Case counts.
fn json_search(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let null = (0..args.len()).any(|at| at != 3 && args.is_null(at));
    if null {
        return Ok(Value::Null);
    }
    let document = document(&args, 0, "json_search")?;
    let amount = amount(&args, 1, "json_search")?;
    let pattern = args.text(2);
    let given = if args.is_null(3) { "".into() } else { args.text(3) };
    if given.chars().count() > 1 {
        return Err(error::wrong_arguments("ESCAPE").into());
    }
    let escape = given.chars().next().unwrap_or('\\');
    let below = (4..args.len()).map(|at| path(&args, at)).collect::<Result<Vec<_>, _>>()?;
    let collation = UTF8MB4_BIN.collation();
    let fits = |text: &str| collation.like(text, &pattern, Some(escape));
    Ok(document.search(amount, &below, &fits).map_or(Value::Null, made))
}

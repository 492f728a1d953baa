//! LIKE.

use super::{Expr, aggregate_collations};
use crate::query::{EvalContext, Interrupt};
use crate::value::collation::Collation;
use crate::value::compare::Comparison;
use crate::value::types::CollationId;
use crate::value::{SqlError, Value, convert};

/// `a LIKE b`, in a collation that was settled when the statement was compiled.
pub(super) fn eval(
    sides: &(Expr, Expr),
    collation: CollationId,
    escape: Option<char>,
    ctx: &mut EvalContext<'_>,
    row: &[Value],
) -> Result<Option<bool>, Interrupt> {
    let text = sides.0.eval(ctx, row)?;
    if matches!(text, Value::Null) {
        return Ok(None);
    }
    let pattern = sides.1.eval(ctx, row)?;
    if matches!(pattern, Value::Null) {
        return Ok(None);
    }
    let Some(collation) = Collation::by_id(collation) else { return Ok(Some(false)) };
    let found = match (&text, &pattern) {
        (Value::Text(text), Value::Text(pattern)) => collation.like(text, pattern, escape),
        _ => {
            let text = text_of(&text, &sides.0);
            collation.like(&text, &text_of(&pattern, &sides.1), escape)
        }
    };
    Ok(Some(found))
}

/// The collation that both sides of a LIKE agree on.
pub fn like_collation(sides: &(Expr, Expr)) -> Result<CollationId, SqlError> {
    let types = [&sides.0.ty, &sides.1.ty];
    match types.iter().any(|ty| ty.is_string()) {
        true => Ok(aggregate_collations(&types, "like")?.0),
        false => Ok(super::types::DEFAULT_COLLATION),
    }
}

/// As what LIKE compares both sides.
pub fn like_comparison(collation: CollationId) -> Comparison {
    match collation {
        CollationId::BINARY => Comparison::Binary,
        collation => Comparison::Text(collation),
    }
}

/// A value as text; bytes that are no UTF-8 as characters of the same numbers.
fn text_of(value: &Value, expr: &Expr) -> String {
    match value {
        Value::Text(text) => text.as_ref().to_owned(),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
        other => convert::to_text_as(other, &expr.ty.ty).to_string(),
    }
}

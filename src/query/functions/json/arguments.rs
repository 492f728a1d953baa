//! Documents, paths and values among the arguments.

use std::borrow::Cow;
use std::sync::Arc;

use super::super::args::Args;
use crate::value::json::Path;
use crate::value::types::{ColumnType, IntegerSize};
use crate::value::{Json, SqlError, Value};

/// A document: JSON, or text that is parsed (3141, 3157); other types are refused (3144, 3146).
pub(super) fn document<'a>(
    args: &Args<'a, '_>,
    at: usize,
    name: &str,
) -> Result<Cow<'a, Json>, SqlError> {
    match args.value(at) {
        Value::Json(json) => Ok(Cow::Borrowed(json)),
        Value::Text(text) => match Json::parse(text) {
            Ok(json) => Ok(Cow::Owned(json)),
            Err(mistake) => Err(mistake.in_argument(at + 1, name)),
        },
        Value::Bytes(_) => Err(SqlError::new(
            3144,
            b"22032",
            "Cannot create a JSON value from a string with CHARACTER SET 'binary'.",
        )),
        _ => Err(SqlError::new(
            3146,
            b"22032",
            format!(
                "Invalid data type for JSON data in argument {} to function {name}; a JSON string \
                 or JSON type is required.",
                at + 1
            ),
        )),
    }
}

/// A path (3143).
pub(super) fn path(args: &Args<'_, '_>, at: usize) -> Result<Path, SqlError> {
    Ok(args.text(at).parse::<Path>()?)
}

/// The paths from an argument on.
pub(super) fn paths(args: &Args<'_, '_>, from: usize) -> Result<Vec<Path>, SqlError> {
    (from..args.len()).map(|at| path(args, at)).collect()
}

/// A path to one place: 3149 for others.
pub(super) fn single_path(args: &Args<'_, '_>, at: usize) -> Result<Path, SqlError> {
    let path = path(args, at)?;
    if path.has_wildcard() {
        let text = "In this situation, path expressions may not contain the * and ** tokens or an \
                    array range.";
        return Err(SqlError::new(3149, b"42000", text));
    }
    Ok(path)
}

/// A value that becomes part of a document. Conditions become `true` and `false`.
pub(super) fn element(args: &Args<'_, '_>, at: usize) -> Json {
    let (value, ty) = (args.value(at), args.ty(at).map(|ty| &ty.ty));
    match (value, ty) {
        (
            Value::Int(number),
            Some(ColumnType::Integer { size: IntegerSize::Big, width: Some(1), .. }),
        ) => Json::Bool(*number != 0),
        (value, Some(ty)) => Json::of_type(value, ty),
        (value, None) => Json::of(value),
    }
}

/// A JSON result.
pub(super) fn made(json: Json) -> Value {
    Value::Json(Arc::new(json))
}

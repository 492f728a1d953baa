//! Storing JSON. A text must be JSON in every mode; other values must have been cast.

use std::sync::Arc;

use super::Target;
use crate::value::json::{JsonMistake, MAX_DEPTH, TextMistake};
use crate::value::{Json, SqlError, Value};

pub(super) fn json(value: &Value, target: &Target<'_>) -> Result<Value, SqlError> {
    let parsed = match value {
        Value::Json(json) if json.depth() <= MAX_DEPTH => return Ok(Value::Json(Arc::clone(json))),
        Value::Json(_) => Err(JsonMistake::TooDeep),
        Value::Text(text) => Json::parse(text),
        Value::Member(member) => Json::parse(&member.text),
        Value::Bytes(_) => {
            let message = "Cannot create a JSON value from a string with CHARACTER SET 'binary'.";
            return Err(SqlError::new(3144, b"22032", message));
        }
        _ => Err(JsonMistake::Text(TextMistake {
            message: "not a JSON text, may need CAST",
            position: 0,
        })),
    };
    let json = parsed.map_err(|mistake| mistake.in_column(target.column))?;
    Ok(Value::Json(Arc::new(json)))
}

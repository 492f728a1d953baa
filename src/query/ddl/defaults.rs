//! What a column holds when a statement does not say.

use super::expressions::{self, Place};
use super::{Scene, errors, values};
use crate::engine::catalog::{ColumnDef, DefaultValue};
use crate::sql::statement::ast::{self, ColumnDefinition, Expr, UnaryOperator};
use crate::sql::statement::print_expr;
use crate::value::store::store;
use crate::value::types::ColumnType;
use crate::value::warning::Unheard;
use crate::value::{SqlError, Value};

/// Sets default and ON UPDATE of a column.
///
/// # Errors
/// 1067, 1101, 1294.
pub fn set_default(
    scene: &mut Scene<'_>,
    column: &mut ColumnDef,
    definition: &ColumnDefinition,
) -> Result<(), SqlError> {
    if let Some(digits) = definition.on_update {
        if fraction_of(&column.ty) != Some(digits) {
            return Err(errors::bad_on_update(&column.name));
        }
        column.on_update_now = true;
    }
    let Some(default) = &definition.default else { return Ok(()) };
    if column.auto_increment {
        return Err(errors::bad_default(&column.name));
    }
    column.default = Some(default_value(scene, column, default)?);
    Ok(())
}

/// A default for a column of this name and type.
///
/// # Errors
/// 1067, 1101.
pub fn default_value(
    scene: &mut Scene<'_>,
    column: &ColumnDef,
    default: &ast::DefaultValue,
) -> Result<DefaultValue, SqlError> {
    match default {
        ast::DefaultValue::Now(digits) => {
            if fraction_of(&column.ty) != Some(*digits) {
                return Err(errors::bad_default(&column.name));
            }
            Ok(DefaultValue::Expression(now_text(*digits).into()))
        }
        ast::DefaultValue::Expression(expr) => {
            expressions::vet(expr, Place::Default(&column.name))?;
            Ok(DefaultValue::Expression(print_expr(expr).into()))
        }
        ast::DefaultValue::Literal(literal) => {
            let value = literal_value(literal).ok_or_else(|| errors::bad_default(&column.name))?;
            literal_default(scene, column, value)
        }
    }
}

/// `CURRENT_TIMESTAMP`, as SHOW CREATE TABLE has it.
pub fn now_text(digits: u64) -> String {
    match digits {
        0 => "CURRENT_TIMESTAMP".to_owned(),
        digits => format!("CURRENT_TIMESTAMP({digits})"),
    }
}

fn fraction_of(ty: &ColumnType) -> Option<u64> {
    match ty {
        ColumnType::DateTime(digits) | ColumnType::Timestamp(digits) => Some(u64::from(*digits)),
        _ => None,
    }
}

fn literal_default(
    scene: &mut Scene<'_>,
    column: &ColumnDef,
    value: Value,
) -> Result<DefaultValue, SqlError> {
    if matches!(value, Value::Null) {
        if !column.nullable {
            return Err(errors::bad_default(&column.name));
        }
        return Ok(DefaultValue::Value(Value::Null));
    }
    if matches!(column.ty, ColumnType::Blob(_) | ColumnType::Text { .. } | ColumnType::Json) {
        return Err(errors::blob_default(&column.name));
    }
    let mut mode = values::store_mode(scene.context);
    mode.strict = true;
    let stored = store(&value, None, &column.ty, &mode, &column.name, 1, &mut Unheard);
    Ok(DefaultValue::Value(stored.map_err(|_| errors::bad_default(&column.name))?))
}

/// The value of a literal with or without a sign.
pub fn literal_value(expr: &Expr) -> Option<Value> {
    match expr {
        Expr::Value(literal) => match &literal.value {
            ast::Value::Null => Some(Value::Null),
            ast::Value::Boolean(truth) => Some(Value::Int(i64::from(*truth))),
            ast::Value::Number(digits, _) => Some(number(digits)),
            ast::Value::SingleQuotedString(text) => Some(Value::Text(text.as_str().into())),
            ast::Value::HexStringLiteral(digits) => Some(Value::Bytes(hex_bytes(digits).into())),
            _ => None,
        },
        Expr::TypedString(literal) => match &literal.value.value {
            ast::Value::SingleQuotedString(text) => Some(Value::Text(text.as_str().into())),
            _ => None,
        },
        Expr::Prefixed { value, .. } => literal_value(value),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match &**expr {
            Expr::Value(literal) => match &literal.value {
                ast::Value::Number(digits, _) => Some(number(&format!("-{digits}"))),
                _ => None,
            },
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Plus, expr } => literal_value(expr),
        _ => None,
    }
}

/// A number as the value that its spelling makes it: integer, decimal, or with an exponent a double.
fn number(digits: &str) -> Value {
    if let Ok(number) = digits.parse::<i64>() {
        return Value::Int(number);
    }
    if let Ok(number) = digits.parse::<u64>() {
        return Value::UInt(number);
    }
    let exponent = digits.contains(['e', 'E']);
    if !exponent && let Ok(decimal) = digits.parse::<crate::value::Decimal>() {
        return Value::Decimal(decimal);
    }
    Value::Double(digits.parse().unwrap_or(0.0))
}

fn hex_bytes(digits: &str) -> Vec<u8> {
    let nibble = |byte: u8| char::from(byte).to_digit(16).map_or(0, |value| value as u8);
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |sum, d| sum << 4 | nibble(*d)))
        .collect()
}

//! Literals: numbers, strings, dates.

use super::Compiler;
use crate::query::Interrupt;
use crate::query::expr::{Coercibility, Expr, ExprKind, ExprType, literal_type};
use crate::sql::statement::ast;
use crate::value::charset::Charset;
use crate::value::collation::Collation;
use crate::value::temporal::{DateMode, parse_date_time, parse_time};
use crate::value::types::{CollationId, ColumnType};
use crate::value::{Decimal, SqlError, Value};

impl Compiler<'_> {
    /// A literal.
    pub(crate) fn literal(&mut self, value: &ast::Value) -> Result<Expr, Interrupt> {
        if let Some(index) = ast::parameter(value) {
            return Ok(self.parameter(index));
        }
        match value {
            ast::Value::Null => Ok(Expr::null()),
            ast::Value::Boolean(yes) => Ok(Expr::boolean(*yes)),
            ast::Value::Number(text, _) => number(text),
            ast::Value::HexStringLiteral(hex) => {
                let bytes = bytes_of(hex);
                let ty = ExprType::bytes(bytes.len() as u64, false);
                let ty = ty.with_coercibility(Coercibility::Coercible);
                Ok(Expr::literal(Value::Bytes(bytes.into()), ty))
            }
            ast::Value::NationalStringLiteral(text) => {
                self.cacheable = false;
                let message = "NATIONAL/NCHAR/NVARCHAR implies the character set UTF8MB3, which will be replaced by UTF8MB4 in a future release. Please consider using CHAR(x) CHARACTER SET UTF8MB4 in order to be unambiguous.";
                let level = crate::query::session::WarningLevel::Warning;
                self.session.diagnostics.push(level, 3720, message.to_owned());
                Ok(string(text, CollationId::UTF8MB3_GENERAL_CI))
            }
            ast::Value::SingleQuotedString(text) | ast::Value::DoubleQuotedString(text) => {
                Ok(string(text, self.session.variables.collation_connection))
            }
            _ => Err(SqlError::not_supported("this kind of literal").into()),
        }
    }

    /// `?`: typed by the value it has.
    fn parameter(&mut self, index: usize) -> Expr {
        let ty = match self.params.get(index) {
            Some(value) => parameter_type(value, self.session.variables.collation_connection),
            None => {
                let collation = self.session.variables.collation_connection;
                ExprType::text(16_383, collation, true).with_coercibility(Coercibility::Coercible)
            }
        };
        if self.param_types.len() <= index {
            self.param_types.resize(index + 1, None);
        }
        Expr::new(ExprKind::Param(index), ty)
    }

    /// `_charset'text'`.
    pub(crate) fn introduced(
        &mut self,
        charset: &str,
        value: &ast::Expr,
    ) -> Result<Expr, Interrupt> {
        let Some(found) = Charset::by_name(charset) else {
            let message = format!("Unknown character set: '{charset}'");
            return Err(SqlError::new(1115, b"42000", message).into());
        };
        let collation = Collation::default_of(found).map_or(CollationId::BINARY, |found| found.id);
        let bound = self.expr(value)?;
        let text = match bound.as_literal() {
            Some(Value::Text(text)) => text.to_string(),
            Some(Value::Bytes(bytes)) if collation == CollationId::BINARY => {
                let ty = ExprType::bytes(bytes.len() as u64, false);
                let ty = ty.with_coercibility(Coercibility::Coercible);
                return Ok(Expr::literal(Value::Bytes(bytes.clone()), ty));
            }
            Some(Value::Bytes(bytes)) => found.decode(bytes).map_err(|_| {
                let message = format!("Invalid {} character string: '{}'", found.name, hex(bytes));
                SqlError::new(1300, b"HY000", message)
            })?,
            _ => return Ok(bound),
        };
        if collation == CollationId::BINARY {
            let ty = ExprType::bytes(text.len() as u64, false);
            let ty = ty.with_coercibility(Coercibility::Coercible);
            return Ok(Expr::literal(Value::Bytes(text.as_bytes().into()), ty));
        }
        Ok(string(&text, collation))
    }

    /// `DATE '…'`, `TIME '…'`, `TIMESTAMP '…'`.
    pub(crate) fn typed_string(&mut self, typed: &ast::TypedString) -> Result<Expr, Interrupt> {
        let (ast::Value::SingleQuotedString(text) | ast::Value::DoubleQuotedString(text)) =
            &typed.value.value
        else {
            return Err(SqlError::not_supported("this kind of literal").into());
        };
        let mode = DateMode::default();
        let wrong =
            |kind: &str| SqlError::new(1525, b"HY000", format!("Incorrect {kind} value: '{text}'"));
        let (value, ty) = match &typed.data_type {
            ast::DataType::Date => {
                let parsed = parse_date_time(text, mode).map_err(|_| wrong("DATE"))?;
                (Value::Date(parsed.value.date), ColumnType::Date)
            }
            ast::DataType::Time(..) => {
                let parsed = parse_time(text, mode).map_err(|_| wrong("TIME"))?;
                (Value::Time(parsed.value), ColumnType::Time(parsed.fsp))
            }
            _ => {
                let parsed = parse_date_time(text, mode).map_err(|_| wrong("DATETIME"))?;
                let moment = match parsed.offset {
                    None => parsed.value,
                    Some(_) => {
                        self.cacheable = false;
                        parsed.in_zone(&self.session.zone())
                    }
                };
                (Value::DateTime(moment), ColumnType::DateTime(parsed.fsp))
            }
        };
        Ok(Expr::literal(value, ExprType::new(ty, false)))
    }
}

fn string(text: &str, collation: CollationId) -> Expr {
    Expr::literal(Value::Text(text.into()), literal_type(text, collation))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A number as it is written: whole, decimal or with an exponent.
fn number(text: &str) -> Result<Expr, Interrupt> {
    if text.contains(['e', 'E']) {
        let value: f64 = text.parse().unwrap_or(f64::INFINITY);
        if !value.is_finite() {
            let message = format!("Illegal double '{text}' value found during parsing");
            return Err(SqlError::new(1367, b"22007", message).into());
        }
        return Ok(Expr::literal(Value::Double(value), ExprType::double(false)));
    }
    if let Ok(value) = text.parse::<i64>() {
        return Ok(Expr::literal(
            Value::Int(value),
            ExprType::integer_literal(value.unsigned_abs(), false),
        ));
    }
    if let Ok(value) = text.parse::<u64>() {
        return Ok(Expr::literal(Value::UInt(value), ExprType::integer_literal(value, false)));
    }
    let wrong = || {
        SqlError::new(
            1367,
            b"22007",
            format!("Illegal decimal '{text}' value found during parsing"),
        )
    };
    let value: Decimal = text.parse().map_err(|_| wrong())?;
    let scale = u32::from(value.scale());
    let ty = ExprType::decimal(u32::from(value.integer_digits()).max(1) + scale, scale, false);
    Ok(Expr::literal(Value::Decimal(value), ty))
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().filter_map(|digit| digit.to_digit(16).map(|d| d as u8)).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}

/// The type of a parameter with that value.
pub fn parameter_type(value: &Value, collation: CollationId) -> ExprType {
    let ty = match value {
        Value::Null => return ExprType::null(),
        Value::Int(_) => ExprType::big_integer(false, true),
        Value::UInt(_) => ExprType::big_integer(true, true),
        Value::Double(_) => ExprType::double(true),
        Value::Decimal(_) => ExprType::decimal(65, 30, true),
        // Coercible bytes would be a binary literal's, which are numbers among numbers.
        Value::Bytes(bytes) => {
            return ExprType::bytes(bytes.len().max(1 << 12) as u64, true);
        }
        Value::Date(_) => ExprType::new(ColumnType::Date, true),
        Value::Time(_) => ExprType::new(ColumnType::Time(6), true),
        Value::DateTime(_) => ExprType::new(ColumnType::DateTime(6), true),
        Value::Json(_) => ExprType::new(ColumnType::Json, true),
        _ => ExprType::text(16_383, collation, true),
    };
    match ty.is_string() {
        true => ty.with_coercibility(Coercibility::Coercible),
        false => ty,
    }
}

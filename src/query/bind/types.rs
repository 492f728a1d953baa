//! Types in CAST, and COLLATE.

use super::Compiler;
use crate::query::Interrupt;
use crate::query::expr::{Coercibility, Expr, ExprKind, ExprType};
use crate::sql::statement::ast;
use crate::value::SqlError;
use crate::value::charset::Charset;
use crate::value::collation::Collation;
use crate::value::types::{CollationId, ColumnType, IntegerSize};

impl Compiler<'_> {
    pub(super) fn cast(
        &mut self,
        inner: &ast::Expr,
        data_type: &ast::DataType,
        format: Option<&ast::CastFormat>,
    ) -> Result<Expr, Interrupt> {
        let inner = self.single_expr(inner)?;
        let charset = match format {
            Some(ast::CastFormat::Value(value)) => {
                value.value.clone().into_string().or_else(|| Some(value.value.to_string()))
            }
            _ => None,
        };
        let collation = match charset {
            None => self.session.variables.collation_connection,
            Some(name) => {
                let found = Charset::by_name(&name).and_then(Collation::default_of);
                let unknown =
                    || SqlError::new(1115, b"42000", format!("Unknown character set: '{name}'"));
                found.ok_or_else(unknown)?.id
            }
        };
        let ty = cast_type(data_type, collation, &inner.ty)?;
        let coercibility = Coercibility::Implicit;
        let ty = match ty.is_string() {
            true => ty.with_coercibility(coercibility),
            false => ty,
        };
        if let ast::DataType::Binary(Some(length)) = data_type
            && let Ok(length) = u32::try_from(*length)
        {
            // A stated length is filled up with zeros, as BINARY(n) is; the type stays VARBINARY.
            let padded = ExprType::new(ColumnType::Binary { varying: false, length }, true);
            let cast = Expr::new(ExprKind::Cast(Box::new(inner)), padded);
            return Ok(Expr::new(ExprKind::Coerce(Box::new(cast)), ty.with_nullable(true)));
        }
        Ok(Expr::new(ExprKind::Cast(Box::new(inner)), ty.with_nullable(true)))
    }

    pub(super) fn collate(
        &mut self,
        inner: &ast::Expr,
        collation: &str,
    ) -> Result<Expr, Interrupt> {
        let collation = collation.trim_matches(['`', '\'', '"']);
        let Some(found) = Collation::by_name(collation) else {
            let message = format!("Unknown collation: '{collation}'");
            return Err(SqlError::new(1273, b"HY000", message).into());
        };
        let inner = self.single_expr(inner)?;
        let own = Collation::by_id(inner.ty.collation());
        let other_charset = own.is_some_and(|own| own.charset.name != found.charset.name);
        if inner.ty.is_string() && other_charset && !inner.is_null_literal() {
            let own = own.map_or("binary", |own| own.charset.name);
            let message =
                format!("COLLATION '{}' is not valid for CHARACTER SET '{own}'", found.name);
            return Err(SqlError::new(1253, b"42000", message).into());
        }
        let mut ty = ExprType::text(inner.ty.char_length(), found.id, inner.ty.nullable);
        if let ColumnType::Text { size, .. } = inner.ty.ty {
            ty.ty = ColumnType::Text { size, collation: found.id };
        }
        let ty = ty.with_coercibility(Coercibility::Explicit);
        Ok(Expr::new(ExprKind::Coerce(Box::new(inner)), ty))
    }
}

/// The type that CAST names.
///
/// # Errors
/// 1426, 1427, 3019-like for sizes that no type has; 1235.
pub fn cast_type(
    data_type: &ast::DataType,
    collation: CollationId,
    from: &ExprType,
) -> Result<ExprType, SqlError> {
    use ast::DataType as D;
    let big = |unsigned| ColumnType::Integer {
        size: IntegerSize::Big,
        unsigned,
        width: None,
        zerofill: false,
    };
    let float =
        |double| ColumnType::Float { double, unsigned: false, digits: None, zerofill: false };
    let ty = match data_type {
        D::Signed | D::SignedInteger | D::Int(_) | D::Integer(_) | D::BigInt(_) => big(false),
        D::Unsigned | D::UnsignedInteger | D::IntUnsigned(_) | D::IntegerUnsigned(_) => big(true),
        D::Decimal(info) | D::Numeric(info) | D::Dec(info) => return decimal_type(info),
        D::Float(_) => float(false),
        D::Double(_) | D::DoublePrecision | D::Real => float(true),
        D::Date => ColumnType::Date,
        D::Time(fsp, _) => ColumnType::Time(fraction(*fsp)?),
        D::Datetime(fsp) | D::Timestamp(fsp, _) => ColumnType::DateTime(fraction(*fsp)?),
        D::JSON => ColumnType::Json,
        D::Char(length) | D::Character(length) | D::Varchar(length) | D::Nvarchar(length) => {
            let length = match length {
                Some(ast::CharacterLength::IntegerLength { length, .. }) => *length,
                _ => from.char_length(),
            };
            return Ok(ExprType::text(length, collation, true));
        }
        D::Binary(length) => {
            let wide = from.is_string() && from.collation() != CollationId::BINARY;
            let own = from.char_length().saturating_mul(if wide { 4 } else { 1 });
            return Ok(ExprType::bytes(length.unwrap_or(own), true));
        }
        D::Custom(name, _) if name.to_string().eq_ignore_ascii_case("year") => ColumnType::Year,
        other => return Err(SqlError::not_supported(&format!("CAST to {other}"))),
    };
    Ok(ExprType::new(ty, true))
}

fn fraction(fsp: Option<u64>) -> Result<u8, SqlError> {
    let fsp = fsp.unwrap_or(0);
    match u8::try_from(fsp) {
        Ok(fsp) if fsp <= 6 => Ok(fsp),
        _ => {
            let message = format!("Too-big precision {fsp} specified for 'CAST'. Maximum is 6.");
            Err(SqlError::new(1426, b"42000", message))
        }
    }
}

fn decimal_type(info: &ast::ExactNumberInfo) -> Result<ExprType, SqlError> {
    let (precision, scale) = match info {
        ast::ExactNumberInfo::None => (10, 0),
        ast::ExactNumberInfo::Precision(precision) => (*precision, 0),
        ast::ExactNumberInfo::PrecisionAndScale(precision, scale) => {
            (*precision, u64::try_from(*scale).unwrap_or(0))
        }
    };
    if precision > 65 {
        let message = format!("Too-big precision {precision} specified for 'CAST'. Maximum is 65.");
        return Err(SqlError::new(1426, b"42000", message));
    }
    let precision = if precision == 0 { 10 } else { precision };
    if scale > precision {
        let message =
            "For float(M,D), double(M,D) or decimal(M,D), M must be >= D (column 'CAST').";
        return Err(SqlError::new(1427, b"42000", message));
    }
    if scale > 30 {
        let message = format!("Too big scale {scale} specified for column 'CAST'. Maximum is 30.");
        return Err(SqlError::new(1425, b"42000", message));
    }
    Ok(ExprType::decimal(precision as u32, scale as u32, true))
}

//! The types of aggregate functions.

use super::AggregateFunction;
use crate::query::expr::{
    Coercibility, ExprType, NumberClass, aggregate_collations, decimal_size, number_class,
};
use crate::value::SqlError;
use crate::value::types::{BlobSize, CollationId, ColumnType};

/// The type of a call.
///
/// # Errors
/// 1267 and its kin.
pub fn result_type(
    function: AggregateFunction,
    args: &[&ExprType],
    increment: u8,
    max_concat: u64,
) -> Result<ExprType, SqlError> {
    use AggregateFunction as F;
    let null = ExprType::null();
    let first = args.first().copied().unwrap_or(&null);
    Ok(match function {
        F::Count | F::CountAll => ExprType::sized_integer(false, 21, false),
        F::Sum => sum_type(first),
        F::Avg => avg_type(first, increment),
        F::Min | F::Max | F::AnyValue => extreme_type(first),
        F::BitAnd | F::BitOr | F::BitXor => ExprType::sized_integer(true, 21, false),
        F::StdPop | F::StdSamp | F::VarPop | F::VarSamp => ExprType::double(true),
        F::JsonArray | F::JsonObject => ExprType::new(ColumnType::Json, true),
        F::GroupConcat => concat_type(args, max_concat)?,
    })
}

fn sum_type(arg: &ExprType) -> ExprType {
    match number_class(arg) {
        NumberClass::Double => ExprType::double(true),
        _ => {
            let (precision, scale) = decimal_size(arg);
            ExprType::decimal(precision + 22, scale, true)
        }
    }
}

fn avg_type(arg: &ExprType, increment: u8) -> ExprType {
    if arg.ty == ColumnType::Null && increment > 0 {
        let digits = Some((17 + increment, increment));
        let ty = ColumnType::Float { double: true, unsigned: false, digits, zerofill: false };
        return ExprType::new(ty, true);
    }
    match number_class(arg) {
        NumberClass::Double => ExprType::double(true),
        _ => {
            let (precision, scale) = decimal_size(arg);
            let more = u32::from(increment);
            ExprType::decimal(precision + more, scale + more, true)
        }
    }
}

fn extreme_type(arg: &ExprType) -> ExprType {
    let mut ty = arg.clone().with_nullable(true);
    // The result is no longer one of the members, but text.
    if matches!(ty.ty, ColumnType::Enum { .. } | ColumnType::Set { .. }) {
        let length = u32::try_from(arg.char_length()).unwrap_or(u32::MAX);
        let ty_of = ColumnType::Char { varying: false, length, collation: arg.collation() };
        ty = ExprType::new(ty_of, true);
    }
    if let ColumnType::Integer { zerofill, .. } = &mut ty.ty {
        *zerofill = false;
    }
    ty
}

fn concat_type(args: &[&ExprType], max: u64) -> Result<ExprType, SqlError> {
    /// Characters up to which the result is no TEXT.
    const SHORT: u64 = 512;
    let (mut collation, coercibility) = aggregate_collations(args, "group_concat")?;
    let is_binary = args.iter().any(|ty| matches!(ty.ty, ColumnType::Bit(_)))
        || args.iter().all(|ty| ty.ty == ColumnType::Null);
    if is_binary {
        collation = CollationId::BINARY;
    } else if !args.iter().any(|ty| ty.is_string()) {
        collation = CollationId::UTF8MB4_0900_AI_CI;
    }
    let ty = match (collation == CollationId::BINARY, max) {
        (true, ..=SHORT) => ColumnType::Binary { varying: true, length: max as u32 },
        (false, ..=SHORT) => ColumnType::Char { varying: true, length: max as u32, collation },
        (true, _) => ColumnType::Blob(BlobSize::Normal),
        (false, _) => ColumnType::Text { size: size_for(max), collation },
    };
    Ok(ExprType::new(ty, true).with_coercibility(coercibility.max(Coercibility::Implicit)))
}

fn size_for(bytes: u64) -> BlobSize {
    match bytes {
        0..=65_535 => BlobSize::Normal,
        65_536..=16_777_215 => BlobSize::Medium,
        _ => BlobSize::Long,
    }
}

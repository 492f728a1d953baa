//! Typing rules that several functions share.

use super::TypeContext;
use crate::query::expr::{Coercibility, ExprType, aggregate_collations};
use crate::value::SqlError;
use crate::value::types::{CollationId, ColumnType};

/// A typing rule's result.
pub(super) type Typed = Result<ExprType, SqlError>;

/// The collation of JSON as text.
pub(super) const UTF8MB4_BIN: CollationId = CollationId(46);
/// `binary`.
pub(super) const BINARY: CollationId = CollationId(63);
/// The character set of names: utf8mb3.
pub(super) const SYSTEM: CollationId = CollationId(33);
/// More characters than a VARCHAR has.
pub(super) const LONG_TEXT: u64 = 4_294_967_295 / 4;

/// Whether an argument may be NULL.
pub(super) fn any_nullable(args: &[ExprType]) -> bool {
    args.iter().any(|ty| ty.nullable)
}

/// BIGINT, NULL if an argument is.
pub(super) fn integer(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::big_integer(false, any_nullable(args)))
}

/// BIGINT that may be NULL.
pub(super) fn nullable_integer(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::big_integer(false, true))
}

/// A number of few digits that may be NULL: the parts of dates and times.
pub(super) fn short_integer(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::sized_integer(false, 7, true))
}

/// BIGINT that is never NULL.
pub(super) fn plain_integer(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::big_integer(false, false))
}

/// BIGINT UNSIGNED, NULL if an argument is.
pub(super) fn unsigned(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::big_integer(true, any_nullable(args)))
}

/// BIGINT UNSIGNED that may be NULL.
pub(super) fn nullable_unsigned(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::big_integer(true, true))
}

/// A condition, NULL if an argument is.
pub(super) fn condition(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::boolean(any_nullable(args)))
}

/// A condition that may be NULL.
pub(super) fn nullable_condition(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::boolean(true))
}

/// DOUBLE that may be NULL.
pub(super) fn real(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::double(true))
}

/// DOUBLE, NULL if an argument is.
pub(super) fn real_of(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::double(any_nullable(args)))
}

/// JSON.
pub(super) fn json(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(json_type())
}

/// JSON that may be NULL.
pub(super) fn json_type() -> ExprType {
    ExprType::new(ColumnType::Json, true).with_coercibility(Coercibility::Implicit)
}

/// Text that the function makes, in the connection's collation.
pub(super) fn made_text(length: u64, ctx: &TypeContext<'_>) -> ExprType {
    ExprType::text(length, ctx.collation_connection, true)
        .with_coercibility(Coercibility::Coercible)
}

/// Text that the server knows: names and versions.
pub(super) fn system_text(length: u64, nullable: bool) -> ExprType {
    ExprType::text(length, SYSTEM, nullable).with_coercibility(Coercibility::System)
}

/// Text in the collation of arguments.
pub(super) fn inherited(
    length: u64,
    strings: &[ExprType],
    name: &str,
    ctx: &TypeContext<'_>,
) -> Typed {
    let (collation, coercibility) = merged_collation(strings, name, ctx.collation_connection)?;
    let length =
        if collation == BINARY { length.saturating_add(widening(strings)) } else { length };
    Ok(ExprType::text(length, collation, true).with_coercibility(coercibility))
}

/// What text that becomes binary may be longer in bytes than in characters.
fn widening(strings: &[ExprType]) -> u64 {
    let is_text = |ty: &&ExprType| ty.is_string() && ty.collation() != BINARY;
    strings.iter().filter(is_text).map(|ty| ty.char_length().saturating_mul(3)).sum()
}

/// As [`inherited`], where NULL as the first argument makes the result binary.
pub(super) fn inherited_of_first(
    length: u64,
    strings: &[ExprType],
    name: &str,
    ctx: &TypeContext<'_>,
) -> Typed {
    match strings.first() {
        Some(first) if first.ty == ColumnType::Null => {
            let length = length.saturating_add(widening(strings));
            Ok(ExprType::bytes(length, true).with_coercibility(Coercibility::Ignorable))
        }
        _ => inherited(length, strings, name, ctx),
    }
}

/// The collation in which several arguments meet, as text. Numbers take the connection's.
pub(super) fn merged_collation(
    args: &[ExprType],
    name: &str,
    connection: CollationId,
) -> Result<(CollationId, Coercibility), SqlError> {
    let strings: Vec<ExprType> = args.iter().map(as_string).collect();
    let strings: Vec<&ExprType> = strings.iter().collect();
    if strings.iter().any(|ty| ty.is_string()) {
        return aggregate_collations(&strings, name);
    }
    if args.iter().all(|ty| ty.ty == ColumnType::Null) {
        return Ok((BINARY, Coercibility::Ignorable));
    }
    Ok((connection, Coercibility::Coercible))
}

/// JSON as text is a string of its own.
/// BIT too, a binary one.
fn as_string(ty: &ExprType) -> ExprType {
    if let ColumnType::Bit(_) = ty.ty {
        let ty = ExprType::bytes(ty.char_length(), ty.nullable);
        return ty.with_coercibility(Coercibility::Implicit);
    }
    if ty.ty != ColumnType::Json {
        return ty.clone();
    }
    ExprType::text(LONG_TEXT, UTF8MB4_BIN, ty.nullable).with_coercibility(Coercibility::Implicit)
}

/// A constant argument that is a whole number.
pub(super) fn constant_integer(ctx: &TypeContext<'_>, at: usize) -> Option<i128> {
    use crate::value::Value;
    match ctx.constants.get(at)?.as_ref()? {
        Value::Int(number) => Some(i128::from(*number)),
        Value::UInt(number) => Some(i128::from(*number)),
        Value::Decimal(number) => number.to_i128(),
        Value::Double(number) => Some(number.round_ties_even() as i128),
        Value::Text(text) => Some(crate::value::convert::scan_integer(text).value),
        _ => None,
    }
}

/// Whether an argument is the constant NULL.
pub(super) fn is_constant_null(ctx: &TypeContext<'_>, at: usize) -> bool {
    matches!(ctx.constants.get(at), Some(Some(crate::value::Value::Null)))
}

/// The length in characters of an argument as text.
pub(super) fn length_of(args: &[ExprType], at: usize) -> u64 {
    args.get(at).map_or(0, ExprType::char_length)
}

/// The length in bytes of an argument as text: a character is up to four.
pub(super) fn bytes_of(args: &[ExprType], at: usize) -> u64 {
    let Some(ty) = args.get(at) else { return 0 };
    let wide = ty.is_string() && ty.collation() != BINARY || ty.ty == ColumnType::Json;
    ty.char_length().saturating_mul(if wide { 4 } else { 1 })
}

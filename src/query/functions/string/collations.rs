//! CHARSET, COLLATION, COERCIBILITY, WEIGHT_STRING and CONVERT … USING.

use super::super::args::Args;
use super::super::build::{ONE, TWO, pure};
use super::super::types::{self, BINARY, Typed, system_text};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::{Coercibility, ExprType};
use crate::query::variables;
use crate::query::{EvalContext, Interrupt};
use crate::value::charset::Charset;
use crate::value::collation::{Collation, general_weight};
use crate::value::types::{CollationId, ColumnType};
use crate::value::{SqlError, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("charset", ONE, name_type, charset).handles_nulls(),
    pure("collation", ONE, name_type, collation).handles_nulls(),
    pure("coercibility", ONE, types::plain_integer, coercibility).handles_nulls(),
    pure("weight_string", Arity::between(1, 3), weight_type, weight_string),
    pure("convert_using", TWO, convert_type, convert_using),
];

fn name_type(_: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(system_text(64, true))
}

/// JSON counts as text.
fn of_first(args: &Args<'_, '_>) -> &'static Collation {
    match args.ty(0) {
        Some(ty) if ty.ty == ColumnType::Json => types::UTF8MB4_BIN.collation(),
        Some(ty) => ty.collation().collation(),
        None => BINARY.collation(),
    }
}

fn charset(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(Value::Text(of_first(&args).charset.name.into()))
}

fn collation(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    Ok(Value::Text(of_first(&args).name.into()))
}

fn coercibility(_: &mut EvalContext<'_>, _: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let strength = call.args.first().map_or(Coercibility::Ignorable, |ty| ty.coercibility);
    Ok(Value::Int(strength as i64))
}

fn weight_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    let Some(ty) = args.first() else { return Ok(ExprType::bytes(8, true)) };
    let length = if ty.is_string() && ty.collation() != BINARY {
        ty.char_length().saturating_mul(weight_bytes(ty.collation()))
    } else {
        ty.char_length().max(8)
    };
    Ok(ExprType::bytes(length, true))
}

/// Bytes that a character's weights may take.
fn weight_bytes(collation: CollationId) -> u64 {
    let name = collation.collation().name;
    match name {
        _ if name.contains("_0900_") => 64,
        _ if name.ends_with("_bin") => 12,
        _ if name.contains("_unicode_") => 64,
        _ => 8,
    }
}

/// A text's weights: for `_bin` collations of Unicode three bytes for each character.
fn weights(text: &str, collation: &Collation) -> Vec<u8> {
    if collation.is_binary() && collation.charset.max_len > 1 {
        let code = |letter: char| (letter as u32).to_be_bytes();
        return text.chars().flat_map(|letter| code(letter).into_iter().skip(1)).collect();
    }
    if collation.name.ends_with("_general_ci") && collation.charset.max_len > 1 {
        return text.chars().flat_map(|letter| general_weight(letter).to_be_bytes()).collect();
    }
    let mut key = Vec::new();
    collation.sort_key(text, &mut key);
    // The key's end, by which it can stand before others, is no weight.
    if collation.name.contains("_0900_") {
        key.truncate(key.len().saturating_sub(2));
    }
    key
}

/// The bytes by which a text is ordered. `weight_string(x, 'CHAR', 4)` and `(x, 'BINARY', 4)` first cut or
/// fill it.
fn weight_string(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let length = if args.len() > 2 { Some(args.int(2).max(0) as usize) } else { None };
    let as_binary = args.len() > 1 && args.text(1).eq_ignore_ascii_case("binary");
    let collation = of_first(&args);
    let is_text = args.ty(0).is_some_and(ExprType::is_string);
    if !is_text && length.is_none() {
        return Ok(number_weight(args.value(0)));
    }
    if as_binary || collation.id == BINARY {
        let mut bytes = args.bytes(0).into_owned();
        bytes.resize(length.unwrap_or(bytes.len()), 0);
        return Ok(Value::Bytes(bytes.into()));
    }
    let text: String = args.text(0).chars().take(length.unwrap_or(usize::MAX)).collect();
    Ok(Value::Bytes(weights(&text, collation).into()))
}

/// Whole numbers are ordered by their bits with the sign turned over.
fn number_weight(value: &Value) -> Value {
    match value {
        Value::Int(number) => {
            Value::Bytes((*number as u64 ^ 1 << 63).to_be_bytes().as_slice().into())
        }
        Value::UInt(number) => Value::Bytes(number.to_be_bytes().as_slice().into()),
        _ => Value::Null,
    }
}

/// `convert_using(x, 'latin1')`: the second argument is constant.
fn convert_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let name = match ctx.constants.get(1) {
        Some(Some(Value::Text(name))) => name.to_string(),
        _ => "utf8mb4".to_owned(),
    };
    let collation = variables::default_collation(&name)
        .ok_or_else(|| SqlError::new(1115, b"42000", format!("Unknown character set: '{name}'")))?;
    let length = args.first().map_or(0, |ty| converted_length(ty, collation));
    Ok(ExprType::text(length, collation, true).with_coercibility(Coercibility::Implicit))
}

/// A text that becomes binary is as long as its bytes.
fn converted_length(ty: &ExprType, to: CollationId) -> u64 {
    let is_text = ty.is_string() && ty.collation() != BINARY;
    ty.char_length().saturating_mul(if is_text && to == BINARY { 4 } else { 1 })
}

/// Bytes are read in the character set; what it cannot hold becomes `?`.
fn convert_using(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let collation = call.result.collation();
    if collation == BINARY {
        return Ok(Value::Bytes(args.bytes(0).into()));
    }
    let charset: &Charset = collation.collation().charset;
    match args.value(0) {
        Value::Bytes(bytes) => match charset.decode(bytes) {
            Ok(text) => Ok(Value::Text(text.into())),
            Err(_) => {
                let hex = super::super::numeric::bases::hex_of(bytes);
                let text = format!("Invalid {} character string: '{hex}'", charset.name);
                args.ctx.warn(1300, text);
                Ok(Value::Null)
            }
        },
        _ => {
            let mut bytes = Vec::new();
            charset.encode_lossy(&args.text(0), &mut bytes);
            Ok(Value::Text(charset.decode_lossy(&bytes).into()))
        }
    }
}

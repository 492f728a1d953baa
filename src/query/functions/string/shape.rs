//! UPPER, LOWER, QUOTE, SOUNDEX.

use super::super::args::Args;
use super::super::build::{ONE, pure};
use super::super::types::{Typed, inherited, length_of, made_text};
use super::super::{Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;
use crate::value::types::ColumnType;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("upper", ONE, upper_type, upper),
    pure("ucase", ONE, upper_type, upper),
    pure("lower", ONE, lower_type, lower),
    pure("lcase", ONE, lower_type, lower),
    pure("quote", ONE, quote_type, quote).handles_nulls(),
    pure("soundex", ONE, soundex_type, soundex),
];

fn upper_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    inherited(length_of(args, 0), args, "upper", ctx)
}

fn lower_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    inherited(length_of(args, 0), args, "lower", ctx)
}

/// Every character may need a backslash; then the quotes.
fn quote_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    let length = length_of(args, 0);
    let made = if length == 0 { 4 } else { length * 2 + 2 };
    if args.iter().all(|ty| ty.ty == ColumnType::Null) {
        return Ok(made_text(made, ctx));
    }
    inherited(made, args, "quote", ctx)
}

/// At least four letters.
fn soundex_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    inherited(length_of(args, 0).max(4), args, "soundex", ctx)
}

/// Binary strings have no case.
fn upper(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let collation = call.result.collation().collation();
    Ok(args.string(collation.upper(&args.characters(0))))
}

fn lower(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let collation = call.result.collation().collation();
    Ok(args.string(collation.lower(&args.characters(0))))
}

fn quote(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    if args.is_null(0) {
        return Ok(args.string("NULL"));
    }
    let mut quoted = String::from("'");
    for letter in args.characters(0).chars() {
        match letter {
            '\'' | '\\' => quoted.extend(['\\', letter]),
            '\0' => quoted.push_str("\\0"),
            '\x1a' => quoted.push_str("\\Z"),
            letter => quoted.push(letter),
        }
    }
    quoted.push('\'');
    Ok(args.string(quoted))
}

/// The first letter, then the codes of those that follow and differ from the one before; filled with zeros
/// to four. Letters beyond ASCII are passed over as vowels are.
fn soundex(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let args = Args::new(ctx, values, call);
    let text = args.characters(0);
    let mut letters = text.chars().filter(|letter| letter.is_alphabetic());
    let Some(first) = letters.next() else { return Ok(args.string("")) };
    let mut out = String::from(first.to_ascii_uppercase());
    let mut last = code(first);
    for letter in letters {
        let next = code(letter);
        if let Some(digit) = next.filter(|_| last != next) {
            out.push(digit);
            last = next;
        }
    }
    let missing = 4usize.saturating_sub(out.chars().count());
    out.extend(std::iter::repeat_n('0', missing));
    Ok(args.string(out))
}

/// A letter's code; none for vowels, H and W, which are passed over.
fn code(letter: char) -> Option<char> {
    Some(match letter.to_ascii_uppercase() {
        'B' | 'F' | 'P' | 'V' => '1',
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => '2',
        'D' | 'T' => '3',
        'L' => '4',
        'M' | 'N' => '5',
        'R' => '6',
        _ => return None,
    })
}

//! REGEXP and its functions.
//!
//! MySQL uses ICU's expressions. Those of the `fancy-regex` crate are near to them: the same operators,
//! classes, look-around and back references. A match that backtracks too long is given up with 3699.

use std::sync::Arc;

use fancy_regex::{Captures, Regex, RegexBuilder};

use super::super::args::Args;
use super::super::build::{TWO, pure};
use super::super::types::{self, LONG_TEXT, Typed, inherited, length_of, merged_collation};
use super::super::{Arity, Call, Function, TypeContext, error};
use super::search::char_offset;
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::{SqlError, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("regexp", TWO, like_type, regexp_like),
    pure("regexp_like", Arity::between(2, 3), like_type, regexp_like),
    pure("regexp_instr", Arity::between(2, 6), instr_type, regexp_instr),
    pure("regexp_replace", Arity::between(3, 6), replace_type, regexp_replace),
    pure("regexp_substr", Arity::between(2, 5), substr_type, regexp_substr),
];

/// Steps of backtracking after which a match is given up.
const BACKTRACK_LIMIT: usize = 1_000_000;
/// Bytes that a compiled expression may take.
const COMPILED_BYTES: usize = 1 << 20;

fn texts(args: &[ExprType]) -> &[ExprType] {
    args.get(..2).unwrap_or_default()
}

/// 3995 where binary strings and others are to be matched with each other.
fn check_charsets(args: &[ExprType], name: &str) -> Result<(), SqlError> {
    let strings: Vec<&ExprType> = texts(args).iter().filter(|ty| ty.is_string()).collect();
    let [one, other] = strings.as_slice() else { return Ok(()) };
    if (one.collation() == types::BINARY) == (other.collation() == types::BINARY) {
        return Ok(());
    }
    let (one, other) = (one.collation().collation().name, other.collation().collation().name);
    let message = format!(
        "Character set '{one}' cannot be used in conjunction with '{other}' in call to {name}."
    );
    Err(SqlError::new(3995, b"HY000", message))
}

fn like_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    check_charsets(args, "regexp_like")?;
    merged_collation(texts(args), "regexp_like", ctx.collation_connection)?;
    types::condition(args, ctx)
}

fn instr_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    check_charsets(args, "regexp_instr")?;
    merged_collation(texts(args), "regexp_instr", ctx.collation_connection)?;
    types::integer(args, ctx)
}

fn replace_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    check_charsets(args, "regexp_replace")?;
    inherited(LONG_TEXT, args.get(..3).unwrap_or_default(), "regexp_replace", ctx)
}

fn substr_type(args: &[ExprType], ctx: &TypeContext<'_>) -> Typed {
    check_charsets(args, "regexp_substr")?;
    inherited(length_of(args, 0), texts(args), "regexp_substr", ctx)
}

/// The longest expression, in bytes.
const MAX_BYTES: usize = 64 << 10;
/// The deepest nesting of parentheses: compiling recurses.
const MAX_DEPTH: usize = 100;

/// How deep parentheses are nested at most; escaped ones and those in brackets count too.
fn depth(source: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// A compiled expression and what it was compiled from.
#[derive(Debug, Default)]
pub struct Patterns(Vec<(String, Arc<Regex>)>);

/// Expressions that a statement keeps compiled.
const KEPT: usize = 16;

impl Patterns {
    /// The compiled form of `source`, which starts with its flags.
    fn get(&mut self, source: &str) -> Result<Arc<Regex>, SqlError> {
        if let Some((_, regex)) = self.0.iter().find(|(known, _)| known == source) {
            return Ok(regex.clone());
        }
        if source.len() > MAX_BYTES || depth(source) > MAX_DEPTH {
            let text = "Overflow in the regular expression backtrack stack.";
            return Err(SqlError::new(3698, b"HY000", text));
        }
        let mut builder = RegexBuilder::new(source);
        builder.backtrack_limit(BACKTRACK_LIMIT).delegate_size_limit(COMPILED_BYTES);
        let regex = Arc::new(builder.build().map_err(|_| syntax_error(source))?);
        if self.0.len() >= KEPT {
            self.0.remove(0);
        }
        self.0.push((source.to_owned(), regex.clone()));
        Ok(regex)
    }
}

/// What is wrong with an expression, as far as counting brackets tells.
fn syntax_error(source: &str) -> SqlError {
    let (mut depth, mut in_brackets, mut escaped) = (0i64, false, false);
    for letter in source.chars().skip(flags_length(source)) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_brackets = true,
            ']' => in_brackets = false,
            '(' if !in_brackets => depth += 1,
            ')' if !in_brackets => depth -= 1,
            _ => {}
        }
    }
    let (code, text) = match (in_brackets, depth, escaped) {
        (true, ..) => (3696, "The regular expression contains an unclosed bracket expression."),
        (_, 1.. | ..=-1, _) => (3691, "Mismatched parenthesis in regular expression."),
        (_, _, true) => (3689, "Unrecognized escape sequence in regular expression."),
        _ => (3688, "Syntax error in regular expression on line 1, character 1."),
    };
    SqlError::new(code, b"HY000", text)
}

/// Characters of `(?i)` before the expression itself.
fn flags_length(source: &str) -> usize {
    if source.starts_with("(?") { source.find(')').map_or(0, |end| end + 1) } else { 0 }
}

/// 3699.
fn gave_up(_: fancy_regex::Error) -> Interrupt {
    let text = "Timeout exceeded in regular expression match.";
    SqlError::new(3699, b"HY000", text).into()
}

/// The expression in argument 1, with the flags in argument `flags_at`; without them the collation says
/// whether case counts.
fn pattern(args: &mut Args<'_, '_>, flags_at: usize, name: &str) -> Result<Arc<Regex>, Interrupt> {
    let collation = args.collation(texts(args.types()));
    let mut ignore_case = collation.ignores_case();
    let mut flags = String::new();
    if flags_at < args.len() {
        for flag in args.text(flags_at).chars() {
            match flag {
                'i' => ignore_case = true,
                'c' => ignore_case = false,
                'm' => flags.push('m'),
                'n' => flags.push('s'),
                'u' => {}
                _ => return Err(error::wrong_arguments(name).into()),
            }
        }
    }
    if ignore_case {
        flags.push('i');
    }
    let expression = args.text(1);
    if expression.is_empty() {
        return Err(
            SqlError::new(3685, b"HY000", "Illegal argument to a regular expression.").into()
        );
    }
    let prefix = if flags.is_empty() { String::new() } else { format!("(?{flags})") };
    Ok(args.ctx.functions.patterns.get(&format!("{prefix}{expression}"))?)
}

fn regexp_like(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let regex = pattern(&mut args, 2, "regexp_like")?;
    let found = regex.is_match(&*args.text(0)).map_err(gave_up)?;
    Ok(Value::Int(found.into()))
}

/// An optional number; its default where it is not given.
fn option(args: &mut Args<'_, '_>, at: usize, default: i64) -> i64 {
    if at < args.len() { args.int(at) } else { default }
}

/// The byte at which the search begins: the position counts characters from 1 (3686 outside).
fn start(args: &mut Args<'_, '_>, at: usize) -> Result<usize, Interrupt> {
    let position = option(args, at, 1);
    let text = args.text(0);
    let skip = position.checked_sub(1).and_then(|skip| usize::try_from(skip).ok());
    let at = skip.and_then(|skip| char_offset(&text, skip));
    at.ok_or_else(|| {
        let text = "Index out of bounds in regular expression search.";
        SqlError::new(3686, b"HY000", text).into()
    })
}

/// The n-th match from a byte on, by its bytes.
fn nth_match(
    regex: &Regex,
    text: &str,
    from: usize,
    occurrence: i64,
) -> Result<Option<(usize, usize)>, Interrupt> {
    let wanted = usize::try_from(occurrence.saturating_sub(1)).unwrap_or(0);
    let mut count = 0;
    let mut at = from;
    while let Some(found) = regex.find_from_pos(text, at).map_err(gave_up)? {
        if count == wanted {
            return Ok(Some((found.start(), found.end())));
        }
        count += 1;
        at = match next_start(text, found.start(), found.end()) {
            Some(next) => next,
            None => break,
        };
    }
    Ok(None)
}

/// Where the search goes on: after an empty match one character later.
fn next_start(text: &str, start: usize, end: usize) -> Option<usize> {
    if end > start {
        return Some(end);
    }
    text.get(end..)?.chars().next().map(|letter| end + letter.len_utf8())
}

fn regexp_instr(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let regex = pattern(&mut args, 5, "regexp_instr")?;
    let from = start(&mut args, 2)?;
    let (occurrence, after) = (option(&mut args, 3, 1), option(&mut args, 4, 0));
    if !(0..=1).contains(&after) {
        return Err(error::wrong_arguments("regexp_instr: return_option must be 1 or 0.").into());
    }
    let text = args.text(0);
    let found = nth_match(&regex, &text, from, occurrence)?;
    let byte = found.map(|(start, end)| if after == 1 { end } else { start });
    let before = byte.and_then(|byte| text.get(..byte)).map(|before| before.chars().count() + 1);
    Ok(Value::Int(before.unwrap_or(0) as i64))
}

fn regexp_substr(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let regex = pattern(&mut args, 4, "regexp_substr")?;
    let from = start(&mut args, 2)?;
    let occurrence = option(&mut args, 3, 1);
    let text = args.text(0);
    let found = nth_match(&regex, &text, from, occurrence)?;
    let piece = found.and_then(|(start, end)| text.get(start..end));
    Ok(piece.map_or(Value::Null, |piece| args.string(piece)))
}

/// Replaces all matches, or the n-th where an occurrence is given.
fn regexp_replace(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let regex = pattern(&mut args, 5, "regexp_replace")?;
    let from = start(&mut args, 3)?;
    let occurrence = option(&mut args, 4, 0);
    let (text, replacement) = (args.text(0), args.text(2));
    let mut out = text.get(..from).unwrap_or_default().to_owned();
    let (mut done, mut at, mut count) = (from, from, 0);
    while let Some(found) = regex.captures_from_pos(&*text, at).map_err(gave_up)? {
        let Some(whole) = found.get(0) else { break };
        count += 1;
        if occurrence < 1 || count == occurrence {
            out.push_str(text.get(done..whole.start()).unwrap_or_default());
            expand(&replacement, &found, &mut out)?;
            done = whole.end();
        }
        if !args.bounded(out.len(), "regexp_replace") {
            return Ok(Value::Null);
        }
        let next = next_start(&text, whole.start(), whole.end());
        match next.filter(|_| count != occurrence) {
            Some(next) => at = next,
            None => break,
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Ok(args.string(out))
}

/// `$1` is a group, a backslash takes the next character as it is.
fn expand(replacement: &str, found: &Captures<'_, str>, out: &mut String) -> Result<(), Interrupt> {
    let mut letters = replacement.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.extend(letters.next()),
            '$' => {
                let group = letters.next_if(char::is_ascii_digit).and_then(|d| d.to_digit(10));
                let known = group.filter(|group| (*group as usize) < found.len());
                let Some(group) = known else {
                    let text = "A capture group has an invalid name or number.";
                    return Err(SqlError::new(3887, b"HY000", text).into());
                };
                out.push_str(found.get(group as usize).map_or("", |found| found.as_str()));
            }
            letter => out.push(letter),
        }
    }
    Ok(())
}

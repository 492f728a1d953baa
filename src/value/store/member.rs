//! Storing members of ENUM and SET.

use std::sync::Arc;

use super::Target;
use crate::value::collation::CollationId;
use crate::value::convert::{scan_integer, to_integer, to_text};
use crate::value::warning::Unheard;
use crate::value::{Member, SqlError, Value};

/// The member of an ENUM with this number from 1; the empty one for 0 and numbers beyond the last.
pub fn enum_member(number: u64, members: &[Box<str>]) -> Member {
    let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    match at.and_then(|at| members.get(at)) {
        Some(text) => Member { number, text: text.clone() },
        None => Member { number: 0, text: "".into() },
    }
}

/// The members of a SET with these bits; bits beyond the last are dropped.
pub fn set_members(bits: u64, members: &[Box<str>]) -> Member {
    let number = bits & all_bits(members);
    let names = members.iter().enumerate().filter(|(at, _)| number >> at & 1 == 1);
    let names: Vec<&str> = names.map(|(_, name)| &**name).collect();
    Member { number, text: names.join(",").into() }
}

fn all_bits(members: &[Box<str>]) -> u64 {
    match members.len() {
        0 => 0,
        count => u64::MAX >> 64usize.saturating_sub(count).min(63),
    }
}

/// The place of a name, from 0.
fn find(name: &str, members: &[Box<str>], collation: CollationId) -> Option<usize> {
    let collation = collation.collation();
    let name = name.trim_end_matches(' ');
    members.iter().position(|member| collation.equal(member, name))
}

/// A value that is a number, not text.
fn number_of(value: &Value) -> Option<i128> {
    match value {
        Value::Text(_) | Value::Bytes(_) | Value::Member(_) => None,
        Value::Date(_) | Value::Time(_) | Value::DateTime(_) | Value::Json(_) => None,
        Value::Double(number) => Some(*number as i128),
        _ => Some(to_integer(value, &mut Unheard)),
    }
}

/// A text that is a whole number.
fn digits_of(text: &str) -> Option<u64> {
    let scan = scan_integer(text);
    scan.is_whole().then(|| u64::try_from(scan.value).ok()).flatten()
}

fn wrap(member: Member) -> Value {
    Value::Member(Arc::new(member))
}

pub(super) fn one(
    value: &Value,
    members: &[Box<str>],
    collation: CollationId,
    target: &mut Target<'_>,
) -> Result<Value, SqlError> {
    let valid = |number: u64| (1..=members.len() as u64).contains(&number).then_some(number);
    let number = match number_of(value) {
        Some(number) => u64::try_from(number).ok().and_then(valid),
        None => {
            let text = to_text(value);
            let named = find(&text, members, collation).map(|at| at as u64 + 1);
            named.or_else(|| {
                digits_of(&text)
                    .and_then(|number| if number == 0 { Some(0) } else { valid(number) })
            })
        }
    };
    if number.is_none() {
        target.truncated()?;
    }
    Ok(wrap(enum_member(number.unwrap_or(0), members)))
}

pub(super) fn several(
    value: &Value,
    members: &[Box<str>],
    collation: CollationId,
    target: &mut Target<'_>,
) -> Result<Value, SqlError> {
    let (bits, whole) = match number_of(value) {
        Some(number) => within(number as u64, members),
        None => {
            let text = to_text(value);
            let (bits, whole) = named(&text, members, collation);
            match digits_of(&text) {
                Some(number) if !whole => within(number, members),
                _ => (bits, whole),
            }
        }
    };
    if !whole {
        target.truncated()?;
    }
    Ok(wrap(set_members(bits, members)))
}

fn within(number: u64, members: &[Box<str>]) -> (u64, bool) {
    let bits = number & all_bits(members);
    (bits, bits == number)
}

/// The bits of the names in a text, and whether all are members.
fn named(text: &str, members: &[Box<str>], collation: CollationId) -> (u64, bool) {
    if text.is_empty() {
        return (0, true);
    }
    text.split(',').fold((0, true), |(bits, whole), name| match find(name, members, collation) {
        Some(at) => (bits | 1 << at, whole),
        None => (bits, false),
    })
}

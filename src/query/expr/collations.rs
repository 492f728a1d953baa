//! Which collation wins where strings meet (`DTCollation::aggregate`), and the types of literals.

use super::{Coercibility, ExprType};
use crate::value::SqlError;
use crate::value::collation::Collation;
use crate::value::types::CollationId;

/// `binary`.
const BINARY: CollationId = CollationId(63);

/// The collation of several strings, and how strongly it holds.
///
/// # Errors
/// 1267, 1270 or 1271 where none wins; `operation` names the operator or function.
pub fn aggregate_collations(
    types: &[&ExprType],
    operation: &str,
) -> Result<(CollationId, Coercibility), SqlError> {
    let mut strings = types.iter().filter(|ty| ty.is_string());
    let Some(first) = strings.next() else {
        let weakest = types.iter().map(|ty| ty.coercibility).min();
        return Ok((BINARY, weakest.unwrap_or(Coercibility::Ignorable)));
    };
    let mut won = (first.collation(), first.coercibility);
    for ty in strings {
        won = winner(won, (ty.collation(), ty.coercibility))
            .ok_or_else(|| illegal_mix(types, operation))?;
    }
    match won.1 {
        Coercibility::None => Err(illegal_mix(types, operation)),
        _ => Ok(won),
    }
}

type Held = (CollationId, Coercibility);

fn winner(one: Held, other: Held) -> Option<Held> {
    if one.0 == other.0 {
        return Some((one.0, one.1.min(other.1)));
    }
    if one.0 == BINARY || other.0 == BINARY {
        return Some(binary_meets_text(one, other));
    }
    match one.1.cmp(&other.1) {
        std::cmp::Ordering::Less => Some(one),
        std::cmp::Ordering::Greater => Some(other),
        std::cmp::Ordering::Equal => equally_strong(one, other),
    }
}

/// A binary string wins over text that is not stronger.
fn binary_meets_text(one: Held, other: Held) -> Held {
    let (binary, text) = if one.0 == BINARY { (one, other) } else { (other, one) };
    if text.1 < binary.1 { text } else { binary }
}

fn equally_strong(one: Held, other: Held) -> Option<Held> {
    let (a, b) = (Collation::by_id(one.0)?, Collation::by_id(other.0)?);
    if one.1 == Coercibility::Explicit {
        return None;
    }
    if a.charset.name != b.charset.name {
        return superset(a, one, b, other);
    }
    // Of two of one character set the binary one wins.
    match (a.name.ends_with("_bin"), b.name.ends_with("_bin")) {
        (true, false) => Some(one),
        (false, true) => Some(other),
        _ => {
            let bin = Collation::by_name(&format!("{}_bin", a.charset.name))?;
            Some((bin.id, Coercibility::None))
        }
    }
}

/// Unicode takes in other character sets.
fn superset(a: &Collation, one: Held, b: &Collation, other: Held) -> Option<Held> {
    match (rank(a.charset.name), rank(b.charset.name)) {
        (x, y) if x > y => Some(one),
        (x, y) if x < y => Some(other),
        _ => None,
    }
}

fn rank(charset: &str) -> u8 {
    match charset {
        "utf8mb4" => 3,
        "utf8mb3" => 2,
        "ascii" => 0,
        _ => 1,
    }
}

fn describe(ty: &ExprType) -> String {
    let name = Collation::by_id(ty.collation()).map_or("binary", |collation| collation.name);
    let strength = match ty.coercibility {
        Coercibility::Explicit => "EXPLICIT",
        Coercibility::None => "NONE",
        Coercibility::Implicit => "IMPLICIT",
        Coercibility::System => "SYSCONST",
        Coercibility::Coercible => "COERCIBLE",
        Coercibility::Numeric => "NUMERIC",
        Coercibility::Ignorable => "IGNORABLE",
    };
    format!("({name},{strength})")
}

/// 1267 for two, 1270 for three, 1271 for more.
fn illegal_mix(types: &[&ExprType], operation: &str) -> SqlError {
    let described: Vec<String> = types.iter().map(|ty| describe(ty)).collect();
    let (code, parts) = match described.len() {
        2 => (1267, described.join(" and ")),
        3 => (1270, described.join(", ")),
        _ => {
            let message = format!("Illegal mix of collations for operation '{operation}'");
            return SqlError::new(1271, b"HY000", message);
        }
    };
    let message = format!("Illegal mix of collations {parts} for operation '{operation}'");
    SqlError::new(code, b"HY000", message)
}

/// The type of a string literal.
pub fn literal_type(text: &str, collation: CollationId) -> ExprType {
    let ty = ExprType::text(text.chars().count() as u64, collation, false);
    ty.with_coercibility(Coercibility::Coercible)
}

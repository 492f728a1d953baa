//! Tables that are the same on every server: character sets, collations, engines.

use super::row::{Wanted, number, text, yes};
use super::{EvalContext, Rows};
use crate::sql::statement::is_reserved;
use crate::value::Value;
use crate::value::charset::ALL as CHARSETS;
use crate::value::collation::Collation;

/// Tables that are always empty.
pub fn none(_: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    Ok(Vec::new())
}

/// CHARACTER_SETS.
pub fn character_sets(_: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let row = |charset: &&crate::value::charset::Charset| {
        let default = Collation::default_of(charset).map_or("", |collation| collation.name);
        vec![
            text(charset.name),
            text(default),
            text(charset.description),
            number(u64::from(charset.max_len)),
        ]
    };
    Ok(CHARSETS.iter().map(row).collect())
}

/// COLLATIONS.
pub fn collations(_: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let row = |collation: &&Collation| {
        vec![
            text(collation.name),
            text(collation.charset.name),
            number(u64::from(collation.id.0)),
            text(if collation.is_default { "Yes" } else { "" }),
            text("Yes"),
            number(u64::from(collation.sort_length)),
            text(if collation.pad_space { "PAD SPACE" } else { "NO PAD" }),
        ]
    };
    let mut rows: Vec<Vec<Value>> = Collation::all().iter().map(row).collect();
    rows.sort_by_key(|row| row.first().map(crate::value::convert::to_text));
    Ok(rows)
}

/// COLLATION_CHARACTER_SET_APPLICABILITY.
pub fn applicability(_: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let row = |collation: &&Collation| vec![text(collation.name), text(collation.charset.name)];
    Ok(Collation::all().iter().map(row).collect())
}

/// ENGINES.
pub fn engines(_: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let comment = "Supports transactions, row-level locking, and foreign keys";
    let no = || text("NO");
    Ok(vec![vec![text("InnoDB"), text("DEFAULT"), text(comment), yes(true), no(), yes(true)]])
}

/// PLUGINS.
pub fn plugins(_: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let plugin = |name: &str, kind: &str, about: &str| {
        vec![
            text(name),
            text("1.0"),
            text("ACTIVE"),
            text(kind),
            text("1.0"),
            Value::Null,
            Value::Null,
            text("Anabranch"),
            text(about),
            text("APACHE"),
            text("FORCE"),
        ]
    };
    Ok(vec![
        plugin("binlog", "STORAGE ENGINE", "The binary log"),
        plugin("mysql_native_password", "AUTHENTICATION", "Native MySQL authentication"),
        plugin("caching_sha2_password", "AUTHENTICATION", "Caching sha2 authentication"),
        plugin("InnoDB", "STORAGE ENGINE", "The row store"),
    ])
}

/// KEYWORDS: MySQL 8.0's.
pub fn keywords(_: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let words = include_str!("keywords.txt").split_whitespace();
    let row = |word: &str| vec![text(word), Value::Int(i64::from(is_reserved(word.as_bytes())))];
    Ok(words.map(row).collect())
}

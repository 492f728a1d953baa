//! The functions that servers have built in: which of them only compute, which change or lock something,
//! and which words stand before a `(` without being a function at all.
//!
//! Facts: MySQL 8.4 and 9 manual, "Built-In Function and Operator Reference"; MariaDB documentation,
//! "Function and Operator Reference". Whatever is in none of the lists may be a stored or a loadable
//! function, for which the catalog of routines decides.
//!
//! Words that are not reserved, but are not functions either (`OFFSET`, `ANY`), are not in the lists: a
//! stored function may bear their name. The query prover looks at what surrounds them.

use super::builtins::{ADJACENT_ONLY, IMPURE, KEYWORDS, PURE, PURE_SOMEWHERE};
use super::class::{Effects, Needs};

/// What calling a name does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// A reserved word before a parenthesis.
    Keyword,
    /// Computes, no more.
    Pure,
    /// Built in and pure on some servers; on the others the name is free for a stored function.
    PureSomewhere,
    /// Reads session or server state.
    Reads(Needs),
    /// Changes or locks something.
    Impure(Effects),
    /// Not built in.
    Unknown,
}

/// Looks a lower-case, unquoted, unqualified name up. `adjacent`: no space before the parenthesis, which
/// some built-ins demand (MySQL manual, "Function Name Parsing and Resolution"). `arguments`: there are any.
pub fn lookup(name: &str, adjacent: bool, arguments: bool) -> Function {
    if let Some(special) = special(name, arguments) {
        return special;
    }
    if contains(KEYWORDS, name) {
        return Function::Keyword;
    }
    if contains(IMPURE, name) {
        return Function::Impure(Effects::empty());
    }
    if !adjacent && contains(ADJACENT_ONLY, name) {
        return Function::Unknown;
    }
    if contains(PURE, name) {
        Function::Pure
    } else if contains(PURE_SOMEWHERE, name) {
        Function::PureSomewhere
    } else {
        Function::Unknown
    }
}

/// Built-ins with a meaning for sessions.
fn special(name: &str, arguments: bool) -> Option<Function> {
    Some(match name {
        "get_lock" => Function::Impure(Effects::NAMED_LOCK),
        "release_lock" => Function::Impure(Effects::RELEASES_NAMED_LOCKS),
        "release_all_locks" => {
            Function::Impure(Effects::RELEASES_NAMED_LOCKS | Effects::RELEASES_ALL_LOCKS)
        }
        "last_insert_id" if arguments => Function::Impure(Effects::SETS_INSERT_ID),
        "last_insert_id" => Function::Reads(Needs::LAST_INSERT_ID),
        "found_rows" => Function::Reads(Needs::FOUND_ROWS),
        "row_count" => Function::Reads(Needs::LAST_STATEMENT),
        "connection_id" | "ps_current_thread_id" | "ps_thread_id" => {
            Function::Reads(Needs::CONNECTION)
        }
        // `$@x` in an XPath is a user variable.
        "extractvalue" | "updatexml" => Function::Reads(Needs::USER_VARIABLES),
        // MariaDB computes the column's default, which may be the next value of a sequence.
        "default" => Function::Impure(Effects::empty()),
        "mysql_query_attribute_string" => Function::Pure,
        _ => return None,
    })
}

/// Whether the word stands between SELECT and its list, or is SELECT.
pub fn is_select_modifier(word: &str) -> bool {
    matches!(
        word,
        "select"
            | "all"
            | "distinct"
            | "distinctrow"
            | "high_priority"
            | "straight_join"
            | "sql_small_result"
            | "sql_big_result"
            | "sql_buffer_result"
            | "sql_no_cache"
            | "sql_cache"
            | "sql_calc_found_rows"
    )
}

fn contains(list: &[&str], name: &str) -> bool {
    list.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_disjoint() {
        for list in [KEYWORDS, PURE, PURE_SOMEWHERE, IMPURE, ADJACENT_ONLY] {
            assert!(list.is_sorted_by(|a, b| a < b), "{list:?}");
        }
        assert!(PURE.iter().all(|name| !contains(IMPURE, name)));
        assert!(
            ADJACENT_ONLY.iter().all(|name| contains(PURE, name) || contains(PURE_SOMEWHERE, name)),
            "only built-ins"
        );
    }

    #[test]
    fn a_space_makes_some_built_ins_a_stored_function() {
        assert_eq!(lookup("count", true, true), Function::Pure);
        assert_eq!(lookup("count", false, true), Function::Unknown);
        assert_eq!(lookup("abs", false, true), Function::Pure);
        assert_eq!(lookup("last_insert_id", true, false), Function::Reads(Needs::LAST_INSERT_ID));
    }
}

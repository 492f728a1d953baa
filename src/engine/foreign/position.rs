//! Where the source of replication goes on, kept in this server's own log.
//!
//! A source without MySQL's GTIDs leaves no trace in `gtid_executed`, so its position is written with each of its
//! transactions: as a Rows_query event (which others pass over) before rows, and as a comment behind a
//! statement. Data and position are in one transaction of the log, so no crash comes between the two.

/// What opens the note before rows.
const NOTE: &str = "anabranch source position: ";

/// What opens the comment behind a statement.
const COMMENT: &str = " /* anabranch source position: ";

/// What ends it.
const COMMENT_END: &str = " */";

/// The note for a position.
pub(in crate::engine) fn note(position: &str) -> String {
    format!("{NOTE}{position}")
}

/// The position in a note, if it is one.
pub(in crate::engine) fn of_note(text: &[u8]) -> Option<&str> {
    std::str::from_utf8(text).ok()?.strip_prefix(NOTE)
}

/// A statement with the position behind it.
pub(in crate::engine) fn behind_statement(sql: &str, position: &str) -> String {
    let sql = sql.trim_end_matches([';', ' ', '\n']);
    format!("{}{COMMENT}{position}{COMMENT_END}", without_comment(sql))
}

/// The position behind a statement, if there is one.
pub(in crate::engine) fn of_statement(sql: &str) -> Option<&str> {
    let (_, comment) = sql.strip_suffix(COMMENT_END)?.rsplit_once(COMMENT)?;
    (!comment.contains("*/")).then_some(comment)
}

/// The statement as its author wrote it.
fn without_comment(sql: &str) -> &str {
    match of_statement(sql) {
        Some(_) => sql.rsplit_once(COMMENT).map_or(sql, |(sql, _)| sql),
        None => sql,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_from_both_forms() {
        assert_eq!(of_note(note("a 4 0-1-7 log.1").as_bytes()), Some("a 4 0-1-7 log.1"));
        assert_eq!(of_note(b"UPDATE t SET a = 1"), None);
        let sql = behind_statement("CREATE TABLE t (a INT);", "a 4 - log.1");
        assert_eq!(of_statement(&sql), Some("a 4 - log.1"));
        let again = behind_statement(&sql, "b 9 - log.2");
        assert_eq!(of_statement(&again), Some("b 9 - log.2"));
        assert!(again.starts_with("CREATE TABLE t (a INT) /*"));
        assert_eq!(of_statement("CREATE TABLE t (a INT) /* mine */"), None);
    }
}

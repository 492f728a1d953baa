//! Everything that a read must leave as it was, as labelled texts to compare before and after.
//!
//! The server's part: rows (CHECKSUM TABLE), binlog position, sequences, global variables, files
//! written by OUTFILE. The session's part: user and session variables, LAST_INSERT_ID(),
//! metadata and user locks held outside a transaction. Handler counters are of no use: they count
//! the server's own temporary tables too.

use std::path::Path;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Result, Row};

/// Labelled texts, always in the same order.
pub type Print = Vec<(&'static str, String)>;

/// Global variables that change by themselves.
const VOLATILE_GLOBAL: &str = "'gtid_binlog_state','innodb_buffer_pool_load_incremental',\
    'gtid_binlog_pos','gtid_current_pos','read_only'";
/// Session variables that every statement moves, or that show the session's current statement.
const VOLATILE_SESSION: &str = "'timestamp','rand_seed1','rand_seed2','warning_count',\
    'error_count','pseudo_thread_id','in_transaction','read_only','last_gtid'";

/// Prepared queries for one server.
pub struct Prints {
    checksums: String,
    sequences: String,
}

impl Prints {
    /// Lists the tables and sequences to watch.
    pub async fn new(admin: &mut Conn) -> Result<Self> {
        let tables: Vec<String> = admin
            .query(
                "SELECT CONCAT('`', table_schema, '`.`', REPLACE(table_name, '`', '``'), '`') \
                 FROM information_schema.tables WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') \
                 AND (table_schema NOT IN ('mysql','sys','information_schema','performance_schema') \
                 OR (table_schema = 'mysql' AND table_name IN ('proc','event','global_priv','db',\
                 'table_stats','column_stats','index_stats','servers','func','plugin')))",
            )
            .await?;
        let sequences: Vec<String> = admin
            .query(
                "SELECT CONCAT('SELECT * FROM `', table_schema, '`.`', REPLACE(table_name, '`', '``'), '`') \
                 FROM information_schema.tables WHERE table_type = 'SEQUENCE'",
            )
            .await?;
        Ok(Prints {
            checksums: format!("CHECKSUM TABLE {}", tables.join(", ")),
            sequences: sequences.join(" UNION ALL "),
        })
    }

    /// The server's part, asked on a connection that runs no statement under test.
    pub async fn server(&self, admin: &mut Conn, outfiles: &Path) -> Result<Print> {
        let globals = format!(
            "SELECT * FROM information_schema.global_variables \
             WHERE variable_name NOT IN ({VOLATILE_GLOBAL}) ORDER BY 1"
        );
        // Tables of the information schema are created by the query that lists them.
        let tables = "SELECT table_schema, COUNT(*), MAX(create_time) \
             FROM information_schema.tables WHERE table_schema <> 'information_schema' GROUP BY 1";
        let counters = "SHOW GLOBAL STATUS WHERE variable_name IN \
             ('Prepared_stmt_count', 'Com_flush', 'Com_kill')";
        let files = std::fs::read_dir(outfiles).map_or(0, Iterator::count);
        Ok(vec![
            ("rows", text(admin, &self.checksums).await?),
            ("binlog", text(admin, "SHOW MASTER STATUS").await?),
            ("sequences", text(admin, &self.sequences).await?),
            ("tables", text(admin, tables).await?),
            ("global variables", text(admin, &globals).await?),
            ("global counters", text(admin, counters).await?),
            ("outfiles", files.to_string()),
        ])
    }

    /// The session's part, asked on the session under test itself, outside a transaction, and on
    /// the admin's for its locks.
    pub async fn session(&self, conn: &mut Conn, admin: &mut Conn) -> Result<Print> {
        let variables = format!(
            "SELECT * FROM information_schema.session_variables \
             WHERE variable_name NOT IN ({VOLATILE_SESSION}) ORDER BY 1"
        );
        let locks = format!(
            "SELECT lock_mode, lock_type, table_schema, table_name \
             FROM information_schema.metadata_lock_info WHERE thread_id = {}",
            conn.id()
        );
        Ok(vec![
            ("last insert id", text(conn, "SELECT LAST_INSERT_ID(), LASTVAL(traps.seq)").await?),
            (
                "user variables",
                text(conn, "SELECT * FROM information_schema.user_variables ORDER BY 1").await?,
            ),
            ("session variables", text(conn, &variables).await?),
            ("locks", text(admin, &locks).await?),
        ])
    }
}

/// The labels of the parts that differ, with both texts where they are short.
pub fn differences(before: &Print, after: &Print) -> Vec<String> {
    const LONGEST: usize = 200;
    before
        .iter()
        .zip(after)
        .filter(|(b, a)| b.1 != a.1)
        .map(|((label, b), (_, a))| match b.len().max(a.len()) {
            0..=LONGEST => format!("{label}: {b} -> {a}"),
            _ => format!("{label} ({})", first_difference(b, a)),
        })
        .collect()
}

fn first_difference(before: &str, after: &str) -> String {
    let mut lines = before.lines().zip(after.lines());
    lines.find(|(b, a)| b != a).map(|(b, a)| format!("{b} -> {a}")).unwrap_or_default()
}

/// A result as text, a row a line.
async fn text(conn: &mut Conn, sql: &str) -> Result<String> {
    let rows: Vec<Row> = conn.query(sql).await?;
    let lines: Vec<String> = rows
        .into_iter()
        .map(|row| row.unwrap().iter().map(|v| v.as_sql(false)).collect::<Vec<_>>().join(" "))
        .collect();
    Ok(lines.join("\n"))
}

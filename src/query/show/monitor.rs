//! SHOW ENGINE INNODB STATUS: the sections that monitoring programs look for, with what there is here.

use std::fmt::Write;

use super::rows::{Column, answer};
use super::{Answer, text};
use crate::query::{EvalContext, ResultSink, Session};

/// One row for InnoDB, none for other engines.
pub fn engine_status(session: &mut Session, engine: &str, sink: &mut dyn ResultSink) -> Answer {
    let columns = [Column::Text("Type", 10), Column::Text("Name", 512), Column::Text("Status", 10)];
    let is_ours = engine.eq_ignore_ascii_case("innodb") || engine.eq_ignore_ascii_case("all");
    match is_ours {
        true => answer(sink, &columns, &[vec![text("InnoDB"), text(""), text(report(session))]]),
        false => answer(sink, &columns, &[]),
    }
}

fn report(session: &mut Session) -> String {
    let now = EvalContext::new(session, &[]).local_now();
    let locks = session.engine.locks().counts();
    let database = session.engine.database();
    let tables = database.catalog.tables().filter_map(|table| database.tables.get(table.id));
    let rows: usize = tables.map(|rows| rows.len()).sum();
    let line = "=====================================";
    let mut out = format!("\n{line}\n{now} INNODB MONITOR OUTPUT\n{line}\n");
    section(&mut out, "TRANSACTIONS");
    let _ = writeln!(out, "Trx id counter {}", database.sequence);
    let _ = writeln!(out, "{} lock struct(s), {} waiting", locks.held, locks.waiting);
    section(&mut out, "ROW OPERATIONS");
    let _ = writeln!(out, "0 queries inside InnoDB, 0 queries in queue");
    let _ = writeln!(out, "{rows} rows in memory");
    out.push_str("----------------------------\nEND OF INNODB MONITOR OUTPUT\n============================\n");
    out
}

fn section(out: &mut String, title: &str) {
    let line = "-".repeat(title.len());
    let _ = writeln!(out, "{line}\n{title}\n{line}");
}

//! Events in words, as `SHOW BINLOG EVENTS` shows them.

use super::{Event, Format, GtidEvent, Query, RawEvent, Rows, RowsKind, TransactionId, code, flag};
use crate::binlog::bytes::EventError;

/// An event's type and content in MySQL's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// As in `Event_type`.
    pub kind: &'static str,
    /// As in `Info`.
    pub info: String,
}

/// Describes an event of a file that began with `format`.
pub fn describe(raw: &RawEvent<'_>, format: &Format) -> Result<Description, EventError> {
    let (kind, info) = match Event::parse(raw, format)? {
        Event::Format(format) => {
            ("Format_desc", format!("Server ver: {}, Binlog ver: 4", format.server_version))
        }
        Event::PreviousGtids(set) => ("Previous_gtids", set.to_string()),
        Event::Gtid(gtid) => describe_gtid(raw.header.code, &gtid),
        Event::Query(query) => ("Query", describe_query(&query, raw.header.flags)),
        Event::TableMap(map) => {
            ("Table_map", format!("table_id: {} ({}.{})", map.id, map.schema, map.name))
        }
        Event::Rows(rows) => describe_rows(&rows),
        Event::Xid(xid) => ("Xid", format!("COMMIT /* xid={xid} */")),
        Event::Rotate(name, position) => {
            ("Rotate", format!("{};pos={position}", String::from_utf8_lossy(name)))
        }
        Event::RowsQuery(sql) => ("Rows_query", format!("# {}", String::from_utf8_lossy(sql))),
        Event::Stop => ("Stop", String::new()),
        Event::Other => ("Unknown", String::new()),
    };
    Ok(Description { kind, info })
}

fn describe_gtid(kind: u8, gtid: &GtidEvent) -> (&'static str, String) {
    match &gtid.id {
        TransactionId::MySql(id) => {
            let kind = if kind == code::GTID_TAGGED { "Gtid_tagged" } else { "Gtid" };
            (kind, format!("SET @@SESSION.GTID_NEXT= '{id}'"))
        }
        TransactionId::MariaDb(id) => ("Gtid", format!("GTID {id}")),
        TransactionId::Anonymous => {
            ("Anonymous_Gtid", "SET @@SESSION.GTID_NEXT= 'ANONYMOUS'".to_owned())
        }
    }
}

fn describe_query(query: &Query<'_>, flags: u16) -> String {
    let mut text = String::new();
    let is_bound = query.is_begin() || query.is_end();
    if !query.schema.is_empty() && !is_bound && flags & flag::SUPPRESS_USE == 0 {
        let schema = String::from_utf8_lossy(query.schema).replace('`', "``");
        text = format!("use `{schema}`; ");
    }
    text.push_str(&String::from_utf8_lossy(query.sql));
    if let Some(xid) = query.vars.ddl_xid {
        text.push_str(&format!(" /* xid={xid} */"));
    }
    text
}

fn describe_rows(rows: &Rows<'_>) -> (&'static str, String) {
    let kind = match rows.kind {
        RowsKind::Write => "Write_rows",
        RowsKind::Update => "Update_rows",
        RowsKind::Delete => "Delete_rows",
    };
    let end = if rows.ends_statement { " flags: STMT_END_F" } else { "" };
    (kind, format!("table_id: {}{end}", rows.table))
}

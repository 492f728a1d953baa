//! ANALYZE, CHECK, OPTIMIZE, REPAIR and CHECKSUM TABLE: a row for each table.
//!
//! Rows in memory need no upkeep: what these answer is what InnoDB answers of a table that is well.

use std::sync::Arc;

use super::accounts::{Privilege, require_table};
use super::expr::ExprType;
use super::{Interrupt, Outcome, ResultColumn, ResultSink, Session};
use crate::engine::Use;
use crate::engine::catalog::TableDef;
use crate::sql::statement::ast::{Maintain, MaintainKind, TableName};
use crate::store::{Direction, IndexNo, KeyRange};
use crate::value::{SqlError, Value, key};

/// Runs the statement.
///
/// # Errors
/// 1046, 1142; a wait.
pub fn maintain(
    session: &mut Session,
    statement: &Maintain,
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    let mut rows = Vec::new();
    for table in &statement.tables {
        match statement.kind {
            MaintainKind::Checksum => rows.push(checksum(session, table)?),
            kind => rows.extend(one(session, kind, table)?),
        }
    }
    sink.columns(&columns(session, statement.kind))?;
    for row in &rows {
        sink.row(row)?;
    }
    Ok(Outcome::Rows { count: rows.len() as u64 })
}

fn columns(session: &Session, kind: MaintainKind) -> Vec<ResultColumn> {
    let collation = session.variables.collation_connection;
    let text = |name: &str, length| column(name, ExprType::text(length, collation, true));
    match kind {
        MaintainKind::Checksum => {
            vec![text("Table", 128), column("Checksum", ExprType::big_integer(false, true))]
        }
        _ => vec![
            text("Table", 128),
            text("Op", 10),
            text("Msg_type", 10),
            text("Msg_text", 131_072),
        ],
    }
}

fn column(name: &str, ty: ExprType) -> ResultColumn {
    let none: Arc<str> = "".into();
    ResultColumn {
        schema: none.clone(),
        table: none.clone(),
        org_table: none.clone(),
        name: name.into(),
        org_name: none,
        ty,
        flags: 0,
    }
}

fn one(
    session: &mut Session,
    kind: MaintainKind,
    name: &TableName,
) -> Result<Vec<Vec<Value>>, Interrupt> {
    let (schema, full) = full_name(session, name)?;
    let op = match kind {
        MaintainKind::Analyze => "analyze",
        MaintainKind::Check => "check",
        MaintainKind::Optimize => "optimize",
        MaintainKind::Repair => "repair",
        MaintainKind::Checksum => "checksum",
    };
    let line = |kind: &str, message: &str| {
        [&*full, op, kind, message].map(|text| Value::Text(text.into())).to_vec()
    };
    let Some(_) = find(session, &schema, name)? else {
        let message = format!("Table '{full}' doesn't exist");
        return Ok(vec![line("Error", &message), line("status", "Operation failed")]);
    };
    Ok(match kind {
        MaintainKind::Optimize => vec![
            line("note", "Table does not support optimize, doing recreate + analyze instead"),
            line("status", "OK"),
        ],
        MaintainKind::Repair => {
            vec![line("note", "The storage engine for the table doesn't support repair")]
        }
        _ => vec![line("status", "OK")],
    })
}

/// CHECKSUM TABLE: equal rows in equal order give equal numbers. The number is ours, not MySQL's.
fn checksum(session: &mut Session, name: &TableName) -> Result<Vec<Value>, Interrupt> {
    let (schema, full) = full_name(session, name)?;
    let shown = Value::Text(full.as_str().into());
    let Some(table) = find(session, &schema, name)? else {
        let message = format!("Table '{full}' doesn't exist");
        let level = super::session::WarningLevel::Error;
        session.diagnostics.push(level, 1146, message);
        return Ok(vec![shown, Value::Null]);
    };
    let view = session.transaction().view();
    let scan = view.scan(table.id, IndexNo::ROWS, &KeyRange::all(), Direction::Forward);
    let mut hasher = crc32fast::Hasher::new();
    let mut bytes = Vec::new();
    for found in scan {
        bytes.clear();
        for (value, column) in found.row.values().iter().zip(&table.columns) {
            key::encode(value, &column.ty, false, None, &mut bytes);
        }
        hasher.update(&bytes);
    }
    Ok(vec![shown, Value::UInt(u64::from(hasher.finalize()))])
}

fn full_name(session: &Session, name: &TableName) -> Result<(String, String), SqlError> {
    let schema = name.schema.as_deref().or(session.database.as_deref());
    let schema = schema.ok_or_else(crate::engine::no_database)?;
    require_table(session, Privilege::Select, schema, &name.name)?;
    Ok((schema.to_owned(), format!("{schema}.{}", name.name)))
}

/// The table, or `None` where there is none of this name.
fn find(
    session: &mut Session,
    schema: &str,
    name: &TableName,
) -> Result<Option<Arc<TableDef>>, Interrupt> {
    match session.transaction().use_table(schema, &name.name, Use::Read).map_err(Interrupt::from) {
        Ok(table) => Ok(Some(table)),
        Err(Interrupt::Error(error)) if matches!(error.code, 1146 | 1049) => Ok(None),
        Err(other) => Err(other),
    }
}

//! Schemas, tables and views.

use std::sync::Arc;

use super::row::{Wanted, def, maybe, maybe_number, number, text};
use super::{EvalContext, Interrupt, SCHEMAS, Table, tables_of};
use crate::engine::Database;
use crate::engine::catalog::{SchemaDef, TableDef, ViewDef};
use crate::value::Value;
use crate::value::temporal::{TimeZone, UnixTime};

type Rows = Result<Vec<Vec<Value>>, Interrupt>;

pub fn schemata(ctx: &mut EvalContext<'_>, _: &Wanted<'_>) -> Rows {
    let database = ctx.session.engine.database();
    let row = |name: &str, collation: &crate::value::collation::Collation| {
        vec![
            def(),
            text(name),
            text(collation.charset.name),
            text(collation.name),
            Value::Null,
            text("NO"),
        ]
    };
    let utf8 = crate::value::collation::CollationId::UTF8MB3_GENERAL_CI.collation();
    let own = SCHEMAS.iter().map(|name| row(name, utf8));
    let real =
        database.catalog.schemas().map(|schema| row(&schema.name, schema.collation.collation()));
    Ok(own.chain(real).collect())
}

/// The schemas that may be wanted.
pub fn wanted_schemas(
    database: &Database,
    wanted: &Wanted<'_>,
    column: &str,
) -> Vec<Arc<SchemaDef>> {
    let may = |schema: &&Arc<SchemaDef>| wanted.may(column, &schema.name);
    database.catalog.schemas().filter(may).cloned().collect()
}

pub fn tables(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let database = ctx.session.engine.database();
    let zone = TimeZone::parse(&ctx.session.variables.time_zone).unwrap_or_default();
    let mut rows = Vec::new();
    for name in SCHEMAS.iter().filter(|name| wanted.may("TABLE_SCHEMA", name)) {
        rows.extend(tables_of(name).map(computed_row));
    }
    for schema in wanted_schemas(&database, wanted, "TABLE_SCHEMA") {
        for table in schema.tables().filter(|table| wanted.may("TABLE_NAME", &table.name)) {
            let next = ctx.session.engine.auto_increment(table.id);
            rows.push(table_row(&database, table, next, &zone));
        }
        for view in schema.views().filter(|view| wanted.may("TABLE_NAME", &view.name)) {
            rows.push(view_row(view));
        }
    }
    Ok(rows)
}

fn computed_row(table: &Table) -> Vec<Value> {
    let mut row = vec![def(), text(table.schema), text(table.name), text("SYSTEM VIEW")];
    row.extend([Value::Null, number(10), Value::Null]);
    row.extend([0; 6].map(number));
    row.extend(std::iter::repeat_n(Value::Null, 6));
    row.extend([text(""), text("")]);
    row
}

fn view_row(view: &ViewDef) -> Vec<Value> {
    let mut row = vec![def(), text(&view.schema), text(&view.name), text("VIEW")];
    row.extend(std::iter::repeat_n(Value::Null, 16));
    row.push(text("VIEW"));
    row
}

/// A point in time as DATETIME of the session.
fn moment(seconds: i64, zone: &TimeZone) -> Value {
    let local = zone.to_local(UnixTime(seconds.saturating_mul(1_000_000)));
    local.map_or(Value::Null, Value::DateTime)
}

fn table_row(
    database: &Database,
    table: &TableDef,
    next_auto: Option<u64>,
    zone: &TimeZone,
) -> Vec<Value> {
    let rows = database.tables.get(table.id);
    let count = rows.map_or(0, |rows| rows.len() as u64);
    let bytes = rows.map_or(0, |rows| rows.bytes() as u64);
    let average = bytes.checked_div(count).unwrap_or(0);
    let next = next_auto.filter(|_| table.auto_increment_column().is_some());
    let format =
        table.options.get("ROW_FORMAT").map_or("Dynamic", |format| match format.as_str() {
            "COMPACT" => "Compact",
            "REDUNDANT" => "Redundant",
            "COMPRESSED" => "Compressed",
            _ => "Dynamic",
        });
    let options: Vec<String> = table
        .options
        .iter()
        .map(|(name, value)| format!("{}={value}", name.to_ascii_lowercase()))
        .collect();
    vec![
        def(),
        text(&table.schema),
        text(&table.name),
        text("BASE TABLE"),
        text(&table.engine),
        number(10),
        text(format),
        number(count),
        number(average),
        number(bytes),
        number(0),
        number(0),
        number(0),
        maybe_number(next),
        moment(table.created, zone),
        Value::Null,
        Value::Null,
        text(table.collation.collation().name),
        Value::Null,
        text(options.join(" ")),
        text(&table.comment),
    ]
}

pub fn partitions(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let database = ctx.session.engine.database();
    let zone = TimeZone::parse(&ctx.session.variables.time_zone).unwrap_or_default();
    let mut rows = Vec::new();
    for schema in wanted_schemas(&database, wanted, "TABLE_SCHEMA") {
        for table in schema.tables().filter(|table| wanted.may("TABLE_NAME", &table.name)) {
            let whole = table_row(&database, table, None, &zone);
            let mut row: Vec<Value> = whole.iter().take(3).cloned().collect();
            row.extend(std::iter::repeat_n(Value::Null, 9));
            row.extend(whole.iter().skip(7).take(6).cloned());
            row.extend(whole.get(14).cloned());
            row.extend([Value::Null, Value::Null, Value::Null, text(""), Value::Null, Value::Null]);
            rows.push(row);
        }
    }
    Ok(rows)
}

pub fn views(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let database = ctx.session.engine.database();
    let row = |view: &Arc<ViewDef>| {
        let collation = view.collation.collation();
        vec![
            def(),
            text(&view.schema),
            text(&view.name),
            text(&view.sql),
            text(&view.check_option),
            text("NO"),
            maybe(Some(&view.definer)),
            text(if view.invoker { "INVOKER" } else { "DEFINER" }),
            text(collation.charset.name),
            text(collation.name),
        ]
    };
    let mut rows = Vec::new();
    for schema in wanted_schemas(&database, wanted, "TABLE_SCHEMA") {
        rows.extend(schema.views().filter(|view| wanted.may("TABLE_NAME", &view.name)).map(row));
    }
    Ok(rows)
}

//! Schemas, tables and views.

use std::sync::Arc;

use super::row::{Wanted, def, maybe_number, number, text, yes};
use super::{EvalContext, Rows, SCHEMAS, Sight, Table, tables_of};
use crate::engine::Database;
use crate::engine::catalog::{TableDef, ViewDef};
use crate::query::accounts::Privilege;
use crate::query::ddl::is_view_updatable;
use crate::value::Value;
use crate::value::collation::CollationId;
use crate::value::temporal::{TimeZone, UnixTime};

/// SCHEMATA.
pub fn schemata(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let row = |name: &str, collation: CollationId| {
        let collation = collation.collation();
        let (charset, collation) = (text(collation.charset.name), text(collation.name));
        vec![def(), text(name), charset, collation, Value::Null, text("NO")]
    };
    let sight = Sight::of(ctx.session);
    let collations = [CollationId::UTF8MB3_GENERAL_CI, CollationId::UTF8MB4_0900_AI_CI];
    let own = SCHEMAS.into_iter().zip(collations).map(|(name, collation)| row(name, collation));
    let real = sight.schemas(wanted, "SCHEMA_NAME");
    Ok(own.chain(real.map(|schema| row(&schema.name, schema.collation))).collect())
}

/// SCHEMATA_EXTENSIONS.
pub fn schemata_extensions(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let short = |row: Vec<Value>| row.into_iter().take(2).chain([text("")]).collect();
    Ok(schemata(ctx, wanted)?.into_iter().map(short).collect())
}

/// TABLES.
pub fn tables(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let sight = Sight::of(ctx.session);
    let zone = ctx.zone();
    let mut rows = Vec::new();
    for name in SCHEMAS.iter().filter(|name| wanted.may("TABLE_SCHEMA", name)) {
        let named = tables_of(name).filter(|table| wanted.may("TABLE_NAME", table.name));
        rows.extend(named.map(computed_row));
    }
    for table in sight.tables(wanted, "TABLE_SCHEMA") {
        let next = ctx.session.engine.auto_increment(table.id);
        rows.push(table_row(&sight.database, table, next, &zone));
    }
    rows.extend(sight.views(wanted, "TABLE_SCHEMA").map(|view| view_row(view)));
    Ok(rows)
}

/// TABLES_EXTENSIONS.
pub fn extensions(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let short =
        |row: Vec<Value>| row.into_iter().take(3).chain([Value::Null, Value::Null]).collect();
    Ok(tables(ctx, wanted)?.into_iter().map(short).collect())
}

fn computed_row(table: &Table) -> Vec<Value> {
    let of_views = table.schema == SCHEMAS[0];
    let (kind, engine, format, collation) = match of_views {
        true => ("SYSTEM VIEW", Value::Null, Value::Null, Value::Null),
        false => {
            let collation = CollationId::UTF8MB4_0900_AI_CI.collation().name;
            ("BASE TABLE", text("PERFORMANCE_SCHEMA"), text("Dynamic"), text(collation))
        }
    };
    let mut row = vec![def(), text(table.schema), text(table.name), text(kind)];
    row.extend([engine, number(10), format]);
    row.extend([0; 6].map(number));
    row.extend(std::iter::repeat_n(Value::Null, 4));
    row.extend([collation, Value::Null, text(""), text("")]);
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

/// PARTITIONS: each table is one.
pub fn partitions(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let sight = Sight::of(ctx.session);
    let zone = ctx.zone();
    let mut rows = Vec::new();
    for table in sight.tables(wanted, "TABLE_SCHEMA") {
        let whole = table_row(&sight.database, table, None, &zone);
        let mut row: Vec<Value> = whole.iter().take(3).cloned().collect();
        row.extend(std::iter::repeat_n(Value::Null, 9));
        row.extend(whole.iter().skip(7).take(6).cloned());
        row.extend(whole.get(14).cloned());
        row.extend([Value::Null, Value::Null, Value::Null, text(""), text(""), Value::Null]);
        rows.push(row);
    }
    Ok(rows)
}

/// VIEWS. Their text is shown to those who have SHOW VIEW.
pub fn views(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let sight = Sight::of(ctx.session);
    let row = |view: &Arc<ViewDef>| {
        let collation = view.collation.collation();
        let open = sight.may(Privilege::ShowView, &view.schema, &view.name);
        vec![
            def(),
            text(&view.schema),
            text(&view.name),
            text(if open { &view.sql } else { "" }),
            text(&view.check_option),
            yes(is_view_updatable(&sight.database.catalog, view)),
            text(&view.definer),
            text(if view.invoker { "INVOKER" } else { "DEFINER" }),
            text(collation.charset.name),
            text(collation.name),
        ]
    };
    Ok(sight.views(wanted, "TABLE_SCHEMA").map(row).collect())
}

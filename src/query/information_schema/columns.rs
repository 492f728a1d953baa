//! Columns of tables, views and computed tables.

use std::sync::Arc;

use super::row::{Wanted, def, escaped, maybe, maybe_number, number, text, yes};
use super::{EvalContext, Rows, SCHEMAS, Sight, VirtualTable, tables_of};
use crate::engine::catalog::{Catalog, ColumnDef, DefaultValue, IndexKind, TableDef, ViewDef};
use crate::query::expr::ExprType;
use crate::query::show::{collation_of, column_type_text, data_type, now_text};
use crate::query::{ResultColumn, prepare};
use crate::sql::statement::{ParserMode, parse_one, quote_name};
use crate::value::display::text_of;
use crate::value::types::{BlobSize, ColumnType, IntegerSize};
use crate::value::{Decimal, Value};

/// What one may do with the columns of a table that nobody else has.
const OWN: &str = "select,insert,update,references";

/// COLUMNS.
pub fn columns(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let sight = Sight::of(ctx.session);
    let mut rows = computed_columns(wanted);
    for table in sight.tables(wanted, "TABLE_SCHEMA") {
        rows.extend(rows_of(table, &sight.on_columns(&table.schema, &table.name)));
    }
    let views: Vec<_> = sight.views(wanted, "TABLE_SCHEMA").cloned().collect();
    for view in views {
        let privileges = sight.on_columns(&view.schema, &view.name);
        if !privileges.is_empty() {
            rows.extend(view_columns(ctx, &view, &privileges));
        }
    }
    Ok(rows)
}

/// COLUMNS_EXTENSIONS.
pub fn extensions(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let short =
        |row: Vec<Value>| row.into_iter().take(4).chain([Value::Null, Value::Null]).collect();
    Ok(columns(ctx, wanted)?.into_iter().map(short).collect())
}

fn computed_columns(wanted: &Wanted<'_>) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for name in SCHEMAS.iter().filter(|name| wanted.may("TABLE_SCHEMA", name)) {
        for table in tables_of(name).filter(|table| wanted.may("TABLE_NAME", table.name)) {
            for (place, column) in table.columns().iter().enumerate() {
                let mut definition = ColumnDef::new(&column.name, column.ty.clone());
                definition.nullable = column.nullable;
                let at = Place { schema: table.schema, table: table.name, ordinal: place + 1 };
                rows.push(at.row(&definition, "", "select"));
            }
        }
    }
    rows
}

/// The rows of the columns of a session's own table.
pub fn table_columns(table: &TableDef) -> Vec<Vec<Value>> {
    rows_of(table, OWN)
}

/// The rows of a table's columns; none for whom has no privilege on them.
fn rows_of(table: &TableDef, privileges: &str) -> Vec<Vec<Value>> {
    if privileges.is_empty() {
        return Vec::new();
    }
    let shown = table.columns.iter().enumerate().filter(|(_, column)| !column.hidden);
    let row = |(at, column): (usize, &ColumnDef)| {
        let place = Place { schema: &table.schema, table: &table.name, ordinal: at + 1 };
        place.row(column, key_of(table, at), privileges)
    };
    shown.map(row).collect()
}

/// A view's columns have the types of its query; one that cannot be read any more has none.
fn view_columns(ctx: &mut EvalContext<'_>, view: &ViewDef, privileges: &str) -> Vec<Vec<Value>> {
    let sql = format!("SELECT * FROM {}.{}", quote_name(&view.schema), quote_name(&view.name));
    let Ok(parsed) = parse_one(sql.as_bytes(), ParserMode::default()) else { return Vec::new() };
    let Ok(prepared) = prepare(ctx.session, &parsed) else { return Vec::new() };
    let database = ctx.session.engine.database();
    let named = prepared.columns.iter().zip(&view.columns).enumerate();
    let row = |(at, (column, name)): (usize, (&ResultColumn, &Arc<str>))| {
        let base = base_column(&database.catalog, column);
        let ty = if base.is_some() { column.ty.clone() } else { column.ty.clone().stored() };
        let mut definition = ColumnDef::new(name, ty.ty.clone());
        definition.nullable = ty.nullable;
        definition.default = match base {
            Some(base) if !base.auto_increment => base.default.clone(),
            _ => zero_of(&ty).map(DefaultValue::Value),
        };
        definition.comment = base.map_or_else(|| "".into(), |base| base.comment.clone());
        let place = Place { schema: &view.schema, table: &view.name, ordinal: at + 1 };
        place.row(&definition, "", privileges)
    };
    named.map(row).collect()
}

/// The table's column that a view's column shows unchanged.
fn base_column<'c>(catalog: &'c Catalog, column: &ResultColumn) -> Option<&'c ColumnDef> {
    let table = catalog.table(&column.schema, &column.org_table)?;
    table.columns.get(table.column_index(&column.org_name)?)
}

/// MySQL shows 0 as the default of a view's computed number that cannot be NULL.
fn zero_of(ty: &ExprType) -> Option<Value> {
    let number = matches!(
        ty.ty,
        ColumnType::Integer { .. } | ColumnType::Decimal { .. } | ColumnType::Float { .. }
    );
    let zero = match ty.ty {
        ColumnType::Decimal { .. } => Value::Decimal(Decimal::from_i64(0)),
        ColumnType::Float { .. } => Value::Double(0.0),
        _ => Value::Int(0),
    };
    (number && !ty.nullable).then_some(zero)
}

/// `PRI`, `UNI` or `MUL`: the best of what the column begins.
pub fn key_of(table: &TableDef, at: usize) -> &'static str {
    let mut best = "";
    for index in &table.indexes {
        let first = index.parts.first().is_some_and(|part| part.column == at);
        match index.kind {
            IndexKind::Primary if index.parts.iter().any(|part| part.column == at) => return "PRI",
            IndexKind::Unique if first && index.parts.len() == 1 => {
                let nullable = table.columns.get(at).is_some_and(|column| column.nullable);
                // Without a primary key the first unique key without NULL is shown as one.
                best = if table.primary().is_none() && !nullable && best != "UNI" {
                    "PRI"
                } else {
                    "UNI"
                };
                if best == "PRI" {
                    return best;
                }
            }
            _ if first && best.is_empty() => best = "MUL",
            _ => {}
        }
    }
    best
}

/// What SHOW COLUMNS calls Extra.
pub fn extra_of(column: &ColumnDef) -> String {
    let mut parts = Vec::new();
    if column.auto_increment {
        parts.push("auto_increment".to_owned());
    }
    if matches!(column.default, Some(DefaultValue::Expression(_))) {
        parts.push("DEFAULT_GENERATED".to_owned());
    }
    if column.on_update_now {
        parts.push(format!("on update {}", now_text(&column.ty)));
    }
    match &column.generated {
        Some(generated) if generated.stored => parts.push("STORED GENERATED".to_owned()),
        Some(_) => parts.push("VIRTUAL GENERATED".to_owned()),
        None => {}
    }
    if column.invisible {
        parts.push("INVISIBLE".to_owned());
    }
    parts.join(" ")
}

/// The default as text; NULL for none.
pub fn default_of(column: &ColumnDef) -> Option<String> {
    match &column.default {
        Some(DefaultValue::Expression(sql)) => Some(escaped(sql)),
        Some(DefaultValue::Value(Value::Null)) | None => None,
        Some(DefaultValue::Value(Value::UInt(bits))) if matches!(column.ty, ColumnType::Bit(_)) => {
            Some(format!("b'{bits:b}'"))
        }
        Some(DefaultValue::Value(Value::Bytes(bytes))) => {
            let digits = bytes.iter().map(|byte| format!("{byte:02X}"));
            Some(format!("0x{}", digits.collect::<String>()))
        }
        Some(DefaultValue::Value(value)) => Some(text_of(value, &column.ty)),
    }
}

struct Place<'a> {
    schema: &'a str,
    table: &'a str,
    ordinal: usize,
}

impl Place<'_> {
    fn row(&self, column: &ColumnDef, key: &str, privileges: &str) -> Vec<Value> {
        let (characters, octets) = lengths(&column.ty);
        let (precision, scale) = digits(&column.ty);
        let collation = collation_of(&column.ty).map(|id| id.collation());
        let generated = column.generated.as_ref();
        let generation = generated.map_or_else(String::new, |generated| escaped(&generated.sql));
        vec![
            def(),
            text(self.schema),
            text(self.table),
            text(&column.name),
            number(self.ordinal as u64),
            maybe(default_of(column)),
            yes(column.nullable),
            text(data_type(&column.ty)),
            maybe_number(characters),
            maybe_number(octets),
            maybe_number(precision),
            maybe_number(scale),
            maybe_number(fraction(&column.ty)),
            maybe(collation.map(|collation| collation.charset.name)),
            maybe(collation.map(|collation| collation.name)),
            text(column_type_text(&column.ty)),
            text(key),
            text(extra_of(column)),
            text(privileges),
            text(&column.comment),
            text(generation),
            Value::Null,
        ]
    }
}

/// Characters and bytes of the longest value of a string type.
fn lengths(ty: &ColumnType) -> (Option<u64>, Option<u64>) {
    let bytes_of = |size: &BlobSize| u64::from(size.bytes());
    let counted = |characters: u64, max: u8| (Some(characters), Some(characters * u64::from(max)));
    match ty {
        ColumnType::Char { length, collation, .. } => {
            counted(u64::from(*length), collation.collation().charset.max_len)
        }
        ColumnType::Binary { length, .. } => counted(u64::from(*length), 1),
        ColumnType::Text { size, .. } | ColumnType::Blob(size) => counted(bytes_of(size), 1),
        ColumnType::Enum { members, collation } => {
            let longest = members.iter().map(|member| member.chars().count()).max().unwrap_or(0);
            counted(longest as u64, collation.collation().charset.max_len)
        }
        ColumnType::Set { members, collation } => {
            let all: usize = members.iter().map(|member| member.chars().count() + 1).sum();
            counted(all.saturating_sub(1) as u64, collation.collation().charset.max_len)
        }
        _ => (None, None),
    }
}

/// Precision and scale of a number.
fn digits(ty: &ColumnType) -> (Option<u64>, Option<u64>) {
    match ty {
        ColumnType::Integer { size, unsigned, .. } => {
            let precision = match size {
                IntegerSize::Tiny => 3,
                IntegerSize::Small => 5,
                IntegerSize::Medium => 7,
                IntegerSize::Int => 10,
                IntegerSize::Big => 19 + u64::from(*unsigned),
            };
            (Some(precision), Some(0))
        }
        ColumnType::Decimal { precision, scale, .. } => {
            (Some(u64::from(*precision)), Some(u64::from(*scale)))
        }
        ColumnType::Float { digits: Some((m, d)), .. } => {
            (Some(u64::from(*m)), Some(u64::from(*d)))
        }
        ColumnType::Float { double, .. } => (Some(if *double { 22 } else { 12 }), None),
        ColumnType::Bit(bits) => (Some(u64::from(*bits)), None),
        _ => (None, None),
    }
}

fn fraction(ty: &ColumnType) -> Option<u64> {
    match ty {
        ColumnType::Time(digits) | ColumnType::DateTime(digits) | ColumnType::Timestamp(digits) => {
            Some(u64::from(*digits))
        }
        _ => None,
    }
}

//! Columns of tables, views and computed tables.

use super::row::{Wanted, def, maybe, maybe_number, number, text, yes};
use super::tables::wanted_schemas;
use super::{EvalContext, Interrupt, SCHEMAS, tables_of};
use crate::engine::catalog::{ColumnDef, DefaultValue, IndexKind, TableDef, ViewDef};
use crate::query::show::{collation_of, column_type_text, data_type, is_now, now_text};
use crate::value::Value;
use crate::value::display::text_of;
use crate::value::types::{BlobSize, ColumnType, IntegerSize};

type Rows = Result<Vec<Vec<Value>>, Interrupt>;

const PRIVILEGES: &str = "select,insert,update,references";

pub fn columns(ctx: &mut EvalContext<'_>, wanted: &Wanted<'_>) -> Rows {
    let database = ctx.session.engine.database();
    let mut rows = Vec::new();
    for name in SCHEMAS.iter().filter(|name| wanted.may("TABLE_SCHEMA", name)) {
        for table in tables_of(name).filter(|table| wanted.may("TABLE_NAME", table.name)) {
            for (place, column) in table.columns.iter().enumerate() {
                let mut definition = ColumnDef::new(&column.name, column.ty.clone());
                definition.nullable = column.nullable;
                let at = Place { schema: table.schema, table: table.name, ordinal: place + 1 };
                rows.push(at.row(&definition, "", "select"));
            }
        }
    }
    for schema in wanted_schemas(&database, wanted, "TABLE_SCHEMA") {
        for table in schema.tables().filter(|table| wanted.may("TABLE_NAME", &table.name)) {
            rows.extend(table_columns(table));
        }
        let views: Vec<_> =
            schema.views().filter(|view| wanted.may("TABLE_NAME", &view.name)).cloned().collect();
        for view in views {
            rows.extend(view_columns(ctx, &view));
        }
    }
    Ok(rows)
}

/// The rows of a table's columns.
pub fn table_columns(table: &TableDef) -> Vec<Vec<Value>> {
    let shown = table.columns.iter().enumerate().filter(|(_, column)| !column.hidden);
    let row = |(at, column): (usize, &ColumnDef)| {
        let place = Place { schema: &table.schema, table: &table.name, ordinal: at + 1 };
        place.row(column, key_of(table, at), PRIVILEGES)
    };
    shown.map(row).collect()
}

/// A view's columns have the types of its query; one that cannot be read any more has none.
fn view_columns(ctx: &mut EvalContext<'_>, view: &ViewDef) -> Vec<Vec<Value>> {
    let sql = view.sql.as_bytes();
    let parsed =
        crate::sql::statement::parse_one(sql, crate::sql::statement::ParserMode::default());
    let Ok(parsed) = parsed else { return Vec::new() };
    let Ok(prepared) = crate::query::prepare(ctx.session, &parsed) else { return Vec::new() };
    let named = prepared.columns.iter().zip(&view.columns).enumerate();
    let row =
        |(at, (column, name)): (usize, (&crate::query::ResultColumn, &std::sync::Arc<str>))| {
            let mut definition = ColumnDef::new(name, column.ty.ty.clone());
            definition.nullable = column.ty.nullable;
            let place = Place { schema: &view.schema, table: &view.name, ordinal: at + 1 };
            place.row(&definition, "", PRIVILEGES)
        };
    named.map(row).collect()
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
        Some(DefaultValue::Expression(sql)) if is_now(sql) => Some(sql.to_string()),
        Some(DefaultValue::Expression(sql)) => Some(sql.to_string()),
        Some(DefaultValue::Value(Value::Null)) | None => None,
        Some(DefaultValue::Value(Value::UInt(bits))) if matches!(column.ty, ColumnType::Bit(_)) => {
            Some(format!("b'{bits:b}'"))
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
        let generation = column.generated.as_ref().map_or("", |generated| &generated.sql);
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
    let bytes_of = |size: &BlobSize| match size {
        BlobSize::Tiny => 0xff_u64,
        BlobSize::Normal => 0xffff,
        BlobSize::Medium => 0xff_ffff,
        BlobSize::Long => 0xffff_ffff,
    };
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

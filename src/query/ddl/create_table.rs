//! CREATE TABLE: from columns, LIKE another table, AS a query.

use super::{
    Plan, QueryColumn, Scene, TemporaryChange, checks, columns, errors, expressions, foreign_keys,
    indexes, names, options,
};
use crate::engine::CatalogChange;
use crate::engine::catalog::{ColumnDef, DefaultValue, TableDef};
use crate::sql::statement::Statement;
use crate::sql::statement::ast::{
    ColumnDefinition, ColumnName, CreateTable, IndexDefinition, IndexKey, IndexKind, IndexPart,
    Insert, InsertSource, OnDuplicate, Query, TableSelect, TypeName,
};
use crate::sql::statement::walk::columns_of;
use crate::value::types::{ColumnType, IntegerSize};
use crate::value::{SqlError, Value};

/// Expressions of fewer characters than this are INT in a table that is made of them.
const MAX_INT_WIDTH: u8 = 10;

type ColumnsOf<'c> = &'c mut dyn FnMut(&Query) -> Result<Vec<QueryColumn>, SqlError>;

/// CREATE TABLE.
///
/// # Errors
/// 1050 without IF NOT EXISTS, and all that can be wrong with a definition.
pub fn create(
    scene: &mut Scene<'_>,
    create: &CreateTable,
    columns_of: ColumnsOf<'_>,
) -> Result<Plan, SqlError> {
    let (schema, name) = scene.full_name(&create.name)?;
    names::check_table(&name)?;
    let Some(home) = scene.database.catalog.schema(&schema).cloned() else {
        return Err(errors::unknown_database(&schema));
    };
    options::check_engine(scene, &create.options)?;
    let exists = match create.temporary {
        true => scene.temporary.table(&schema, &name).is_some(),
        false => home.table(&name).is_some() || home.view(&name).is_some(),
    };
    if exists {
        let error = errors::table_exists(&name);
        if !create.if_not_exists {
            return Err(error);
        }
        scene.note(error);
        return Ok(Plan::default());
    }
    let mut then = None;
    let table = match &create.like {
        Some(like) => copy(scene, &schema, &name, like)?,
        None => {
            let collation = columns::table_collation(scene, &create.options, home.collation)?;
            let mut table = TableDef::new(&schema, &name, collation);
            table.temporary = create.temporary;
            table.created = scene.context.now_seconds;
            define(scene, &mut table, create)?;
            if let Some(select) = &create.select {
                then = Some(add_selected(&mut table, create, select, columns_of)?);
            }
            finish(scene, &mut table, create)?;
            table
        }
    };
    Ok(placed(table, create.temporary, then))
}

fn placed(mut table: TableDef, temporary: bool, then: Option<Statement>) -> Plan {
    table.temporary = temporary;
    let table = Box::new(table);
    let mut plan = Plan { then, ..Plan::default() };
    match temporary {
        true => plan.temporary.push(TemporaryChange::Create(table)),
        false => plan.changes.push(CatalogChange::CreateTable(table)),
    }
    plan
}

/// Columns and options.
fn define(
    scene: &mut Scene<'_>,
    table: &mut TableDef,
    create: &CreateTable,
) -> Result<(), SqlError> {
    options::apply(scene, table, &create.options)?;
    for definition in &create.columns {
        let column = columns::column(scene, table, definition)?;
        table.columns.push(column);
    }
    Ok(())
}

/// What needs all columns: indexes, keys, checks.
fn finish(
    scene: &mut Scene<'_>,
    table: &mut TableDef,
    create: &CreateTable,
) -> Result<(), SqlError> {
    let own: Vec<IndexDefinition> = create.columns.iter().flat_map(column_indexes).collect();
    let mut order: Vec<&IndexDefinition> = own.iter().chain(&create.indexes).collect();
    order.sort_by_key(|index| index.kind != IndexKind::Primary);
    columns::check_all_names(table)?;
    for index in order {
        indexes::refuse_null(index, &create.columns)?;
        indexes::add(scene, table, index)?;
    }
    let inline = create.columns.iter().filter_map(|column| column.references.as_ref());
    for key in inline.chain(&create.foreign_keys) {
        foreign_keys::add(scene, table, key)?;
    }
    for column in &create.columns {
        for check in &column.checks {
            checks::add(scene, table, check, Some(&column.name))?;
        }
    }
    for check in &create.checks {
        checks::add(scene, table, check, None)?;
    }
    for column in &create.columns {
        if let Some(generated) = &column.generated {
            check_generated(table, &column.name, &generated.expr)?;
        }
        check_default(table, column)?;
    }
    indexes::sort(table);
    columns::check_all(table)
}

/// A default that is an expression names columns that it may.
pub fn check_default(table: &TableDef, column: &ColumnDefinition) -> Result<(), SqlError> {
    let at = table.column_index(&column.name);
    match (&column.default, at) {
        (Some(crate::sql::statement::ast::DefaultValue::Expression(expr)), Some(at)) => {
            expressions::check_default(table, at, expr)
        }
        _ => Ok(()),
    }
}

/// The indexes that a column's attributes ask for.
pub fn column_indexes(column: &ColumnDefinition) -> Vec<IndexDefinition> {
    let index = |kind| IndexDefinition {
        kind,
        name: None,
        parts: vec![IndexPart {
            key: IndexKey::Column { name: column.name.clone(), prefix: None },
            descending: false,
        }],
        using: None,
        comment: None,
        invisible: false,
    };
    let unique = column.unique || column.ty.name == TypeName::Serial;
    let primary = column.primary.then(|| index(IndexKind::Primary));
    primary.into_iter().chain(unique.then(|| index(IndexKind::Unique))).collect()
}

/// A generated column looks at columns that are there, and at generated ones before it only.
pub fn check_generated(
    table: &TableDef,
    name: &str,
    expr: &crate::sql::statement::ast::Expr,
) -> Result<(), SqlError> {
    let own = table.column_index(name);
    for parts in columns_of(expr) {
        let used = parts.last().map_or("", |part| &part.value);
        let Some(at) = table.column_index(used) else {
            return Err(errors::unknown_column(used, "generated column function"));
        };
        let later = own.is_some_and(|own| at >= own);
        if later && table.columns.get(at).is_some_and(|column| column.generated.is_some()) {
            let text = "Generated column can refer only to generated columns defined prior to it.";
            return Err(SqlError::new(3107, b"HY000", text));
        }
        if table.columns.get(at).is_some_and(|column| column.auto_increment) {
            let text = format!("Generated column '{name}' cannot refer to auto-increment column.");
            return Err(SqlError::new(3109, b"HY000", text));
        }
    }
    Ok(())
}

/// LIKE: all but foreign keys, with checks under new names.
fn copy(
    scene: &Scene<'_>,
    schema: &str,
    name: &str,
    like: &crate::sql::statement::ast::TableName,
) -> Result<TableDef, SqlError> {
    let source = scene.table(like)?;
    let mut table = TableDef::clone(&source);
    (table.schema, table.name) = (schema.into(), name.into());
    table.foreign_keys.clear();
    table.first_auto_increment = 0;
    table.version = 1;
    table.created = scene.context.now_seconds;
    for (index, check) in table.checks.iter_mut().enumerate() {
        check.name = format!("{name}_chk_{}", index + 1).into();
    }
    Ok(table)
}

/// AS SELECT: the query's columns behind those that are defined, one of both names being one.
fn add_selected(
    table: &mut TableDef,
    create: &CreateTable,
    select: &TableSelect,
    columns_of: ColumnsOf<'_>,
) -> Result<Statement, SqlError> {
    let selected = columns_of(&select.query)?;
    let mut targets = Vec::with_capacity(selected.len());
    for column in selected {
        names::check_column(&column.name)?;
        // A column of both stands where the query has it.
        let defined = table.column_index(&column.name).map(|at| table.columns.remove(at));
        table.columns.push(defined.unwrap_or_else(|| selected_column(&column)));
        targets.push(ColumnName { table: None, name: column.name });
    }
    for (index, target) in targets.iter().enumerate() {
        let twice =
            |other: &ColumnName| crate::engine::catalog::same_name(&other.name, &target.name);
        if targets.iter().take(index).any(twice) {
            return Err(errors::duplicate_column(&target.name));
        }
    }
    let mut name = create.name.clone();
    name.schema = Some(table.schema.to_string());
    let insert = Insert {
        priority: None,
        ignore: select.duplicates == OnDuplicate::Ignore,
        table: name,
        columns: Some(targets),
        source: InsertSource::Query(select.query.clone()),
        row_alias: None,
        on_duplicate: Vec::new(),
        returning: None,
    };
    Ok(match select.duplicates {
        OnDuplicate::Replace => Statement::Replace(Box::new(insert)),
        _ => Statement::Insert(Box::new(insert)),
    })
}

fn selected_column(column: &QueryColumn) -> ColumnDef {
    let ty = match &column.ty {
        ColumnType::Null => ColumnType::Binary { varying: true, length: 0 },
        // What was computed is as wide as its values may be.
        ColumnType::Integer {
            size: IntegerSize::Big,
            unsigned,
            width: Some(width),
            zerofill: false,
        } => {
            let size = if *width < MAX_INT_WIDTH { IntegerSize::Int } else { IntegerSize::Big };
            ColumnType::Integer { size, unsigned: *unsigned, width: None, zerofill: false }
        }
        ty => ty.clone(),
    };
    let mut definition = ColumnDef::new(&column.name, ty);
    definition.nullable = column.nullable || column.ty == ColumnType::Null;
    if !definition.nullable {
        definition.default = zero_of(&definition.ty).map(DefaultValue::Value);
    }
    definition
}

/// NOT NULL columns of a query become columns with a default of zero or nothing.
fn zero_of(ty: &ColumnType) -> Option<Value> {
    Some(match ty {
        ColumnType::Integer { unsigned: true, .. } => Value::UInt(0),
        ColumnType::Integer { .. } => Value::Int(0),
        ColumnType::Float { .. } => Value::Double(0.0),
        ColumnType::Decimal { scale, .. } => {
            Value::Decimal(crate::value::Decimal::from_i64(0).round(i32::from(*scale)))
        }
        ColumnType::Char { .. } => Value::Text("".into()),
        _ => return None,
    })
}

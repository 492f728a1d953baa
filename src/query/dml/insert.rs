//! INSERT and REPLACE: names, columns, values compiled.

use std::sync::Arc;

use super::insert_rows::{Inserter, OnDuplicate, Plan, Source, Update};
use super::returning::Returning;
use super::rules::Rules;
use crate::engine::Use;
use crate::engine::catalog::TableDef;
use crate::query::bind::{
    Clause, ColumnInfo, Compiler, Scope, SourceInfo, column_expr, stored_literal,
};
use crate::query::expr::{Expr, ExprType};
use crate::query::{EvalContext, Interrupt, Outcome, ResultSink, Session};
use crate::sql::statement::ast;
use crate::value::{SqlError, Value};

/// INSERT.
///
/// # Errors
/// Those of names, types, values and constraints; a wait.
pub fn insert(
    session: &mut Session,
    insert: &ast::Insert,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    run(session, insert, false, params, sink)
}

/// REPLACE.
///
/// # Errors
/// As for [`insert`].
pub fn replace(
    session: &mut Session,
    insert: &ast::Insert,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    run(session, insert, true, params, sink)
}

fn run(
    session: &mut Session,
    insert: &ast::Insert,
    replace: bool,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    let mut compiler = Compiler::new(session, params);
    compiler.how = Use::Write;
    let schema = compiler.schema_of(insert.table.schema.as_deref())?;
    let table = compiler.base_table(&schema, &insert.table.name, Use::Write)?;
    let columns = columns(insert, &table)?;
    let source = source(&mut compiler, insert, &table, &columns)?;
    let on_duplicate = on_duplicate(&mut compiler, insert, replace, &table)?;
    let returning = Returning::compile(&mut compiler, insert.returning.as_ref(), &table)?;
    let plan = Plan { columns, source, on_duplicate, ignore: insert.ignore };
    let rules = Rules::new(table, session)?;
    let mut ctx = EvalContext::new(session, params);
    if insert.priority == Some(ast::Priority::Delayed) {
        ctx.warn(
            3005,
            "INSERT DELAYED is no longer supported. The statement was converted to INSERT.",
        );
    }
    let inserter = Inserter::new(rules, returning, plan.ignore, &mut ctx);
    inserter.run(plan, &mut ctx, sink)
}

/// The places of the columns that are given.
fn columns(insert: &ast::Insert, table: &TableDef) -> Result<Vec<usize>, SqlError> {
    let Some(names) = &insert.columns else {
        let all = table.columns.iter().enumerate();
        return Ok(all
            .filter(|(_, column)| !column.invisible && !column.hidden)
            .map(|(at, _)| at)
            .collect());
    };
    let mut places = Vec::with_capacity(names.len());
    for name in names {
        let Some(place) = table.column_index(&name.name) else {
            let message = format!("Unknown column '{}' in 'field list'", name.name);
            return Err(SqlError::new(1054, b"42S22", message));
        };
        if places.contains(&place) {
            let message = format!("Column '{}' specified twice", name.name);
            return Err(SqlError::new(1110, b"42000", message));
        }
        places.push(place);
    }
    Ok(places)
}

fn source(
    compiler: &mut Compiler<'_>,
    insert: &ast::Insert,
    table: &Arc<TableDef>,
    columns: &[usize],
) -> Result<Source, Interrupt> {
    match &insert.source {
        ast::InsertSource::Values(rows) => {
            let mut scope = Scope::new();
            scope.add_row_source(table.clone(), &table.name, 0);
            compiler.scopes.push(scope);
            let bound = values(compiler, rows, table, columns);
            compiler.scopes.pop();
            Ok(Source::Values(bound?))
        }
        ast::InsertSource::Query(query) => {
            let (plan, _) = compiler.read_only(|compiler| compiler.query(query))?;
            if plan.columns.len() != columns.len() {
                return Err(wrong_count(1).into());
            }
            for column in columns {
                forbid_generated(table, *column)?;
            }
            Ok(Source::Query(plan))
        }
    }
}

fn wrong_count(row: usize) -> SqlError {
    SqlError::new(1136, b"21S01", format!("Column count doesn't match value count at row {row}"))
}

fn forbid_generated(table: &TableDef, at: usize) -> Result<(), SqlError> {
    match table.columns.get(at) {
        Some(column) if column.generated.is_some() => {
            let message = format!(
                "The value specified for generated column '{}' in table '{}' is not allowed.",
                column.name, table.name
            );
            Err(SqlError::new(3105, b"HY000", message))
        }
        _ => Ok(()),
    }
}

/// Rows of VALUES; `None` is DEFAULT.
fn values(
    compiler: &mut Compiler<'_>,
    rows: &[Vec<ast::Expr>],
    table: &Arc<TableDef>,
    columns: &[usize],
) -> Result<Vec<Vec<Option<Expr>>>, Interrupt> {
    let mut bound = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        if !row.is_empty() && row.len() != columns.len() {
            return Err(wrong_count(at + 1).into());
        }
        let mut values = Vec::with_capacity(row.len());
        for (value, column) in row.iter().zip(columns) {
            values.push(match ast::is_default(value) {
                true => None,
                false => {
                    forbid_generated(table, *column)?;
                    Some(compiler.single_expr(value)?)
                }
            });
        }
        bound.push(values);
    }
    Ok(bound)
}

fn on_duplicate(
    compiler: &mut Compiler<'_>,
    insert: &ast::Insert,
    replace: bool,
    table: &Arc<TableDef>,
) -> Result<OnDuplicate, Interrupt> {
    if replace {
        return Ok(OnDuplicate::Replace);
    }
    if insert.on_duplicate.is_empty() {
        return Ok(OnDuplicate::Fail);
    }
    let width = table.columns.len();
    let mut scope = Scope::new();
    scope.clause = Clause::Fields;
    scope.add_row_source(table.clone(), &table.name, 0);
    let inserted_slot = scope.allocate(width);
    scope.inserted_slot = Some(inserted_slot);
    if let Some(alias) = &insert.row_alias {
        scope.add_source(row_alias(alias, table, inserted_slot, insert.columns.as_ref()));
        // Bare names are the table's.
        scope.columns.retain(|column| column.source == 0);
    }
    compiler.scopes.push(scope);
    let updates = updates(compiler, &insert.on_duplicate, table);
    compiler.scopes.pop();
    Ok(OnDuplicate::Update(updates?))
}

/// `AS new(a, b)`: the row that was to be inserted, by name.
fn row_alias(
    alias: &ast::RowAlias,
    table: &Arc<TableDef>,
    slot: usize,
    listed: Option<&Vec<ast::ColumnName>>,
) -> SourceInfo {
    let renamed = |at: usize, name: &Arc<str>| -> Arc<str> {
        let place = match listed {
            Some(names) => names.iter().position(|own| own.name.eq_ignore_ascii_case(name)),
            None => Some(at),
        };
        let given = place.and_then(|place| alias.columns.get(place));
        given.map_or_else(|| name.clone(), |given| given.as_str().into())
    };
    let columns = table.columns.iter().enumerate().map(|(at, column)| ColumnInfo {
        name: renamed(at, &column.name),
        expr: column_expr(slot + at, ExprType::new(column.ty.clone(), true)),
        origin: None,
        hidden: column.hidden,
    });
    SourceInfo {
        schema: Arc::from(""),
        alias: alias.name.as_str().into(),
        columns: columns.collect(),
        private: false,
        plan: None,
    }
}

fn updates(
    compiler: &mut Compiler<'_>,
    assignments: &[ast::Assignment],
    table: &Arc<TableDef>,
) -> Result<Vec<Update>, Interrupt> {
    let mut updates = Vec::with_capacity(assignments.len());
    for assignment in assignments {
        let name = &assignment.column.name;
        let Some(column) = table.column_index(name) else {
            let message = format!("Unknown column '{name}' in 'field list'");
            return Err(SqlError::new(1054, b"42S22", message).into());
        };
        let value = match ast::is_default(&assignment.value) {
            true => default_value(compiler, table, column)?,
            false => {
                forbid_generated(table, column)?;
                compiler.single_expr(&assignment.value)?
            }
        };
        updates.push(Update { column, value });
    }
    Ok(updates)
}

/// DEFAULT in an assignment; of a generated column it changes nothing.
pub(super) fn default_value(
    compiler: &mut Compiler<'_>,
    table: &Arc<TableDef>,
    at: usize,
) -> Result<Expr, Interrupt> {
    let generated = table.columns.get(at).is_some_and(|column| column.generated.is_some());
    match generated {
        true => Ok(Expr::null()),
        false => match compiler.default_expr(table, at) {
            Err(Interrupt::Error(error)) if error.code == 1364 => {
                let ty = table.columns.get(at).map(|column| column.ty.clone());
                let is_enum = matches!(ty, Some(crate::value::types::ColumnType::Enum { .. }));
                match ty.filter(|_| is_enum) {
                    Some(ty) => {
                        let value = super::rules::implicit_default(&ty);
                        Ok(stored_literal(value, ExprType::new(ty, false)))
                    }
                    None => Err(error.into()),
                }
            }
            other => other,
        },
    }
}

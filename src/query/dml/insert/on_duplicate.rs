//! ON DUPLICATE KEY UPDATE.

use super::super::column::Storing;
use super::super::given::Given;
use super::super::settle::settle;
use super::super::target::Target;
use super::super::view::Into;
use super::{Source, column_place};
use crate::engine::catalog::same_name;
use crate::query::bind::{ColumnInfo, Compiler, Scope, SourceInfo, Unqualified};
use crate::query::expr::Expr;
use crate::query::plan::QueryPlan;
use crate::query::{EvalContext, Interrupt};
use crate::sql::statement::ast;
use crate::value::{Row, SqlError, Value};

/// What is set in the row that is there.
pub(in crate::query::dml) struct OnDuplicateUpdate {
    assignments: Vec<(usize, Given)>,
    frame: usize,
}

impl OnDuplicateUpdate {
    /// Compiles the assignments.
    pub fn compile(
        compiler: &mut Compiler<'_>,
        statement: &ast::Insert,
        into: &Into,
        (source, places): (&Source, &[usize]),
    ) -> Result<Self, Interrupt> {
        let width = into.table.columns.len();
        let mut scope = Scope::new();
        scope.add_row_source(into.table.clone(), &into.alias, 0);
        add_alias(&mut scope, statement.row_alias.as_ref(), into, places)?;
        if scope.frame < 2 * width {
            scope.allocate(2 * width - scope.frame);
        }
        scope.inserted_slot = Some(width);
        if let Source::Query(plan, _) = source {
            add_outputs(&mut scope, plan);
        }
        compiler.scopes.push(scope);
        let assignments = assignments(compiler, statement, into);
        let frame = compiler.scopes.pop().map_or(0, |scope| scope.frame);
        Ok(Self { assignments: assignments?, frame })
    }

    /// The row that is to be in the place of the one that is there; none if nothing changes.
    pub fn changed(
        &self,
        target: &Target,
        (there, new, outputs): (&Row, &[Value], &[Value]),
        storing: &Storing,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Option<Row>, Interrupt> {
        let mut frame = Vec::with_capacity(self.frame);
        frame.extend(there.values().iter().chain(new).chain(outputs).cloned());
        frame.resize(self.frame.max(frame.len()), Value::Null);
        for (at, given) in &self.assignments {
            let Some(column) = target.table.columns.get(*at) else { continue };
            let value = given.value(column, storing, &frame, ctx)?;
            if let Some(place) = frame.get_mut(*at) {
                *place = value;
            }
        }
        let assigned = |at: usize| self.assignments.iter().any(|(place, _)| *place == at);
        frame.truncate(target.width());
        settle(target, there, frame, &assigned, storing, ctx)
    }
}

fn assignments(
    compiler: &mut Compiler<'_>,
    statement: &ast::Insert,
    into: &Into,
) -> Result<Vec<(usize, Given)>, Interrupt> {
    let mut found = Vec::with_capacity(statement.on_duplicate.len());
    for assignment in &statement.on_duplicate {
        let at = column_place(into, &assignment.column)?;
        found.push((at, Given::compile(compiler, &assignment.value, &into.table, (at, 0))?));
    }
    Ok(found)
}

/// `AS new(a, b)`: the row that was to be inserted, under a name of its own. Without new names for its
/// columns a bare name means the row that is there.
fn add_alias(
    scope: &mut Scope,
    alias: Option<&ast::RowAlias>,
    into: &Into,
    places: &[usize],
) -> Result<(), SqlError> {
    let Some(alias) = alias else { return Ok(()) };
    if alias.name == *into.alias {
        let message = format!("Not unique table/alias: '{}'", alias.name);
        return Err(SqlError::new(1066, b"42000", message));
    }
    let bare = scope.columns.len();
    let width = into.table.columns.len();
    let source = scope.add_row_source(into.table.clone(), &alias.name.as_str().into(), width);
    scope.columns.truncate(bare);
    if alias.columns.is_empty() {
        return Ok(());
    }
    if alias.columns.len() != places.len() {
        let message = "In definition of view, derived table or common table expression, SELECT list and column names list have different column counts";
        return Err(SqlError::new(1353, b"HY000", message));
    }
    let Some(columns) = scope.sources.get_mut(source).map(|source| &mut source.columns) else {
        return Ok(());
    };
    // The new names are those of the columns that values are given for, and no others are known.
    let given = places.iter().zip(&alias.columns).filter_map(|(at, name)| {
        Some(ColumnInfo { name: name.as_str().into(), ..columns.get(*at)?.clone() })
    });
    let given: Vec<ColumnInfo> = given.collect();
    for (index, column) in given.iter().enumerate() {
        if given.iter().take(index).any(|other| same_name(&other.name, &column.name)) {
            let message = format!("Duplicate column name '{}'", column.name);
            return Err(SqlError::new(1060, b"42S21", message));
        }
    }
    *columns = given;
    let shown = 0..columns.len();
    scope.columns.extend(shown.map(|column| Unqualified { source, column }));
    Ok(())
}

/// The columns of INSERT … SELECT, under the names of the tables that they come from.
fn add_outputs(scope: &mut Scope, plan: &QueryPlan) {
    let first = scope.allocate(plan.columns.len());
    for (at, column) in plan.columns.iter().enumerate() {
        let name = match column.org_name.is_empty() {
            true => column.name.clone(),
            false => column.org_name.clone(),
        };
        let info = ColumnInfo {
            name,
            expr: Expr::slot(first + at, column.ty.clone()),
            origin: None,
            hidden: false,
            own_heading: false,
        };
        let known = scope.sources.iter().skip(1).position(|source| source.alias == column.table);
        match known.and_then(|known| scope.sources.get_mut(known + 1)) {
            Some(source) => {
                source.columns.push(info);
                let place = Unqualified {
                    source: known.unwrap_or_default() + 1,
                    column: source.columns.len() - 1,
                };
                scope.columns.push(place);
            }
            None => {
                scope.add_source(SourceInfo {
                    schema: column.schema.clone(),
                    alias: column.table.clone(),
                    columns: vec![info],
                    private: false,
                    plan: None,
                });
            }
        }
    }
}

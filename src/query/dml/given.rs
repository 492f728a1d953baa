//! What a statement gives for a column: an expression, or DEFAULT.

use std::sync::Arc;

use super::column::{Storing, implicit_default};
use super::errors::{generated_given, no_default, warn_of};
use crate::engine::catalog::{ColumnDef, DefaultValue, TableDef};
use crate::query::bind::Compiler;
use crate::query::expr::Expr;
use crate::query::{EvalContext, Interrupt};
use crate::sql::statement::ast;
use crate::value::types::ColumnType;
use crate::value::{SqlError, Value};

/// What a column gets.
pub(super) enum Given {
    /// A value that is stored.
    Expr(Expr),
    /// Its default.
    Default(Default),
}

/// A column's default.
#[derive(Debug, Clone)]
pub(super) enum Default {
    /// A value as it is stored.
    Value(Value),
    /// An expression over the row.
    Expr(Expr),
    /// The next number of AUTO_INCREMENT.
    Auto,
    /// Computed with the row.
    Generated,
    /// Computed with the row, though a value was given: the error that strict mode makes of it.
    GeneratedAnyway(SqlError),
    /// None, and it is needed: 1364, or the type's own.
    Missing,
}

impl Default {
    /// The default of a column, over a frame that has the table's row from `slot` on.
    pub fn of(
        compiler: &mut Compiler<'_>,
        table: &Arc<TableDef>,
        at: usize,
        slot: usize,
    ) -> Result<Self, Interrupt> {
        let Some(column) = table.columns.get(at) else { return Ok(Self::Missing) };
        Ok(match &column.default {
            _ if column.generated.is_some() => Self::Generated,
            _ if column.auto_increment => Self::Auto,
            Some(DefaultValue::Value(value)) => Self::Value(value.clone()),
            Some(DefaultValue::Expression(_)) => {
                let mut expr = compiler.default_expr(table, at)?;
                expr.map_slots(&mut |own| own + slot);
                Self::Expr(expr)
            }
            None if column.nullable && !column.no_default => Self::Value(Value::Null),
            // The first member of an ENUM is its default, whatever the mode.
            None if matches!(column.ty, ColumnType::Enum { .. }) => {
                Self::Value(implicit_default(&column.ty))
            }
            None => Self::Missing,
        })
    }

    /// The value, for a frame; AUTO_INCREMENT and generated columns are seen to later.
    pub fn value(
        &self,
        column: &ColumnDef,
        storing: &Storing,
        frame: &[Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<Value, Interrupt> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Expr(expr) => {
                let value = expr.eval(ctx, frame)?;
                storing.store(&value, Some(&expr.ty), column, ctx)
            }
            Self::Auto | Self::Generated => Ok(Value::Null),
            Self::GeneratedAnyway(error) => {
                warn_of(error, ctx);
                Ok(Value::Null)
            }
            Self::Missing => missing(column, storing, ctx),
        }
    }
}

/// A column that was not given and has no default.
pub(super) fn missing(
    column: &ColumnDef,
    storing: &Storing,
    ctx: &mut EvalContext<'_>,
) -> Result<Value, Interrupt> {
    let error = no_default(&column.name);
    if storing.is_strict() {
        return Err(error.into());
    }
    warn_of(&error, ctx);
    Ok(if column.nullable { Value::Null } else { implicit_default(&column.ty) })
}

impl Given {
    /// What an expression of the statement gives to a column.
    pub fn compile(
        compiler: &mut Compiler<'_>,
        expr: &ast::Expr,
        table: &Arc<TableDef>,
        (at, slot): (usize, usize),
    ) -> Result<Self, Interrupt> {
        if ast::is_default(expr) {
            return Ok(Self::Default(Default::of(compiler, table, at, slot)?));
        }
        if let Some(column) = table.columns.get(at).filter(|column| column.generated.is_some()) {
            let error = generated_given(&column.name, &table.name);
            // `mariadb-dump` writes generated columns out like others, and switches strict mode off to read them in.
            if compiler.session.variables.sql_mode.is_strict() {
                return Err(error.into());
            }
            return Ok(Self::Default(Default::GeneratedAnyway(error)));
        }
        Ok(Self::Expr(compiler.single_expr(expr)?))
    }

    /// The value as the column holds it.
    pub fn value(
        &self,
        column: &ColumnDef,
        storing: &Storing,
        frame: &[Value],
        ctx: &mut EvalContext<'_>,
    ) -> Result<Value, Interrupt> {
        match self {
            Self::Default(default) => default.value(column, storing, frame, ctx),
            Self::Expr(expr) => {
                let value = expr.eval(ctx, frame)?;
                storing.store(&value, Some(&expr.ty), column, ctx)
            }
        }
    }
}

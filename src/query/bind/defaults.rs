//! Defaults of columns, and VALUES(column) in ON DUPLICATE KEY UPDATE.

use std::sync::Arc;

use super::Compiler;
use super::errors::unknown_column;
use super::expr::column_path;
use crate::engine::catalog::{DefaultValue, TableDef};
use crate::query::Interrupt;
use crate::query::expr::{Expr, ExprType};
use crate::sql::statement::{ast, parse_expr};
use crate::value::{SqlError, Value};

impl Compiler<'_> {
    /// What the column holds where a statement gives nothing, over the columns of its table.
    ///
    /// # Errors
    /// 1364 where it has no default.
    pub(crate) fn default_expr(
        &mut self,
        table: &Arc<TableDef>,
        at: usize,
    ) -> Result<Expr, Interrupt> {
        let Some(column) = table.columns.get(at) else { return Ok(Expr::null()) };
        let ty = ExprType::new(column.ty.clone(), column.nullable);
        match &column.default {
            Some(DefaultValue::Value(value)) => Ok(match value {
                Value::Null => Expr::null(),
                value => super::scope::stored_literal(value.clone(), ty),
            }),
            Some(DefaultValue::Expression(sql)) => {
                let parsed = parse_expr(sql).map_err(|_| invalid(sql))?;
                self.over_table(&parsed, table)
            }
            None if column.nullable || column.auto_increment => Ok(Expr::null()),
            None => {
                let message = format!("Field '{}' doesn't have a default value", column.name);
                Err(SqlError::new(1364, b"HY000", message).into())
            }
        }
    }

    /// `VALUES(column)`: what the row would have held.
    pub(super) fn inserted_value(&mut self, column: &ast::Expr) -> Result<Expr, Interrupt> {
        let Some(path) = column_path(column) else {
            return Err(SqlError::new(1064, b"42000", "VALUES() needs a column").into());
        };
        let found = self.find_column(path)?;
        let Some((_, at, _)) = found.origin else {
            return Err(unknown_column(path.column, "field list").into());
        };
        self.deprecated(
            1287,
            "'VALUES function' is deprecated and will be removed in a future release. Please use an alias (INSERT INTO ... VALUES (...) AS alias) and replace VALUES(col) in the ON DUPLICATE KEY UPDATE clause with alias.col instead",
        );
        match self.scope().inserted_slot {
            Some(slot) => {
                Ok(super::scope::column_expr(slot + at, found.expr.ty.with_nullable(true)))
            }
            None => Ok(Expr::null()),
        }
    }
}

fn invalid(sql: &str) -> SqlError {
    SqlError::new(1105, b"HY000", format!("Invalid expression in the catalog: {sql}"))
}

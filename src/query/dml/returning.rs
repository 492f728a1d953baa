//! RETURNING: values of the rows that were written, as MariaDB has it.

use std::sync::Arc;

use crate::engine::catalog::TableDef;
use crate::query::bind::{Compiler, Scope};
use crate::query::expr::Expr;
use crate::query::plan::result_column;
use crate::query::{EvalContext, Interrupt, Outcome, ResultColumn, ResultSink};
use crate::sql::statement::ast;
use crate::value::Value;

/// What is returned of each row.
pub(super) struct Returning {
    columns: Vec<ResultColumn>,
    outputs: Vec<Expr>,
    rows: Vec<Vec<Value>>,
}

impl Returning {
    /// Compiles the list over a table's row.
    pub fn compile(
        compiler: &mut Compiler<'_>,
        items: Option<&[ast::SelectItem]>,
        table: &Arc<TableDef>,
        alias: &Arc<str>,
    ) -> Result<Option<Self>, Interrupt> {
        let Some(items) = items else { return Ok(None) };
        let mut scope = Scope::new();
        scope.add_row_source(table.clone(), alias, 0);
        compiler.scopes.push(scope);
        let items = compiler.items(items);
        compiler.scopes.pop();
        let (mut columns, mut outputs) = (Vec::new(), Vec::new());
        for item in items? {
            let origin = item.origin.as_ref().map(|(table, at, alias)| (&**table, *at, alias));
            columns.push(result_column(item.name, item.expr.ty.clone(), origin));
            outputs.push(item.expr);
        }
        Ok(Some(Self { columns, outputs, rows: Vec::new() }))
    }

    /// Keeps what is returned of a row.
    pub fn add(&mut self, row: &[Value], ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        let mut values = Vec::with_capacity(self.outputs.len());
        for output in &self.outputs {
            values.push(output.eval(ctx, row)?);
        }
        self.rows.push(values);
        Ok(())
    }

    /// Hands all rows over.
    pub fn emit(self, sink: &mut dyn ResultSink) -> Result<Outcome, Interrupt> {
        sink.columns(&self.columns)?;
        for row in &self.rows {
            sink.row(row)?;
        }
        Ok(Outcome::Rows { count: self.rows.len() as u64 })
    }
}

//! RETURNING, as MariaDB has it: a select list over the rows that were written.

use std::sync::Arc;

use crate::engine::catalog::TableDef;
use crate::query::bind::{Compiler, Scope};
use crate::query::expr::Expr;
use crate::query::plan::result_column;
use crate::query::{EvalContext, Interrupt, Outcome, ResultColumn, ResultSink};
use crate::sql::statement::ast;
use crate::value::Value;

/// A RETURNING list and the rows it has given so far. They are handed over when the statement ends.
pub struct Returning {
    columns: Vec<ResultColumn>,
    outputs: Vec<Expr>,
    rows: Vec<Vec<Value>>,
}

impl Returning {
    /// The list over a table's row.
    ///
    /// # Errors
    /// Those of names and types.
    pub fn compile(
        compiler: &mut Compiler<'_>,
        items: Option<&Vec<ast::SelectItem>>,
        table: &Arc<TableDef>,
    ) -> Result<Option<Self>, Interrupt> {
        let Some(items) = items else { return Ok(None) };
        let mut scope = Scope::new();
        scope.add_row_source(table.clone(), &table.name, 0);
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

    /// Takes a row that was written.
    ///
    /// # Errors
    /// Those of the expressions.
    pub fn add(&mut self, row: &[Value], ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        let values: Result<Vec<Value>, Interrupt> =
            self.outputs.iter().map(|output| output.eval(ctx, row)).collect();
        self.rows.push(values?);
        Ok(())
    }

    /// Hands the rows over.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(self, sink: &mut dyn ResultSink) -> Result<Outcome, Interrupt> {
        sink.columns(&self.columns)?;
        for row in &self.rows {
            sink.row(row)?;
        }
        Ok(Outcome::Rows { count: self.rows.len() as u64 })
    }
}

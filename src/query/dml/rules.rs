//! What a table asks of its rows, compiled: generated columns, CHECK constraints, defaults.

use std::sync::Arc;

use super::column::Storing;
use super::errors::check_violated;
use super::given::Default;
use crate::engine::catalog::TableDef;
use crate::query::bind::Compiler;
use crate::query::expr::Expr;
use crate::query::{EvalContext, Interrupt, Session};
use crate::sql::statement::parse_expr;
use crate::value::store::StoreMode;
use crate::value::{SqlError, Value};

/// A table's rules.
pub struct Rules {
    table: Arc<TableDef>,
    /// Generated columns in their order, over the row.
    generated: Vec<(usize, Expr)>,
    /// Enforced CHECK constraints.
    checks: Vec<(Arc<str>, Expr)>,
    /// By column, where they were asked for.
    defaults: Vec<Default>,
}

impl Rules {
    /// All rules of a table, defaults included: for rows that no statement gives values to.
    ///
    /// # Errors
    /// An expression of the catalog does not compile.
    pub fn new(table: Arc<TableDef>, session: &mut Session) -> Result<Self, Interrupt> {
        let mut compiler = Compiler::new(session, &[]);
        let mut rules = Self::compile(&mut compiler, table.clone())?;
        for at in 0..table.columns.len() {
            rules.defaults.push(Default::of(&mut compiler, &table, at, 0)?);
        }
        Ok(rules)
    }

    /// The rules of a table but for its defaults.
    pub(super) fn compile(
        compiler: &mut Compiler<'_>,
        table: Arc<TableDef>,
    ) -> Result<Self, Interrupt> {
        let mut generated = Vec::new();
        for (at, column) in table.columns.iter().enumerate() {
            if let Some(expression) = &column.generated {
                generated.push((at, catalog_expr(compiler, &expression.sql, &table)?));
            }
        }
        let mut checks = Vec::new();
        for check in table.checks.iter().filter(|check| check.enforced) {
            checks.push((check.name.clone(), catalog_expr(compiler, &check.sql, &table)?));
        }
        Ok(Self { table, generated, checks, defaults: Vec::new() })
    }

    /// What the column holds where nothing is given; none where it has no default.
    ///
    /// # Errors
    /// Those of the default's expression.
    pub fn default(
        &self,
        at: usize,
        row: &[Value],
        mode: &StoreMode,
        ctx: &mut EvalContext<'_>,
    ) -> Result<Option<Value>, Interrupt> {
        let known = self.defaults.get(at).zip(self.table.columns.get(at));
        let Some((default, column)) = known else { return Ok(None) };
        match default {
            Default::Value(_) | Default::Expr(_) => {
                default.value(column, &Storing::with(mode), row, ctx).map(Some)
            }
            _ => Ok(column.nullable.then_some(Value::Null)),
        }
    }

    /// Computes the generated columns of a row, which starts the frame.
    ///
    /// # Errors
    /// Those of the expressions, and of storing what they give.
    pub fn generate(
        &self,
        frame: &mut [Value],
        mode: &StoreMode,
        ctx: &mut EvalContext<'_>,
    ) -> Result<(), Interrupt> {
        if self.generated.is_empty() {
            return Ok(());
        }
        let storing = Storing::with(mode);
        for (at, expr) in &self.generated {
            let Some(column) = self.table.columns.get(*at) else { continue };
            let value = expr.eval(ctx, frame)?;
            let value = storing.store(&value, Some(&expr.ty), column, ctx)?;
            if let Some(place) = frame.get_mut(*at) {
                *place = value;
            }
        }
        Ok(())
    }

    /// Asks the CHECK constraints.
    ///
    /// # Errors
    /// 3819 where one is false.
    pub fn check(&self, row: &[Value], ctx: &mut EvalContext<'_>) -> Result<(), Interrupt> {
        for (name, expr) in &self.checks {
            if expr.truth(ctx, row)? == Some(false) {
                return Err(check_violated(name).into());
            }
        }
        Ok(())
    }
}

/// An expression of the catalog over a table's row.
fn catalog_expr(
    compiler: &mut Compiler<'_>,
    sql: &str,
    table: &Arc<TableDef>,
) -> Result<Expr, Interrupt> {
    let parsed = parse_expr(sql).map_err(|_| {
        SqlError::new(1105, b"HY000", format!("Invalid expression in the catalog: {sql}"))
    })?;
    compiler.over_table(&parsed, table)
}

//! Subqueries in expressions: run for a row, or once where they look at no row.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::condition::compare_row_values;
use super::{CompareOp, Expr, ExprType, hash_key};
use crate::query::plan::QueryPlan;
use crate::query::{EvalContext, Interrupt, exec};
use crate::value::compare::Comparison;
use crate::value::{SqlError, Value};

/// A compiled subquery.
pub struct Subquery {
    /// Its place among the statement's subqueries, for what is remembered of its run.
    pub number: usize,
    /// How it runs.
    pub plan: QueryPlan,
    /// What it needs of the enclosing frame: slots there, and here.
    pub imports: Vec<(usize, usize)>,
    /// Its result depends on its imports alone, so one run does where it has none.
    pub repeatable: bool,
    /// The types of its columns.
    pub types: Vec<ExprType>,
}

impl fmt::Debug for Subquery {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "subquery #{} importing {:?}", self.number, self.imports)
    }
}

/// What is remembered of a subquery that looks at no row.
#[derive(Debug, Clone)]
pub enum Cached {
    /// Its rows.
    Rows(Arc<Vec<Vec<Value>>>),
    /// Its rows as a set of keys, and whether a NULL is among them.
    Set(Arc<HashSet<Vec<u8>>>, bool),
    /// Whether there are any.
    Exists(bool),
}

/// Rows as keys.
type Keys = Arc<HashSet<Vec<u8>>>;

/// How many rows are wanted.
const ALL: usize = usize::MAX;

impl Subquery {
    fn is_constant(&self) -> bool {
        self.repeatable && self.imports.is_empty()
    }

    /// Its first rows for this row of the enclosing query.
    fn rows(
        &self,
        limit: usize,
        ctx: &mut EvalContext<'_>,
        row: &[Value],
    ) -> Result<Arc<Vec<Vec<Value>>>, Interrupt> {
        if self.is_constant()
            && let Some(Some(Cached::Rows(rows))) = ctx.subqueries.get(self.number)
        {
            return Ok(rows.clone());
        }
        let rows = Arc::new(exec::collect(&self.plan, &self.imports, row, limit, ctx)?);
        if self.is_constant() {
            ctx.remember(self.number, Cached::Rows(rows.clone()));
        }
        Ok(rows)
    }

    /// Its only value; NULL without a row.
    pub(super) fn scalar(
        &self,
        ctx: &mut EvalContext<'_>,
        row: &[Value],
    ) -> Result<Value, Interrupt> {
        let rows = self.rows(2, ctx, row)?;
        if rows.len() > 1 {
            return Err(SqlError::new(1242, b"21000", "Subquery returns more than 1 row").into());
        }
        Ok(rows.first().and_then(|row| row.first().cloned()).unwrap_or(Value::Null))
    }

    /// Its only row as values; NULLs without one.
    pub fn single_row(
        &self,
        ctx: &mut EvalContext<'_>,
        row: &[Value],
    ) -> Result<Vec<Value>, Interrupt> {
        let rows = self.rows(2, ctx, row)?;
        if rows.len() > 1 {
            return Err(SqlError::new(1242, b"21000", "Subquery returns more than 1 row").into());
        }
        Ok(rows.first().cloned().unwrap_or_else(|| vec![Value::Null; self.types.len()]))
    }

    /// Whether it has a row.
    pub(super) fn exists(
        &self,
        ctx: &mut EvalContext<'_>,
        row: &[Value],
    ) -> Result<bool, Interrupt> {
        if self.is_constant()
            && let Some(Some(Cached::Exists(found))) = ctx.subqueries.get(self.number)
        {
            return Ok(*found);
        }
        let found = !exec::collect(&self.plan, &self.imports, row, 1, ctx)?.is_empty();
        if self.is_constant() {
            ctx.remember(self.number, Cached::Exists(found));
        }
        Ok(found)
    }

    /// `left op ANY (…)` or `left op ALL (…)`.
    pub(super) fn quantified(
        &self,
        left: &[(Expr, Comparison)],
        op: CompareOp,
        all: bool,
        ctx: &mut EvalContext<'_>,
        row: &[Value],
    ) -> Result<Option<bool>, Interrupt> {
        let mut values = Vec::with_capacity(left.len());
        for (part, how) in left {
            values.push((part.eval(ctx, row)?, *how));
        }
        if op == CompareOp::Equal && !all && self.is_constant() {
            return self.in_set(&values, ctx, row);
        }
        let rows = self.rows(ALL, ctx, row)?;
        Ok(judge(&values, op, all, &rows))
    }

    /// IN with a set that is made once.
    fn in_set(
        &self,
        left: &[(Value, Comparison)],
        ctx: &mut EvalContext<'_>,
        row: &[Value],
    ) -> Result<Option<bool>, Interrupt> {
        if let Some(Some(Cached::Rows(rows))) = ctx.subqueries.get(self.number) {
            return Ok(judge(left, CompareOp::Equal, false, &rows.clone()));
        }
        let (set, has_null) = self.set(left, ctx, row)?;
        if set.is_empty() && !has_null {
            return Ok(Some(false));
        }
        if left.iter().any(|(value, _)| matches!(value, Value::Null)) || has_null {
            // Rare enough: looks at every row.
            let rows = self.rows(ALL, ctx, row)?;
            return Ok(judge(left, CompareOp::Equal, false, &rows));
        }
        let mut key = Vec::with_capacity(16);
        left.iter().for_each(|(value, how)| hash_key(value, *how, &mut key));
        Ok(Some(set.contains(&key)))
    }

    fn set(
        &self,
        left: &[(Value, Comparison)],
        ctx: &mut EvalContext<'_>,
        row: &[Value],
    ) -> Result<(Keys, bool), Interrupt> {
        if let Some(Some(Cached::Set(set, has_null))) = ctx.subqueries.get(self.number) {
            return Ok((set.clone(), *has_null));
        }
        let rows = exec::collect(&self.plan, &self.imports, row, ALL, ctx)?;
        let mut has_null = false;
        let mut set = HashSet::with_capacity(rows.len());
        for row in &rows {
            has_null |= row.iter().any(|value| matches!(value, Value::Null));
            let mut key = Vec::with_capacity(16);
            row.iter().zip(left).for_each(|(value, (_, how))| hash_key(value, *how, &mut key));
            set.insert(key);
        }
        let set = Arc::new(set);
        match has_null {
            // The rows themselves will be wanted.
            true => {}
            false => ctx.remember(self.number, Cached::Set(set.clone(), has_null)),
        }
        Ok((set, has_null))
    }
}

/// The answer of ANY or ALL over rows.
fn judge(
    left: &[(Value, Comparison)],
    op: CompareOp,
    all: bool,
    rows: &[Vec<Value>],
) -> Option<bool> {
    let mut answer = Some(all);
    for row in rows {
        let pairs: Vec<_> = left
            .iter()
            .zip(row)
            .map(|((value, how), other)| (value.clone(), other.clone(), *how))
            .collect();
        match compare_row_values(op, &pairs) {
            Some(holds) if holds != all => return Some(!all),
            Some(_) => {}
            None => answer = None,
        }
    }
    answer
}

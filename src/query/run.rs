//! Running queries: compile or take from the cache, run, hand over the rows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bind::Compiler;
use super::expr::Expr;
use super::plan::QueryPlan;
use super::session::{CachedPlan, PlanKey, Remembered, table_rows};
use super::{EvalContext, Heading, Interrupt, Outcome, ResultColumn, ResultSink, Session, exec};
use crate::engine::Use;
use crate::sql::statement::ast;
use crate::value::{SqlError, Value};

/// Takes rows in, for statements that may have to run again.
#[derive(Default)]
struct Buffered {
    rows: Vec<Vec<Value>>,
}

impl ResultSink for Buffered {
    fn columns(&mut self, _: &[ResultColumn]) -> Result<(), SqlError> {
        Ok(())
    }

    fn row(&mut self, values: &[Value]) -> Result<(), SqlError> {
        self.rows.push(values.to_vec());
        Ok(())
    }
}

/// Runs a query. `text` is what the plan is remembered by; none where it is not worth it.
///
/// # Errors
/// Those of the statement; a wait.
pub fn query(
    session: &mut Session,
    text: Option<&str>,
    query: &ast::Query,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    let plan = match text {
        Some(text) => cached(session, text, query, params)?,
        None => Arc::new(compile(session, query, params)?.0),
    };
    run(session, &plan, params, sink)
}

/// Runs a compiled query.
///
/// # Errors
/// Those of the statement; a wait.
pub fn run(
    session: &mut Session,
    plan: &CompiledQuery,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    let deadline = match session.variables.max_execution_time_ms {
        0 => None,
        limit_ms => Some(Instant::now() + Duration::from_millis(limit_ms)),
    };
    let mut ctx = EvalContext::new(session, params);
    ctx.deadline = deadline;
    let count = match plan.buffered {
        false => emit(plan, &mut ctx, sink)?,
        true => {
            let mut rows = Buffered::default();
            let count = exec::emit(&plan.plan, &mut ctx, &plan.heading, &mut rows)?;
            sink.heading(&plan.heading)?;
            for row in &rows.rows {
                sink.row(row)?;
            }
            count
        }
    };
    ctx.keep_assigned();
    let found = ctx.found_rows.unwrap_or(count);
    session.found_rows = found;
    session.row_count = -1;
    Ok(Outcome::Rows { count })
}

fn emit(
    plan: &CompiledQuery,
    ctx: &mut EvalContext<'_>,
    sink: &mut dyn ResultSink,
) -> Result<u64, Interrupt> {
    if let Some(columns) = &plan.direct
        && let Some(count) = exec::direct::emit(&plan.plan, (&plan.heading, columns), ctx, sink)?
    {
        return Ok(count);
    }
    exec::emit(&plan.plan, ctx, &plan.heading, sink)
}

/// A query that is ready to run.
#[derive(Debug)]
pub struct CompiledQuery {
    /// How.
    pub plan: QueryPlan,
    /// The result's columns, as sinks want them.
    pub heading: Arc<Heading>,
    /// The columns that go from the table to the client as they are, where that is all there is to do.
    pub direct: Option<Vec<usize>>,
    /// Its rows are handed over at its end: it may have to wait and run again.
    pub buffered: bool,
}

fn compile(
    session: &mut Session,
    query: &ast::Query,
    params: &[Value],
) -> Result<(CompiledQuery, Option<PlanKey>), Interrupt> {
    let key = PlanKey::of(session, params);
    let select_limit = session.variables.sql_select_limit;
    let mut compiler = Compiler::new(session, params);
    let mut plan = compiler.top_query(query)?;
    let (buffered, cacheable) = (compiler.buffered, compiler.cacheable);
    let tables = std::mem::take(&mut compiler.tables);
    if select_limit != u64::MAX && query.limit_clause.is_none() {
        plan = with_limit(plan, select_limit);
    }
    let how = if key.reads_lock { Use::LockingRead } else { Use::Read };
    let key = cacheable.then(|| key.with_tables(session, tables, how));
    let (heading, direct) = (Heading::new(&plan.columns), exec::direct::columns(&plan));
    Ok((CompiledQuery { plan, heading, direct, buffered }, key))
}

/// `sql_select_limit`.
fn with_limit(mut plan: QueryPlan, limit: u64) -> QueryPlan {
    use super::expr::ExprType;
    use super::plan::{Limit, Node};
    let root = std::mem::replace(&mut plan.root, Node::Nothing);
    let limit = Expr::literal(Value::UInt(limit), ExprType::big_integer(true, false));
    plan.root = Node::Limit(Box::new(Limit {
        input: root,
        limit: Some(limit),
        offset: None,
        count_all: false,
    }));
    plan
}

fn cached(
    session: &mut Session,
    text: &str,
    query: &ast::Query,
    params: &[Value],
) -> Result<Arc<CompiledQuery>, Interrupt> {
    if let Some(found) = session.plans.get(text)
        && let Remembered::Query(plan) = &found.plan
        && found.key.fits(session, params)
    {
        let (plan, tables) = (plan.clone(), found.key.tables.clone());
        if still_valid(session, &tables)? {
            return Ok(plan);
        }
    }
    let (compiled, key) = compile(session, query, params)?;
    let plan = Arc::new(compiled);
    if let Some(key) = key {
        session.plans.put(text, CachedPlan { key, plan: Remembered::Query(plan.clone()) });
    }
    Ok(plan)
}

/// Takes the tables into use again; whether they are what they were and about as large.
pub(super) fn still_valid(
    session: &mut Session,
    tables: &[super::session::PlannedTable],
) -> Result<bool, Interrupt> {
    for planned in tables {
        let transaction = session.transaction();
        let table = &planned.table;
        let now = transaction.use_table(&table.schema, &table.name, planned.how)?;
        let rows = table_rows(transaction, &now);
        if now.id != table.id || now.version != table.version || planned.outgrown(rows) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The columns of a query's result.
///
/// # Errors
/// Those of names and types.
pub fn columns(session: &mut Session, query: &ast::Query) -> Result<Vec<ResultColumn>, Interrupt> {
    Ok(compile(session, query, &[])?.0.plan.columns)
}

/// DO.
///
/// # Errors
/// Those of the expressions.
pub fn evaluate(
    session: &mut Session,
    exprs: &[ast::Expr],
    params: &[Value],
) -> Result<Outcome, Interrupt> {
    for expr in exprs {
        value(session, expr, params)?;
    }
    Ok(Outcome::done())
}

/// The value of an expression without tables: SET, KILL, EXECUTE … USING and the like.
///
/// # Errors
/// Those of the expression.
pub fn value(
    session: &mut Session,
    expr: &ast::Expr,
    params: &[Value],
) -> Result<(Value, super::expr::ExprType), Interrupt> {
    let bound = Compiler::new(session, params).standalone(expr)?;
    let mut ctx = EvalContext::new(session, params);
    let value = bound.eval(&mut ctx, &[])?;
    ctx.keep_assigned();
    Ok((value, bound.ty))
}

/// SELECT … INTO @a, @b.
///
/// # Errors
/// 1222, 1172, and those of the query.
pub fn select_into(
    session: &mut Session,
    into: &ast::SelectInto,
    params: &[Value],
) -> Result<Outcome, Interrupt> {
    let (compiled, _) = compile(session, &into.query, params)?;
    let plan = &compiled.plan;
    if plan.columns.len() != into.variables.len() {
        let message = "The used SELECT statements have a different number of columns";
        return Err(SqlError::new(1222, b"21000", message).into());
    }
    let mut ctx = EvalContext::new(session, params);
    let rows = exec::collect(plan, &[], &[], 2, &mut ctx)?;
    if rows.len() > 1 {
        return Err(SqlError::new(1172, b"42000", "Result consisted of more than one row").into());
    }
    let count = rows.len() as u64;
    match rows.into_iter().next() {
        None => ctx.warn(1329, "No data - zero rows fetched, selected, or processed"),
        Some(row) => {
            for ((name, value), column) in into.variables.iter().zip(row).zip(&plan.columns) {
                ctx.assign(&name.to_lowercase(), value, &column.ty);
            }
        }
    }
    ctx.keep_assigned();
    session.row_count = count as i64;
    Ok(Outcome::affected(count))
}

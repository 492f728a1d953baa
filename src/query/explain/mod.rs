//! EXPLAIN: the plan as rows of MySQL's traditional form, as a tree, or as JSON.

mod rows;
mod tree;

use std::sync::Arc;

use super::bind::Compiler;
use super::dml::{self, Explained};
use super::expr::ExprType;
use super::plan::{QueryPlan, result_column};
use super::{Interrupt, Outcome, ResultColumn, ResultSink, Session};
use crate::query::cells::text;
use crate::sql::statement::{Statement, ast};
use crate::value::types::CollationId;
use crate::value::{SqlError, Value};

/// A statement that has a plan.
enum Explainable {
    Query(QueryPlan),
    Change(Explained),
}

impl Explainable {
    fn compile(
        session: &mut Session,
        statement: &Statement,
        params: &[Value],
    ) -> Result<Self, Interrupt> {
        if let Statement::Query(query) = statement {
            return Ok(Self::Query(Compiler::new(session, params).top_query(query)?));
        }
        match dml::explained(session, statement, params)? {
            Some(change) => Ok(Self::Change(change)),
            None => Err(SqlError::not_supported("EXPLAIN of this statement").into()),
        }
    }
}

/// EXPLAIN.
///
/// # Errors
/// Those of compiling the statement; 1235 for ANALYZE.
pub fn explain(
    session: &mut Session,
    explain: &ast::Explain,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    if explain.analyze {
        return Err(SqlError::not_supported("EXPLAIN ANALYZE").into());
    }
    let plan = Explainable::compile(session, &explain.statement, params)?;
    let rows = match explain.format {
        ast::ExplainFormat::Traditional => {
            sink.columns(&rows::columns())?;
            rows::rows(&plan)
        }
        ast::ExplainFormat::Tree => {
            sink.columns(&[text_column("EXPLAIN", 4096)])?;
            vec![vec![text(&tree::text(&plan))]]
        }
        ast::ExplainFormat::Json => {
            sink.columns(&[text_column("EXPLAIN", 4096)])?;
            vec![vec![text(&rows::json(&plan))]]
        }
    };
    for row in &rows {
        sink.row(row)?;
    }
    Ok(Outcome::Rows { count: rows.len() as u64 })
}

fn text_column(name: &str, length: u64) -> ResultColumn {
    let ty = ExprType::text(length, CollationId::UTF8MB4_0900_AI_CI, true);
    result_column(Arc::from(name), ty, None)
}

//! EXPLAIN: the plan as rows of MySQL's traditional form, as a tree, or as JSON.

mod rows;
mod tree;

use std::sync::Arc;

use super::bind::Compiler;
use super::expr::ExprType;
use super::plan::result_column;
use super::{Interrupt, Outcome, ResultColumn, ResultSink, Session};
use crate::sql::statement::{Statement, ast};
use crate::value::types::CollationId;
use crate::value::{SqlError, Value};

/// EXPLAIN.
///
/// # Errors
/// Those of compiling the statement; 1235 for statements without a plan and for ANALYZE.
pub fn explain(
    session: &mut Session,
    explain: &ast::Explain,
    params: &[Value],
    sink: &mut dyn ResultSink,
) -> Result<Outcome, Interrupt> {
    if explain.analyze {
        return Err(SqlError::not_supported("EXPLAIN ANALYZE").into());
    }
    let Statement::Query(query) = &explain.statement else {
        return Err(SqlError::not_supported("EXPLAIN of statements that change rows").into());
    };
    let plan = Compiler::new(session, params).top_query(query)?;
    let rows = match explain.format {
        ast::ExplainFormat::Traditional => {
            let rows = rows::rows(&plan);
            sink.columns(&rows::columns())?;
            rows
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

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn text_column(name: &str, length: u64) -> ResultColumn {
    let ty = ExprType::text(length, CollationId::UTF8MB4_0900_AI_CI, true);
    result_column(Arc::from(name), ty, None)
}

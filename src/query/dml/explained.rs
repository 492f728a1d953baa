//! What EXPLAIN shows of statements that change rows: the tables that change and the plan that finds rows.

use std::sync::Arc;

use super::insert::Source;
use super::{delete, insert, update};
use crate::query::bind::Compiler;
use crate::query::plan::{Node, QueryPlan};
use crate::query::{Interrupt, Session};
use crate::sql::statement::{Statement, ast};
use crate::value::Value;

/// A statement that changes rows, compiled and not run.
pub struct Explained {
    /// INSERT, REPLACE, UPDATE or DELETE.
    pub verb: &'static str,
    /// The names of the tables that change.
    pub changed: Vec<Arc<str>>,
    /// Where rows come from.
    pub rows: Rows,
}

/// Where a statement's rows come from.
pub enum Rows {
    /// Found in tables; whether in one table alone.
    Found(Node, bool),
    /// A query's.
    Query(Box<QueryPlan>),
    /// VALUES and SET.
    Given,
}

/// Compiles a statement that changes rows; none for any other.
///
/// # Errors
/// Those of compiling it.
pub fn explained(
    session: &mut Session,
    statement: &Statement,
    params: &[Value],
) -> Result<Option<Explained>, Interrupt> {
    let mut compiler = Compiler::new(session, params);
    let compiler = &mut compiler;
    Ok(Some(match statement {
        Statement::Update(statement) => {
            let (node, changed) = update::compiled(compiler, statement)?;
            let single = is_single(&statement.tables);
            Explained { verb: "UPDATE", changed, rows: Rows::Found(node, single) }
        }
        Statement::Delete(statement) => {
            let (node, changed) = delete::compiled(compiler, statement)?;
            let single = statement.targets.is_empty() && is_single(&statement.tables);
            Explained { verb: "DELETE", changed, rows: Rows::Found(node, single) }
        }
        Statement::Insert(statement) => inserted(compiler, statement, false)?,
        Statement::Replace(statement) => inserted(compiler, statement, true)?,
        _ => return Ok(None),
    }))
}

fn is_single(tables: &[ast::TableWithJoins]) -> bool {
    matches!(tables, [only] if only.joins.is_empty())
}

fn inserted(
    compiler: &mut Compiler<'_>,
    statement: &ast::Insert,
    replace: bool,
) -> Result<Explained, Interrupt> {
    let (name, source) = insert::compiled(compiler, statement, replace)?;
    let rows = match source {
        Source::Query(plan, _) => Rows::Query(plan),
        _ => Rows::Given,
    };
    let verb = if replace { "REPLACE" } else { "INSERT" };
    Ok(Explained { verb, changed: vec![name], rows })
}

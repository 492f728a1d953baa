//! Whether a statement means the same with parameters in the places of its values.
//!
//! A literal knows more than a parameter: with a YEAR, 24 is 2024. So of the values that conditions compare, only
//! whole numbers that meet columns of whole numbers are taken for parameters. What a column is given is stored by
//! its value, which is the same either way.

use super::bind::Compiler;
use super::expr::{Expr, ExprKind};
use super::plan::Node;
use super::{Interrupt, Session, dml};
use crate::sql::statement::{Parsed, Statement, ast};
use crate::value::Value;
use crate::value::compare::Comparison;
use crate::value::types::ColumnType;

/// Whether a statement whose values became these parameters is what it was with the values.
///
/// # Errors
/// It cannot be compiled.
pub fn means_the_same(
    session: &mut Session,
    parsed: &Parsed,
    values: &[Value],
) -> Result<bool, Interrupt> {
    let mut compiler = Compiler::new(session, values);
    let node = match &parsed.statement {
        Statement::Query(query) => compiler.top_query(query)?.root,
        Statement::Update(update) => dml::rows_of_update(&mut compiler, update)?,
        Statement::Delete(delete) => dml::rows_of_delete(&mut compiler, delete)?,
        Statement::Insert(insert) => {
            let given = matches!(insert.source, ast::InsertSource::Values(_));
            return Ok(given && insert.on_duplicate.is_empty());
        }
        _ => return Ok(false),
    };
    Ok(node_is_plain(&node))
}

/// Only a table's conditions may have parameters.
fn node_is_plain(node: &Node) -> bool {
    match node {
        Node::Scan(scan) => scan.filter.as_ref().is_none_or(is_plain),
        Node::Aggregate(aggregate) => node_is_plain(&aggregate.input),
        Node::Sort(sort) => node_is_plain(&sort.input),
        Node::Limit(limit) => node_is_plain(&limit.input),
        Node::Distinct { input, .. } | Node::Compute { input, .. } => node_is_plain(input),
        _ => false,
    }
}

fn is_plain(condition: &Expr) -> bool {
    let has_parameter = |expr: &Expr| matches!(expr.kind, ExprKind::Param(_));
    match &condition.kind {
        ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().all(is_plain),
        ExprKind::Compare { how: Comparison::Int, sides, .. } => {
            is_whole(&sides.0) && is_whole(&sides.1)
        }
        ExprKind::Between { parts, how: (Comparison::Int, Comparison::Int), .. } => {
            is_whole(&parts.0) && is_whole(&parts.1) && is_whole(&parts.2)
        }
        _ => !condition.any_part(&has_parameter),
    }
}

/// A parameter, or a column of whole numbers.
fn is_whole(side: &Expr) -> bool {
    match side.kind {
        ExprKind::Param(_) | ExprKind::Literal(_) => true,
        ExprKind::Slot(_) => matches!(side.ty.ty, ColumnType::Integer { .. }),
        _ => false,
    }
}

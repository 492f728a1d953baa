//! Recursive CTEs: which blocks begin and which go on, and what MySQL refuses in them.
//!
//! ```text
//! SELECT 1 AS n  UNION ALL  SELECT n + 1 FROM t WHERE n < 5
//! └── seed ────┘            └── step: reads the last round's rows ─┘
//! ```
//!
//! The seed alone gives names and types; what a step makes is stored in columns of those.

use std::sync::Arc;

use super::cte::Cte;
use super::from::column_names;
use super::set_operation::bare;
use super::{Compiler, Imports, Scope};
use crate::engine::catalog::same_name;
use crate::query::Interrupt;
use crate::query::expr::{ExprType, comparison_with_itself};
use crate::query::plan::{Node, QueryPlan, Recursive, result_column};
use crate::sql::statement::ast;
use crate::sql::statement::tables::each_table;
use crate::value::SqlError;
use crate::value::types::ColumnType;

/// The parts of a recursive CTE.
pub(super) struct Blocks {
    seed: ast::SetExpr,
    step: ast::SetExpr,
    distinct: bool,
}

impl Blocks {
    /// The parts, if the CTE reads itself.
    ///
    /// # Errors
    /// 3573 to 3577, 1235: it does so in a way that MySQL does not have.
    pub fn of(cte: &Cte) -> Result<Option<Self>, SqlError> {
        let reads = |body: &ast::SetExpr| uses_in_body(body, &cte.name) > 0;
        if !reads(&cte.query.body) {
            return Ok(None);
        }
        let mut blocks = Vec::new();
        flatten(&cte.query.body, None, &mut blocks);
        if blocks.len() < 2 {
            let what = "should contain a UNION";
            return Err(refused(3573, &cte.name, what));
        }
        let first = blocks.iter().position(|(_, body)| reads(body)).unwrap_or(0);
        let (seed, step) = blocks.split_at(first);
        let mixed = step.iter().any(|(_, body)| !reads(body));
        if seed.is_empty() || mixed {
            let what = "should have one or more non-recursive query blocks followed by one or more recursive ones";
            return Err(refused(3574, &cte.name, what));
        }
        if cte.query.order_by.is_some() {
            let what = "ORDER BY over UNION in recursive Common Table Expression";
            return Err(SqlError::not_supported(what));
        }
        for (_, body) in step {
            check_step(body, &cte.name)?;
        }
        let quantifier = step.first().and_then(|(quantifier, _)| *quantifier);
        let distinct = !matches!(quantifier, Some(ast::SetQuantifier::All));
        let (Some(seed), Some(step)) = (union_of(seed), union_of(step)) else { return Ok(None) };
        Ok(Some(Self { seed, step, distinct }))
    }
}

/// The blocks of a chain of UNIONs from left to right, each with what stands before it.
fn flatten<'q>(
    body: &'q ast::SetExpr,
    before: Option<ast::SetQuantifier>,
    blocks: &mut Vec<(Option<ast::SetQuantifier>, &'q ast::SetExpr)>,
) {
    match body {
        ast::SetExpr::SetOperation { left, right, op: ast::SetOperator::Union, set_quantifier } => {
            flatten(left, before, blocks);
            blocks.push((Some(*set_quantifier), right));
        }
        body => blocks.push((before, body)),
    }
}

/// The blocks as one body again.
fn union_of(blocks: &[(Option<ast::SetQuantifier>, &ast::SetExpr)]) -> Option<ast::SetExpr> {
    let mut blocks = blocks.iter();
    let mut all = (*blocks.next()?.1).clone();
    for (quantifier, right) in blocks {
        all = ast::SetExpr::SetOperation {
            op: ast::SetOperator::Union,
            set_quantifier: quantifier.unwrap_or(ast::SetQuantifier::None),
            left: Box::new(all),
            right: Box::new((*right).clone()),
        };
    }
    Some(all)
}

fn refused(code: u16, name: &str, what: &str) -> SqlError {
    let message = format!("Recursive Common Table Expression '{name}' {what}");
    SqlError::new(code, b"HY000", message)
}

/// What a recursive block must not have.
fn check_step(body: &ast::SetExpr, name: &str) -> Result<(), SqlError> {
    let limited = || {
        let what = "ORDER BY / LIMIT / SELECT DISTINCT in recursive query block of Common Table Expression";
        SqlError::not_supported(what)
    };
    let select = match body {
        ast::SetExpr::Query(query) if query.order_by.is_some() || query.limit_clause.is_some() => {
            return Err(limited());
        }
        ast::SetExpr::Query(query) => return check_step(&query.body, name),
        ast::SetExpr::Select(select) => select,
        _ => return Ok(()),
    };
    if matches!(select.distinct, Some(ast::Distinct::Distinct)) {
        return Err(limited());
    }
    let direct: usize = select.from.iter().map(|item| direct_uses(item, name)).sum();
    if direct != 1 || uses_in_body(body, name) != 1 {
        let message = format!(
            "In recursive query block of Recursive Common Table Expression '{name}', the recursive table must be referenced only once, and not in any subquery"
        );
        return Err(SqlError::new(3577, b"HY000", message));
    }
    if select.from.iter().any(|item| is_optional(item, name)) {
        let message = format!(
            "In recursive query block of Recursive Common Table Expression '{name}', the recursive table must neither be in the right argument of a LEFT JOIN, nor be forced to be non-first with join order hints"
        );
        return Err(SqlError::new(3576, b"HY000", message));
    }
    Ok(())
}

/// Whether an outer join may leave the table out.
fn is_optional(item: &ast::TableWithJoins, name: &str) -> bool {
    use ast::JoinOperator as J;
    let inside = |factor: &ast::TableFactor| match factor {
        ast::TableFactor::NestedJoin { table_with_joins, .. } => {
            is_optional(table_with_joins, name)
        }
        _ => false,
    };
    let mut before = direct_in_factor(&item.relation, name) > 0;
    let mut optional = inside(&item.relation);
    for join in &item.joins {
        let here = direct_in_factor(&join.relation, name) > 0;
        optional |= match &join.join_operator {
            J::Left(_) | J::LeftOuter(_) => here,
            J::Right(_) | J::RightOuter(_) => before,
            _ => false,
        };
        optional |= inside(&join.relation);
        before |= here;
    }
    optional
}

fn direct_uses(item: &ast::TableWithJoins, name: &str) -> usize {
    let joined = item.joins.iter().map(|join| direct_in_factor(&join.relation, name));
    direct_in_factor(&item.relation, name) + joined.sum::<usize>()
}

fn direct_in_factor(factor: &ast::TableFactor, name: &str) -> usize {
    match factor {
        ast::TableFactor::Table { name: table, .. } => usize::from(is_called(table, name)),
        ast::TableFactor::NestedJoin { table_with_joins, .. } => {
            direct_uses(table_with_joins, name)
        }
        _ => 0,
    }
}

fn is_called(table: &ast::ObjectName, name: &str) -> bool {
    let mut parts = ast::name_parts(table);
    matches!((parts.next(), parts.next()), (Some(only), None) if same_name(only, name))
}

/// How often a body names the table anywhere; a CTE of its own of that name hides it.
fn uses_in_body(body: &ast::SetExpr, name: &str) -> usize {
    let mut count = 0;
    each_table(body, &mut |table| count += usize::from(is_called(table, name)));
    count
}

impl Compiler<'_> {
    /// The plan of a recursive CTE.
    pub(super) fn recursive(
        &mut self,
        frame: usize,
        at: usize,
        cte: &Cte,
        blocks: Blocks,
    ) -> Result<(QueryPlan, Imports), Interrupt> {
        self.scopes.push(Scope::new());
        let result = self.recursive_here(frame, at, cte, blocks);
        let imports = self.scopes.pop().map(|scope| scope.imports).unwrap_or_default();
        Ok((result?, imports))
    }

    fn recursive_here(
        &mut self,
        frame: usize,
        at: usize,
        cte: &Cte,
        blocks: Blocks,
    ) -> Result<QueryPlan, Interrupt> {
        let (seed, seed_imports) = self.query(&bare(&blocks.seed))?;
        let names = column_names(&seed, &cte.columns)?;
        // What later rounds make may be NULL.
        let types: Vec<ExprType> =
            seed.types().into_iter().map(|ty| unsized_integer(ty).with_nullable(true)).collect();
        if let Some(own) = self.ctes.get_mut(frame).and_then(|ctes| ctes.get_mut(at)) {
            own.working = Some((names.clone(), types.clone()));
        }
        let (step, step_imports) = self.query(&bare(&blocks.step))?;
        if gathers(&step.root) {
            let what =
                "can contain neither aggregation nor window functions in recursive query block";
            return Err(refused(3575, &cte.name, what).into());
        }
        Self::same_width(&seed, &step)?;
        let limit = self.limit(cte.query.limit_clause.as_ref())?;
        let slot = self.scope().allocate(types.len());
        let columns: Vec<_> = names
            .iter()
            .zip(&types)
            .map(|(name, ty)| result_column(name.clone(), ty.clone(), None))
            .collect();
        let stored = |(name, ty): (Arc<str>, &ExprType)| (name, ty.ty.clone());
        let node = Node::Recursive(Box::new(Recursive {
            slot,
            cte: cte.number,
            seed,
            step,
            distinct: blocks.distinct,
            columns: names.into_iter().zip(&types).map(stored).collect(),
            keys: types.iter().map(comparison_with_itself).collect(),
            imports: [seed_imports, step_imports],
            enough: [limit.limit, limit.offset],
        }));
        self.tail(node, slot, columns, &cte.query)
    }
}

/// Whether rows are aggregated, or have windows over them.
fn gathers(node: &Node) -> bool {
    match node {
        Node::Aggregate(_) | Node::Window(_) | Node::CountRows { .. } => true,
        Node::Filter { input, .. } | Node::Compute { input, .. } | Node::Distinct { input, .. } => {
            gathers(input)
        }
        Node::Sort(sort) => gathers(&sort.input),
        Node::Limit(limit) => gathers(&limit.input),
        Node::SetOperation(operation) => {
            gathers(&operation.left.root) || gathers(&operation.right.root)
        }
        _ => false,
    }
}

/// Literals of a recursive CTE are BIGINT, however short; NULL is a string without length.
fn unsized_integer(mut ty: ExprType) -> ExprType {
    match &mut ty.ty {
        ColumnType::Integer { width, zerofill: false, .. } => *width = None,
        ColumnType::Null => return ExprType::bytes(0, true),
        _ => {}
    }
    ty
}

//! Queries: WITH, the body, ORDER BY and LIMIT around it.

use super::errors::different_columns;
use super::{Compiler, Imports, Scope};
use crate::engine::Use;
use crate::query::Interrupt;
use crate::query::expr::{Expr, ExprKind, ExprType, merge_types_named};
use crate::query::plan::{Conflict, Limit, Node, QueryPlan, RowLock, result_column};
use crate::sql::statement::ast;
use crate::value::{SqlError, Value};

/// LIMIT as expressions.
#[derive(Debug, Clone, Default)]
pub struct LimitParts {
    /// How many rows.
    pub limit: Option<Expr>,
    /// How many before them.
    pub offset: Option<Expr>,
}

impl Compiler<'_> {
    /// A query, with what it needs of the enclosing block.
    pub(crate) fn query(&mut self, query: &ast::Query) -> Result<(QueryPlan, Imports), Interrupt> {
        self.deeper(|compiler| compiler.query_here(query))
    }

    fn query_here(&mut self, query: &ast::Query) -> Result<(QueryPlan, Imports), Interrupt> {
        let before = (self.how, self.lock);
        self.set_locks(&query.locks)?;
        check_locked_names(query)?;
        let has_ctes = query.with.is_some();
        if let Some(with) = &query.with {
            self.push_ctes(with)?;
        }
        let result = self.body(query);
        if has_ctes {
            self.ctes.pop();
        }
        (self.how, self.lock) = before;
        result
    }

    fn set_locks(&mut self, locks: &[ast::LockClause]) -> Result<(), SqlError> {
        let Some(strongest) = locks.first() else { return Ok(()) };
        let conflict = match strongest.nonblock {
            None => Conflict::Wait,
            Some(ast::NonBlock::Nowait) => Conflict::Nowait,
            Some(ast::NonBlock::SkipLocked) => Conflict::Skip,
        };
        let exclusive = locks.iter().any(|lock| matches!(lock.lock_type, ast::LockType::Update));
        self.lock = Some(RowLock { exclusive, conflict });
        self.locked_names = locks
            .iter()
            .filter_map(|lock| lock.of.as_ref())
            .filter_map(|name| ast::name_parts(name).last().map(str::to_owned))
            .collect();
        if self.how == Use::Read {
            self.how = Use::LockingRead;
        }
        Ok(())
    }

    /// How the rows of the table of that name are locked.
    pub(crate) fn lock_for(&mut self, alias: &str) -> Option<RowLock> {
        let plain_reads_lock = self.session.reads_lock();
        let lock = match self.lock {
            Some(lock) if self.locked_names.is_empty() => Some(lock),
            Some(lock) => self.locked_names.iter().any(|name| name == alias).then_some(lock),
            None if plain_reads_lock || self.how == Use::LockingRead => {
                Some(RowLock { exclusive: false, conflict: Conflict::Wait })
            }
            None => None,
        };
        self.buffered |= lock.is_some();
        lock
    }

    fn body(&mut self, query: &ast::Query) -> Result<(QueryPlan, Imports), Interrupt> {
        let plain = query.order_by.is_none() && query.limit_clause.is_none();
        match query.body.as_ref() {
            ast::SetExpr::Select(select) => self.select(select, Some(query)),
            ast::SetExpr::SetOperation { .. } => self.set_operation(query),
            ast::SetExpr::Query(inner) if plain => self.query(inner),
            ast::SetExpr::Query(inner) => self.wrapped(inner, query),
            ast::SetExpr::Values(values) => self.values(values, query),
            ast::SetExpr::Table(table) => self.whole_table(table, query),
            _ => Err(SqlError::not_supported("this kind of query").into()),
        }
    }

    /// `TABLE t` is `SELECT * FROM t`.
    fn whole_table(
        &mut self,
        table: &ast::Table,
        query: &ast::Query,
    ) -> Result<(QueryPlan, Imports), Interrupt> {
        let name = |part: &Option<String>| part.as_ref().map(ast::Ident::new);
        let parts: Vec<ast::Ident> =
            [name(&table.schema_name), name(&table.table_name)].into_iter().flatten().collect();
        let from = self.relation_named(parts);
        let select = super::select::star_from(from);
        self.select(&select, Some(query))
    }

    fn relation_named(&self, parts: Vec<ast::Ident>) -> ast::TableWithJoins {
        super::select::table_named(ast::ObjectName::from(parts))
    }

    /// `(SELECT …) ORDER BY … LIMIT …`: the inner query with its own tail, and the outer one's around it.
    fn wrapped(
        &mut self,
        inner: &ast::Query,
        query: &ast::Query,
    ) -> Result<(QueryPlan, Imports), Interrupt> {
        self.scopes.push(Scope::new());
        let result = self.wrapped_here(inner, query);
        let imports = self.scopes.pop().map(|scope| scope.imports).unwrap_or_default();
        Ok((result?, imports))
    }

    fn wrapped_here(
        &mut self,
        inner: &ast::Query,
        query: &ast::Query,
    ) -> Result<QueryPlan, Interrupt> {
        let (plan, imports) = self.query(inner)?;
        let (types, columns) = (plan.types(), plan.columns.clone());
        let slot = self.scope().allocate(types.len());
        let derived = crate::query::plan::Derived {
            plan: plan.into(),
            alias: "".into(),
            slot,
            imports,
            shared: None,
        };
        self.tail(Node::Derived(Box::new(derived)), slot, columns, query)
    }

    /// VALUES ROW(…), ROW(…).
    fn values(
        &mut self,
        values: &ast::Values,
        query: &ast::Query,
    ) -> Result<(QueryPlan, Imports), Interrupt> {
        self.scopes.push(Scope::new());
        let result = self.values_here(values, query);
        let imports = self.scopes.pop().map(|scope| scope.imports).unwrap_or_default();
        Ok((result?, imports))
    }

    fn values_here(
        &mut self,
        values: &ast::Values,
        query: &ast::Query,
    ) -> Result<QueryPlan, Interrupt> {
        let mut rows = Vec::with_capacity(values.rows.len());
        for row in &values.rows {
            let row: Result<Vec<Expr>, Interrupt> =
                row.content.iter().map(|value| self.expr(value)).collect();
            rows.push(row?);
        }
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            return Err(SqlError::new(
                1136,
                b"21S01",
                "Column count doesn't match value count at row 1",
            )
            .into());
        }
        let mut types = Vec::with_capacity(width);
        for column in 0..width {
            let of_column: Vec<&ExprType> =
                rows.iter().filter_map(|row| row.get(column).map(|expr| &expr.ty)).collect();
            types.push(merge_types_named(&of_column, "values")?);
        }
        for row in &mut rows {
            for (expr, ty) in row.iter_mut().zip(&types) {
                *expr = std::mem::replace(expr, Expr::null()).coerced(ty);
            }
        }
        let slot = self.scope().allocate(width);
        let columns = types
            .into_iter()
            .enumerate()
            .map(|(at, ty)| result_column(format!("column_{at}").into(), ty, None))
            .collect();
        self.tail(Node::Rows { rows, slot }, slot, columns, query)
    }

    /// ORDER BY and LIMIT over rows that are in slots.
    pub(crate) fn tail(
        &mut self,
        node: Node,
        slot: usize,
        columns: Vec<crate::query::ResultColumn>,
        query: &ast::Query,
    ) -> Result<QueryPlan, Interrupt> {
        let outputs: Vec<Expr> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| Expr::slot(slot + at, column.ty.clone()))
            .collect();
        self.scope().aliases = columns
            .iter()
            .zip(&outputs)
            .map(|(column, output)| (column.name.clone(), output.clone()))
            .collect();
        let keys = self.order_keys(query.order_by.as_ref())?;
        let limit = self.limit(query.limit_clause.as_ref())?;
        let mut node = node;
        if !keys.is_empty() {
            let kept = outputs.iter().flat_map(Expr::slots).collect();
            node = super::select::sorted(node, keys, kept, &limit);
        }
        node = limited(node, limit, false);
        Ok(QueryPlan { root: node, frame: self.scope().frame, outputs, columns })
    }

    /// LIMIT.
    pub(crate) fn limit(
        &mut self,
        clause: Option<&ast::LimitClause>,
    ) -> Result<LimitParts, Interrupt> {
        let Some(clause) = clause else { return Ok(LimitParts::default()) };
        let (limit, offset) = match clause {
            ast::LimitClause::LimitOffset { limit, offset, .. } => {
                (limit.as_ref(), offset.as_ref().map(|offset| &offset.value))
            }
            ast::LimitClause::OffsetCommaLimit { offset, limit } => (Some(limit), Some(offset)),
        };
        Ok(LimitParts { limit: self.row_count(limit)?, offset: self.row_count(offset)? })
    }

    /// The number of a LIMIT: a whole number or a parameter.
    pub(crate) fn row_count(
        &mut self,
        expr: Option<&ast::Expr>,
    ) -> Result<Option<Expr>, Interrupt> {
        let Some(expr) = expr else { return Ok(None) };
        let bound = self.expr(expr)?;
        let fits = match &bound.kind {
            ExprKind::Param(_) => true,
            ExprKind::Literal(Value::Int(number)) => *number >= 0,
            ExprKind::Literal(Value::UInt(_)) => true,
            _ => false,
        };
        match fits {
            true => Ok(Some(bound)),
            false => Err(SqlError::new(1210, b"HY000", "Incorrect arguments to LIMIT").into()),
        }
    }

    /// 1222 where two sides of a set operation do not have as many columns.
    pub(crate) fn same_width(left: &QueryPlan, right: &QueryPlan) -> Result<(), SqlError> {
        match left.columns.len() == right.columns.len() {
            true => Ok(()),
            false => Err(different_columns()),
        }
    }
}

/// The node with a LIMIT around it, if there is one.
pub(crate) fn limited(node: Node, limit: LimitParts, count_all: bool) -> Node {
    if limit.limit.is_none() && limit.offset.is_none() && !count_all {
        return node;
    }
    let LimitParts { limit, offset } = limit;
    Node::Limit(Box::new(Limit { input: node, limit, offset, count_all }))
}

/// 3568 for a table in `FOR UPDATE OF` that the block's FROM does not have.
fn check_locked_names(query: &ast::Query) -> Result<(), SqlError> {
    let ast::SetExpr::Select(select) = query.body.as_ref() else { return Ok(()) };
    let has = |name: &str| select.from.iter().any(|tables| is_called(tables, name));
    for of in query.locks.iter().filter_map(|lock| lock.of.as_ref()) {
        let name = ast::name_parts(of).last().unwrap_or_default();
        if !has(name) {
            let message = format!("Unresolved table name `{name}` in locking clause.");
            return Err(SqlError::new(3568, b"HY000", message));
        }
    }
    Ok(())
}

fn is_called(tables: &ast::TableWithJoins, name: &str) -> bool {
    let joined = tables.joins.iter().map(|join| &join.relation);
    std::iter::once(&tables.relation).chain(joined).any(|factor| match factor {
        ast::TableFactor::Table { name: own, alias, .. } => match alias {
            Some(alias) => alias.name.value == *name,
            None => ast::name_parts(own).last() == Some(name),
        },
        ast::TableFactor::Derived { alias, .. } => {
            alias.as_ref().is_some_and(|alias| alias.name.value == *name)
        }
        ast::TableFactor::NestedJoin { table_with_joins, .. } => is_called(table_with_joins, name),
        _ => true,
    })
}

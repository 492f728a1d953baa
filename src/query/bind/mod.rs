//! From the tree of a statement to a plan: names to slots, expressions to types, clauses to operators.
//!
//! A [`Compiler`] holds a stack of [`Scope`]s, one for each query block that is being compiled. A name is looked
//! for from the innermost on; one that is found further out is imported, slot by slot, through all scopes
//! between. What an expression compiles to is complete: running needs no names any more.

mod aggregates;
mod call;
mod comparisons;
mod cte;
mod defaults;
mod errors;
mod expr;
mod frame;
mod from;
mod full_group;
mod functions;
mod group;
mod items;
mod joins;
mod literal;
mod names;
mod operators;
mod query;
mod recursive;
mod scope;
mod select;
mod set_operation;
mod subquery;
mod tables;
mod types;
mod windows;

pub use expr::printed;
pub use from::invalid_view;
pub use literal::parameter_type;
pub use names::ColumnPath;
pub use query::LimitParts;
pub use scope::{Clause, ColumnInfo, Scope, SourceInfo, Unqualified, column_expr, stored_literal};
pub use types::cast_type;

use std::collections::HashMap;
use std::sync::Arc;

use super::expr::Expr;
use super::plan::{QueryPlan, RowLock};
use super::{EvalContext, Interrupt, Session};
use crate::engine::Use;
use crate::engine::catalog::TableDef;
use crate::sql::statement::ast;
use crate::value::{SqlError, Value};

/// Slots of an enclosing frame and of one's own.
pub type Imports = Vec<(usize, usize)>;

/// How deep expressions and queries may nest.
const MAX_DEPTH: u32 = 256;

/// Compiles one statement.
pub struct Compiler<'s> {
    /// The session.
    pub session: &'s mut Session,
    /// The values of `?`, for their types; fewer than there are while a statement is being prepared.
    pub params: &'s [Value],
    /// Types that parameters should have, as far as they were asked for.
    pub(crate) param_types: Vec<Option<super::expr::ExprType>>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) ctes: Vec<Vec<cte::Cte>>,
    /// The tables that the statement uses.
    pub tables: Vec<Arc<TableDef>>,
    /// How tables in FROM are used.
    pub(crate) how: Use,
    /// How their rows are locked.
    pub(crate) lock: Option<RowLock>,
    /// FOR UPDATE OF: the names whose rows are locked; none: all.
    pub(crate) locked_names: Vec<String>,
    /// Views that are being expanded.
    pub(crate) views: Vec<(Arc<str>, Arc<str>)>,
    next_subquery: usize,
    next_once: usize,
    next_cte: usize,
    depth: u32,
    /// How many volatile parts were met so far.
    pub(crate) volatile_parts: usize,
    /// Whether it may have to wait and run again, so that rows are handed over only at its end.
    pub buffered: bool,
    /// Whether what was compiled holds for another run with other parameters.
    pub cacheable: bool,
}

impl<'s> Compiler<'s> {
    /// A compiler for one statement.
    pub fn new(session: &'s mut Session, params: &'s [Value]) -> Self {
        Self {
            session,
            params,
            param_types: Vec::new(),
            scopes: Vec::new(),
            ctes: Vec::new(),
            tables: Vec::new(),
            how: Use::Read,
            lock: None,
            locked_names: Vec::new(),
            views: Vec::new(),
            next_subquery: 0,
            next_once: 0,
            next_cte: 0,
            depth: 0,
            volatile_parts: 0,
            buffered: false,
            cacheable: true,
        }
    }

    /// Compiles a query that stands for itself.
    ///
    /// # Errors
    /// Those of names and types.
    pub fn top_query(&mut self, query: &ast::Query) -> Result<QueryPlan, Interrupt> {
        let (plan, _) = self.query(query)?;
        Ok(plan)
    }

    pub(crate) fn subquery_number(&mut self) -> usize {
        self.next_subquery += 1;
        self.next_subquery - 1
    }

    pub(crate) fn once_number(&mut self) -> usize {
        self.next_once += 1;
        self.next_once - 1
    }

    pub(crate) fn cte_number(&mut self) -> usize {
        self.next_cte += 1;
        self.next_cte - 1
    }

    /// A short text of an expression, for messages. Deep inside another one nobody reads it, and printing
    /// each level would take the square of the time.
    pub(crate) fn label(&self, expr: &ast::Expr) -> Arc<str> {
        /// Messages are cut anyway.
        const MAX_CHARS: usize = 256;
        /// Levels whose text is kept.
        const MAX_LEVELS: u32 = 12;
        if self.depth > MAX_LEVELS {
            return Arc::from("...");
        }
        let mut text = printed(expr);
        if let Some((end, _)) = text.char_indices().nth(MAX_CHARS) {
            text.truncate(end);
        }
        text.into()
    }

    /// Runs `work` one level deeper, on more stack where that is needed.
    pub(crate) fn deeper<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Interrupt>,
    ) -> Result<T, Interrupt> {
        /// What one level takes at most.
        const RED_ZONE: usize = 256 << 10;
        /// What is added.
        const STACK: usize = 2 << 20;
        if self.depth >= MAX_DEPTH {
            let message = "Thread stack overrun:  too deeply nested expression or query";
            return Err(SqlError::new(1436, b"HY000", message).into());
        }
        self.depth += 1;
        let result = stacker::maybe_grow(RED_ZONE, STACK, || work(self));
        self.depth -= 1;
        result
    }

    /// The value of an expression that reads no row.
    pub(crate) fn constant_value(&mut self, expr: &Expr) -> Result<Value, Interrupt> {
        let mut ctx = EvalContext::new(self.session, self.params);
        expr.eval(&mut ctx, &[])
    }

    /// An expression over the columns of one table: DEFAULT, CHECK, generated columns, functional indexes. The
    /// slots are the columns' places.
    ///
    /// # Errors
    /// Those of names and types.
    pub fn over_table(
        &mut self,
        expr: &ast::Expr,
        table: &Arc<TableDef>,
    ) -> Result<Expr, Interrupt> {
        let mut scope = Scope::new();
        scope.add_row_source(table.clone(), &table.name.clone(), 0);
        self.scopes.push(scope);
        let bound = self.expr(expr);
        self.scopes.pop();
        bound
    }

    /// An expression without any table: SET, DO, LIMIT, arguments of statements.
    ///
    /// # Errors
    /// Those of names and types.
    pub fn standalone(&mut self, expr: &ast::Expr) -> Result<Expr, Interrupt> {
        self.scopes.push(Scope::new());
        let bound = self.expr(expr);
        self.scopes.pop();
        bound
    }
}

/// Names of columns to places, where several have to be found.
pub type Places = HashMap<String, usize>;

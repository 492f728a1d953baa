//! A query block that is being compiled: its sources, its frame, what was found in its clauses so far.

use std::sync::Arc;

use super::Imports;
use crate::engine::catalog::TableDef;
use crate::query::aggregates::AggregateCall;
use crate::query::expr::{Expr, ExprKind, ExprType};
use crate::query::plan::{SortKey, SourcePlan};
use crate::query::windows::WindowCall;
use crate::sql::statement::ast;
use crate::value::Value;
use crate::value::types::ColumnType;

/// The clause that is being compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clause {
    /// The select list, and everything that is no query.
    Fields,
    /// ON.
    On,
    /// WHERE.
    Where,
    /// GROUP BY.
    Group,
    /// HAVING.
    Having,
    /// ORDER BY.
    Order,
}

impl Clause {
    /// As errors call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fields => "field list",
            Self::On => "on clause",
            Self::Where => "where clause",
            Self::Group => "group statement",
            Self::Having => "having clause",
            Self::Order => "order clause",
        }
    }
}

/// A source as names see it.
#[derive(Debug, Clone)]
pub struct SourceInfo {
    /// Its schema; empty for derived tables.
    pub schema: Arc<str>,
    /// Its name in the statement.
    pub alias: Arc<str>,
    /// Its columns.
    pub columns: Vec<ColumnInfo>,
    /// Inside a view or derived table that was merged: no name leads to it.
    pub private: bool,
    /// The plan's source, unless it was merged away.
    pub plan: Option<usize>,
}

/// A column of a source.
#[derive(Debug, Clone)]
pub struct ColumnInfo {
    /// Its name.
    pub name: Arc<str>,
    /// What it is over the frame.
    pub expr: Expr,
    /// The table's column that it is.
    pub origin: Option<(Arc<TableDef>, usize)>,
    /// Not part of `*`.
    pub hidden: bool,
    /// A result calls it by this name, however the statement writes it.
    pub own_heading: bool,
}

/// A column that can be named without its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unqualified {
    /// The source.
    pub source: usize,
    /// The column in it.
    pub column: usize,
}

/// One window with its functions.
#[derive(Debug, Clone)]
pub struct WindowGroup {
    /// PARTITION BY.
    pub partition: Vec<Expr>,
    /// ORDER BY.
    pub order: Vec<SortKey>,
    /// The functions.
    pub calls: Vec<WindowCall>,
}

/// A query block.
pub struct Scope {
    /// Its sources.
    pub sources: Vec<SourceInfo>,
    /// Its sources as plans see them.
    pub plans: Vec<SourcePlan>,
    /// Sources that names may lead to; those of the FROM operand while that is being compiled.
    pub visible: Vec<usize>,
    /// Columns by bare names, in the order of `*`.
    pub columns: Vec<Unqualified>,
    /// How many slots the frame has.
    pub frame: usize,
    /// By slot: whether anything reads it.
    pub used: Vec<bool>,
    /// Slots of the enclosing frame, and here.
    pub imports: Imports,
    /// A derived table in FROM is being compiled, which does not see its neighbours.
    pub fenced: bool,
    /// A view is being compiled, which sees nothing around it.
    pub wall: bool,
    /// Which clause.
    pub clause: Clause,
    /// Whether aggregate functions may stand here.
    pub aggregates_allowed: bool,
    /// Whether window functions may.
    pub windows_allowed: bool,
    /// Aggregates found so far.
    pub aggregates: Vec<AggregateCall>,
    /// Windows found so far.
    pub windows: Vec<WindowGroup>,
    /// WINDOW.
    pub named_windows: Vec<(String, ast::NamedWindowExpr)>,
    /// The select list, once compiled: names and expressions.
    pub aliases: Vec<(Arc<str>, Expr)>,
    /// GROUP BY, once compiled, and the slots of its values.
    pub group: Vec<(Expr, usize)>,
    /// The slot of the ROLLUP level.
    pub level_slot: Option<usize>,
    /// ON DUPLICATE KEY UPDATE: where the row that was to be inserted starts.
    pub inserted_slot: Option<usize>,
    /// WITH ROLLUP.
    pub rollup: bool,
}

impl Scope {
    /// An empty block.
    pub fn new() -> Self {
        Self {
            sources: Vec::new(),
            plans: Vec::new(),
            visible: Vec::new(),
            columns: Vec::new(),
            frame: 0,
            used: Vec::new(),
            imports: Vec::new(),
            fenced: false,
            wall: false,
            clause: Clause::Fields,
            aggregates_allowed: false,
            windows_allowed: false,
            aggregates: Vec::new(),
            windows: Vec::new(),
            named_windows: Vec::new(),
            aliases: Vec::new(),
            group: Vec::new(),
            level_slot: None,
            inserted_slot: None,
            rollup: false,
        }
    }

    /// So many new slots; the first of them.
    pub fn allocate(&mut self, count: usize) -> usize {
        let first = self.frame;
        self.frame += count;
        self.used.resize(self.frame, false);
        first
    }

    /// One slot that is in use.
    pub fn allocate_used(&mut self) -> usize {
        let slot = self.allocate(1);
        self.mark(slot);
        slot
    }

    /// Notes that something reads the slot.
    pub fn mark(&mut self, slot: usize) {
        if let Some(used) = self.used.get_mut(slot) {
            *used = true;
        }
    }

    /// Notes that something reads the slots of an expression.
    pub fn mark_expr(&mut self, expr: &Expr) {
        for slot in expr.slots() {
            self.mark(slot);
        }
    }

    /// The slot here of a slot of the enclosing frame.
    pub fn import(&mut self, outer: usize) -> usize {
        if let Some((_, own)) = self.imports.iter().find(|(from, _)| *from == outer) {
            return *own;
        }
        let own = self.allocate_used();
        self.imports.push((outer, own));
        own
    }

    /// Adds a source; its place.
    pub fn add_source(&mut self, source: SourceInfo) -> usize {
        let place = self.sources.len();
        if !source.private {
            self.visible.push(place);
            let columns = 0..source.columns.len();
            self.columns.extend(columns.map(|column| Unqualified { source: place, column }));
        }
        self.sources.push(source);
        place
    }

    /// Adds a table whose row is put into the frame by somebody else, from `slot` on.
    pub fn add_row_source(&mut self, table: Arc<TableDef>, alias: &Arc<str>, slot: usize) -> usize {
        let end = slot + table.columns.len();
        if self.frame < end {
            self.allocate(end - self.frame);
        }
        let columns = table_columns(&table, slot);
        let schema = table.schema.clone();
        let source =
            SourceInfo { schema, alias: alias.clone(), columns, private: false, plan: None };
        self.add_source(source)
    }
}

impl Default for Scope {
    fn default() -> Self {
        Self::new()
    }
}

/// A table's columns over a frame that has its row from `slot` on.
pub fn table_columns(table: &Arc<TableDef>, slot: usize) -> Vec<ColumnInfo> {
    let column = |(at, column): (usize, &crate::engine::catalog::ColumnDef)| ColumnInfo {
        name: column.name.clone(),
        expr: column_expr(slot + at, ExprType::new(column.ty.clone(), column.nullable)),
        origin: Some((table.clone(), at)),
        hidden: column.invisible || column.hidden,
        own_heading: false,
    };
    table.columns.iter().enumerate().map(column).collect()
}

/// A column as expressions see it: TIMESTAMPs in local time.
pub fn column_expr(slot: usize, ty: ExprType) -> Expr {
    let is_timestamp = matches!(ty.ty, ColumnType::Timestamp(_));
    let plain = Expr::slot(slot, ty.clone());
    match is_timestamp {
        true => Expr::new(ExprKind::LocalTime(Box::new(plain)), ty),
        false => plain,
    }
}

/// A value as it is stored, as a literal: TIMESTAMPs in local time.
pub fn stored_literal(value: Value, ty: ExprType) -> Expr {
    let is_timestamp = matches!(ty.ty, ColumnType::Timestamp(_));
    let plain = Expr::literal(value, ty.clone());
    match is_timestamp {
        true => Expr::new(ExprKind::LocalTime(Box::new(plain)), ty),
        false => plain,
    }
}

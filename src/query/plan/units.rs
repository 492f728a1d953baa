//! What FROM is made of: sources, and the tree in which they join.

use std::sync::Arc;

use super::super::VirtualTable;
use super::super::expr::{Expr, ExprKind, ExprType};
use super::{JoinKind, QueryPlan, RowLock};
use crate::engine::catalog::TableDef;
use crate::value::types::ColumnType;

/// A source of rows in FROM.
pub struct SourcePlan {
    /// What it is.
    pub kind: SourceKind,
    /// What it is called.
    pub alias: Arc<str>,
    /// The slot of its first column; the others follow.
    pub slot: usize,
    /// Its columns' types, nullable where an outer join makes them so.
    pub types: Vec<ExprType>,
    /// Where the row's key goes, for statements that change rows.
    pub key_slot: Option<usize>,
    /// How its rows are locked.
    pub lock: Option<RowLock>,
    /// Places of indexes that must not be used.
    pub ignored: Vec<usize>,
    /// Places of indexes that should be used if they can.
    pub forced: Vec<usize>,
    /// How many rows it has.
    pub estimate: f64,
    /// Hidden columns of indexes over expressions: what they are made of, as [`shape_of`] has it.
    pub computed: Vec<(String, usize)>,
}

/// An expression in a form by which equal ones are known.
pub fn shape_of(expr: &Expr) -> String {
    format!("{:?}", expr.kind)
}

/// The kinds of sources.
pub enum SourceKind {
    /// A table.
    Table(Arc<TableDef>),
    /// A computed table.
    Virtual(&'static dyn VirtualTable),
    /// A query: its plan, its imports, and its number if it is shared.
    Derived(Arc<QueryPlan>, Vec<(usize, usize)>, Option<usize>),
    /// A recursive CTE within itself.
    Working(usize),
    /// Constant rows.
    Rows(Vec<Vec<Expr>>),
}

/// The tree in which sources join, as it was written.
pub enum FromTree {
    /// No FROM.
    One,
    /// A source.
    Source(usize),
    /// A join; a RIGHT JOIN has its sides exchanged.
    Join {
        /// Left side.
        left: Box<FromTree>,
        /// Right side.
        right: Box<FromTree>,
        /// Inner or left.
        kind: JoinKind,
        /// ON.
        on: Vec<Expr>,
        /// STRAIGHT_JOIN: the left side is read first.
        straight: bool,
    },
}

impl SourcePlan {
    /// The table, if it is one.
    pub fn table(&self) -> Option<&Arc<TableDef>> {
        match &self.kind {
            SourceKind::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Its slots.
    pub fn slots(&self) -> std::ops::Range<usize> {
        self.slot..self.slot + self.types.len()
    }

    /// The column that the expression is, if it is one of this source.
    pub fn column_of(&self, expr: &Expr) -> Option<usize> {
        let slot = match &expr.kind {
            ExprKind::Slot(slot) => *slot,
            ExprKind::LocalTime(inner) => match inner.kind {
                ExprKind::Slot(slot) => slot,
                _ => return None,
            },
            ExprKind::Literal(_) => return None,
            _ => return self.computed_column_of(expr),
        };
        self.slots().contains(&slot).then(|| slot - self.slot)
    }

    /// The hidden column of an index that is made of the expression.
    fn computed_column_of(&self, expr: &Expr) -> Option<usize> {
        if self.computed.is_empty() {
            return None;
        }
        let shape = shape_of(expr);
        self.computed.iter().find(|(own, _)| *own == shape).map(|(_, column)| *column)
    }

    /// A column's type as it is stored.
    pub fn column_type(&self, column: usize) -> Option<&ColumnType> {
        match &self.kind {
            SourceKind::Table(table) => table.columns.get(column).map(|column| &column.ty),
            _ => self.types.get(column).map(|ty| &ty.ty),
        }
    }

    /// A column's type in expressions.
    pub fn column_expr_type(&self, column: usize) -> Option<&ExprType> {
        self.types.get(column)
    }

    /// Whether a hint forbids the index.
    pub fn ignores(&self, place: usize) -> bool {
        self.ignored.contains(&place)
    }

    /// Whether a hint asks for the index.
    pub fn forces(&self, place: usize) -> bool {
        self.forced.contains(&place)
    }

    /// Slots of enclosing or earlier sources that it reads.
    pub fn needs(&self) -> Vec<usize> {
        match &self.kind {
            SourceKind::Derived(_, imports, _) => imports.iter().map(|(outer, _)| *outer).collect(),
            SourceKind::Rows(rows) => rows.iter().flatten().flat_map(Expr::slots).collect(),
            _ => Vec::new(),
        }
    }
}

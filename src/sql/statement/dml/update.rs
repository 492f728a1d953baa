//! UPDATE.

use crate::sql::statement::ast::{Expr, TableFactor, TableWithJoins, Update, With};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Behind UPDATE.
    pub(in crate::sql::statement) fn update(&mut self, with: Option<With>) -> Parse<Update> {
        let low_priority = self.accept("LOW_PRIORITY");
        let ignore = self.accept("IGNORE");
        let tables = self.table_references()?;
        self.require("SET")?;
        let assignments = self.assignments()?;
        let selection = self.selection()?;
        if !is_single(&tables) {
            self.refuse_order("UPDATE")?;
        }
        let order_by = self.order_by()?;
        let limit = self.row_limit()?;
        Ok(Update { with, low_priority, ignore, tables, assignments, selection, order_by, limit })
    }

    /// WHERE, if it stands here.
    pub(super) fn selection(&mut self) -> Parse<Option<Expr>> {
        if self.accept("WHERE") { Ok(Some(self.expr()?)) } else { Ok(None) }
    }

    /// LIMIT without an offset, if it stands here.
    pub(super) fn row_limit(&mut self) -> Parse<Option<Expr>> {
        if self.accept("LIMIT") { Ok(Some(self.limit_value()?)) } else { Ok(None) }
    }

    /// 1221: statements on several tables have neither ORDER BY nor LIMIT.
    pub(super) fn refuse_order(&self, statement: &str) -> Parse<()> {
        let clause = match (self.at("ORDER"), self.at("LIMIT")) {
            (true, _) => "ORDER BY",
            (_, true) => "LIMIT",
            _ => return Ok(()),
        };
        self.refuse(1221, b"HY000", format!("Incorrect usage of {statement} and {clause}"))
    }
}

fn is_single(tables: &[TableWithJoins]) -> bool {
    match tables {
        [only] => only.joins.is_empty() && !matches!(only.relation, TableFactor::NestedJoin { .. }),
        _ => false,
    }
}

//! DELETE, in its three forms:
//!
//! ```text
//! DELETE FROM t [AS a] [WHERE …] [ORDER BY …] [LIMIT n]
//! DELETE a, b FROM a JOIN b … [WHERE …]
//! DELETE FROM a, b USING a JOIN b … [WHERE …]
//! ```

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    Delete, Ident, ObjectName, ObjectNamePart, TableName, TableWithJoins, With, plain_table,
};
use crate::sql::statement::cursor::{Parse, Parser};
use crate::sql::statement::expr::plain_ident;

impl Parser<'_> {
    /// Behind DELETE.
    pub(in crate::sql::statement) fn delete(&mut self, with: Option<With>) -> Parse<Delete> {
        let mut delete = Delete {
            with,
            low_priority: false,
            quick: false,
            ignore: false,
            targets: Vec::new(),
            tables: Vec::new(),
            selection: None,
            order_by: Vec::new(),
            limit: None,
            returning: None,
        };
        self.delete_options(&mut delete);
        if !self.accept("FROM") {
            delete.targets = self.list(Self::delete_target)?;
            self.require("FROM")?;
            return self.delete_several(delete);
        }
        let mut targets = self.list(Self::delete_target)?;
        if self.accept("USING") {
            delete.targets = targets;
            return self.delete_several(delete);
        }
        match targets.pop() {
            Some(target) if targets.is_empty() => self.delete_one(delete, target),
            _ => self.fail(),
        }
    }

    fn delete_options(&mut self, delete: &mut Delete) {
        loop {
            match self.accept_any(&["LOW_PRIORITY", "QUICK", "IGNORE"]) {
                Some("LOW_PRIORITY") => delete.low_priority = true,
                Some("QUICK") => delete.quick = true,
                Some(_) => delete.ignore = true,
                None => return,
            }
        }
    }

    /// `t`, `t.*`, `db.t.*`
    fn delete_target(&mut self) -> Parse<TableName> {
        let first = self.name()?;
        let mut target = TableName { schema: None, name: first };
        if self.is(TokenKind::Dot) && self.is_name(1) {
            self.advance();
            target = TableName { schema: Some(target.name), name: self.name()? };
        }
        if self.accept_kind(TokenKind::Dot) {
            self.expect_operator(b"*")?;
        }
        Ok(target)
    }

    fn delete_several(&mut self, mut delete: Delete) -> Parse<Delete> {
        delete.tables = self.table_references()?;
        delete.selection = self.selection()?;
        self.refuse_order("DELETE")?;
        Ok(delete)
    }

    fn delete_one(&mut self, mut delete: Delete, target: TableName) -> Parse<Delete> {
        let alias = self.table_alias()?;
        self.refuse_partition()?;
        let relation = plain_table(object_name(target), alias, Vec::new());
        delete.tables = vec![TableWithJoins { relation, joins: Vec::new() }];
        delete.selection = self.selection()?;
        delete.order_by = self.order_by()?;
        delete.limit = self.row_limit()?;
        delete.returning = self.returning()?;
        Ok(delete)
    }
}

fn object_name(table: TableName) -> ObjectName {
    let part = |name: String| ObjectNamePart::Identifier(Ident { ..plain_ident(name) });
    ObjectName(table.schema.into_iter().chain([table.name]).map(part).collect())
}

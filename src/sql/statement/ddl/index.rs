//! Indexes and foreign keys.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    ForeignKey, IndexDefinition, IndexKey, IndexKind, IndexMethod, IndexPart, ReferenceAction,
};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// `[name] [USING …] (parts) options` behind INDEX, KEY or UNIQUE.
    pub(super) fn index_definition(
        &mut self,
        kind: IndexKind,
        constraint: Option<String>,
    ) -> Parse<IndexDefinition> {
        let name = if self.is_name(0) { Some(self.name()?) } else { None };
        let using = self.index_using()?;
        let mut index = self.index_parts_and_options(kind, name.or(constraint))?;
        index.using = index.using.or(using);
        Ok(index)
    }

    /// `(parts) options`
    pub(super) fn index_parts_and_options(
        &mut self,
        kind: IndexKind,
        name: Option<String>,
    ) -> Parse<IndexDefinition> {
        let parts = self.listed(Self::index_part)?;
        let (using, comment, invisible) = (None, None, false);
        let mut index = IndexDefinition { kind, name, parts, using, comment, invisible };
        while self.index_option(&mut index)? {}
        Ok(index)
    }

    fn index_part(&mut self) -> Parse<IndexPart> {
        let key = if self.accept_kind(TokenKind::LParen) {
            let expr = self.expr()?;
            self.close()?;
            IndexKey::Expression(expr)
        } else {
            IndexKey::Column { name: self.name()?, prefix: self.length()? }
        };
        let descending = self.accept("DESC");
        if !descending {
            self.accept("ASC");
        }
        Ok(IndexPart { key, descending })
    }

    /// USING, or TYPE as it was called, if it stands here.
    pub(super) fn index_using(&mut self) -> Parse<Option<IndexMethod>> {
        if self.accept_any(&["USING", "TYPE"]).is_none() {
            return Ok(None);
        }
        match self.accept_any(&["BTREE", "HASH", "RTREE"]) {
            Some("BTREE") => Ok(Some(IndexMethod::BTree)),
            Some("HASH") => Ok(Some(IndexMethod::Hash)),
            Some(_) => self.unsupported("spatial indexes"),
            None => self.fail(),
        }
    }

    fn index_option(&mut self, index: &mut IndexDefinition) -> Parse<bool> {
        match self.upper().as_str() {
            "USING" | "TYPE" => index.using = self.index_using()?,
            "COMMENT" => {
                self.advance();
                index.comment = Some(self.text()?);
            }
            "VISIBLE" | "INVISIBLE" => {
                index.invisible = self.at("INVISIBLE");
                self.advance();
            }
            "KEY_BLOCK_SIZE" => {
                self.advance();
                self.optional_equals();
                self.number()?;
            }
            "ENGINE_ATTRIBUTE" | "SECONDARY_ENGINE_ATTRIBUTE" => {
                self.advance();
                self.optional_equals();
                self.text()?;
            }
            "WITH" => return self.unsupported("full-text parsers"),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `FOREIGN KEY [name] (columns) REFERENCES …`, behind these two words.
    pub(super) fn foreign_key(&mut self, constraint: Option<String>) -> Parse<ForeignKey> {
        let _ = self.if_not_exists();
        let index = if self.is_name(0) { Some(self.name()?) } else { None };
        let columns = self.listed(Self::name)?;
        self.references(constraint, index, columns)
    }

    /// `REFERENCES parent (columns) actions`
    pub(super) fn references(
        &mut self,
        constraint: Option<String>,
        index: Option<String>,
        columns: Vec<String>,
    ) -> Parse<ForeignKey> {
        self.require("REFERENCES")?;
        let parent = self.table_name()?;
        let listed = self.is(TokenKind::LParen);
        let parent_columns = if listed { self.listed(Self::name)? } else { Vec::new() };
        if self.accept("MATCH") && self.accept_any(&["FULL", "PARTIAL", "SIMPLE"]).is_none() {
            return self.fail();
        }
        let (mut on_delete, mut on_update) = (None, None);
        while self.accept("ON") {
            match self.accept_any(&["DELETE", "UPDATE"]) {
                Some("DELETE") if on_delete.is_none() => on_delete = Some(self.action()?),
                Some("UPDATE") if on_update.is_none() => on_update = Some(self.action()?),
                _ => return self.fail(),
            }
        }
        Ok(ForeignKey { constraint, index, columns, parent, parent_columns, on_delete, on_update })
    }

    fn action(&mut self) -> Parse<ReferenceAction> {
        Ok(if self.accept("RESTRICT") {
            ReferenceAction::Restrict
        } else if self.accept("CASCADE") {
            ReferenceAction::Cascade
        } else if self.accept_words(&["SET", "NULL"]) {
            ReferenceAction::SetNull
        } else if self.accept_words(&["SET", "DEFAULT"]) {
            ReferenceAction::SetDefault
        } else if self.accept_words(&["NO", "ACTION"]) {
            ReferenceAction::NoAction
        } else {
            return self.fail();
        })
    }
}

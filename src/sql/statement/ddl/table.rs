//! CREATE TABLE.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    CreateTable, IndexKind, OnDuplicate, Statement, TableName, TableSelect,
};
use crate::sql::statement::cursor::{Parse, Parser};

/// One thing in the parentheses of CREATE TABLE, or behind ADD.
#[allow(
    clippy::large_enum_variant,
    reason = "a statement has few of them, and each is taken apart at once"
)]
pub(super) enum Element {
    Column(crate::sql::statement::ast::ColumnDefinition),
    Index(crate::sql::statement::ast::IndexDefinition),
    ForeignKey(crate::sql::statement::ast::ForeignKey),
    Check(crate::sql::statement::ast::Check),
}

impl Parser<'_> {
    /// At TEMPORARY or TABLE.
    pub(super) fn create_table(&mut self) -> Parse<Statement> {
        let temporary = self.accept("TEMPORARY");
        self.require("TABLE")?;
        let if_not_exists = self.if_not_exists();
        let name = self.table_name()?;
        let mut table = CreateTable {
            temporary,
            if_not_exists,
            name,
            like: self.like_table()?,
            columns: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            options: Vec::new(),
            select: None,
        };
        if table.like.is_none() {
            self.create_table_body(&mut table)?;
        }
        Ok(Statement::CreateTable(Box::new(table)))
    }

    /// `LIKE t`, `(LIKE t)`
    fn like_table(&mut self) -> Parse<Option<TableName>> {
        if self.accept("LIKE") {
            return Ok(Some(self.table_name()?));
        }
        if !(self.is(TokenKind::LParen) && self.is_word(1, "LIKE")) {
            return Ok(None);
        }
        self.advance();
        self.advance();
        let table = self.table_name()?;
        self.close()?;
        Ok(Some(table))
    }

    fn create_table_body(&mut self, table: &mut CreateTable) -> Parse<()> {
        if self.is(TokenKind::LParen) && !self.starts_parenthesized_query() {
            for element in self.listed(Self::table_element)? {
                match element {
                    Element::Column(column) => table.columns.push(column),
                    Element::Index(index) => table.indexes.push(index),
                    Element::ForeignKey(key) => table.foreign_keys.push(key),
                    Element::Check(check) => table.checks.push(check),
                }
            }
        }
        while let Some(option) = self.table_option()? {
            table.options.extend(option);
            self.comma();
        }
        if self.at("PARTITION") {
            return self.unsupported("partitioning");
        }
        table.select = self.table_select()?;
        if table.select.is_none() && table.columns.is_empty() {
            return match table.indexes.is_empty() && self.at_statement_end() {
                true => self.refuse(1113, b"42000", "A table must have at least 1 column"),
                false => self.fail(),
            };
        }
        Ok(())
    }

    fn table_select(&mut self) -> Parse<Option<TableSelect>> {
        let duplicates = self.duplicates();
        let said = self.accept("AS") || duplicates != OnDuplicate::Fail;
        if self.starts_query() || self.starts_parenthesized_query() {
            let query = Box::new(self.query()?);
            return Ok(Some(TableSelect { duplicates, query }));
        }
        if said { self.fail() } else { Ok(None) }
    }

    /// A column, index or constraint.
    pub(super) fn table_element(&mut self) -> Parse<Element> {
        if let Some(name) = self.constraint_name()? {
            return match self.constraint(name)? {
                Some(element) => Ok(element),
                None => self.fail(),
            };
        }
        if let Some(element) = self.constraint(None)? {
            return Ok(element);
        }
        match self.upper().as_str() {
            "INDEX" | "KEY" => {
                self.advance();
                let _ = self.if_not_exists();
                Ok(Element::Index(self.index_definition(IndexKind::Plain, None)?))
            }
            "FULLTEXT" => self.unsupported("full-text indexes"),
            "SPATIAL" => self.unsupported("spatial indexes"),
            _ => Ok(Element::Column(self.referring_column()?)),
        }
    }

    /// What may have a constraint's name.
    fn constraint(&mut self, name: Option<String>) -> Parse<Option<Element>> {
        Ok(Some(match self.upper().as_str() {
            "PRIMARY" => {
                self.advance();
                self.require("KEY")?;
                Element::Index(self.index_definition(IndexKind::Primary, None)?)
            }
            "UNIQUE" => {
                self.advance();
                let _ = self.accept_any(&["INDEX", "KEY"]);
                let _ = self.if_not_exists();
                Element::Index(self.index_definition(IndexKind::Unique, name)?)
            }
            "FOREIGN" => {
                self.advance();
                self.require("KEY")?;
                Element::ForeignKey(self.foreign_key(name)?)
            }
            "CHECK" => Element::Check(self.check(name)?),
            _ => return Ok(None),
        }))
    }
}

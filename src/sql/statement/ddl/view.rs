//! CREATE VIEW and ALTER VIEW.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{CheckOption, CreateView, Statement, ViewAlgorithm};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// At what stands before VIEW. A DEFINER may also belong to a stored program.
    pub(super) fn create_view(&mut self, replace: bool, must_exist: bool) -> Parse<Statement> {
        let algorithm = self.view_algorithm()?;
        let definer = if self.accept("DEFINER") {
            self.expect_operator(b"=")?;
            Some(self.account()?)
        } else {
            None
        };
        let invoker = self.sql_security()?;
        match self.upper().as_str() {
            "PROCEDURE" => return self.unsupported("stored procedures"),
            "FUNCTION" | "AGGREGATE" => return self.unsupported("stored functions"),
            "TRIGGER" => return self.unsupported("triggers"),
            "EVENT" => return self.unsupported("events"),
            _ => self.require("VIEW")?,
        }
        let if_not_exists = self.if_not_exists();
        let name = self.table_name()?;
        let listed = self.is(TokenKind::LParen);
        let columns = if listed { self.listed(Self::name)? } else { Vec::new() };
        self.require("AS")?;
        let start = self.offset();
        let query = Box::new(self.query()?);
        let text = self.text_since(start);
        let check = self.check_option()?;
        Ok(Statement::CreateView(Box::new(CreateView {
            replace,
            must_exist,
            if_not_exists,
            algorithm,
            definer,
            invoker,
            name,
            columns,
            query,
            text,
            check,
        })))
    }

    fn view_algorithm(&mut self) -> Parse<ViewAlgorithm> {
        if !self.accept("ALGORITHM") {
            return Ok(ViewAlgorithm::Undefined);
        }
        self.expect_operator(b"=")?;
        match self.accept_any(&["UNDEFINED", "MERGE", "TEMPTABLE"]) {
            Some("UNDEFINED") => Ok(ViewAlgorithm::Undefined),
            Some("MERGE") => Ok(ViewAlgorithm::Merge),
            Some(_) => Ok(ViewAlgorithm::TempTable),
            None => self.fail(),
        }
    }

    fn sql_security(&mut self) -> Parse<bool> {
        if !self.accept_words(&["SQL", "SECURITY"]) {
            return Ok(false);
        }
        match self.accept_any(&["DEFINER", "INVOKER"]) {
            Some(word) => Ok(word == "INVOKER"),
            None => self.fail(),
        }
    }

    fn check_option(&mut self) -> Parse<Option<CheckOption>> {
        if !self.accept("WITH") {
            return Ok(None);
        }
        let option = match self.accept_any(&["CASCADED", "LOCAL"]) {
            Some("LOCAL") => CheckOption::Local,
            _ => CheckOption::Cascaded,
        };
        self.expect_words(&["CHECK", "OPTION"])?;
        Ok(Some(option))
    }
}

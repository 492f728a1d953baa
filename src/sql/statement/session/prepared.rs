//! PREPARE, EXECUTE and DEALLOCATE.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{Execute, Prepare, PrepareFrom, Statement};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Behind PREPARE.
    pub(in crate::sql::statement) fn prepare(&mut self) -> Parse<Statement> {
        let name = self.name()?;
        self.require("FROM")?;
        let source = if self.is(TokenKind::UserVar) {
            PrepareFrom::Variable(self.user_variable()?)
        } else {
            PrepareFrom::Text(self.text()?)
        };
        Ok(Statement::Prepare(Prepare { name, source }))
    }

    /// Behind EXECUTE.
    pub(in crate::sql::statement) fn execute(&mut self) -> Parse<Statement> {
        if self.at("IMMEDIATE") && !self.at_statement_end() && self.kind_at(1) != TokenKind::Semi {
            return self.unsupported("EXECUTE IMMEDIATE");
        }
        let name = self.name()?;
        let using = if self.accept("USING") { self.list(Self::user_variable)? } else { Vec::new() };
        Ok(Statement::Execute(Execute { name, using }))
    }

    /// Behind DEALLOCATE.
    pub(in crate::sql::statement) fn deallocate(&mut self) -> Parse<Statement> {
        self.require("PREPARE")?;
        Ok(Statement::Deallocate(self.name()?))
    }
}

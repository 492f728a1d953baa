//! GRANT and REVOKE.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    Grant, GrantTarget, Privilege, ProgramKind, Revoke, Statement, TableName,
};
use crate::sql::statement::cursor::{Parse, Parser};

/// Words of one privilege: `CREATE TEMPORARY TABLES` has three.
const MAX_PRIVILEGE_WORDS: usize = 4;

impl Parser<'_> {
    /// Behind GRANT.
    pub(in crate::sql::statement) fn grant(&mut self) -> Parse<Statement> {
        let privileges = self.privileges()?;
        if self.at("TO") {
            return self.unsupported("roles");
        }
        self.require("ON")?;
        let target = self.grant_target()?;
        self.require("TO")?;
        let users = self.list(Self::account)?;
        let grant_option = self.accept_words(&["WITH", "GRANT", "OPTION"]);
        if self.at("AS") {
            return self.unsupported("GRANT … AS");
        }
        Ok(Statement::Grant(Box::new(Grant { privileges, target, users, grant_option })))
    }

    /// Behind REVOKE.
    pub(in crate::sql::statement) fn revoke(&mut self) -> Parse<Statement> {
        let if_exists = self.if_exists();
        let mut privileges = self.privileges()?;
        let target = if self.accept("ON") {
            Some(self.grant_target()?)
        } else {
            let names: Vec<&str> = privileges.iter().map(|p| p.name.as_str()).collect();
            if names != ["ALL", "GRANT OPTION"] {
                return self.unsupported("roles");
            }
            privileges.clear();
            None
        };
        self.require("FROM")?;
        let users = self.list(Self::account)?;
        let ignore_unknown = self.accept_words(&["IGNORE", "UNKNOWN", "USER"]);
        let revoke = Revoke { if_exists, privileges, target, users, ignore_unknown };
        Ok(Statement::Revoke(Box::new(revoke)))
    }

    fn privileges(&mut self) -> Parse<Vec<Privilege>> {
        if self.at("PROXY") {
            return self.unsupported("PROXY");
        }
        self.list(Self::privilege)
    }

    fn privilege(&mut self) -> Parse<Privilege> {
        if self.is(TokenKind::String) || self.is(TokenKind::Quoted) {
            return self.unsupported("roles");
        }
        let mut words = Vec::new();
        while self.is(TokenKind::Word) && !self.at_any(&["ON", "TO", "FROM"]) {
            words.push(self.upper());
            self.advance();
        }
        if words.is_empty() || words.len() > MAX_PRIVILEGE_WORDS {
            return self.fail();
        }
        if words == ["ALL", "PRIVILEGES"] {
            words.pop();
        }
        let listed = self.is(TokenKind::LParen);
        let columns = if listed { self.listed(Self::name)? } else { Vec::new() };
        Ok(Privilege { name: words.join(" "), columns })
    }

    /// What privileges are on.
    fn grant_target(&mut self) -> Parse<GrantTarget> {
        let kind = match self.accept_any(&["TABLE", "FUNCTION", "PROCEDURE"]) {
            Some("FUNCTION") => Some(ProgramKind::Function),
            Some("PROCEDURE") => Some(ProgramKind::Procedure),
            _ => None,
        };
        if self.accept_operator(b"*") {
            if !self.accept_kind(TokenKind::Dot) {
                return Ok(GrantTarget::Schema(None));
            }
            self.expect_operator(b"*")?;
            return Ok(GrantTarget::Global);
        }
        let first = self.name()?;
        if !self.accept_kind(TokenKind::Dot) {
            return Ok(target(kind, TableName { schema: None, name: first }));
        }
        if self.accept_operator(b"*") {
            return Ok(GrantTarget::Schema(Some(first)));
        }
        let name = TableName { schema: Some(first), name: self.name()? };
        Ok(target(kind, name))
    }
}

fn target(kind: Option<ProgramKind>, name: TableName) -> GrantTarget {
    match kind {
        Some(kind) => GrantTarget::Program(kind, name),
        None => GrantTarget::Table(name),
    }
}

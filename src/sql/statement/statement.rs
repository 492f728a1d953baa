//! Which statement it is: by its first word.

use super::ast::{MaintainKind, SelectInto, Statement};
use super::cursor::{Parse, Parser};
use crate::sql::lexer::TokenKind;

impl Parser<'_> {
    /// A whole statement, up to the `;` or the end.
    pub(super) fn whole_statement(&mut self) -> Parse<Statement> {
        let statement = self.statement()?;
        let statement = self.placed_into(statement)?;
        if self.at_statement_end() { Ok(statement) } else { self.fail() }
    }

    /// INTO belongs to a query that is the whole statement.
    fn placed_into(&mut self, statement: Statement) -> Parse<Statement> {
        match (self.into.take(), statement) {
            (None, statement) => Ok(statement),
            (Some((_, variables)), Statement::Query(query)) => {
                Ok(Statement::SelectInto(Box::new(SelectInto { query, variables })))
            }
            (Some((offset, _)), _) => Err(super::SyntaxError::near(self.sql, offset)),
        }
    }

    pub(super) fn statement(&mut self) -> Parse<Statement> {
        if self.is(TokenKind::LParen) || self.starts_query() || self.at("VALUES") {
            return self.query_or_change();
        }
        let word = self.upper();
        if !matches!(self.kind(), TokenKind::Word) {
            return self.fail();
        }
        let start = self.offset();
        self.advance();
        match word.as_str() {
            "INSERT" => Ok(Statement::Insert(Box::new(self.insert()?))),
            "REPLACE" => Ok(Statement::Replace(Box::new(self.replace()?))),
            "UPDATE" => Ok(Statement::Update(Box::new(self.update(None)?))),
            "DELETE" => Ok(Statement::Delete(Box::new(self.delete(None)?))),
            "SET" => self.set(),
            "SHOW" => self.show(),
            "BEGIN" => self.begin(),
            "START" => self.start(),
            "COMMIT" => self.commit(),
            "ROLLBACK" => self.rollback(),
            "SAVEPOINT" => Ok(Statement::Savepoint(self.name()?)),
            "RELEASE" => self.release(),
            "USE" => Ok(Statement::Use(self.name()?)),
            "CREATE" => self.create(),
            "ALTER" => self.alter(),
            "DROP" => self.drop_statement(),
            "RENAME" => self.rename(),
            "TRUNCATE" => self.truncate(),
            "EXPLAIN" | "DESCRIBE" | "DESC" => self.explain(),
            "DO" => Ok(Statement::Do(self.exprs()?)),
            _ => self.rare_statement(&word, start),
        }
    }

    fn rare_statement(&mut self, word: &str, start: usize) -> Parse<Statement> {
        match word {
            "LOAD" => Ok(Statement::LoadData(Box::new(self.load()?))),
            "LOCK" => self.lock_tables(),
            "UNLOCK" => self.unlock(),
            "PREPARE" => self.prepare(),
            "EXECUTE" => self.execute(),
            "DEALLOCATE" => self.deallocate(),
            "FLUSH" => self.flush(),
            "KILL" => self.kill(),
            "ANALYZE" => self.maintain(MaintainKind::Analyze),
            "CHECK" => self.maintain(MaintainKind::Check),
            "OPTIMIZE" => self.maintain(MaintainKind::Optimize),
            "REPAIR" => self.maintain(MaintainKind::Repair),
            "CHECKSUM" => self.maintain(MaintainKind::Checksum),
            "GRANT" => self.grant(),
            "REVOKE" => self.revoke(),
            "PURGE" => self.purge(),
            "RESET" => self.reset(),
            "CHANGE" => self.change_source(),
            "STOP" => self.stop_replica(),
            "SHUTDOWN" => Ok(Statement::Shutdown),
            _ => match unsupported_feature(word) {
                Some(feature) => Ok(self.rest_unsupported(feature)),
                None => Err(super::SyntaxError::near(self.sql, start)),
            },
        }
    }

    /// A statement that is known by its first word, whatever it goes on with.
    fn rest_unsupported(&mut self, feature: &str) -> Statement {
        while !self.at_statement_end() {
            self.advance();
        }
        Statement::Unsupported { feature: feature.to_owned() }
    }

    /// A query, or an UPDATE or DELETE behind WITH.
    fn query_or_change(&mut self) -> Parse<Statement> {
        if !self.at("WITH") {
            return Ok(Statement::Query(Box::new(self.query()?)));
        }
        let with = self.with()?;
        if self.accept("UPDATE") {
            return Ok(Statement::Update(Box::new(self.update(with)?)));
        }
        if self.accept("DELETE") {
            return Ok(Statement::Delete(Box::new(self.delete(with)?)));
        }
        Ok(Statement::Query(Box::new(self.query_with(with)?)))
    }
}

/// What the error names for statements that the bundled server does not have.
fn unsupported_feature(word: &str) -> Option<&'static str> {
    Some(match word {
        "CALL" => "stored procedures",
        "XA" => "XA transactions",
        "HANDLER" => "HANDLER",
        "SIGNAL" | "RESIGNAL" => "SIGNAL",
        "GET" => "GET DIAGNOSTICS",
        "BINLOG" => "BINLOG",
        "CACHE" => "CACHE INDEX",
        "CLONE" => "CLONE",
        "HELP" => "HELP",
        "IMPORT" => "IMPORT TABLE",
        "INSTALL" | "UNINSTALL" => "plugins and components",
        "RESTART" => "RESTART",
        _ => return None,
    })
}

//! Transactions and table locks.

use crate::sql::statement::ast::{Begin, Completion, LockTable, Statement};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Behind START.
    pub(in crate::sql::statement) fn start(&mut self) -> Parse<Statement> {
        if self.at_any(&["REPLICA", "SLAVE"]) {
            return self.start_replica();
        }
        if self.at("GROUP_REPLICATION") {
            return self.unsupported("START GROUP_REPLICATION");
        }
        self.require("TRANSACTION")?;
        let mut begin = Begin::default();
        if self.at_statement_end() {
            return Ok(Statement::Begin(begin));
        }
        self.list(|parser| {
            if parser.accept_words(&["WITH", "CONSISTENT", "SNAPSHOT"]) {
                begin.snapshot = true;
            } else if begin.read_only.is_none() && parser.accept_words(&["READ", "ONLY"]) {
                begin.read_only = Some(true);
            } else if begin.read_only.is_none() && parser.accept_words(&["READ", "WRITE"]) {
                begin.read_only = Some(false);
            } else {
                return parser.fail();
            }
            Ok(())
        })?;
        Ok(Statement::Begin(begin))
    }

    /// Behind BEGIN.
    pub(in crate::sql::statement) fn begin(&mut self) -> Parse<Statement> {
        self.accept("WORK");
        Ok(Statement::Begin(Begin::default()))
    }

    /// Behind COMMIT.
    pub(in crate::sql::statement) fn commit(&mut self) -> Parse<Statement> {
        self.accept("WORK");
        Ok(Statement::Commit(self.completion()?))
    }

    /// Behind ROLLBACK.
    pub(in crate::sql::statement) fn rollback(&mut self) -> Parse<Statement> {
        self.accept("WORK");
        if self.accept("TO") {
            self.accept("SAVEPOINT");
            return Ok(Statement::RollbackTo(self.name()?));
        }
        Ok(Statement::Rollback(self.completion()?))
    }

    fn completion(&mut self) -> Parse<Completion> {
        let mut completion = Completion::default();
        if self.accept("AND") {
            completion.chain = Some(!self.accept("NO"));
            self.require("CHAIN")?;
        }
        if self.accept_words(&["NO", "RELEASE"]) {
            completion.release = Some(false);
        } else if self.at("RELEASE") {
            if completion.chain == Some(true) {
                return self.fail();
            }
            self.advance();
            completion.release = Some(true);
        }
        Ok(completion)
    }

    /// Behind RELEASE.
    pub(in crate::sql::statement) fn release(&mut self) -> Parse<Statement> {
        self.require("SAVEPOINT")?;
        Ok(Statement::ReleaseSavepoint(self.name()?))
    }

    /// Behind LOCK.
    pub(in crate::sql::statement) fn lock_tables(&mut self) -> Parse<Statement> {
        if self.at("INSTANCE") {
            return self.unsupported("LOCK INSTANCE FOR BACKUP");
        }
        if self.accept_any(&["TABLES", "TABLE"]).is_none() {
            return self.fail();
        }
        Ok(Statement::LockTables(self.list(Self::lock_table)?))
    }

    fn lock_table(&mut self) -> Parse<LockTable> {
        let table = self.table_name()?;
        let named = self.accept("AS") || self.is_name(0);
        let alias = if named { Some(self.name()?) } else { None };
        if self.accept("READ") {
            self.accept("LOCAL");
            return Ok(LockTable { table, alias, write: false });
        }
        self.accept("LOW_PRIORITY");
        self.require("WRITE")?;
        Ok(LockTable { table, alias, write: true })
    }

    /// Behind UNLOCK.
    pub(in crate::sql::statement) fn unlock(&mut self) -> Parse<Statement> {
        if self.at("INSTANCE") {
            return self.unsupported("UNLOCK INSTANCE");
        }
        match self.accept_any(&["TABLES", "TABLE"]) {
            Some(_) => Ok(Statement::UnlockTables),
            None => self.fail(),
        }
    }
}

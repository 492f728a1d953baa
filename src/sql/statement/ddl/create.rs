//! CREATE of all kinds, and of databases in full.

use crate::sql::statement::ast::{
    AlterDatabase, CreateDatabase, CreateIndex, IndexKind, Statement,
};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Behind CREATE.
    pub(in crate::sql::statement) fn create(&mut self) -> Parse<Statement> {
        let replace = self.accept_words(&["OR", "REPLACE"]);
        if self.at_any(&["ALGORITHM", "DEFINER", "SQL", "VIEW"]) {
            return self.create_view(replace, false);
        }
        if replace {
            return self.create_or_replace();
        }
        match self.upper().as_str() {
            "TABLE" | "TEMPORARY" => self.create_table(),
            "DATABASE" | "SCHEMA" => self.create_database(),
            "UNIQUE" | "INDEX" => self.create_index(),
            "FULLTEXT" => self.unsupported("full-text indexes"),
            "SPATIAL" => self.unsupported("spatial indexes"),
            "USER" => self.create_user(false),
            "ROLE" => self.unsupported("roles"),
            "PROCEDURE" => self.unsupported("stored procedures"),
            "FUNCTION" | "AGGREGATE" => self.unsupported("stored functions"),
            "TRIGGER" => self.unsupported("triggers"),
            "EVENT" => self.unsupported("events"),
            "SERVER" => self.unsupported("CREATE SERVER"),
            "TABLESPACE" | "UNDO" | "LOGFILE" => self.unsupported("tablespaces"),
            "RESOURCE" => self.unsupported("resource groups"),
            _ => self.fail(),
        }
    }

    /// What MariaDB takes behind CREATE OR REPLACE.
    fn create_or_replace(&mut self) -> Parse<Statement> {
        match self.upper().as_str() {
            "TABLE" | "TEMPORARY" => self.unsupported("CREATE OR REPLACE TABLE"),
            "USER" => self.create_user(true),
            "SPATIAL" => self.unsupported("spatial reference systems"),
            _ => self.fail(),
        }
    }

    pub(super) fn if_not_exists(&mut self) -> bool {
        self.accept_words(&["IF", "NOT", "EXISTS"])
    }

    pub(in crate::sql::statement) fn if_exists(&mut self) -> bool {
        self.accept_words(&["IF", "EXISTS"])
    }

    fn create_database(&mut self) -> Parse<Statement> {
        self.advance();
        let if_not_exists = self.if_not_exists();
        let name = self.name()?;
        let (charset, collate) = self.database_options()?;
        Ok(Statement::CreateDatabase(CreateDatabase { name, if_not_exists, charset, collate }))
    }

    /// Behind ALTER DATABASE.
    pub(super) fn alter_database(&mut self) -> Parse<Statement> {
        let options = ["DEFAULT", "CHARACTER", "CHARSET", "COLLATE", "ENCRYPTION", "READ"];
        let name = if self.at_any(&options) { None } else { Some(self.name()?) };
        if self.at_statement_end() {
            return self.fail();
        }
        let (charset, collate) = self.database_options()?;
        Ok(Statement::AlterDatabase(AlterDatabase { name, charset, collate }))
    }

    fn database_options(&mut self) -> Parse<(Option<String>, Option<String>)> {
        let (mut charset, mut collate) = (None, None);
        while !self.at_statement_end() {
            self.accept("DEFAULT");
            if self.accept_words(&["CHARACTER", "SET"]) || self.accept("CHARSET") {
                self.optional_equals();
                charset = Some(self.charset_name()?);
            } else if self.accept("COLLATE") {
                self.optional_equals();
                collate = Some(self.charset_name()?);
            } else if self.accept("ENCRYPTION") {
                self.optional_equals();
                if !self.text()?.eq_ignore_ascii_case("n") {
                    return self.unsupported("ENCRYPTION");
                }
            } else if self.at_words(&["READ", "ONLY"]) {
                return self.unsupported("READ ONLY databases");
            } else {
                return self.fail();
            }
        }
        Ok((charset, collate))
    }

    fn create_index(&mut self) -> Parse<Statement> {
        let unique = self.accept("UNIQUE");
        self.require("INDEX")?;
        let kind = if unique { IndexKind::Unique } else { IndexKind::Plain };
        let name = self.name()?;
        let using = self.index_using()?;
        self.require("ON")?;
        let table = self.table_name()?;
        let mut index = self.index_parts_and_options(kind, Some(name))?;
        index.using = index.using.or(using);
        self.algorithm_and_lock()?;
        Ok(Statement::CreateIndex(Box::new(CreateIndex { table, index })))
    }

    /// ALGORITHM and LOCK: indexes are made in place, so they say nothing.
    pub(super) fn algorithm_and_lock(&mut self) -> Parse<()> {
        while self.algorithm_or_lock()?.is_some() {}
        Ok(())
    }

    /// One of ALGORITHM and LOCK, as its first word and its value; other values than MySQL's are errors as there.
    pub(super) fn algorithm_or_lock(&mut self) -> Parse<Option<(&'static str, &'static str)>> {
        let (list, code, what): (&[&'static str], _, &'static str) = if self.accept("ALGORITHM") {
            (&["DEFAULT", "INSTANT", "INPLACE", "COPY", "NOCOPY"], 1800, "ALGORITHM")
        } else if self.accept("LOCK") {
            (&["DEFAULT", "NONE", "SHARED", "EXCLUSIVE"], 1801, "LOCK type")
        } else {
            return Ok(None);
        };
        self.optional_equals();
        let Some(value) = self.accept_any(list) else {
            let word = self.upper();
            return self.refuse(code, b"HY000", format!("Unknown {what} '{word}'"));
        };
        Ok(Some((what, value)))
    }
}

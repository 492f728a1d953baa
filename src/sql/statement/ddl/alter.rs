//! ALTER, and ALTER TABLE in full.

use super::table::Element;
use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{AlterAction, AlterTable, ColumnPlace, Statement};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Behind ALTER.
    pub(in crate::sql::statement) fn alter(&mut self) -> Parse<Statement> {
        if self.at_any(&["ALGORITHM", "DEFINER", "SQL", "VIEW"]) {
            return self.create_view(true, true);
        }
        let word = self.upper();
        match word.as_str() {
            "TABLE" => {
                self.advance();
                self.alter_table()
            }
            "DATABASE" | "SCHEMA" => {
                self.advance();
                self.alter_database()
            }
            "USER" => self.alter_user(),
            "PROCEDURE" => self.unsupported("stored procedures"),
            "FUNCTION" => self.unsupported("stored functions"),
            "EVENT" => self.unsupported("events"),
            "INSTANCE" => self.unsupported("ALTER INSTANCE"),
            "TABLESPACE" | "UNDO" | "LOGFILE" => self.unsupported("tablespaces"),
            "SERVER" => self.unsupported("ALTER SERVER"),
            "RESOURCE" => self.unsupported("resource groups"),
            _ => self.fail(),
        }
    }

    fn alter_table(&mut self) -> Parse<Statement> {
        let table = self.table_name()?;
        let mut alter = AlterTable { table, actions: Vec::new(), algorithm: None, lock: None };
        if !self.at_statement_end() {
            self.alter_action(&mut alter)?;
            loop {
                // Table options may follow each other without commas.
                let option = !self.at_statement_end() && !self.comma();
                if option {
                    match self.table_option()? {
                        Some(option) => alter.actions.extend(option.map(AlterAction::Option)),
                        None => return self.partition_or_fail(),
                    }
                } else if self.at_statement_end() {
                    break;
                } else {
                    self.alter_action(&mut alter)?;
                }
            }
        }
        Ok(Statement::AlterTable(Box::new(alter)))
    }

    fn partition_or_fail<T>(&self) -> Parse<T> {
        if self.at_any(&["PARTITION", "REMOVE"]) {
            self.unsupported("partitioning")
        } else {
            self.fail()
        }
    }

    fn alter_action(&mut self, alter: &mut AlterTable) -> Parse<()> {
        match self.algorithm_or_lock()? {
            Some((_, "DEFAULT")) => return Ok(()),
            Some(("ALGORITHM", value)) => alter.algorithm = Some(value),
            Some((_, value)) => alter.lock = Some(value),
            None if self.validation() => {}
            None => return self.alter_something(&mut alter.actions),
        }
        Ok(())
    }

    fn alter_something(&mut self, actions: &mut Vec<AlterAction>) -> Parse<()> {
        let word = self.upper();
        let action = match word.as_str() {
            "ADD" => return self.alter_add(actions),
            "MODIFY" | "CHANGE" => self.alter_change()?,
            "DROP" => self.alter_drop()?,
            "ALTER" => self.alter_alter()?,
            "RENAME" => self.alter_rename()?,
            "CONVERT" => self.alter_convert()?,
            "ORDER" => AlterAction::OrderBy(self.order_by()?),
            "FORCE" => {
                self.advance();
                AlterAction::Force
            }
            "ENABLE" | "DISABLE" => {
                self.advance();
                self.require("KEYS")?;
                AlterAction::Keys { enable: word == "ENABLE" }
            }
            "DISCARD" | "IMPORT" => return self.unsupported("tablespaces"),
            "PARTITION" | "REMOVE" | "TRUNCATE" | "COALESCE" | "REORGANIZE" | "EXCHANGE"
            | "ANALYZE" | "CHECK" | "OPTIMIZE" | "REBUILD" | "REPAIR" => {
                return self.unsupported("partitioning");
            }
            _ => match self.table_option()? {
                Some(Some(option)) => AlterAction::Option(option),
                Some(None) => return Ok(()),
                None => return self.fail(),
            },
        };
        actions.push(action);
        Ok(())
    }

    /// WITH VALIDATION, WITHOUT VALIDATION: of generated columns, which are always checked.
    fn validation(&mut self) -> bool {
        self.accept_words(&["WITH", "VALIDATION"]) || self.accept_words(&["WITHOUT", "VALIDATION"])
    }

    fn alter_add(&mut self, actions: &mut Vec<AlterAction>) -> Parse<()> {
        self.advance();
        if self.at("PARTITION") {
            return self.unsupported("partitioning");
        }
        let column = self.accept("COLUMN");
        let if_not_exists = self.if_not_exists();
        if self.is(TokenKind::LParen) {
            for element in self.listed(Self::table_element)? {
                actions.push(added(element, None, if_not_exists));
            }
            return Ok(());
        }
        let element = if column || if_not_exists {
            Element::Column(self.referring_column()?)
        } else {
            self.table_element()?
        };
        let is_column = matches!(element, Element::Column(_));
        let place = if is_column { self.column_place()? } else { None };
        actions.push(added(element, place, if_not_exists));
        Ok(())
    }

    fn column_place(&mut self) -> Parse<Option<ColumnPlace>> {
        if self.accept("FIRST") {
            return Ok(Some(ColumnPlace::First));
        }
        if self.accept("AFTER") {
            return Ok(Some(ColumnPlace::After(self.name()?)));
        }
        Ok(None)
    }

    fn alter_change(&mut self) -> Parse<AlterAction> {
        let change = self.at("CHANGE");
        self.advance();
        self.accept("COLUMN");
        let old = self.name()?;
        let new = if change { self.name()? } else { old.clone() };
        let column = self.column_of(new)?;
        Ok(AlterAction::ChangeColumn { old, column, place: self.column_place()? })
    }

    fn alter_drop(&mut self) -> Parse<AlterAction> {
        self.advance();
        let word = self.upper();
        Ok(match word.as_str() {
            "INDEX" | "KEY" => {
                self.advance();
                AlterAction::DropIndex(self.index_or_primary()?)
            }
            "PRIMARY" => {
                self.advance();
                self.require("KEY")?;
                AlterAction::DropPrimaryKey
            }
            "FOREIGN" => {
                self.advance();
                self.require("KEY")?;
                AlterAction::DropForeignKey(self.name()?)
            }
            "CHECK" => {
                self.advance();
                AlterAction::DropCheck(self.name()?)
            }
            "CONSTRAINT" => {
                self.advance();
                AlterAction::DropConstraint(self.index_or_primary()?)
            }
            "PARTITION" => return self.unsupported("partitioning"),
            _ => {
                self.accept("COLUMN");
                let if_exists = self.if_exists();
                let name = self.name()?;
                let _ = self.accept_any(&["RESTRICT", "CASCADE"]);
                AlterAction::DropColumn { name, if_exists }
            }
        })
    }

    fn index_or_primary(&mut self) -> Parse<String> {
        if self.accept("PRIMARY") { Ok("PRIMARY".to_owned()) } else { self.name() }
    }

    fn alter_alter(&mut self) -> Parse<AlterAction> {
        self.advance();
        if self.accept("INDEX") {
            let name = self.name()?;
            return Ok(AlterAction::AlterIndex { name, visible: self.visibility()? });
        }
        if self.accept_any(&["CHECK", "CONSTRAINT"]).is_some() {
            let name = self.name()?;
            let enforced = !self.accept("NOT");
            self.require("ENFORCED")?;
            return Ok(AlterAction::AlterCheck { name, enforced });
        }
        self.accept("COLUMN");
        let column = self.name()?;
        if self.accept_words(&["DROP", "DEFAULT"]) {
            return Ok(AlterAction::AlterDefault { column, default: None });
        }
        self.require("SET")?;
        if self.accept("DEFAULT") {
            let default = Some(self.default_definition()?);
            return Ok(AlterAction::AlterDefault { column, default });
        }
        Ok(AlterAction::AlterVisibility { column, invisible: !self.visibility()? })
    }

    fn visibility(&mut self) -> Parse<bool> {
        match self.accept_any(&["VISIBLE", "INVISIBLE"]) {
            Some(word) => Ok(word == "VISIBLE"),
            None => self.fail(),
        }
    }

    fn alter_rename(&mut self) -> Parse<AlterAction> {
        self.advance();
        if self.accept("COLUMN") {
            let (old, new) = self.renamed()?;
            return Ok(AlterAction::RenameColumn { old, new });
        }
        if self.accept_any(&["INDEX", "KEY"]).is_some() {
            let (old, new) = self.renamed()?;
            return Ok(AlterAction::RenameIndex { old, new });
        }
        if self.accept_any(&["TO", "AS"]).is_none() {
            self.accept_operator(b"=");
        }
        Ok(AlterAction::RenameTo(self.table_name()?))
    }

    fn renamed(&mut self) -> Parse<(String, String)> {
        let old = self.name()?;
        self.require("TO")?;
        Ok((old, self.name()?))
    }

    fn alter_convert(&mut self) -> Parse<AlterAction> {
        self.advance();
        self.require("TO")?;
        if !(self.accept_words(&["CHARACTER", "SET"]) || self.accept("CHARSET")) {
            return self.fail();
        }
        self.optional_equals();
        let charset = if self.accept("DEFAULT") { None } else { Some(self.charset_name()?) };
        let collate = if self.accept("COLLATE") {
            self.optional_equals();
            Some(self.charset_name()?)
        } else {
            None
        };
        Ok(AlterAction::Convert { charset, collate })
    }
}

fn added(element: Element, place: Option<ColumnPlace>, if_not_exists: bool) -> AlterAction {
    match element {
        Element::Column(column) => AlterAction::AddColumn { if_not_exists, column, place },
        Element::Index(index) => AlterAction::AddIndex(index),
        Element::ForeignKey(key) => AlterAction::AddForeignKey(key),
        Element::Check(check) => AlterAction::AddCheck(check),
    }
}

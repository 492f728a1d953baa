//! DROP, RENAME and TRUNCATE.

use crate::sql::statement::ast::{
    DropDatabase, DropIndex, DropProgram, DropTable, DropView, ProgramKind, Statement,
};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Behind DROP.
    pub(in crate::sql::statement) fn drop_statement(&mut self) -> Parse<Statement> {
        let word = self.upper();
        match word.as_str() {
            "TABLE" | "TABLES" | "TEMPORARY" => self.drop_table(),
            "VIEW" => self.drop_view(),
            "DATABASE" | "SCHEMA" => {
                self.advance();
                let if_exists = self.if_exists();
                Ok(Statement::DropDatabase(DropDatabase { if_exists, name: self.name()? }))
            }
            "INDEX" => self.drop_index(),
            "USER" => self.drop_user(),
            "PREPARE" => {
                self.advance();
                Ok(Statement::Deallocate(self.name()?))
            }
            "PROCEDURE" | "FUNCTION" | "TRIGGER" | "EVENT" => self.drop_program(),
            "ROLE" => self.unsupported("roles"),
            "TABLESPACE" | "UNDO" => self.unsupported("tablespaces"),
            "SERVER" => self.unsupported("DROP SERVER"),
            "RESOURCE" => self.unsupported("resource groups"),
            "SPATIAL" => self.unsupported("spatial reference systems"),
            _ => self.fail(),
        }
    }

    fn drop_table(&mut self) -> Parse<Statement> {
        let temporary = self.accept("TEMPORARY");
        if self.accept_any(&["TABLE", "TABLES"]).is_none() {
            return self.fail();
        }
        let if_exists = self.if_exists();
        let tables = self.list(Self::table_name)?;
        let _ = self.accept_any(&["RESTRICT", "CASCADE"]);
        Ok(Statement::DropTable(DropTable { temporary, if_exists, tables }))
    }

    fn drop_view(&mut self) -> Parse<Statement> {
        self.advance();
        let if_exists = self.if_exists();
        let views = self.list(Self::table_name)?;
        let _ = self.accept_any(&["RESTRICT", "CASCADE"]);
        Ok(Statement::DropView(DropView { if_exists, views }))
    }

    fn drop_index(&mut self) -> Parse<Statement> {
        self.advance();
        let name = if self.accept("PRIMARY") { "PRIMARY".to_owned() } else { self.name()? };
        self.require("ON")?;
        let table = self.table_name()?;
        self.algorithm_and_lock()?;
        Ok(Statement::DropIndex(DropIndex { table, name }))
    }

    fn drop_program(&mut self) -> Parse<Statement> {
        let Some(kind) = self.program_kind() else { return self.fail() };
        let if_exists = self.if_exists();
        Ok(Statement::DropProgram(DropProgram { kind, if_exists, name: self.table_name()? }))
    }

    pub(in crate::sql::statement) fn program_kind(&mut self) -> Option<ProgramKind> {
        Some(match self.accept_any(&["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"])? {
            "PROCEDURE" => ProgramKind::Procedure,
            "FUNCTION" => ProgramKind::Function,
            "TRIGGER" => ProgramKind::Trigger,
            _ => ProgramKind::Event,
        })
    }

    /// Behind RENAME.
    pub(in crate::sql::statement) fn rename(&mut self) -> Parse<Statement> {
        if self.at("USER") {
            return self.rename_user();
        }
        if self.accept_any(&["TABLE", "TABLES"]).is_none() {
            return self.fail();
        }
        let pairs = self.list(|parser| {
            let from = parser.table_name()?;
            parser.require("TO")?;
            Ok((from, parser.table_name()?))
        })?;
        Ok(Statement::RenameTable(pairs))
    }

    /// Behind TRUNCATE.
    pub(in crate::sql::statement) fn truncate(&mut self) -> Parse<Statement> {
        self.accept("TABLE");
        Ok(Statement::Truncate(self.table_name()?))
    }
}

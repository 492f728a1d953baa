//! FLUSH, KILL, table maintenance, binary logs.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    Flush, FlushTarget, Kill, Maintain, MaintainKind, PurgeBinaryLogs, Statement,
};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Behind FLUSH.
    pub(in crate::sql::statement) fn flush(&mut self) -> Parse<Statement> {
        let _ = self.accept_any(&["NO_WRITE_TO_BINLOG", "LOCAL"]);
        if self.accept_any(&["TABLES", "TABLE"]).is_some() {
            let target = self.flush_tables()?;
            return Ok(Statement::Flush(Flush { targets: vec![target] }));
        }
        Ok(Statement::Flush(Flush { targets: self.list(Self::flush_target)? }))
    }

    fn flush_tables(&mut self) -> Parse<FlushTarget> {
        let tables = if self.is_name(0) { self.list(Self::table_name)? } else { Vec::new() };
        let read_lock = self.accept_words(&["WITH", "READ", "LOCK"]);
        let for_export = !read_lock && !tables.is_empty() && self.accept_words(&["FOR", "EXPORT"]);
        Ok(FlushTarget::Tables { tables, read_lock, for_export })
    }

    fn flush_target(&mut self) -> Parse<FlushTarget> {
        let word = self.upper();
        self.advance();
        Ok(match word.as_str() {
            "PRIVILEGES" => FlushTarget::Privileges,
            "LOGS" => FlushTarget::Logs,
            "STATUS" => FlushTarget::Status,
            "HOSTS" => FlushTarget::Hosts,
            "USER_RESOURCES" => FlushTarget::UserResources,
            "OPTIMIZER_COSTS" => FlushTarget::OptimizerCosts,
            "BINARY" => {
                self.require("LOGS")?;
                FlushTarget::BinaryLogs
            }
            "ERROR" | "ENGINE" | "GENERAL" | "SLOW" | "RELAY" => {
                self.require("LOGS")?;
                FlushTarget::OtherLogs(word)
            }
            _ => return self.fail_before(),
        })
    }

    /// The token that was just taken does not fit.
    fn fail_before<T>(&self) -> Parse<T> {
        let length = self.sql.get(..self.end_offset()).unwrap_or_default();
        let word = length.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_');
        let start = length.len() - word.count();
        Err(crate::sql::statement::SyntaxError::near(self.sql, start))
    }

    /// Behind KILL.
    pub(in crate::sql::statement) fn kill(&mut self) -> Parse<Statement> {
        // MariaDB's HARD and SOFT are not MySQL's.
        let query = match self.accept_any(&["QUERY", "CONNECTION"]) {
            Some(word) => word == "QUERY",
            None => false,
        };
        Ok(Statement::Kill(Kill { query, id: self.expr()? }))
    }

    /// Behind ANALYZE, CHECK, OPTIMIZE, REPAIR or CHECKSUM.
    pub(in crate::sql::statement) fn maintain(&mut self, kind: MaintainKind) -> Parse<Statement> {
        let local = self.accept_any(&["NO_WRITE_TO_BINLOG", "LOCAL"]).is_some();
        if self.accept_any(&["TABLE", "TABLES"]).is_none() {
            return self.fail();
        }
        let tables = self.list(Self::table_name)?;
        if kind == MaintainKind::Analyze && self.at_any(&["UPDATE", "DROP"]) {
            return self.unsupported("histograms");
        }
        let mut options = Vec::new();
        while !self.at_statement_end() {
            let words = ["QUICK", "FAST", "MEDIUM", "EXTENDED", "CHANGED", "USE_FRM"];
            if self.accept_words(&["FOR", "UPGRADE"]) {
                options.push("FOR UPGRADE".to_owned());
            } else if let Some(word) = self.accept_any(&words) {
                options.push(word.to_owned());
            } else {
                return self.fail();
            }
        }
        Ok(Statement::Maintain(Maintain { kind, tables, local, options }))
    }

    /// Behind PURGE.
    pub(in crate::sql::statement) fn purge(&mut self) -> Parse<Statement> {
        if self.accept_any(&["BINARY", "MASTER"]).is_none() {
            return self.fail();
        }
        self.require("LOGS")?;
        if self.accept("TO") {
            return Ok(Statement::PurgeBinaryLogs(PurgeBinaryLogs::To(self.text()?)));
        }
        self.require("BEFORE")?;
        Ok(Statement::PurgeBinaryLogs(PurgeBinaryLogs::Before(self.expr()?)))
    }

    /// Behind RESET.
    pub(in crate::sql::statement) fn reset(&mut self) -> Parse<Statement> {
        if self.at_any(&["REPLICA", "SLAVE"]) {
            return self.reset_replica();
        }
        if self.at("PERSIST") {
            return self.unsupported("RESET PERSIST");
        }
        let words = self.accept_words(&["BINARY", "LOGS", "AND", "GTIDS"]);
        if !words && !self.accept("MASTER") {
            return self.fail();
        }
        if self.at("TO") && self.kind_at(1) == TokenKind::Number {
            return self.unsupported("RESET BINARY LOGS AND GTIDS TO");
        }
        Ok(Statement::ResetBinaryLogs)
    }
}

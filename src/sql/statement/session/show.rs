//! SHOW.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    EngineInfo, ProgramKind, Show, ShowFilter, ShowLimit, Statement, TableName,
};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Behind SHOW.
    pub(in crate::sql::statement) fn show(&mut self) -> Parse<Statement> {
        Ok(Statement::Show(Box::new(self.show_what()?)))
    }

    fn show_what(&mut self) -> Parse<Show> {
        let extended = self.accept("EXTENDED");
        let full = self.accept("FULL");
        let scope = self.accept_any(&["GLOBAL", "SESSION", "LOCAL"]).map(|word| word == "GLOBAL");
        let word = self.upper();
        if scope.is_some() && !matches!(word.as_str(), "VARIABLES" | "STATUS") {
            return self.fail();
        }
        let start = self.token(0);
        self.advance();
        let global = scope.unwrap_or(false);
        match word.as_str() {
            "TABLES" => self.show_tables(extended, full),
            "COLUMNS" | "FIELDS" => self.show_columns(extended, full),
            "INDEX" | "INDEXES" | "KEYS" if !full => self.show_index(extended),
            "TRIGGERS" => {
                let schema = self.schema_clause()?;
                Ok(Show::Triggers { full, schema, filter: self.show_filter()? })
            }
            "PROCESSLIST" => Ok(Show::ProcessList { full }),
            _ if extended || full => {
                Err(crate::sql::statement::SyntaxError::near(self.sql, start.start))
            }
            "VARIABLES" => Ok(Show::Variables { global, filter: self.show_filter()? }),
            "STATUS" => Ok(Show::Status { global, filter: self.show_filter()? }),
            _ => self.show_more(&word, start.start),
        }
    }

    fn show_more(&mut self, word: &str, start: usize) -> Parse<Show> {
        Ok(match word {
            "DATABASES" | "SCHEMAS" => Show::Databases { filter: self.show_filter()? },
            "TABLE" => {
                self.require("STATUS")?;
                let schema = self.schema_clause()?;
                Show::TableStatus { schema, filter: self.show_filter()? }
            }
            "OPEN" => {
                self.require("TABLES")?;
                let schema = self.schema_clause()?;
                Show::OpenTables { schema, filter: self.show_filter()? }
            }
            "CREATE" => return self.show_create(),
            "WARNINGS" => Show::Warnings { limit: self.show_limit()? },
            "ERRORS" => Show::Errors { limit: self.show_limit()? },
            "COUNT" => return self.show_count(),
            "ENGINES" => Show::Engines,
            "STORAGE" => {
                self.require("ENGINES")?;
                Show::Engines
            }
            "ENGINE" => return self.show_engine(),
            "COLLATION" => Show::Collation { filter: self.show_filter()? },
            "CHARSET" => Show::CharacterSet { filter: self.show_filter()? },
            "CHARACTER" => {
                self.require("SET")?;
                Show::CharacterSet { filter: self.show_filter()? }
            }
            "PRIVILEGES" => Show::Privileges,
            "PLUGINS" => Show::Plugins,
            "GRANTS" => return self.show_grants(),
            "EVENTS" => {
                let schema = self.schema_clause()?;
                Show::Events { schema, filter: self.show_filter()? }
            }
            "PROFILES" => Show::Profiles,
            "PROFILE" => return self.unsupported("SHOW PROFILE"),
            _ => return self.show_replication(word, start),
        })
    }

    fn show_replication(&mut self, word: &str, start: usize) -> Parse<Show> {
        let old_name = matches!(word, "SLAVE" | "MASTER");
        Ok(match word {
            "BINARY" if self.accept("LOGS") => Show::BinaryLogs,
            "BINARY" => {
                self.expect_words(&["LOG", "STATUS"])?;
                Show::BinaryLogStatus { master: false }
            }
            "MASTER" if self.accept("LOGS") => Show::BinaryLogs,
            "MASTER" => {
                self.require("STATUS")?;
                Show::BinaryLogStatus { master: true }
            }
            "BINLOG" => return self.show_binlog_events(),
            "RELAYLOG" => return self.unsupported("SHOW RELAYLOG EVENTS"),
            "SNAPSHOT" => {
                self.expect_words(&["FOR", "REPLICA"])?;
                Show::Snapshot
            }
            "REPLICAS" => Show::Replicas { old_name: false },
            "SLAVE" if self.accept("HOSTS") => Show::Replicas { old_name },
            "REPLICA" | "SLAVE" => {
                self.require("STATUS")?;
                let channel = self.channel()?;
                Show::ReplicaStatus { old_name, channel }
            }
            "PROCEDURE" | "FUNCTION" => {
                let kind = match word {
                    "PROCEDURE" => ProgramKind::Procedure,
                    _ => ProgramKind::Function,
                };
                if self.at("CODE") {
                    return self.unsupported("stored programs");
                }
                self.require("STATUS")?;
                Show::Programs { kind, filter: self.show_filter()? }
            }
            _ => return Err(crate::sql::statement::SyntaxError::near(self.sql, start)),
        })
    }

    /// LIKE or WHERE.
    fn show_filter(&mut self) -> Parse<Option<ShowFilter>> {
        if self.accept("LIKE") {
            return Ok(Some(ShowFilter::Like(self.text()?)));
        }
        if self.accept("WHERE") {
            return Ok(Some(ShowFilter::Where(self.expr()?)));
        }
        Ok(None)
    }

    /// `FROM db`, `IN db`
    fn schema_clause(&mut self) -> Parse<Option<String>> {
        if self.accept_any(&["FROM", "IN"]).is_none() {
            return Ok(None);
        }
        Ok(Some(self.name()?))
    }

    /// `FROM t [FROM db]`
    fn table_clause(&mut self) -> Parse<TableName> {
        if self.accept_any(&["FROM", "IN"]).is_none() {
            return self.fail();
        }
        let table = self.table_name()?;
        let schema = self.schema_clause()?.or(table.schema);
        Ok(TableName { schema, name: table.name })
    }

    fn show_tables(&mut self, extended: bool, full: bool) -> Parse<Show> {
        let schema = self.schema_clause()?;
        Ok(Show::Tables { extended, full, schema, filter: self.show_filter()? })
    }

    fn show_columns(&mut self, extended: bool, full: bool) -> Parse<Show> {
        let table = self.table_clause()?;
        Ok(Show::Columns { extended, full, table, filter: self.show_filter()? })
    }

    fn show_index(&mut self, extended: bool) -> Parse<Show> {
        let table = self.table_clause()?;
        let selection = if self.accept("WHERE") { Some(self.expr()?) } else { None };
        Ok(Show::Index { extended, table, selection })
    }

    fn show_limit(&mut self) -> Parse<Option<ShowLimit>> {
        if !self.accept("LIMIT") {
            return Ok(None);
        }
        let first = self.number()?;
        Ok(Some(if self.comma() {
            ShowLimit { offset: first, count: self.number()? }
        } else if self.accept("OFFSET") {
            ShowLimit { offset: self.number()?, count: first }
        } else {
            ShowLimit { offset: 0, count: first }
        }))
    }

    /// `(*) WARNINGS`
    fn show_count(&mut self) -> Parse<Show> {
        self.open()?;
        self.expect_operator(b"*")?;
        self.close()?;
        match self.accept_any(&["WARNINGS", "ERRORS"]) {
            Some("WARNINGS") => Ok(Show::CountWarnings),
            Some(_) => Ok(Show::CountErrors),
            None => self.fail(),
        }
    }

    fn show_create(&mut self) -> Parse<Show> {
        if let Some(kind) = self.program_kind() {
            return Ok(Show::CreateProgram { kind, name: self.table_name()? });
        }
        let word = self.upper();
        match self.accept_any(&["TABLE", "VIEW", "DATABASE", "SCHEMA", "USER"]) {
            Some("TABLE") => Ok(Show::CreateTable(self.table_name()?)),
            Some("VIEW") => Ok(Show::CreateView(self.table_name()?)),
            Some("USER") => Ok(Show::CreateUser(self.account()?)),
            Some(_) => {
                let if_not_exists = self.accept_words(&["IF", "NOT", "EXISTS"]);
                Ok(Show::CreateDatabase { name: self.name()?, if_not_exists })
            }
            None if word == "SERVER" => self.unsupported("SHOW CREATE SERVER"),
            None => self.fail(),
        }
    }

    fn show_engine(&mut self) -> Parse<Show> {
        let engine = if self.accept("ALL") { "ALL".to_owned() } else { self.name_or_text()? };
        let what = match self.accept_any(&["STATUS", "MUTEX", "LOGS"]) {
            Some("STATUS") => EngineInfo::Status,
            Some("MUTEX") => EngineInfo::Mutex,
            Some(_) => EngineInfo::Logs,
            None => return self.fail(),
        };
        Ok(Show::EngineStatus { engine, what })
    }

    fn show_grants(&mut self) -> Parse<Show> {
        if !self.accept("FOR") {
            return Ok(Show::Grants { account: None });
        }
        let account = Some(self.account()?);
        if self.at("USING") {
            return self.unsupported("roles");
        }
        Ok(Show::Grants { account })
    }

    fn show_binlog_events(&mut self) -> Parse<Show> {
        self.require("EVENTS")?;
        let file = if self.accept("IN") { Some(self.text()?) } else { None };
        let position = match self.accept("FROM") {
            true if self.is(TokenKind::Number) => Some(self.number()?),
            true => return self.fail(),
            false => None,
        };
        Ok(Show::BinlogEvents { file, position, limit: self.show_limit()? })
    }
}

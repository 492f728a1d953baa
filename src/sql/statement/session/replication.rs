//! CHANGE REPLICATION SOURCE, START, STOP and RESET REPLICA.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    ChangeSource, ReplicaThreads, Replication, SourceValue, Statement, Until,
};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Behind CHANGE.
    pub(in crate::sql::statement) fn change_source(&mut self) -> Parse<Statement> {
        if self.accept("REPLICATION") {
            if self.at("FILTER") {
                return self.unsupported("CHANGE REPLICATION FILTER");
            }
            self.require("SOURCE")?;
        } else {
            self.require("MASTER")?;
        }
        self.require("TO")?;
        let options = self.list(Self::source_option)?;
        let channel = self.channel()?;
        Ok(replication(Replication::Change(ChangeSource { options, channel })))
    }

    fn source_option(&mut self) -> Parse<(String, SourceValue)> {
        let name = self.upper().replacen("MASTER_", "SOURCE_", 1);
        let known = self.kind() == TokenKind::Word;
        if !known {
            return self.fail();
        }
        self.advance();
        self.expect_operator(b"=")?;
        Ok((name, self.source_value()?))
    }

    fn source_value(&mut self) -> Parse<SourceValue> {
        if self.at_text() {
            return Ok(SourceValue::Text(self.text()?));
        }
        if self.accept_kind(TokenKind::LParen) {
            let empty = self.is(TokenKind::RParen);
            let numbers = if empty { Vec::new() } else { self.list(Self::number)? };
            self.close()?;
            return Ok(SourceValue::List(numbers));
        }
        if !matches!(self.kind(), TokenKind::Number | TokenKind::Word) {
            return self.fail();
        }
        let start = self.offset();
        self.advance();
        Ok(SourceValue::Bare(self.text_since(start).trim().to_owned()))
    }

    /// FOR CHANNEL, if it is there.
    pub(super) fn channel(&mut self) -> Parse<Option<String>> {
        if self.accept_words(&["FOR", "CHANNEL"]) { self.text().map(Some) } else { Ok(None) }
    }

    /// Behind START, at REPLICA or SLAVE.
    pub(super) fn start_replica(&mut self) -> Parse<Statement> {
        self.advance();
        let mut threads = self.threads()?;
        if self.accept("UNTIL") {
            threads.until = Some(self.until()?);
        }
        if self.at_any(&["USER", "PASSWORD", "DEFAULT_AUTH", "PLUGIN_DIR"]) {
            return self.unsupported("connection options in START REPLICA");
        }
        threads.channel = self.channel()?;
        Ok(replication(Replication::Start(threads)))
    }

    /// Behind UNTIL.
    fn until(&mut self) -> Parse<Until> {
        if self.accept("SQL_AFTER_MTS_GAPS") {
            return Ok(Until::AfterGaps);
        }
        if let Some(word) = self.accept_any(&["SQL_BEFORE_GTIDS", "SQL_AFTER_GTIDS"]) {
            self.expect_operator(b"=")?;
            let set = self.text()?;
            let before = word == "SQL_BEFORE_GTIDS";
            return Ok(if before { Until::BeforeGtids(set) } else { Until::AfterGtids(set) });
        }
        if self.at_any(&["RELAY_LOG_FILE", "RELAY_LOG_POS"]) {
            return self.unsupported("START REPLICA UNTIL RELAY_LOG_FILE");
        }
        if self.at("MASTER_GTID_POS") {
            return self.unsupported("START REPLICA UNTIL MASTER_GTID_POS");
        }
        let (mut file, mut position) = (None, None);
        self.list(|parser| {
            let names = ["SOURCE_LOG_FILE", "MASTER_LOG_FILE", "SOURCE_LOG_POS", "MASTER_LOG_POS"];
            let Some(name) = parser.accept_any(&names) else { return parser.fail() };
            parser.expect_operator(b"=")?;
            match name.ends_with("FILE") {
                true => file = Some(parser.text()?),
                false => position = Some(parser.number()?),
            }
            Ok(())
        })?;
        Ok(Until::Position(file, position))
    }

    /// Behind STOP.
    pub(in crate::sql::statement) fn stop_replica(&mut self) -> Parse<Statement> {
        if self.at("GROUP_REPLICATION") {
            return self.unsupported("STOP GROUP_REPLICATION");
        }
        if self.accept_any(&["REPLICA", "SLAVE"]).is_none() {
            return self.fail();
        }
        let mut threads = self.threads()?;
        threads.channel = self.channel()?;
        Ok(replication(Replication::Stop(threads)))
    }

    fn threads(&mut self) -> Parse<ReplicaThreads> {
        let mut threads = ReplicaThreads::default();
        if !self.at_any(&["IO_THREAD", "SQL_THREAD", "RELAY_THREAD"]) {
            return Ok(threads);
        }
        self.list(|parser| {
            match parser.accept_any(&["IO_THREAD", "RELAY_THREAD", "SQL_THREAD"]) {
                Some("SQL_THREAD") => threads.sql = true,
                Some(_) => threads.io = true,
                None => return parser.fail(),
            }
            Ok(())
        })?;
        Ok(threads)
    }

    /// Behind RESET, at REPLICA or SLAVE.
    pub(super) fn reset_replica(&mut self) -> Parse<Statement> {
        self.advance();
        let all = self.accept("ALL");
        let channel = self.channel()?;
        Ok(replication(Replication::Reset { all, channel }))
    }
}

fn replication(statement: Replication) -> Statement {
    Statement::Replication(Box::new(statement))
}

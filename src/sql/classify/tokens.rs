//! A statement's shape as tokens, with the small questions that the classifiers ask of it.

use crate::sql::lexer::{Token, TokenKind};
use crate::sql::mode::LexMode;

/// A statement, or a part of one. Words are lower case, since shapes are.
#[derive(Clone, Copy)]
pub struct Tokens<'a> {
    text: &'a [u8],
    list: &'a [Token],
    /// As in `LexMode`.
    ignore_space: bool,
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a [u8], list: &'a [Token], mode: LexMode) -> Self {
        Self { text, list, ignore_space: mode.ignore_space }
    }

    /// How deep parentheses nest.
    pub fn depth(&self) -> usize {
        let (mut depth, mut deepest) = (0usize, 0);
        for token in self.list {
            match token.kind {
                TokenKind::LParen => depth += 1,
                TokenKind::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The part from `index` on.
    pub fn from(&self, index: usize) -> Self {
        self.slice(index, self.list.len())
    }

    /// The part `from..to`, empty where that does not exist.
    pub fn slice(&self, from: usize, to: usize) -> Self {
        Self { list: self.list.get(from..to).unwrap_or_default(), ..*self }
    }

    pub fn get(&self, index: usize) -> Option<Token> {
        self.list.get(index).copied()
    }

    pub fn kind(&self, index: usize) -> Option<TokenKind> {
        self.list.get(index).map(|token| token.kind)
    }

    pub fn is(&self, index: usize, kind: TokenKind) -> bool {
        self.kind(index) == Some(kind)
    }

    /// The bytes of a token; empty where there is none.
    pub fn bytes(&self, index: usize) -> &'a [u8] {
        let range = self.list.get(index).map(|token| token.start..token.end);
        range.and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    /// The text of an unquoted word that may be a keyword; empty for anything else.
    pub fn word(&self, index: usize) -> &'a str {
        match self.kind(index) {
            Some(TokenKind::Word) => std::str::from_utf8(self.bytes(index)).unwrap_or_default(),
            _ => "",
        }
    }

    /// The text of an operator; empty for anything else.
    pub fn operator(&self, index: usize) -> &'a [u8] {
        if self.is(index, TokenKind::Op) { self.bytes(index) } else { b"" }
    }

    /// Whether the words at `index` are these.
    pub fn words(&self, index: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(offset, word)| self.word(index + offset) == *word)
    }

    /// Whether the statement is exactly these words.
    pub fn are(&self, words: &[&str]) -> bool {
        self.len() == words.len() && self.words(0, words)
    }

    /// The name at `index`, quoted or not, lower case and without quotes; none if there is no name.
    pub fn name(&self, index: usize) -> Option<String> {
        let bytes = self.bytes(index);
        let inner = match self.kind(index)? {
            TokenKind::Word | TokenKind::Name => bytes,
            TokenKind::Quoted => bytes.get(1..bytes.len().checked_sub(1)?)?,
            _ => return None,
        };
        Some(String::from_utf8_lossy(inner).to_lowercase())
    }

    /// Whether a name (word, name behind a dot, or quoted) stands at `index`.
    pub fn is_name(&self, index: usize) -> bool {
        matches!(self.kind(index), Some(TokenKind::Word | TokenKind::Name | TokenKind::Quoted))
    }

    /// Whether token `index` follows the one before it without a space that matters.
    pub fn adjacent(&self, index: usize) -> bool {
        self.ignore_space
            || match (index.checked_sub(1).and_then(|before| self.get(before)), self.get(index)) {
                (Some(before), Some(token)) => before.end == token.start,
                _ => false,
            }
    }

    /// The index of the `)` that closes the `(` at `open`.
    pub fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0usize;
        for index in open..self.len() {
            match self.kind(index) {
                Some(TokenKind::LParen) => depth += 1,
                Some(TokenKind::RParen) => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(index);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The parts between separators outside parentheses.
    pub fn split(&self, separator: TokenKind) -> Vec<Tokens<'a>> {
        let mut parts = Vec::new();
        let (mut depth, mut from) = (0usize, 0);
        for index in 0..self.len() {
            match self.kind(index) {
                Some(TokenKind::LParen) => depth += 1,
                Some(TokenKind::RParen) => depth = depth.saturating_sub(1),
                Some(kind) if kind == separator && depth == 0 => {
                    parts.push(self.slice(from, index));
                    from = index + 1;
                }
                _ => {}
            }
        }
        parts.push(self.from(from));
        parts
    }
}

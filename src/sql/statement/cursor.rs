//! The parser's hands: looking at the next token, taking it, or saying that it does not fit.

use super::ast::{ColumnName, Ident, ObjectName, ObjectNamePart, TableName};
use super::error::SyntaxError;
use super::tokens::Tokens;
use super::{ParserMode, text, words};
use crate::sql::lexer::{Token, TokenKind};
use crate::value::SqlError;
use sqlparser::tokenizer::Span;

/// What a rule of the grammar gives.
pub type Parse<T> = Result<T, SyntaxError>;

/// How deep parentheses, subqueries and calls may nest in each other.
const MAX_NESTING: usize = 200;

/// Operators of one level in a row that cost nothing: `a + b + c`.
const FREE_CHAIN: usize = 8;

/// How many operators beyond that all the chains of a statement may have together. It bounds, with
/// [`MAX_NESTING`], how deep the tree may be: all who walk it recurse.
const MAX_CHAINED: usize = 1500;

/// Stack that must be left before going one level deeper, and what is added where it is not.
const STACK_NEEDED: usize = 256 * 1024;
const STACK_ADDED: usize = 4 * 1024 * 1024;

/// A text and how far it has been read.
pub struct Parser<'a> {
    pub(super) sql: &'a [u8],
    pub(super) mode: ParserMode,
    tokens: Tokens,
    at: usize,
    nesting: usize,
    chained: usize,
    /// `?` seen in this statement.
    pub(super) parameters: usize,
    /// Where the first of them stands.
    pub(super) first_parameter: Option<usize>,
    /// INTO of a SELECT: where it stands, and the variables.
    pub(super) into: Option<(usize, Vec<String>)>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(sql: &'a [u8], mode: ParserMode, tokens: Tokens) -> Self {
        Self {
            sql,
            mode,
            tokens,
            at: 0,
            nesting: 0,
            chained: 0,
            parameters: 0,
            first_parameter: None,
            into: None,
        }
    }

    pub(super) fn token(&self, ahead: usize) -> Token {
        let end = Token { kind: TokenKind::Semi, start: self.sql.len(), end: self.sql.len() };
        self.tokens.list.get(self.at + ahead).copied().unwrap_or(end)
    }

    pub(super) fn kind(&self) -> TokenKind {
        self.token(0).kind
    }

    pub(super) fn kind_at(&self, ahead: usize) -> TokenKind {
        self.token(ahead).kind
    }

    pub(super) fn bytes(&self, token: Token) -> &'a [u8] {
        self.sql.get(token.start..token.end).unwrap_or_default()
    }

    /// Where the next token starts.
    pub(super) fn offset(&self) -> usize {
        self.token(0).start
    }

    /// Where the token before the next one ended.
    pub(super) fn end_offset(&self) -> usize {
        let last = self.at.checked_sub(1).and_then(|index| self.tokens.list.get(index));
        last.map_or(0, |token| token.end)
    }

    /// The text from an offset to where the parser stands.
    pub(super) fn text_since(&self, start: usize) -> String {
        let bytes = self.sql.get(start..self.end_offset()).unwrap_or_default();
        self.decode(bytes)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.offset() >= self.sql.len()
    }

    /// Whether the statement ends here.
    pub(super) fn at_statement_end(&self) -> bool {
        self.kind() == TokenKind::Semi
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.token(0);
        self.at += 1;
        token
    }

    /// The optimizer hint directly before the next token.
    pub(super) fn hint(&self) -> Option<&'a [u8]> {
        let index = self.tokens.hints.binary_search_by_key(&self.at, |(index, _)| *index).ok()?;
        let (_, token) = self.tokens.hints.get(index)?;
        self.sql.get(token.start + 3..token.end - 2)
    }

    // Words.

    /// The bytes of the word that is `ahead`; empty where there is none.
    pub(super) fn word_at(&self, ahead: usize) -> &'a [u8] {
        let token = self.token(ahead);
        if token.kind == TokenKind::Word { self.bytes(token) } else { b"" }
    }

    /// The next word in upper case; empty where there is none.
    pub(super) fn upper(&self) -> String {
        String::from_utf8_lossy(self.word_at(0)).to_ascii_uppercase()
    }

    pub(super) fn is_word(&self, ahead: usize, word: &str) -> bool {
        self.word_at(ahead).eq_ignore_ascii_case(word.as_bytes())
    }

    pub(super) fn at(&self, word: &str) -> bool {
        self.is_word(0, word)
    }

    pub(super) fn at_any(&self, list: &[&str]) -> bool {
        list.iter().any(|word| self.at(word))
    }

    pub(super) fn at_words(&self, list: &[&str]) -> bool {
        list.iter().enumerate().all(|(ahead, word)| self.is_word(ahead, word))
    }

    pub(super) fn accept(&mut self, word: &str) -> bool {
        let is = self.at(word);
        self.at += usize::from(is);
        is
    }

    /// Takes all of the words, or none.
    pub(super) fn accept_words(&mut self, list: &[&str]) -> bool {
        let are = self.at_words(list);
        if are {
            self.at += list.len();
        }
        are
    }

    /// Takes one of the words; tells which.
    pub(super) fn accept_any<'w>(&mut self, list: &[&'w str]) -> Option<&'w str> {
        let found = list.iter().find(|word| self.at(word)).copied();
        self.at += usize::from(found.is_some());
        found
    }

    pub(super) fn require(&mut self, word: &str) -> Parse<()> {
        if self.accept(word) { Ok(()) } else { self.fail() }
    }

    pub(super) fn expect_words(&mut self, list: &[&str]) -> Parse<()> {
        list.iter().try_for_each(|word| self.require(word))
    }

    // Punctuation.

    pub(super) fn is(&self, kind: TokenKind) -> bool {
        self.kind() == kind
    }

    pub(super) fn accept_kind(&mut self, kind: TokenKind) -> bool {
        let is = self.is(kind);
        self.at += usize::from(is);
        is
    }

    pub(super) fn expect_kind(&mut self, kind: TokenKind) -> Parse<()> {
        if self.accept_kind(kind) { Ok(()) } else { self.fail() }
    }

    pub(super) fn comma(&mut self) -> bool {
        self.accept_kind(TokenKind::Comma)
    }

    pub(super) fn open(&mut self) -> Parse<()> {
        self.expect_kind(TokenKind::LParen)
    }

    pub(super) fn close(&mut self) -> Parse<()> {
        self.expect_kind(TokenKind::RParen)
    }

    /// The next operator; empty where there is none.
    pub(super) fn operator(&self) -> &'a [u8] {
        let token = self.token(0);
        if token.kind == TokenKind::Op { self.bytes(token) } else { b"" }
    }

    pub(super) fn accept_operator(&mut self, operator: &[u8]) -> bool {
        let is = self.is(TokenKind::Op) && self.operator() == operator;
        self.at += usize::from(is);
        is
    }

    pub(super) fn expect_operator(&mut self, operator: &[u8]) -> Parse<()> {
        if self.accept_operator(operator) { Ok(()) } else { self.fail() }
    }

    // Errors and bounds.

    /// The next token does not fit.
    pub(super) fn fail<T>(&self) -> Parse<T> {
        Err(SyntaxError::near(self.sql, self.offset()))
    }

    /// What stands here is known and not to be had.
    pub(super) fn unsupported<T>(&self, feature: &str) -> Parse<T> {
        Err(SyntaxError::not_supported(self.offset(), feature))
    }

    pub(super) fn refuse<T>(
        &self,
        code: u16,
        state: &[u8; 5],
        text: impl Into<String>,
    ) -> Parse<T> {
        Err(SyntaxError::with(self.offset(), SqlError::new(code, state, text)))
    }

    /// Whether this is inside of parentheses.
    pub(super) fn is_nested(&self) -> bool {
        self.nesting > 0
    }

    /// One level deeper.
    pub(super) fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.nesting >= MAX_NESTING {
            return Err(SyntaxError::too_deep(self.offset()));
        }
        self.nesting += 1;
        let result = stacker::maybe_grow(STACK_NEEDED, STACK_ADDED, || rule(self));
        self.nesting -= 1;
        result
    }

    /// Counts the links of a chain, of which each deepens the tree.
    pub(super) fn link(&mut self, length: &mut usize) -> Parse<()> {
        *length += 1;
        if *length > FREE_CHAIN {
            self.chained += 1;
        }
        if self.chained > MAX_CHAINED {
            return Err(SyntaxError::too_deep(self.offset()));
        }
        Ok(())
    }

    // Lists.

    /// One or more, with commas between.
    pub(super) fn list<T>(&mut self, mut rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        let mut list = vec![rule(self)?];
        while self.comma() {
            list.push(rule(self)?);
        }
        Ok(list)
    }

    /// A list in parentheses.
    pub(super) fn listed<T>(&mut self, rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        self.open()?;
        let list = self.list(rule)?;
        self.close()?;
        Ok(list)
    }

    // Names.

    /// Text of the client's as ours.
    pub(super) fn decode(&self, bytes: &[u8]) -> String {
        if self.mode.latin1 {
            return text::decode_latin1(bytes);
        }
        String::from_utf8_lossy(bytes).into_owned()
    }

    /// Whether a name stands `ahead`.
    pub(super) fn is_name(&self, ahead: usize) -> bool {
        let token = self.token(ahead);
        match token.kind {
            TokenKind::Word => !words::is_reserved(self.bytes(token)),
            TokenKind::Name | TokenKind::Quoted => true,
            _ => false,
        }
    }

    /// A name: a word that is not reserved, or anything in quotes.
    pub(super) fn name(&mut self) -> Parse<String> {
        if !self.is_name(0) {
            return self.fail();
        }
        let token = self.token(0);
        let bytes = self.bytes(token);
        let name = match token.kind {
            TokenKind::Quoted => self.decode(&text::unquote(bytes, false)),
            _ => self.decode(bytes),
        };
        if name.is_empty() {
            return self.fail();
        }
        self.advance();
        Ok(name)
    }

    /// A name as sqlparser has it.
    pub(super) fn ident(&mut self) -> Parse<Ident> {
        let quoted = self.is(TokenKind::Quoted);
        let quote_style = quoted.then_some('`');
        Ok(Ident { value: self.name()?, quote_style, span: Span::empty() })
    }

    /// A name, or a string in its place.
    pub(super) fn name_or_text(&mut self) -> Parse<String> {
        if self.is(TokenKind::String) { self.text() } else { self.name() }
    }

    /// `a`, `a.b`, `a.b.c`, as their parts.
    fn dotted(&mut self, most: usize) -> Parse<Vec<Ident>> {
        let mut parts = vec![self.ident()?];
        while parts.len() < most && self.accept_kind(TokenKind::Dot) {
            parts.push(self.ident()?);
        }
        Ok(parts)
    }

    /// `table`, `schema.table`
    pub(super) fn object_name(&mut self) -> Parse<ObjectName> {
        let parts = self.dotted(2)?;
        Ok(ObjectName(parts.into_iter().map(ObjectNamePart::Identifier).collect()))
    }

    /// `table`, `schema.table`
    pub(super) fn table_name(&mut self) -> Parse<TableName> {
        let first = self.name()?;
        if !self.accept_kind(TokenKind::Dot) {
            return Ok(TableName { schema: None, name: first });
        }
        Ok(TableName { schema: Some(first), name: self.name()? })
    }

    /// `column`, `table.column`, `schema.table.column`
    pub(super) fn column_name(&mut self) -> Parse<ColumnName> {
        let mut parts = self.dotted(3)?.into_iter().map(|part| part.value);
        let (first, second, third) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        Ok(match (second, third) {
            (None, _) => ColumnName { table: None, name: first },
            (Some(name), None) => {
                ColumnName { table: Some(TableName { schema: None, name: first }), name }
            }
            (Some(table), Some(name)) => {
                ColumnName { table: Some(TableName { schema: Some(first), name: table }), name }
            }
        })
    }

    // Literals of statements; those of expressions are in `expr`.

    /// Whether `\` escapes in strings.
    pub(super) fn escapes(&self) -> bool {
        !self.mode.lex.no_backslash_escapes
    }

    /// Whether a plain string stands here: no `N'…'`, `x'…'`, `b'…'`.
    pub(super) fn at_text(&self) -> bool {
        self.is(TokenKind::String)
            && matches!(self.bytes(self.token(0)).first(), Some(b'\'' | b'"'))
    }

    /// A plain string.
    pub(super) fn text(&mut self) -> Parse<String> {
        if !self.at_text() {
            return self.fail();
        }
        let bytes = text::unquote(self.bytes(self.token(0)), self.escapes());
        self.advance();
        Ok(self.decode(&bytes))
    }

    /// A whole number.
    pub(super) fn number(&mut self) -> Parse<u64> {
        let token = self.token(0);
        let digits = std::str::from_utf8(self.bytes(token)).unwrap_or_default();
        match digits.parse() {
            Ok(number) if token.kind == TokenKind::Number => {
                self.advance();
                Ok(number)
            }
            _ => self.fail(),
        }
    }

    /// `(n)`, if it stands here.
    pub(super) fn length(&mut self) -> Parse<Option<u64>> {
        if !self.accept_kind(TokenKind::LParen) {
            return Ok(None);
        }
        let length = self.number()?;
        self.close()?;
        Ok(Some(length))
    }

    /// `@name`, without the `@`.
    pub(super) fn user_variable(&mut self) -> Parse<String> {
        if !self.is(TokenKind::UserVar) {
            return self.fail();
        }
        let bytes = self.bytes(self.token(0)).get(1..).unwrap_or_default();
        let name = match bytes.first() {
            Some(b'`') => self.decode(&text::unquote(bytes, false)),
            Some(b'\'') => self.decode(&text::unquote(bytes, self.escapes())),
            Some(b'"') => {
                let escapes = self.escapes() && !self.mode.lex.ansi_quotes;
                self.decode(&text::unquote(bytes, escapes))
            }
            _ => self.decode(bytes),
        };
        self.advance();
        Ok(name)
    }

    /// `=`, which many options may have or not.
    pub(super) fn optional_equals(&mut self) {
        self.accept_operator(b"=");
    }

    /// `=` or `:=`
    pub(super) fn assign(&mut self) -> Parse<()> {
        if self.accept_kind(TokenKind::Assign) { Ok(()) } else { self.expect_operator(b"=") }
    }

    /// A character set's or collation's name: a word, a string, or `binary`.
    pub(super) fn charset_name(&mut self) -> Parse<String> {
        if self.accept("BINARY") {
            return Ok("binary".to_owned());
        }
        Ok(self.name_or_text()?.to_ascii_lowercase())
    }
}

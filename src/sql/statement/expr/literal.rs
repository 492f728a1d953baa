//! Literals, `?`, and variables.

use super::build::{binary, identifier, plain_ident, text_value, unary, value};
use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    BinaryOperator, DataType, Expr, TimezoneInfo, TypedString, UnaryOperator, Value,
};
use crate::sql::statement::cursor::{Parse, Parser};
use crate::sql::statement::{text, words};

impl Parser<'_> {
    /// A string, with those directly behind it; or `N'…'`, `x'…'`, `b'…'`.
    pub(super) fn string(&mut self) -> Parse<Expr> {
        let bytes = self.bytes(self.token(0));
        match bytes.first() {
            Some(b'x' | b'X' | b'b' | b'B') => self.hex(),
            Some(b'n' | b'N') => {
                let quoted = bytes.get(1..).unwrap_or_default();
                let text = self.decode(&text::unquote(quoted, self.escapes()));
                self.advance();
                Ok(value(Value::NationalStringLiteral(text)))
            }
            _ => Ok(self.plain_string()),
        }
    }

    /// Bytes that are no text are told from it: as `_binary x'…'`.
    fn plain_string(&mut self) -> Expr {
        let bytes = self.joined_bytes();
        if self.mode.latin1 {
            return text_value(text::decode_latin1(&bytes));
        }
        match String::from_utf8(bytes) {
            Ok(text) => text_value(text),
            Err(error) => introduced("_binary", hex_value(error.as_bytes())),
        }
    }

    /// `'a' 'b'` is `'ab'`.
    fn joined_bytes(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.at_text() {
            let token = self.advance();
            bytes.extend(text::unquote(self.bytes(token), self.escapes()));
        }
        bytes
    }

    /// `x'41'`, `b'1'`, `0x41`, `0b1`
    fn hex(&mut self) -> Parse<Expr> {
        let token = self.token(0);
        let bytes = self.bytes(token);
        let quoted = token.kind == TokenKind::String;
        let bits = matches!(bytes.get(usize::from(!quoted)), Some(b'b' | b'B'));
        let end = bytes.len() - usize::from(quoted);
        let digits = bytes.get(2..end).unwrap_or_default();
        let fits = match bits {
            true => digits.iter().all(|digit| matches!(digit, b'0' | b'1')),
            false => digits.iter().all(u8::is_ascii_hexdigit) && !(quoted && digits.len() % 2 == 1),
        };
        if !fits {
            return self.fail();
        }
        self.advance();
        let hex = if bits { text::bits_to_hex(digits) } else { whole_bytes(digits) };
        Ok(value(Value::HexStringLiteral(hex)))
    }

    /// The bytes of `x'41'` or `0x41`.
    pub(in crate::sql::statement) fn hex_bytes(&mut self) -> Parse<Vec<u8>> {
        let starts = matches!(self.bytes(self.token(0)), [b'x' | b'X', ..] | [b'0', b'x', ..]);
        if !starts {
            return self.fail();
        }
        match self.hex()? {
            Expr::Value(literal) => match literal.value {
                Value::HexStringLiteral(digits) => Ok(text::from_hex(&digits)),
                _ => self.fail(),
            },
            _ => self.fail(),
        }
    }

    /// A literal with a sign before it, and nothing behind it.
    pub(in crate::sql::statement) fn literal_with_sign(&mut self) -> Parse<Expr> {
        let operator = match self.operator() {
            b"-" => UnaryOperator::Minus,
            b"+" => UnaryOperator::Plus,
            _ => return self.primary(),
        };
        self.advance();
        Ok(unary(operator, self.primary()?))
    }

    pub(super) fn numeric(&mut self) -> Parse<Expr> {
        let bytes = self.bytes(self.token(0));
        match bytes {
            b"\\N" => {
                self.advance();
                Ok(value(Value::Null))
            }
            [b'0', b'x' | b'b', ..] => self.hex(),
            _ => {
                self.advance();
                Ok(value(Value::Number(String::from_utf8_lossy(bytes).into_owned(), false)))
            }
        }
    }

    /// `_latin1'x'`: the word stands here, a string or hexadecimal literal behind it.
    pub(super) fn introducer(&mut self) -> Parse<Expr> {
        let name = String::from_utf8_lossy(self.word_at(0)).to_ascii_lowercase();
        self.advance();
        if !self.at_text() {
            let literal = if self.is(TokenKind::String) { self.string()? } else { self.numeric()? };
            return Ok(introduced(&name, literal));
        }
        // The bytes are in the introducer's character set whatever the connection's is.
        let bytes = self.joined_bytes();
        let ascii = bytes.is_ascii() || name.starts_with("_utf8");
        Ok(match String::from_utf8(bytes) {
            Ok(text) if ascii => introduced(&name, text_value(text)),
            Ok(text) => introduced(&name, hex_value(text.as_bytes())),
            Err(error) => introduced(&name, hex_value(error.as_bytes())),
        })
    }

    /// Whether `_charset` introduces a literal.
    pub(super) fn at_introducer(&self) -> bool {
        let literal = match self.kind_at(1) {
            TokenKind::String => true,
            TokenKind::Number => matches!(self.bytes(self.token(1)), [b'0', b'x' | b'b', ..]),
            _ => false,
        };
        literal && words::is_introducer(self.word_at(0))
    }

    /// `DATE'…'`: the word stands here, a string behind it.
    pub(super) fn typed_string(&mut self, odbc: bool) -> Parse<Expr> {
        let data_type = match self.upper().as_str() {
            "DATE" | "D" => DataType::Date,
            "TIME" | "T" => DataType::Time(None, TimezoneInfo::None),
            "TIMESTAMP" | "TS" => DataType::Timestamp(None, TimezoneInfo::None),
            _ => return self.fail(),
        };
        self.advance();
        let value = Value::SingleQuotedString(self.text()?).with_empty_span();
        Ok(Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: odbc }))
    }

    /// `{d '…'}`, `{fn now()}`
    pub(super) fn odbc(&mut self) -> Parse<Expr> {
        self.expect_operator(b"{")?;
        let typed = ["D", "T", "TS"].iter().any(|word| self.at(word));
        let expr = if typed && self.kind_at(1) == TokenKind::String {
            self.typed_string(true)?
        } else {
            self.name()?;
            self.expr()?
        };
        self.expect_operator(b"}")?;
        Ok(expr)
    }

    pub(super) fn placeholder(&mut self) -> Expr {
        self.first_parameter = self.first_parameter.or(Some(self.offset()));
        self.advance();
        let ordinal = self.parameters;
        self.parameters += 1;
        value(Value::Placeholder(ordinal.to_string()))
    }

    /// `@a`, `@a := x`
    pub(super) fn user_variable_expr(&mut self) -> Parse<Expr> {
        let variable = introduced("@", identifier(self.user_variable()?));
        if !self.accept_kind(TokenKind::Assign) {
            return Ok(variable);
        }
        let right = self.expr()?;
        Ok(binary(variable, BinaryOperator::Assignment, right))
    }

    /// `@@x`, `@@global.x`, `@@cache.x`
    pub(super) fn system_variable(&mut self) -> Parse<Expr> {
        self.expect_kind(TokenKind::AtAt)?;
        let first = self.name()?;
        let scope = first.to_ascii_lowercase();
        let scoped =
            matches!(scope.as_str(), "global" | "session" | "local" | "persist" | "persist_only");
        if !self.accept_kind(TokenKind::Dot) {
            // A scope is none without its variable.
            return if scoped { self.fail() } else { Ok(introduced("@@", identifier(first))) };
        }
        let mut name = self.name()?;
        if scoped && self.accept_kind(TokenKind::Dot) {
            name = format!("{name}.{}", self.name()?);
        }
        Ok(match (scoped, scope.as_str()) {
            (false, _) => introduced("@@", identifier(format!("{first}.{name}"))),
            (true, "local") => introduced("@@session", identifier(name)),
            (true, scope) => introduced(&format!("@@{scope}"), identifier(name)),
        })
    }
}

fn introduced(prefix: &str, inner: Expr) -> Expr {
    Expr::Prefixed { prefix: plain_ident(prefix), value: Box::new(inner) }
}

fn hex_value(bytes: &[u8]) -> Expr {
    value(Value::HexStringLiteral(text::to_hex(bytes)))
}

fn whole_bytes(digits: &[u8]) -> String {
    let pad = if digits.len() % 2 == 1 { "0" } else { "" };
    format!("{pad}{}", String::from_utf8_lossy(digits).to_ascii_uppercase())
}

//! What an expression is made of: literals, names, calls, parentheses.

use super::build::{binary, text_value, value};
use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{BinaryOperator, CaseWhen, Expr, Value};
use crate::sql::statement::cursor::{Parse, Parser};
use crate::sql::statement::words;
use sqlparser::ast::helpers::attached_token::AttachedToken;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parse<Expr> {
        match self.kind() {
            TokenKind::String => self.string(),
            TokenKind::Number => self.numeric(),
            TokenKind::Param => Ok(self.placeholder()),
            TokenKind::UserVar => self.user_variable_expr(),
            TokenKind::AtAt => self.system_variable(),
            TokenKind::LParen => self.parenthesized(),
            TokenKind::Word => self.worded(),
            TokenKind::Quoted | TokenKind::Name => self.named(),
            TokenKind::Op if self.operator() == b"{" => self.odbc(),
            _ => self.fail(),
        }
    }

    /// A word: a literal, syntax of its own, a call or a name.
    fn worded(&mut self) -> Parse<Expr> {
        if self.at_introducer() {
            return self.introducer();
        }
        let called = self.kind_at(1) == TokenKind::LParen;
        let word = self.upper();
        match word.as_str() {
            "NULL" => Ok(self.literal_word(Value::Null)),
            "TRUE" => Ok(self.literal_word(Value::Boolean(true))),
            "FALSE" => Ok(self.literal_word(Value::Boolean(false))),
            "DATE" | "TIME" | "TIMESTAMP" if self.kind_at(1) == TokenKind::String => {
                self.typed_string(false)
            }
            "CASE" => self.case(),
            "EXISTS" => self.exists(),
            "ROW" if called => self.row(),
            "INTERVAL" => self.interval_or_call(),
            "DEFAULT" => self.default_value(),
            _ if called => self.special_call(&word),
            _ if words::is_bare_call(word.as_bytes()) => self.bare_call(),
            _ => self.named(),
        }
    }

    fn literal_word(&mut self, literal: Value) -> Expr {
        self.advance();
        value(literal)
    }

    /// A column, or a call.
    fn named(&mut self) -> Parse<Expr> {
        let first = self.ident()?;
        if self.is(TokenKind::LParen) {
            return self.call(vec![first]);
        }
        if !self.is(TokenKind::Dot) {
            return self.with_arrow(Expr::Identifier(first));
        }
        let mut parts = vec![first];
        while parts.len() < 3 && self.accept_kind(TokenKind::Dot) {
            parts.push(self.ident()?);
        }
        if parts.len() == 2 && self.is(TokenKind::LParen) {
            return self.call(parts);
        }
        self.with_arrow(Expr::CompoundIdentifier(parts))
    }

    /// `column->'$.path'`
    fn with_arrow(&mut self, column: Expr) -> Parse<Expr> {
        let operator = match self.operator() {
            b"->" => BinaryOperator::Arrow,
            b"->>" => BinaryOperator::LongArrow,
            _ => return Ok(column),
        };
        self.advance();
        let path = text_value(self.text()?);
        Ok(binary(column, operator, path))
    }

    /// `(x)`, `(x, y)`, `(SELECT …)`
    pub(super) fn parenthesized(&mut self) -> Parse<Expr> {
        let mut list = self.parenthesized_list()?;
        match (list.len(), list.pop()) {
            (1, Some(only)) => Ok(only),
            (_, last) => {
                list.extend(last);
                Ok(Expr::Tuple(list))
            }
        }
    }

    /// The same as a list; a query is one element.
    pub(super) fn parenthesized_list(&mut self) -> Parse<Vec<Expr>> {
        self.open()?;
        if self.starts_query() {
            let query = self.nested(Self::query)?;
            self.close()?;
            return Ok(vec![Expr::Subquery(Box::new(query))]);
        }
        let doubled = self.is(TokenKind::LParen);
        let first = self.expr()?;
        if doubled
            && self.continues_query()
            && let Expr::Subquery(query) = first
        {
            let query = self.query_behind(*query)?;
            self.close()?;
            return Ok(vec![Expr::Subquery(Box::new(query))]);
        }
        let mut list = vec![first];
        if self.comma() {
            list.extend(self.exprs()?);
        }
        self.close()?;
        Ok(list)
    }

    /// A query in parentheses.
    pub(super) fn subquery(&mut self) -> Parse<Expr> {
        let start = self.token(0);
        match self.parenthesized()? {
            subquery @ Expr::Subquery(_) => Ok(subquery),
            _ => Err(crate::sql::statement::SyntaxError::near(self.sql, start.end)),
        }
    }

    fn exists(&mut self) -> Parse<Expr> {
        self.advance();
        match self.subquery()? {
            Expr::Subquery(subquery) => Ok(Expr::Exists { subquery, negated: false }),
            _ => self.fail(),
        }
    }

    /// `ROW(a, b)`
    fn row(&mut self) -> Parse<Expr> {
        self.advance();
        let list = self.listed(Self::expr)?;
        if list.len() < 2 {
            return self.fail();
        }
        Ok(Expr::Tuple(list))
    }

    fn case(&mut self) -> Parse<Expr> {
        self.advance();
        let operand = if self.at("WHEN") { None } else { Some(Box::new(self.expr()?)) };
        let mut conditions = Vec::new();
        while self.accept("WHEN") {
            let condition = self.expr()?;
            self.require("THEN")?;
            conditions.push(CaseWhen { condition, result: self.expr()? });
        }
        if conditions.is_empty() {
            return self.fail();
        }
        let else_result = if self.accept("ELSE") { Some(Box::new(self.expr()?)) } else { None };
        self.require("END")?;
        Ok(Expr::Case {
            case_token: AttachedToken::empty(),
            end_token: AttachedToken::empty(),
            operand,
            conditions,
            else_result,
        })
    }
}

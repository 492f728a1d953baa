//! Expressions, one function for each level of MySQL's precedence:
//!
//! ```text
//! OR  ‖          a or b or c          balanced trees
//! XOR
//! AND &&
//! NOT
//! IS, =, <=>, <, IN, LIKE, BETWEEN    predicate
//! |  &  << >>  + -  * / DIV % MOD  ^  bits
//! ‖ (PIPES_AS_CONCAT)
//! - + ~ ! BINARY                      unary
//! COLLATE, ->
//! literals, names, calls, parentheses  primary
//! ```
//!
//! Facts: MySQL manual, "Operator Precedence" and "Expressions".

mod bits;
mod build;
mod call;
mod cast;
mod literal;
mod predicate;
mod primary;
mod special;
mod window;

pub(super) use build::{number_value, plain_ident};

use crate::sql::lexer::TokenKind;

use super::ast::{BinaryOperator, Expr, UnaryOperator};
use super::cursor::{Parse, Parser};
use build::{balance, binary, unary};

impl Parser<'_> {
    /// An expression.
    pub(super) fn expr(&mut self) -> Parse<Expr> {
        // Most expressions of most statements are one token: the values of an INSERT.
        let alone = matches!(self.kind_at(1), TokenKind::Comma | TokenKind::RParen);
        if alone && matches!(self.kind(), TokenKind::Number | TokenKind::String) {
            return self.primary();
        }
        self.nested(Self::or)
    }

    /// One or more expressions.
    pub(super) fn exprs(&mut self) -> Parse<Vec<Expr>> {
        self.list(Self::expr)
    }

    fn or(&mut self) -> Parse<Expr> {
        let mut operands = vec![self.xor()?];
        while self.accept("OR") || self.accept_or_pipes() {
            operands.push(self.xor()?);
        }
        Ok(balance(operands, &BinaryOperator::Or))
    }

    fn accept_or_pipes(&mut self) -> bool {
        !self.mode.pipes_as_concat && self.accept_operator(b"||")
    }

    fn xor(&mut self) -> Parse<Expr> {
        let mut left = self.and()?;
        let mut length = 0;
        while self.accept("XOR") {
            self.link(&mut length)?;
            left = binary(left, BinaryOperator::Xor, self.and()?);
        }
        Ok(left)
    }

    fn and(&mut self) -> Parse<Expr> {
        let mut operands = vec![self.not()?];
        while self.accept("AND") || self.accept_operator(b"&&") {
            operands.push(self.not()?);
        }
        Ok(balance(operands, &BinaryOperator::And))
    }

    fn not(&mut self) -> Parse<Expr> {
        if self.at("NOT") && !self.mode.high_not_precedence {
            self.advance();
            let operand = self.nested(Self::not)?;
            return Ok(unary(UnaryOperator::Not, operand));
        }
        self.comparison()
    }
}

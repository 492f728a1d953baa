//! Comparisons: `=`, IS, IN, LIKE, BETWEEN and their like.

use super::build::{binary, call_of};
use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{BinaryOperator, Expr, MemberOf};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// `a = b`, `a IS NULL`; `a IS TRUE` ends it.
    pub(super) fn comparison(&mut self) -> Parse<Expr> {
        let mut left = self.predicate()?;
        let mut length = 0;
        loop {
            if self.accept("IS") {
                let negated = self.accept("NOT");
                if let Some(word) = self.accept_any(&["TRUE", "FALSE", "UNKNOWN"]) {
                    return Ok(truth_test(word, negated, left));
                }
                self.require("NULL")?;
                let operand = Box::new(left);
                left = if negated { Expr::IsNotNull(operand) } else { Expr::IsNull(operand) };
            } else if let Some(operator) = self.comparison_operator() {
                left = self.compared(left, operator)?;
            } else {
                return Ok(left);
            }
            self.link(&mut length)?;
        }
    }

    fn comparison_operator(&mut self) -> Option<BinaryOperator> {
        let operator = match self.operator() {
            b"=" => BinaryOperator::Eq,
            b"<=>" => BinaryOperator::Spaceship,
            b"<" => BinaryOperator::Lt,
            b">" => BinaryOperator::Gt,
            b"<=" => BinaryOperator::LtEq,
            b">=" => BinaryOperator::GtEq,
            b"<>" | b"!=" => BinaryOperator::NotEq,
            _ => return None,
        };
        self.advance();
        Some(operator)
    }

    /// The right side: an operand, or ALL, ANY, SOME and a query.
    fn compared(&mut self, left: Expr, operator: BinaryOperator) -> Parse<Expr> {
        if self.kind_at(1) == TokenKind::LParen
            && let Some(word) = self.accept_any(&["ALL", "ANY", "SOME"])
        {
            if operator == BinaryOperator::Spaceship {
                return self.fail();
            }
            let (left, right) = (Box::new(left), Box::new(self.subquery()?));
            return Ok(match word {
                "ALL" => Expr::AllOp { left, compare_op: operator, right },
                _ => Expr::AnyOp { left, compare_op: operator, right, is_some: word == "SOME" },
            });
        }
        Ok(binary(left, operator, self.predicate()?))
    }

    fn predicate(&mut self) -> Parse<Expr> {
        let left = self.bits()?;
        let negated = self.at("NOT")
            && ["IN", "LIKE", "BETWEEN", "REGEXP", "RLIKE"]
                .iter()
                .any(|word| self.is_word(1, word));
        if negated {
            self.advance();
        }
        match self.accept_any(&["IN", "BETWEEN", "LIKE", "REGEXP", "RLIKE"]) {
            Some("IN") => self.in_list(left, negated),
            Some("BETWEEN") => self.between(left, negated),
            Some("LIKE") => self.like(left, negated),
            Some(word) => {
                let (expr, pattern) = (Box::new(left), Box::new(self.bits()?));
                Ok(Expr::RLike { negated, expr, pattern, regexp: word == "REGEXP" })
            }
            None => self.odd_predicate(left),
        }
    }

    fn odd_predicate(&mut self, left: Expr) -> Parse<Expr> {
        if self.accept_words(&["SOUNDS", "LIKE"]) {
            let right = self.bits()?;
            let (left, right) = (call_of("SOUNDEX", vec![left]), call_of("SOUNDEX", vec![right]));
            return Ok(binary(left, BinaryOperator::Eq, right));
        }
        if self.at("MEMBER") && (self.is_word(1, "OF") || self.kind_at(1) == TokenKind::LParen) {
            self.advance();
            self.accept("OF");
            self.open()?;
            let array = Box::new(self.expr()?);
            self.close()?;
            return Ok(Expr::MemberOf(MemberOf { value: Box::new(left), array }));
        }
        Ok(left)
    }

    fn between(&mut self, left: Expr, negated: bool) -> Parse<Expr> {
        let low = Box::new(self.bits()?);
        self.require("AND")?;
        let high = Box::new(self.nested(Self::predicate)?);
        Ok(Expr::Between { expr: Box::new(left), negated, low, high })
    }

    fn like(&mut self, left: Expr, negated: bool) -> Parse<Expr> {
        let pattern = Box::new(self.pipes()?);
        let escape_char = if self.accept("ESCAPE") { Some(Box::new(self.pipes()?)) } else { None };
        Ok(Expr::Like { negated, any: false, expr: Box::new(left), pattern, escape_char })
    }

    fn in_list(&mut self, left: Expr, negated: bool) -> Parse<Expr> {
        let expr = Box::new(left);
        let mut list = self.parenthesized_list()?;
        match (list.len(), list.pop()) {
            (1, Some(Expr::Subquery(subquery))) => Ok(Expr::InSubquery { expr, subquery, negated }),
            (_, last) => {
                list.extend(last);
                Ok(Expr::InList { expr, list, negated })
            }
        }
    }
}

fn truth_test(word: &str, negated: bool, operand: Expr) -> Expr {
    let operand = Box::new(operand);
    match (word, negated) {
        ("TRUE", false) => Expr::IsTrue(operand),
        ("TRUE", true) => Expr::IsNotTrue(operand),
        ("FALSE", false) => Expr::IsFalse(operand),
        ("FALSE", true) => Expr::IsNotFalse(operand),
        (_, false) => Expr::IsUnknown(operand),
        (_, true) => Expr::IsNotUnknown(operand),
    }
}

//! Arithmetic, and what binds tighter: unary operators, COLLATE, `->`.

use super::build::{binary, unary};
use crate::sql::statement::ast::{
    BinaryOperator, CastKind, DataType, DateTimeField, Expr, Ident, Interval, ObjectName,
    ObjectNamePart, UnaryOperator,
};
use crate::sql::statement::cursor::{Parse, Parser};
use crate::sql::statement::words;

use super::build::plain_ident;

/// Levels of the binary operators, loosest first.
const LEVELS: usize = 6;

impl Parser<'_> {
    /// An operand of a comparison.
    pub(super) fn bits(&mut self) -> Parse<Expr> {
        match self.level(0)? {
            // An interval is no value.
            Expr::Interval(_) => self.fail(),
            expr => Ok(expr),
        }
    }

    fn level(&mut self, level: usize) -> Parse<Expr> {
        if level == LEVELS {
            return self.pipes();
        }
        let mut left = self.level(level + 1)?;
        let mut length = 0;
        while let Some(operator) = self.binary_operator(level) {
            self.link(&mut length)?;
            let right = self.level(level + 1)?;
            if !intervals_fit(&left, &operator, &right) {
                return self.fail();
            }
            left = binary(left, operator, right);
        }
        Ok(left)
    }

    fn binary_operator(&mut self, level: usize) -> Option<BinaryOperator> {
        let found = match (level, self.operator()) {
            (0, b"|") => BinaryOperator::BitwiseOr,
            (1, b"&") => BinaryOperator::BitwiseAnd,
            (2, b"<<") => BinaryOperator::PGBitwiseShiftLeft,
            (2, b">>") => BinaryOperator::PGBitwiseShiftRight,
            (3, b"+") => BinaryOperator::Plus,
            (3, b"-") => BinaryOperator::Minus,
            (4, b"*") => BinaryOperator::Multiply,
            (4, b"/") => BinaryOperator::Divide,
            (4, b"%") => BinaryOperator::Modulo,
            (4, _) if self.at("DIV") => BinaryOperator::MyIntegerDivide,
            (4, _) if self.at("MOD") => BinaryOperator::Modulo,
            (5, b"^") => BinaryOperator::BitwiseXor,
            _ => return None,
        };
        self.advance();
        Some(found)
    }

    /// `a || b` where that joins strings.
    pub(super) fn pipes(&mut self) -> Parse<Expr> {
        let mut left = self.unary()?;
        let mut length = 0;
        while self.mode.pipes_as_concat && self.accept_operator(b"||") {
            self.link(&mut length)?;
            left = binary(left, BinaryOperator::StringConcat, self.unary()?);
        }
        Ok(left)
    }

    pub(super) fn unary(&mut self) -> Parse<Expr> {
        let operator = match self.operator() {
            b"-" => UnaryOperator::Minus,
            b"+" => UnaryOperator::Plus,
            b"~" => UnaryOperator::BitwiseNot,
            b"!" => UnaryOperator::BangNot,
            _ if self.at("NOT") && self.mode.high_not_precedence => UnaryOperator::BangNot,
            _ if self.at("BINARY") => return self.binary_of(),
            _ => return self.collated(),
        };
        self.advance();
        let operand = self.nested(Self::unary)?;
        Ok(unary(operator, operand))
    }

    /// `BINARY x`
    fn binary_of(&mut self) -> Parse<Expr> {
        self.advance();
        let operand = self.nested(Self::unary)?;
        Ok(Expr::Cast {
            // Told apart from CAST: the operator is deprecated.
            kind: CastKind::DoubleColon,
            expr: Box::new(operand),
            data_type: DataType::Binary(None),
            format: None,
        })
    }

    fn collated(&mut self) -> Parse<Expr> {
        let mut expr = self.primary()?;
        let mut length = 0;
        while self.accept("COLLATE") {
            self.link(&mut length)?;
            let name = plain_ident(self.charset_name()?);
            let collation = ObjectName(vec![ObjectNamePart::Identifier(name)]);
            expr = Expr::Collate { expr: Box::new(expr), collation };
        }
        Ok(expr)
    }

    /// `x unit` behind INTERVAL.
    pub(super) fn interval(&mut self) -> Parse<Expr> {
        let value = Box::new(self.expr()?);
        let leading_field = Some(self.unit()?);
        Ok(Expr::Interval(Interval {
            value,
            leading_field,
            leading_precision: None,
            last_field: None,
            fractional_seconds_precision: None,
        }))
    }

    /// A unit's word.
    pub(super) fn unit_word(&mut self) -> Parse<Ident> {
        let word = self.upper();
        let word = word.strip_prefix("SQL_TSI_").unwrap_or(&word);
        if !words::is_unit(word.as_bytes()) {
            return self.fail();
        }
        let unit = plain_ident(word);
        self.advance();
        Ok(unit)
    }

    pub(super) fn unit(&mut self) -> Parse<DateTimeField> {
        Ok(DateTimeField::Custom(self.unit_word()?))
    }
}

/// An interval is added to something, something is added to an interval, or an interval is subtracted.
fn intervals_fit(left: &Expr, operator: &BinaryOperator, right: &Expr) -> bool {
    let is = |side: &Expr| matches!(side, Expr::Interval(_));
    match operator {
        BinaryOperator::Plus => !(is(left) && is(right)),
        BinaryOperator::Minus => !is(left),
        _ => !is(left) && !is(right),
    }
}

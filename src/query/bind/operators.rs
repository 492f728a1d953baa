//! Operators: arithmetic, comparison, logic, bits, BETWEEN, IN.

use std::sync::Arc;

use super::Compiler;
use super::expr::not;
use crate::query::Interrupt;
use crate::query::expr::{
    Arithmetic, BitOp, CompareOp, Expr, ExprKind, ExprType, bit_not_type, negated_class,
    negated_type,
};
use crate::sql::statement::ast;
use crate::value::{SqlError, Value};

/// The comparison that an operator is.
pub(super) fn compare_op(op: &ast::BinaryOperator) -> Option<CompareOp> {
    use ast::BinaryOperator as B;
    Some(match op {
        B::Eq => CompareOp::Equal,
        B::NotEq => CompareOp::NotEqual,
        B::Lt => CompareOp::Less,
        B::LtEq => CompareOp::LessOrEqual,
        B::Gt => CompareOp::Greater,
        B::GtEq => CompareOp::GreaterOrEqual,
        B::Spaceship => CompareOp::NullSafeEqual,
        _ => return None,
    })
}

fn arithmetic_op(op: &ast::BinaryOperator) -> Option<Arithmetic> {
    use ast::BinaryOperator as B;
    Some(match op {
        B::Plus => Arithmetic::Add,
        B::Minus => Arithmetic::Subtract,
        B::Multiply => Arithmetic::Multiply,
        B::Divide => Arithmetic::Divide,
        B::MyIntegerDivide => Arithmetic::IntegerDivide,
        B::Modulo => Arithmetic::Modulo,
        _ => return None,
    })
}

fn bit_op(op: &ast::BinaryOperator) -> Option<BitOp> {
    use ast::BinaryOperator as B;
    Some(match op {
        B::BitwiseAnd => BitOp::And,
        B::BitwiseOr => BitOp::Or,
        B::BitwiseXor => BitOp::Xor,
        B::PGBitwiseShiftLeft => BitOp::Left,
        B::PGBitwiseShiftRight => BitOp::Right,
        _ => return None,
    })
}

impl Compiler<'_> {
    pub(super) fn binary(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
        whole: &ast::Expr,
    ) -> Result<Expr, Interrupt> {
        use ast::BinaryOperator as B;
        if let Some(op) = compare_op(op) {
            return self.comparison(left, op, right);
        }
        if let Some(op) = arithmetic_op(op) {
            return self.arithmetic(left, op, right, whole);
        }
        if let Some(op) = bit_op(op) {
            let sides = Box::new((self.single_expr(left)?, self.single_expr(right)?));
            let ty = op.result(&sides.0.ty, &sides.1.ty);
            return Ok(Expr::new(ExprKind::Bits(op, sides), ty));
        }
        match op {
            B::And => self.logic(left, right, ExprKind::And),
            B::Or => self.logic(left, right, ExprKind::Or),
            B::Xor => {
                let sides = Box::new((self.condition(left)?, self.condition(right)?));
                let nullable = sides.0.ty.nullable || sides.1.ty.nullable;
                Ok(Expr::condition(ExprKind::Xor(sides), nullable))
            }
            B::StringConcat => self.call_bound("concat", &[left, right]),
            B::Arrow => self.call_bound("json_extract", &[left, right]),
            B::LongArrow => {
                let extracted = self.call_bound("json_extract", &[left, right])?;
                self.call_exprs("json_unquote", vec![extracted])
            }
            B::Assignment => self.assignment(left, right),
            _ => Err(SqlError::not_supported(&format!("the operator {op}")).into()),
        }
    }

    /// AND and OR, flat.
    fn logic(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        make: fn(Vec<Expr>) -> ExprKind,
    ) -> Result<Expr, Interrupt> {
        let (left, right) = (self.condition(left)?, self.condition(right)?);
        let nullable = left.ty.nullable || right.ty.nullable;
        let is_and = matches!(make(Vec::new()), ExprKind::And(_));
        let mut parts = Vec::new();
        for side in [left, right] {
            match side.kind {
                ExprKind::And(inner) if is_and => parts.extend(inner),
                ExprKind::Or(inner) if !is_and => parts.extend(inner),
                _ => parts.push(side),
            }
        }
        Ok(Expr::condition(make(parts), nullable))
    }

    fn assignment(&mut self, left: &ast::Expr, right: &ast::Expr) -> Result<Expr, Interrupt> {
        self.volatile_parts += 1;
        self.deprecated(
            1287,
            "Setting user variables within expressions is deprecated and will be removed in a future release. Consider alternatives: 'SET variable=expression, ...', or 'SELECT expression(s) INTO variables(s)'.",
        );
        let ast::Expr::Prefixed { value, .. } = left else {
            return Err(SqlError::new(1064, b"42000", "':=' needs a user variable").into());
        };
        let ast::Expr::Identifier(name) = value.as_ref() else {
            return Err(SqlError::new(1064, b"42000", "':=' needs a user variable").into());
        };
        let name: Box<str> = name.value.to_lowercase().into();
        let right = self.single_expr(right)?;
        let ty = right.ty.clone();
        Ok(Expr::new(ExprKind::Assign(name, Box::new(right)), ty))
    }

    fn arithmetic(
        &mut self,
        left: &ast::Expr,
        op: Arithmetic,
        right: &ast::Expr,
        whole: &ast::Expr,
    ) -> Result<Expr, Interrupt> {
        let subtract = op == Arithmetic::Subtract;
        match (left, right) {
            (date, ast::Expr::Interval(interval)) => {
                let date = self.single_expr(date)?;
                return self.date_add(date, interval, subtract);
            }
            (ast::Expr::Interval(interval), date) if !subtract => {
                let date = self.single_expr(date)?;
                return self.date_add(date, interval, false);
            }
            _ => {}
        }
        let (left, right) = (self.single_expr(left)?, self.single_expr(right)?);
        let text = self.label(whole);
        Ok(self.arithmetic_of(op, left, right, text))
    }

    /// Arithmetic on two expressions.
    pub(crate) fn arithmetic_of(
        &self,
        op: Arithmetic,
        left: Expr,
        right: Expr,
        text: Arc<str>,
    ) -> Expr {
        let variables = &self.session.variables;
        let ty =
            op.result(&left.ty, &right.ty, variables.sql_mode, variables.div_precision_increment);
        let class = op.class(&left.ty, &right.ty);
        Expr::new(ExprKind::Arithmetic { op, class, sides: Box::new((left, right)), text }, ty)
    }

    /// `date ± INTERVAL n unit`.
    pub(crate) fn date_add(
        &mut self,
        date: Expr,
        interval: &ast::Interval,
        subtract: bool,
    ) -> Result<Expr, Interrupt> {
        let unit = self.unit(interval)?;
        let number = self.single_expr(&interval.value)?;
        let collation = self.session.variables.collation_connection;
        let ty = crate::query::expr::date_add_type(&date.ty, &number.ty, unit, collation);
        let sides = Box::new((date, number));
        Ok(Expr::new(ExprKind::DateAdd { sides, unit, subtract }, ty))
    }

    pub(super) fn unary(
        &mut self,
        op: &ast::UnaryOperator,
        inner: &ast::Expr,
        whole: &ast::Expr,
    ) -> Result<Expr, Interrupt> {
        use ast::UnaryOperator as U;
        match op {
            U::BangNot => {
                self.deprecated(
                    1287,
                    "'!' is deprecated and will be removed in a future release. Please use NOT instead",
                );
                Ok(negate_condition(self.condition(inner)?))
            }
            U::Not => Ok(negate_condition(self.condition(inner)?)),
            U::Plus => self.single_expr(inner),
            U::BitwiseNot => {
                let inner = self.single_expr(inner)?;
                let ty = bit_not_type(&inner.ty);
                Ok(Expr::new(ExprKind::BitNot(Box::new(inner)), ty))
            }
            U::Minus => {
                let inner = self.single_expr(inner)?;
                Ok(negated(inner, self.label(whole)))
            }
            _ => Err(SqlError::not_supported(&format!("the operator {op}")).into()),
        }
    }

    /// 1287 or 1681, with each run.
    pub(super) fn deprecated(&mut self, code: u16, message: &str) {
        self.cacheable = false;
        let diagnostics = &mut self.session.diagnostics;
        diagnostics.push(crate::query::session::WarningLevel::Warning, code, message.to_owned());
    }
}

fn negated(inner: Expr, text: Arc<str>) -> Expr {
    let literal = inner.as_literal();
    match literal {
        Some(Value::UInt(number)) if *number == 1 << 63 => {
            return Expr::literal(Value::Int(i64::MIN), ExprType::integer_literal(1 << 63, true));
        }
        Some(Value::UInt(number)) => {
            let number = crate::value::Decimal::from_u64(*number).neg();
            return Expr::literal(Value::Decimal(number), ExprType::decimal(20, 0, false));
        }
        _ => {}
    }
    let ty = negated_type(&inner.ty, literal);
    let class = negated_class(&inner.ty);
    Expr::new(ExprKind::Negate(class, Box::new(inner), text), ty)
}

/// NOT, moved into what has a negation of its own so that indexes and joins see it.
fn negate_condition(mut inner: Expr) -> Expr {
    match &mut inner.kind {
        ExprKind::IsNull(_, negated)
        | ExprKind::Exists(_, negated)
        | ExprKind::InSet { negated, .. }
        | ExprKind::InList { negated, .. }
        | ExprKind::Between { negated, .. }
        | ExprKind::Like { negated, .. }
        | ExprKind::Quantified { negated, .. } => {
            *negated = !*negated;
            inner
        }
        _ => not(inner),
    }
}

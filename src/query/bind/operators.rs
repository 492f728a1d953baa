//! Operators: arithmetic, comparison, logic, bits, BETWEEN, IN.

use std::sync::Arc;

use super::Compiler;
use super::errors::operand_columns;
use super::expr::not;
use crate::query::Interrupt;
use crate::query::expr::{
    Arithmetic, BitOp, CompareOp, Expr, ExprKind, ExprType, comparable, compare_exprs,
    negated_type, number_class,
};
use crate::query::plan::in_set;
use crate::sql::statement::ast;
use crate::value::types::ColumnType;
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
            let nullable = sides.0.ty.nullable || sides.1.ty.nullable;
            return Ok(Expr::new(
                ExprKind::Bits(op, sides),
                ExprType::sized_integer(true, 21, nullable),
            ));
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

    fn comparison(
        &mut self,
        left: &ast::Expr,
        op: CompareOp,
        right: &ast::Expr,
    ) -> Result<Expr, Interrupt> {
        let left_bound = self.expr(left);
        if let (Err(Interrupt::Error(error)), ast::Expr::Subquery(_)) = (&left_bound, left)
            && error.code == 1241
        {
            return self.compare_row_query(right, op.flipped(), left);
        }
        let left_bound = left_bound?;
        if let (ExprKind::Row(_), ast::Expr::Subquery(_)) = (&left_bound.kind, right) {
            return self.compare_row_query(left, op, right);
        }
        let right = self.expr(right)?;
        match (left_bound.kind, right.kind) {
            (ExprKind::Row(left), ExprKind::Row(right)) => compare_rows(op, left, right),
            (ExprKind::Row(left), _) => Err(operand_columns(left.len()).into()),
            (_, ExprKind::Row(_)) => Err(operand_columns(1).into()),
            (left_kind, right_kind) => {
                let left = Expr::new(left_kind, left_bound.ty);
                let compared = compare_exprs(op, left, Expr::new(right_kind, right.ty))?;
                Ok(self.constants_once(compared))
            }
        }
    }

    /// A constant that is converted with a warning is converted once, not for each row.
    fn constants_once(&mut self, mut compared: Expr) -> Expr {
        if let ExprKind::Compare { sides, .. } = &mut compared.kind {
            let (left, right) = sides.as_mut();
            self.no_moment(left, right);
            self.no_moment(right, left);
            self.constant_once(left);
            self.constant_once(right);
        }
        compared
    }

    /// A constant number that meets a temporal column but is no date or time is told of, once; the two are
    /// compared as numbers.
    fn no_moment(&mut self, column: &Expr, constant: &mut Expr) {
        let ExprKind::Coerce(inner) = &column.kind else { return };
        let is_number = matches!(
            constant.as_literal(),
            Some(Value::Int(_) | Value::UInt(_) | Value::Decimal(_) | Value::Double(_))
        );
        if !is_number || !inner.ty.is_temporal() || inner.as_literal().is_some() {
            return;
        }
        let moment = match inner.ty.ty {
            ColumnType::Time(_) => ColumnType::Time(6),
            _ => ColumnType::DateTime(6),
        };
        let ty = constant.ty.clone();
        let as_moment = ExprKind::Coerce(Box::new(constant.clone()));
        let as_moment = Expr::new(as_moment, ExprType::new(moment, true));
        let is_none = Expr::condition(ExprKind::IsNull(Box::new(as_moment), false), false);
        let told = ExprKind::If(Box::new((is_none, constant.clone(), constant.clone())));
        let told = crate::query::plan::fold(Expr::new(told, ty.clone()), self.session);
        if told.as_literal().is_none() {
            *constant = Expr::new(ExprKind::Once(self.once_number(), Box::new(told)), ty);
        }
    }

    fn constant_once(&mut self, side: &mut Expr) {
        if !matches!(&side.kind, ExprKind::Coerce(inner) if inner.as_literal().is_some()) {
            return;
        }
        let folded = crate::query::plan::fold(std::mem::replace(side, Expr::null()), self.session);
        let ty = folded.ty.clone();
        *side = match folded.as_literal() {
            Some(_) => folded,
            None => Expr::new(ExprKind::Once(self.once_number(), Box::new(folded)), ty),
        };
    }

    /// `(a, b) = (SELECT …)`: at most one row, so ANY says it; without a row the answer is unknown.
    fn compare_row_query(
        &mut self,
        row: &ast::Expr,
        op: CompareOp,
        query: &ast::Expr,
    ) -> Result<Expr, Interrupt> {
        let ast::Expr::Subquery(query) = query else { return Err(operand_columns(1).into()) };
        let mut found = self.quantified(row, op, false, query, false)?;
        found.ty.nullable = true;
        Ok(found)
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
                let ty = ExprType::sized_integer(true, 21, inner.ty.nullable);
                Ok(Expr::new(ExprKind::BitNot(Box::new(inner)), ty))
            }
            U::Minus => {
                let inner = self.single_expr(inner)?;
                Ok(negated(inner, self.label(whole)))
            }
            _ => Err(SqlError::not_supported(&format!("the operator {op}")).into()),
        }
    }

    pub(super) fn between(
        &mut self,
        inner: &ast::Expr,
        low: &ast::Expr,
        high: &ast::Expr,
        negated: bool,
    ) -> Result<Expr, Interrupt> {
        let (value, low, high) =
            (self.single_expr(inner)?, self.single_expr(low)?, self.single_expr(high)?);
        let nullable = value.ty.nullable || low.ty.nullable || high.ty.nullable;
        let (with_low, low, how_low) = comparable(value.clone(), low)?;
        let (with_high, high, how_high) = comparable(value, high)?;
        if with_low.same_as(&with_high) {
            let parts = Box::new((with_low, low, high));
            let kind = ExprKind::Between { parts, how: (how_low, how_high), negated };
            return Ok(Expr::condition(kind, nullable));
        }
        let above = compare_exprs(CompareOp::GreaterOrEqual, with_low, low)?;
        let below = compare_exprs(CompareOp::LessOrEqual, with_high, high)?;
        let both = above.and(below);
        Ok(if negated { not(both) } else { both })
    }

    /// 1287 or 1681, with each run.
    pub(super) fn deprecated(&mut self, code: u16, message: &str) {
        self.cacheable = false;
        let diagnostics = &mut self.session.diagnostics;
        diagnostics.push(crate::query::session::WarningLevel::Warning, code, message.to_owned());
    }

    pub(super) fn in_list(
        &mut self,
        inner: &ast::Expr,
        list: &[ast::Expr],
        negated: bool,
    ) -> Result<Expr, Interrupt> {
        let value = self.expr(inner)?;
        let members: Result<Vec<Expr>, Interrupt> =
            list.iter().map(|member| self.expr(member)).collect();
        let members = members?;
        if let ExprKind::Row(parts) = value.kind {
            return in_rows(parts, members, negated);
        }
        let nullable = value.ty.nullable || members.iter().any(|member| member.ty.nullable);
        // Exact numbers among other things make MySQL compare each row with each member anew.
        let exact = |member: &Expr| {
            matches!(member.as_literal(), Some(Value::Int(_) | Value::UInt(_) | Value::Decimal(_)))
        };
        let once = !members.iter().any(exact);
        let only_numbers = members
            .iter()
            .all(|member| exact(member) || matches!(member.as_literal(), Some(Value::Double(_))));
        let mut compared = Vec::with_capacity(members.len());
        let mut changed: Option<Expr> = None;
        let mut uniform = true;
        for member in members {
            let member = self.single(member)?;
            let (own, mut member, how) = comparable(value.clone(), member)?;
            if only_numbers {
                self.no_moment(&own, &mut member);
            }
            if once {
                self.constant_once(&mut member);
            }
            uniform &= changed.as_ref().is_none_or(|known| known.same_as(&own));
            changed.get_or_insert(own);
            compared.push((crate::query::plan::fold(member, self.session), how));
        }
        match changed {
            Some(value) if uniform => Ok(in_set(value, compared, negated, nullable)),
            _ => {
                let mut any = Vec::with_capacity(compared.len());
                for (member, _) in compared {
                    any.push(compare_exprs(CompareOp::Equal, value.clone(), member)?);
                }
                let any = Expr::condition(ExprKind::Or(any), nullable);
                Ok(if negated { not(any) } else { any })
            }
        }
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
    let class = number_class(&inner.ty);
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

fn compare_rows(op: CompareOp, left: Vec<Expr>, right: Vec<Expr>) -> Result<Expr, Interrupt> {
    if left.len() != right.len() {
        return Err(operand_columns(left.len()).into());
    }
    let mut parts = Vec::with_capacity(left.len());
    let mut nullable = false;
    for (left, right) in left.into_iter().zip(right) {
        nullable |= left.ty.nullable || right.ty.nullable;
        parts.push(comparable(left, right)?);
    }
    if op == CompareOp::Equal {
        // As separate conditions, which indexes and joins can use.
        let equal = parts.into_iter().map(|(left, right, how)| {
            let nullable = left.ty.nullable || right.ty.nullable;
            let sides = Box::new((left, right));
            Expr::condition(ExprKind::Compare { op, how, sides }, nullable)
        });
        return Ok(Expr::all(equal.collect()).unwrap_or_else(|| Expr::boolean(true)));
    }
    Ok(Expr::condition(ExprKind::RowCompare { op, parts }, nullable))
}

fn in_rows(left: Vec<Expr>, members: Vec<Expr>, negated: bool) -> Result<Expr, Interrupt> {
    let mut any = Vec::with_capacity(members.len());
    for member in members {
        match member.kind {
            ExprKind::Row(right) => any.push(compare_rows(CompareOp::Equal, left.clone(), right)?),
            _ => return Err(operand_columns(left.len()).into()),
        }
    }
    let nullable = any.iter().any(|part| part.ty.nullable);
    let any = match any.len() {
        1 => any.pop().unwrap_or_else(|| Expr::boolean(false)),
        _ => Expr::condition(ExprKind::Or(any), nullable),
    };
    Ok(if negated { not(any) } else { any })
}

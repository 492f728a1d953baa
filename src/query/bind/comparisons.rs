//! Comparisons: `=` and its kin, BETWEEN, IN, with the constants that meet columns made values of those.

use std::sync::Arc;

use super::Compiler;
use super::errors::operand_columns;
use super::expr::not;
use crate::query::Interrupt;
use crate::query::expr::{
    CompareOp, Expr, ExprKind, ExprType, Fitted, Kind, aggregate_collations, comparable,
    comparable_as, compare_exprs, fit_constant, kind_of_all, moment_side,
};
use crate::query::plan::{fold, in_set};
use crate::query::session::WarningLevel;
use crate::sql::statement::ast;
use crate::value::compare::Comparison;
use crate::value::types::{CollationId, ColumnType};
use crate::value::{SqlError, Value, Warning};

impl Compiler<'_> {
    pub(super) fn comparison(
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
                self.compared(op, left, Expr::new(right_kind, right.ty))
            }
        }
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

    /// `left op right` of two single values.
    pub(super) fn compared(
        &mut self,
        op: CompareOp,
        left: Expr,
        right: Expr,
    ) -> Result<Expr, Interrupt> {
        let right = self.fitted(&left, right);
        let left = self.fitted(&right, left);
        let mut compared = compare_exprs(op, left, right)?;
        if let ExprKind::Compare { sides, .. } = &mut compared.kind {
            let (left, right) = sides.as_mut();
            self.constant_once(left);
            self.constant_once(right);
        }
        Ok(compared)
    }

    /// A constant as the column that it meets has it, or as it is.
    fn fitted(&mut self, column: &Expr, constant: Expr) -> Expr {
        self.try_fit(column, constant, false).unwrap_or_else(|constant| constant)
    }

    /// The same; an error is the constant as it was, with what there is to be told of it.
    fn try_fit(&mut self, column: &Expr, constant: Expr, texts: bool) -> Result<Expr, Expr> {
        if !column.is_column() {
            return Err(constant);
        }
        match fit_constant(&column.ty, constant, texts) {
            Fitted::Untried(constant) => Err(constant),
            Fitted::Taken(constant, told) => Ok(self.told_once(constant, told)),
            Fitted::Refused(constant, told) => Err(self.told_once(constant, told)),
        }
    }

    fn told_once(&mut self, expr: Expr, warning: Option<Warning>) -> Expr {
        let Some(warning) = warning else { return expr };
        let ty = expr.ty.clone();
        let told = Expr::new(ExprKind::Told(Arc::new(warning), Box::new(expr)), ty.clone());
        Expr::new(ExprKind::Once(self.once_number(), Box::new(told)), ty)
    }

    /// A constant that is converted with a warning is converted once, not for each row.
    fn constant_once(&mut self, side: &mut Expr) {
        let (ExprKind::Coerce(inner) | ExprKind::Moment(inner)) = &side.kind else { return };
        if inner.as_literal().is_none() {
            return;
        }
        let folded = fold(std::mem::replace(side, Expr::null()), self.session);
        let ty = folded.ty.clone();
        *side = match folded.as_literal() {
            Some(_) => folded,
            None => Expr::new(ExprKind::Once(self.once_number(), Box::new(folded)), ty),
        };
    }

    /// JSON is compared as text or as a number here, and MySQL says so.
    fn warn_of_json(&mut self, parts: &[&Expr], operator: &str) {
        if parts.iter().any(|part| part.ty.ty == ColumnType::Json) {
            self.cacheable = false;
            let message = format!(
                "This version of MySQL doesn't yet support 'comparison of JSON in the {operator} operator'"
            );
            self.session.diagnostics.push(WarningLevel::Warning, 1235, message);
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
        self.warn_of_json(&[&value, &low, &high], "BETWEEN");
        if low.is_null_literal() || high.is_null_literal() {
            return Ok(between_unknown(value, low, high, negated)?);
        }
        let types = [&value.ty, &low.ty, &high.ty];
        let kind = kind_of_all(&types);
        let has_date = types.iter().any(|ty| ty.is_temporal() && !is_time(ty));
        if kind == Kind::Text && has_date {
            let parts = (moment_side(value), moment_side(low), moment_side(high));
            let how = Comparison::Temporal;
            return Ok(between_of(parts.0, (parts.1, how), (parts.2, how), negated));
        }
        if types.iter().all(|ty| is_time(ty)) {
            return Ok(between_moments(value, low, high, negated)?);
        }
        if !negated && low.as_literal().is_some() && low.same_as(&high) {
            let low = self.fitted(&value, low);
            let high = self.fitted(&value, high);
            return self.between_equal(value, low, high);
        }
        self.between_constants(kind, value, low, high, negated)
    }

    /// `a BETWEEN 7 AND 7` is an equality to MySQL.
    fn between_equal(&mut self, value: Expr, low: Expr, high: Expr) -> Result<Expr, Interrupt> {
        let ExprKind::Once(number, told) = low.kind else {
            return self.compared(CompareOp::Equal, value, low);
        };
        let ty = told.ty.clone();
        let twice = match high.kind {
            ExprKind::Once(_, inner) => match (told.kind, inner.kind) {
                (ExprKind::Told(warning, _), inner @ ExprKind::Told(..)) => {
                    let inner = Expr::new(inner, ty.clone());
                    let once =
                        Expr::new(ExprKind::Told(warning.clone(), Box::new(inner)), ty.clone());
                    ExprKind::Told(warning, Box::new(once))
                }
                (kind, _) => kind,
            },
            _ => told.kind,
        };
        let low = Expr::new(ExprKind::Once(number, Box::new(Expr::new(twice, ty.clone()))), ty);
        self.compared(CompareOp::Equal, value, low)
    }

    /// BETWEEN of a column and constants that may be values of it; else as the kind that all three have.
    fn between_constants(
        &mut self,
        kind: Kind,
        value: Expr,
        low: Expr,
        high: Expr,
        negated: bool,
    ) -> Result<Expr, Interrupt> {
        let bounds = (self.try_fit(&value, low, true), self.try_fit(&value, high, true));
        let (kind, low, high) = match bounds {
            (Ok(low), Ok(high)) => return Ok(between_moments(value, low, high, negated)?),
            (Ok(low), Err(high)) | (Err(low), Ok(high)) => (Kind::Integer, low, high),
            (Err(low), Err(high)) => (kind, low, high),
        };
        let collation = text_collation(&[&value.ty, &low.ty, &high.ty])?;
        let ((value, _), (low, how_low), (high, how_high)) =
            (kind.side(value, collation), kind.side(low, collation), kind.side(high, collation));
        Ok(between_of(value, (low, how_low), (high, how_high), negated))
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
        let mut members = members?;
        if let ExprKind::Row(parts) = value.kind {
            return in_rows(parts, members, negated);
        }
        if members.len() == 1
            && let Some(member) = members.pop()
        {
            let member = self.single(member)?;
            let equal = self.compared(CompareOp::Equal, value, member)?;
            return Ok(if negated { not(equal) } else { equal });
        }
        self.in_members(value, members, negated)
    }

    fn in_members(
        &mut self,
        value: Expr,
        members: Vec<Expr>,
        negated: bool,
    ) -> Result<Expr, Interrupt> {
        let nullable = value.ty.nullable || members.iter().any(|member| member.ty.nullable);
        let once = !members.iter().any(is_exact);
        let only_numbers = members.iter().all(|member| {
            is_exact(member) || matches!(member.as_literal(), Some(Value::Double(_)))
        });
        let mut compared = Vec::with_capacity(members.len());
        let mut changed: Option<Expr> = None;
        let mut uniform = true;
        for member in members {
            let member = self.single(member)?;
            let (own, mut member, how) = comparable_as(value.clone(), member)?;
            if only_numbers {
                self.no_moment(&own, &mut member);
            }
            if once {
                self.constant_once(&mut member);
            }
            uniform &= changed.as_ref().is_none_or(|known| known.same_as(&own));
            changed.get_or_insert(own);
            compared.push((fold(member, self.session), how));
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

    /// A number in a list that is no moment is told of, once; it and the column are compared as numbers. Dates
    /// without a time of day are numbers to MySQL in any case.
    fn no_moment(&mut self, column: &Expr, constant: &mut Expr) {
        let ExprKind::Coerce(inner) = &column.kind else { return };
        if inner.as_literal().is_some() || inner.ty.ty == ColumnType::Date {
            return;
        }
        if let Fitted::Refused(_, Some(warning)) = fit_constant(&inner.ty, constant.clone(), false)
        {
            let number = std::mem::replace(constant, Expr::null());
            *constant = self.told_once(number, Some(warning));
        }
    }
}

/// Exact numbers among other things make MySQL compare each row with each member anew.
fn is_exact(member: &Expr) -> bool {
    matches!(member.as_literal(), Some(Value::Int(_) | Value::UInt(_) | Value::Decimal(_)))
}

fn is_time(ty: &ExprType) -> bool {
    matches!(ty.ty, ColumnType::Time(_))
}

/// The order in which texts among these are compared.
fn text_collation(types: &[&ExprType]) -> Result<CollationId, SqlError> {
    let as_text = |ty: &&ExprType| match ty.ty {
        ColumnType::Json => ExprType::text(ty.char_length(), CollationId::UTF8MB4_BIN, ty.nullable),
        _ => (*ty).clone(),
    };
    let texts: Vec<ExprType> = types.iter().map(as_text).filter(ExprType::is_string).collect();
    if texts.is_empty() {
        return Ok(CollationId::UTF8MB4_BIN);
    }
    let texts: Vec<&ExprType> = texts.iter().collect();
    Ok(aggregate_collations(&texts, "between")?.0)
}

/// BETWEEN of a value and bounds that are ready to be compared.
fn between_of(
    value: Expr,
    low: (Expr, Comparison),
    high: (Expr, Comparison),
    negated: bool,
) -> Expr {
    let nullable = value.ty.nullable || low.0.ty.nullable || high.0.ty.nullable;
    let how = (low.1, high.1);
    let parts = Box::new((value, low.0, high.0));
    Expr::condition(ExprKind::Between { parts, how, negated }, nullable)
}

/// BETWEEN with a date among the three, or with values of one column's type: each bound in its own way.
fn between_moments(value: Expr, low: Expr, high: Expr, negated: bool) -> Result<Expr, SqlError> {
    let (with_low, low, how_low) = comparable_as(value.clone(), low)?;
    let (with_high, high, how_high) = comparable_as(value, high)?;
    if with_low.same_as(&with_high) {
        return Ok(between_of(with_low, (low, how_low), (high, how_high), negated));
    }
    let above = compare_exprs(CompareOp::GreaterOrEqual, with_low, low)?;
    let below = compare_exprs(CompareOp::LessOrEqual, with_high, high)?;
    let both = above.and(below);
    Ok(if negated { not(both) } else { both })
}

/// BETWEEN with a NULL for a bound: nothing is converted for it.
fn between_unknown(value: Expr, low: Expr, high: Expr, negated: bool) -> Result<Expr, SqlError> {
    let text = match (is_time(&value.ty), &low, &high) {
        (true, text, null) | (true, null, text)
            if null.is_null_literal() && text.ty.is_string() =>
        {
            Some(text.ty.collation())
        }
        _ => None,
    };
    let Some(collation) = text else { return between_moments(value, low, high, negated) };
    let ((value, _), low, high) = (
        Kind::Text.side(value, collation),
        Kind::Text.side(low, collation),
        Kind::Text.side(high, collation),
    );
    Ok(between_of(value, low, high, negated))
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

//! Walking over an expression's parts: which slots it reads, whether it is constant, whether it may run
//! elsewhere.

use super::{Expr, ExprKind};
use crate::query::functions::Volatility;

/// The direct parts of an expression, in the order in which they are written: one list for the walk that
/// only looks and for the one that changes.
macro_rules! visit_parts {
    ($kind:expr, $visit:ident, $iter:ident $(, $mut:tt)?) => {
        match $kind {
            ExprKind::Literal(_)
            | ExprKind::Slot(_)
            | ExprKind::Param(_)
            | ExprKind::Scalar(_)
            | ExprKind::Exists(..)
            | ExprKind::UserVariable(_) => {}
            ExprKind::LocalTime(part)
            | ExprKind::Not(part)
            | ExprKind::IsNull(part, _)
            | ExprKind::IsTruth { expr: part, .. }
            | ExprKind::Negate(_, part, _)
            | ExprKind::BitNot(part)
            | ExprKind::Cast(part)
            | ExprKind::Coerce(part)
            | ExprKind::Moment(part)
            | ExprKind::Told(_, part)
            | ExprKind::Assign(_, part)
            | ExprKind::Once(_, part)
            | ExprKind::InSet { expr: part, .. } => $visit(part),
            ExprKind::And(parts)
            | ExprKind::Or(parts)
            | ExprKind::Coalesce(parts)
            | ExprKind::Row(parts)
            | ExprKind::Call(_, parts, _) => parts.$iter().for_each($visit),
            ExprKind::Xor(sides)
            | ExprKind::Compare { sides, .. }
            | ExprKind::Like { sides, .. }
            | ExprKind::Arithmetic { sides, .. }
            | ExprKind::Bits(_, sides)
            | ExprKind::DateAdd { sides, .. }
            | ExprKind::NullIf(sides, _) => {
                $visit(&$($mut)? sides.0);
                $visit(&$($mut)? sides.1);
            }
            ExprKind::If(parts) | ExprKind::Between { parts, .. } => {
                $visit(&$($mut)? parts.0);
                $visit(&$($mut)? parts.1);
                $visit(&$($mut)? parts.2);
            }
            ExprKind::RowCompare { parts, .. } => parts.$iter().for_each(|(left, right, _)| {
                $visit(left);
                $visit(right);
            }),
            ExprKind::InList { expr, list, .. } => {
                $visit(expr);
                list.$iter().for_each(|(member, _)| $visit(member));
            }
            ExprKind::Case { whens, otherwise } => {
                whens.$iter().for_each(|(condition, result)| {
                    $visit(condition);
                    $visit(result);
                });
                if let Some(result) = otherwise {
                    $visit(result);
                }
            }
            ExprKind::Quantified { left, .. } => left.$iter().for_each(|(part, _)| $visit(part)),
        }
    };
}

impl Expr {
    /// Calls `visit` for each direct part.
    pub fn for_each_part<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit_parts!(&self.kind, visit, iter);
    }

    /// Calls `visit` with every slot that the expression reads, those that its subqueries import included.
    pub fn for_each_slot(&self, visit: &mut dyn FnMut(usize)) {
        match &self.kind {
            ExprKind::Slot(slot) => visit(*slot),
            ExprKind::Scalar(query)
            | ExprKind::Exists(query, _)
            | ExprKind::Quantified { query, .. } => {
                query.imports.iter().for_each(|(outer, _)| visit(*outer));
            }
            _ => {}
        }
        self.for_each_part(&mut |part| part.for_each_slot(visit));
    }

    /// Calls `visit` for each direct part, which may change.
    pub fn for_each_part_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        visit_parts!(&mut self.kind, visit, iter_mut, mut);
    }

    /// Replaces every slot that the expression itself reads. Subqueries must not be in it.
    pub fn map_slots(&mut self, map: &mut dyn FnMut(usize) -> usize) {
        if let ExprKind::Slot(slot) = &mut self.kind {
            *slot = map(*slot);
        }
        self.for_each_part_mut(&mut |part| part.map_slots(map));
    }

    /// Replaces parts, from the outermost on; a part that was replaced is not looked into.
    pub fn replace(&mut self, with: &dyn Fn(&Expr) -> Option<Expr>) {
        match with(self) {
            Some(other) => *self = other,
            None => self.for_each_part_mut(&mut |part| part.replace(with)),
        }
    }

    /// Whether a subquery is part of it.
    pub fn has_subquery(&self) -> bool {
        self.any_part(&|part| {
            matches!(
                part.kind,
                ExprKind::Scalar(_) | ExprKind::Exists(..) | ExprKind::Quantified { .. }
            )
        })
    }

    /// Whether both do the same.
    pub fn same_as(&self, other: &Self) -> bool {
        format!("{:?}", self.kind) == format!("{:?}", other.kind)
    }

    /// Every slot that the expression reads.
    pub fn slots(&self) -> Vec<usize> {
        let mut slots = Vec::new();
        self.for_each_slot(&mut |slot| slots.push(slot));
        slots
    }

    /// Whether any part fulfils the test.
    pub fn any_part(&self, test: &dyn Fn(&Expr) -> bool) -> bool {
        if test(self) {
            return true;
        }
        let mut found = false;
        self.for_each_part(&mut |part| found = found || part.any_part(test));
        found
    }

    /// Whether its value is known when the statement is compiled.
    pub fn is_constant(&self) -> bool {
        !self.any_part(&|part| match &part.kind {
            ExprKind::Call(function, ..) => function.volatility != Volatility::Pure,
            kind => !kind.is_pure(),
        })
    }

    /// Whether its value is the same for every row of one run: it reads no slots and nothing volatile.
    pub fn is_fixed(&self) -> bool {
        !self.any_part(&|part| match &part.kind {
            ExprKind::Call(function, ..) => function.volatility == Volatility::Volatile,
            ExprKind::Param(_) | ExprKind::LocalTime(_) | ExprKind::Once(..) => false,
            ExprKind::Scalar(query)
            | ExprKind::Exists(query, _)
            | ExprKind::Quantified { query, .. } => !query.imports.is_empty() || !query.repeatable,
            kind => !kind.is_pure(),
        })
    }

    /// Whether evaluating it twice, or not at all, could be noticed.
    pub fn is_volatile(&self) -> bool {
        self.any_part(&|part| match &part.kind {
            ExprKind::Call(function, ..) => function.volatility == Volatility::Volatile,
            ExprKind::Assign(..) | ExprKind::UserVariable(_) => true,
            ExprKind::Scalar(query)
            | ExprKind::Exists(query, _)
            | ExprKind::Quantified { query, .. } => !query.repeatable,
            _ => false,
        })
    }
}

impl ExprKind {
    /// Whether the node itself depends on nothing but its parts.
    fn is_pure(&self) -> bool {
        !matches!(
            self,
            Self::Slot(_)
                | Self::Param(_)
                | Self::LocalTime(_)
                | Self::UserVariable(_)
                | Self::Assign(..)
                | Self::Scalar(_)
                | Self::Exists(..)
                | Self::Quantified { .. }
                | Self::Once(..)
        )
    }
}

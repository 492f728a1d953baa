//! Frames of windows: what MySQL lets them be, which it says in terms of the window's name.

use super::Compiler;
use crate::query::Interrupt;
use crate::query::expr::{Expr, ExprType};
use crate::query::plan::SortKey;
use crate::query::windows::{Frame, FrameBound, FrameUnits};
use crate::sql::statement::ast;
use crate::value::types::ColumnType;
use crate::value::{SqlError, Value};

/// A window and what errors call it.
pub struct NamedWindow {
    /// Its name.
    pub name: String,
    /// The window, with what it inherits.
    pub spec: ast::WindowSpec,
}

impl NamedWindow {
    /// One that OVER describes.
    pub fn unnamed(spec: ast::WindowSpec) -> Self {
        Self { name: "<unnamed window>".to_owned(), spec }
    }
}

impl Compiler<'_> {
    pub(super) fn window_frame(
        &mut self,
        frame: &ast::WindowFrame,
        order: &[SortKey],
        window: &str,
    ) -> Result<Frame, Interrupt> {
        let units = match frame.units {
            ast::WindowFrameUnits::Rows => FrameUnits::Rows,
            ast::WindowFrameUnits::Range => FrameUnits::Range,
            // MySQL reads it and refuses it too.
            ast::WindowFrameUnits::Groups => {
                return Err(SqlError::not_supported("GROUPS").into());
            }
        };
        let start = self.frame_bound(&frame.start_bound)?;
        let end = match &frame.end_bound {
            Some(end) => self.frame_bound(end)?,
            None => FrameBound::Current,
        };
        let frame = Frame { units, start, end };
        check_direction(&frame, window)?;
        for bound in [&frame.start, &frame.end] {
            self.check_offset(bound, units, order, window)?;
        }
        Ok(frame)
    }

    fn frame_bound(&mut self, bound: &ast::WindowFrameBound) -> Result<FrameBound, Interrupt> {
        use ast::WindowFrameBound as B;
        Ok(match bound {
            B::CurrentRow => FrameBound::Current,
            B::Preceding(None) => FrameBound::First,
            B::Following(None) => FrameBound::Last,
            B::Preceding(Some(by)) => {
                let (by, unit) = self.frame_offset(by)?;
                FrameBound::Preceding(by, unit)
            }
            B::Following(Some(by)) => {
                let (by, unit) = self.frame_offset(by)?;
                FrameBound::Following(by, unit)
            }
        })
    }

    fn frame_offset(
        &mut self,
        by: &ast::Expr,
    ) -> Result<(Expr, Option<crate::value::temporal::Unit>), Interrupt> {
        match by {
            ast::Expr::Interval(interval) => {
                let unit = self.unit(interval)?;
                Ok((self.single_expr(&interval.value)?, Some(unit)))
            }
            by => Ok((self.single_expr(by)?, None)),
        }
    }

    /// What a bound may count by.
    fn check_offset(
        &mut self,
        bound: &FrameBound,
        units: FrameUnits,
        order: &[SortKey],
        window: &str,
    ) -> Result<(), Interrupt> {
        let (FrameBound::Preceding(by, unit) | FrameBound::Following(by, unit)) = bound else {
            return Ok(());
        };
        match units {
            FrameUnits::Rows if unit.is_some() => return Err(interval_of_rows(window).into()),
            FrameUnits::Rows => {}
            FrameUnits::Range => check_range(order, unit.is_some(), window)?,
        }
        if by.as_literal().is_some() && is_negative(&self.constant_value(by)?) {
            return Err(wrong_bound(window).into());
        }
        Ok(())
    }
}

/// A frame must not end before it starts, as far as its words say so.
fn check_direction(frame: &Frame, window: &str) -> Result<(), SqlError> {
    use FrameBound as B;
    match (&frame.start, &frame.end) {
        (B::Last, _) => {
            let message = format!("Window '{window}': frame start cannot be UNBOUNDED FOLLOWING.");
            Err(SqlError::new(3584, b"HY000", message))
        }
        (_, B::First) => {
            let message = format!("Window '{window}': frame end cannot be UNBOUNDED PRECEDING.");
            Err(SqlError::new(3585, b"HY000", message))
        }
        (B::Following(..), B::Preceding(..) | B::Current) | (B::Current, B::Preceding(..)) => {
            Err(wrong_bound(window))
        }
        _ => Ok(()),
    }
}

/// RANGE with a distance: one key, numeric with a number, temporal with an INTERVAL.
fn check_range(order: &[SortKey], interval: bool, window: &str) -> Result<(), SqlError> {
    let key = match order {
        [only] => Some(&only.expr.ty),
        _ => None,
    };
    match key {
        Some(ty) if ty.is_temporal() && !interval => {
            let message = format!(
                "Window '{window}' with RANGE frame has ORDER BY expression of datetime type. Only INTERVAL bound value allowed."
            );
            Err(SqlError::new(3588, b"HY000", message))
        }
        Some(ty) if is_number(ty) && interval => {
            let message = format!(
                "Window '{window}' with RANGE frame has ORDER BY expression of numeric type, INTERVAL bound value not allowed."
            );
            Err(SqlError::new(3589, b"HY000", message))
        }
        Some(ty) if ty.is_temporal() || is_number(ty) => Ok(()),
        _ => {
            let message = format!(
                "Window '{window}' with RANGE N PRECEDING/FOLLOWING frame requires exactly one deterministic ORDER BY expression, of numeric or temporal type"
            );
            Err(SqlError::new(3587, b"HY000", message))
        }
    }
}

fn is_number(ty: &ExprType) -> bool {
    use ColumnType::{Bit, Decimal, Float, Integer, Year};
    matches!(ty.ty, Integer { .. } | Decimal { .. } | Float { .. } | Year | Bit(_))
}

fn is_negative(value: &Value) -> bool {
    match value {
        Value::Int(number) => *number < 0,
        Value::Decimal(number) => number.is_negative(),
        Value::Double(number) => *number < 0.0,
        Value::Null => true,
        _ => false,
    }
}

fn interval_of_rows(window: &str) -> SqlError {
    let message = format!("Window '{window}': INTERVAL can only be used with RANGE frames.");
    SqlError::new(3596, b"HY000", message)
}

/// 3586.
fn wrong_bound(window: &str) -> SqlError {
    let message =
        format!("Window '{window}': frame start or end is negative, NULL or of non-integral type");
    SqlError::new(3586, b"HY000", message)
}

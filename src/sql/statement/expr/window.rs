//! OVER: windows, named or not, and their frames.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    Expr, Function, NamedWindowDefinition, NamedWindowExpr, NullTreatment, WindowFrame,
    WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType,
};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// A call with the OVER behind it, if there is one.
    pub(super) fn with_window(&mut self, mut function: Function) -> Parse<Expr> {
        if self.accept_words(&["FROM", "LAST"]) {
            return self.unsupported("FROM LAST");
        }
        if self.accept_words(&["IGNORE", "NULLS"]) {
            return self.unsupported("IGNORE NULLS");
        }
        let _ = self.accept_words(&["FROM", "FIRST"]);
        if self.accept_words(&["RESPECT", "NULLS"]) {
            function.null_treatment = Some(NullTreatment::RespectNulls);
        }
        if self.accept("OVER") {
            function.over = Some(if self.is(TokenKind::LParen) {
                WindowType::WindowSpec(self.window_spec()?)
            } else {
                WindowType::NamedWindow(self.ident()?)
            });
        }
        Ok(Expr::Function(function))
    }

    /// `w AS (…)` behind WINDOW.
    pub(in crate::sql::statement) fn named_window(&mut self) -> Parse<NamedWindowDefinition> {
        let name = self.ident()?;
        self.require("AS")?;
        let spec = NamedWindowExpr::WindowSpec(self.window_spec()?);
        Ok(NamedWindowDefinition(name, spec))
    }

    fn window_spec(&mut self) -> Parse<WindowSpec> {
        self.open()?;
        let spec = self.nested(Self::window_parts)?;
        self.close()?;
        Ok(spec)
    }

    fn window_parts(&mut self) -> Parse<WindowSpec> {
        let window_name = if self.is_name(0) { Some(self.ident()?) } else { None };
        let partition_by =
            if self.accept_words(&["PARTITION", "BY"]) { self.exprs()? } else { Vec::new() };
        let order_by = self.order_by()?;
        let window_frame = self.frame()?;
        Ok(WindowSpec { window_name, partition_by, order_by, window_frame })
    }

    fn frame(&mut self) -> Parse<Option<WindowFrame>> {
        let units = match self.accept_any(&["ROWS", "RANGE", "GROUPS"]) {
            Some("ROWS") => WindowFrameUnits::Rows,
            Some("RANGE") => WindowFrameUnits::Range,
            Some(_) => return self.unsupported("GROUPS"),
            None => return Ok(None),
        };
        let (start_bound, end_bound) = if self.accept("BETWEEN") {
            let start = self.bound()?;
            self.require("AND")?;
            (start, Some(self.bound()?))
        } else {
            (self.bound()?, None)
        };
        if self.at("EXCLUDE") {
            return self.unsupported("EXCLUDE");
        }
        Ok(Some(WindowFrame { units, start_bound, end_bound }))
    }

    fn bound(&mut self) -> Parse<WindowFrameBound> {
        if self.accept_words(&["CURRENT", "ROW"]) {
            return Ok(WindowFrameBound::CurrentRow);
        }
        let distance = if self.accept("UNBOUNDED") {
            None
        } else if self.accept("INTERVAL") {
            Some(Box::new(self.interval()?))
        } else {
            Some(Box::new(self.bits()?))
        };
        match self.accept_any(&["PRECEDING", "FOLLOWING"]) {
            Some("PRECEDING") => Ok(WindowFrameBound::Preceding(distance)),
            Some(_) => Ok(WindowFrameBound::Following(distance)),
            None => self.fail(),
        }
    }
}

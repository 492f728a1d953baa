//! OVER: windows, named or not, and their frames; and the functions that are nothing without it.

use super::build::{argument, arguments, function, one_part};
use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    Expr, Function, NamedWindowDefinition, NamedWindowExpr, NullTreatment, WindowFrame,
    WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType,
};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// A call of a function that MySQL's grammar knows as a window function: what it takes is syntax, and OVER
    /// has to follow.
    pub(super) fn window_call(&mut self, name: &str) -> Parse<Expr> {
        self.advance();
        self.open()?;
        let args = self.nested(|parser| parser.window_arguments(name))?;
        self.close()?;
        let args = arguments(args.into_iter().map(argument).collect());
        match self.with_window(function(one_part(name), args))? {
            Expr::Function(call) if call.over.is_none() => self.fail(),
            call => Ok(call),
        }
    }

    fn window_arguments(&mut self, name: &str) -> Parse<Vec<Expr>> {
        match name {
            "NTILE" => Ok(vec![self.whole_argument()?]),
            "LAG" | "LEAD" => self.neighbour_arguments(),
            "FIRST_VALUE" | "LAST_VALUE" => Ok(vec![self.expr()?]),
            "NTH_VALUE" => {
                let value = self.expr()?;
                self.expect_kind(TokenKind::Comma)?;
                Ok(vec![value, self.bits()?])
            }
            _ => Ok(Vec::new()),
        }
    }

    /// `value [, distance [, default]]`
    fn neighbour_arguments(&mut self) -> Parse<Vec<Expr>> {
        let mut args = vec![self.expr()?];
        if self.comma() {
            args.push(self.whole_argument()?);
            if self.comma() {
                args.push(self.expr()?);
            }
        }
        Ok(args)
    }

    /// A number that is the same for all rows: whole digits, a parameter or a user variable. A name would be a
    /// variable of a stored program.
    fn whole_argument(&mut self) -> Parse<Expr> {
        match self.kind() {
            TokenKind::Number if self.bytes(self.token(0)).iter().all(u8::is_ascii_digit) => {
                self.numeric()
            }
            TokenKind::Param | TokenKind::UserVar => self.primary(),
            _ if self.is_name(0) => {
                let text = format!("Undeclared variable: {}", self.ident()?.value);
                self.refuse(1327, b"42000", text)
            }
            _ => self.fail(),
        }
    }

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
            let start = self.bound(&["PRECEDING", "FOLLOWING"])?;
            self.require("AND")?;
            (start, Some(self.bound(&["PRECEDING", "FOLLOWING"])?))
        } else {
            (self.bound(&["PRECEDING"])?, None)
        };
        if self.at("EXCLUDE") {
            return self.unsupported("EXCLUDE");
        }
        Ok(Some(WindowFrame { units, start_bound, end_bound }))
    }

    fn bound(&mut self, directions: &[&str]) -> Parse<WindowFrameBound> {
        if self.accept_words(&["CURRENT", "ROW"]) {
            return Ok(WindowFrameBound::CurrentRow);
        }
        let distance = if self.accept("UNBOUNDED") {
            None
        } else if self.accept("INTERVAL") {
            Some(Box::new(self.interval()?))
        } else {
            Some(Box::new(self.frame_number()?))
        };
        match self.accept_any(directions) {
            Some("PRECEDING") => Ok(WindowFrameBound::Preceding(distance)),
            Some(_) => Ok(WindowFrameBound::Following(distance)),
            None => self.fail(),
        }
    }

    /// What a frame counts by: a number as it is written, or a parameter.
    fn frame_number(&mut self) -> Parse<Expr> {
        match self.kind() {
            TokenKind::Number | TokenKind::Param => self.primary(),
            _ => self.fail(),
        }
    }
}

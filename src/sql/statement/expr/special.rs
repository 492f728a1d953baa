//! Functions whose arguments have words between them.

use super::build::{
    argument, arguments, call_of, function, identifier, one_part, plain_ident, value,
};
use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArgOperator, TrimWhereField, Value,
};
use crate::sql::statement::cursor::{Parse, Parser};
use sqlparser::ast::ExtractSyntax;

impl Parser<'_> {
    /// A call by a word; `(` stands behind it.
    pub(super) fn special_call(&mut self, word: &str) -> Parse<Expr> {
        match word {
            "CAST" => self.inside(Self::cast),
            "CONVERT" => self.inside(Self::convert),
            "EXTRACT" => self.inside(Self::extract),
            "TRIM" => self.inside(Self::trim),
            "SUBSTRING" | "SUBSTR" | "MID" => self.inside(Self::substring),
            "POSITION" => self.inside(Self::position),
            "CHAR" => self.inside(Self::char_call),
            "WEIGHT_STRING" => self.inside(Self::weight_string),
            "TIMESTAMPADD" | "TIMESTAMPDIFF" => self.inside(|p| p.with_unit(word)),
            "GET_FORMAT" => self.inside(Self::get_format),
            "DATE_ADD" | "DATE_SUB" | "ADDDATE" | "SUBDATE" => self.inside(|p| p.date_add(word)),
            "JSON_VALUE" => self.inside(Self::json_value),
            "ROW_NUMBER" | "RANK" | "DENSE_RANK" | "CUME_DIST" | "PERCENT_RANK" | "NTILE"
            | "LAG" | "LEAD" | "FIRST_VALUE" | "LAST_VALUE" | "NTH_VALUE" => self.window_call(word),
            "MATCH" => self.unsupported("full-text search"),
            _ => self.worded_call(),
        }
    }

    /// What stands in the parentheses behind the next word.
    fn inside(&mut self, rule: impl FnOnce(&mut Self) -> Parse<Expr>) -> Parse<Expr> {
        self.advance();
        self.open()?;
        let expr = self.nested(rule)?;
        self.close()?;
        Ok(expr)
    }

    fn extract(&mut self) -> Parse<Expr> {
        let field = self.unit()?;
        self.require("FROM")?;
        let expr = Box::new(self.expr()?);
        Ok(Expr::Extract { field, syntax: ExtractSyntax::From, expr })
    }

    fn trim(&mut self) -> Parse<Expr> {
        let trim_where = match self.accept_any(&["BOTH", "LEADING", "TRAILING"]) {
            Some("BOTH") => Some(TrimWhereField::Both),
            Some("LEADING") => Some(TrimWhereField::Leading),
            Some(_) => Some(TrimWhereField::Trailing),
            None => None,
        };
        let built = |what, expr| Expr::Trim {
            trim_where,
            trim_what: what,
            expr: Box::new(expr),
            trim_characters: None,
        };
        if trim_where.is_some() && self.accept("FROM") {
            return Ok(built(None, self.expr()?));
        }
        let first = self.expr()?;
        if self.accept("FROM") {
            return Ok(built(Some(Box::new(first)), self.expr()?));
        }
        if trim_where.is_some() { self.fail() } else { Ok(built(None, first)) }
    }

    fn substring(&mut self) -> Parse<Expr> {
        let mut args = vec![self.expr()?];
        let (from, count) = if self.accept("FROM") { ("", "FOR") } else { (",", ",") };
        if from == "," && !self.comma() {
            return self.fail();
        }
        args.push(self.expr()?);
        if count == "FOR" && self.accept("FOR") || count == "," && self.comma() {
            args.push(self.expr()?);
        }
        Ok(call_of("SUBSTRING", args))
    }

    fn position(&mut self) -> Parse<Expr> {
        let needle = self.bits()?;
        self.require("IN")?;
        Ok(call_of("LOCATE", vec![needle, self.expr()?]))
    }

    fn char_call(&mut self) -> Parse<Expr> {
        let mut args: Vec<FunctionArg> = self.exprs()?.into_iter().map(argument).collect();
        if self.accept("USING") {
            let charset = self.charset_name()?;
            args.push(named("USING", identifier(charset)));
        }
        Ok(Expr::Function(function(one_part("CHAR"), arguments(args))))
    }

    fn weight_string(&mut self) -> Parse<Expr> {
        let mut args = vec![argument(self.expr()?)];
        if self.accept("AS") {
            let Some(word) = self.accept_any(&["CHAR", "BINARY"]) else { return self.fail() };
            let length = self.length()?.unwrap_or(1);
            args.push(named(word, super::number_value(length.to_string())));
        }
        Ok(Expr::Function(function(one_part("WEIGHT_STRING"), arguments(args))))
    }

    /// TIMESTAMPADD and TIMESTAMPDIFF.
    fn with_unit(&mut self, name: &str) -> Parse<Expr> {
        let unit = self.unit_word()?;
        let mut args = vec![self.word_argument(unit)];
        for _ in 0..2 {
            self.expect_kind(TokenKind::Comma)?;
            args.push(argument(self.expr()?));
        }
        Ok(Expr::Function(function(one_part(name), arguments(args))))
    }

    fn get_format(&mut self) -> Parse<Expr> {
        let Some(word) = self.accept_any(&["DATETIME", "DATE", "TIMESTAMP", "TIME"]) else {
            return self.fail();
        };
        self.expect_kind(TokenKind::Comma)?;
        Ok(call_of("GET_FORMAT", vec![identifier(word), self.expr()?]))
    }

    /// DATE_ADD and its like; ADDDATE also takes days.
    fn date_add(&mut self, name: &str) -> Parse<Expr> {
        let date = self.expr()?;
        self.expect_kind(TokenKind::Comma)?;
        let days = matches!(name, "ADDDATE" | "SUBDATE");
        let step = if self.accept("INTERVAL") {
            self.interval()?
        } else if days {
            self.expr()?
        } else {
            return self.fail();
        };
        Ok(call_of(name, vec![date, step]))
    }

    fn json_value(&mut self) -> Parse<Expr> {
        let mut args = vec![argument(self.expr()?)];
        self.expect_kind(TokenKind::Comma)?;
        args.push(argument(self.expr()?));
        if self.accept("RETURNING") {
            let null = Box::new(value(Value::Null));
            args.push(named("RETURNING", self.cast_to(null)?));
        }
        while let Some(handling) = self.json_handling()? {
            self.require("ON")?;
            let Some(event) = self.accept_any(&["EMPTY", "ERROR"]) else { return self.fail() };
            args.push(named(if event == "EMPTY" { "ON_EMPTY" } else { "ON_ERROR" }, handling));
        }
        Ok(Expr::Function(function(one_part("JSON_VALUE"), arguments(args))))
    }

    fn json_handling(&mut self) -> Parse<Option<Expr>> {
        Ok(match self.accept_any(&["NULL", "ERROR", "DEFAULT"]) {
            Some("NULL") => Some(value(Value::Null)),
            Some("ERROR") => Some(identifier("ERROR")),
            Some(_) => Some(self.unary()?),
            None => None,
        })
    }

    /// `INTERVAL x DAY + y`, or the function `INTERVAL(a, b, c)`.
    pub(super) fn interval_or_call(&mut self) -> Parse<Expr> {
        if self.kind_at(1) == TokenKind::LParen && self.has_comma_inside(1) {
            self.advance();
            return self.call(vec![plain_ident("INTERVAL")]);
        }
        self.advance();
        self.interval()
    }

    /// Whether the parentheses that open `ahead` have a comma directly in them.
    fn has_comma_inside(&self, ahead: usize) -> bool {
        let mut depth = 0usize;
        for index in ahead.. {
            match self.kind_at(index) {
                TokenKind::LParen => depth += 1,
                TokenKind::RParen if depth <= 1 => return false,
                TokenKind::RParen => depth -= 1,
                TokenKind::Comma if depth == 1 => return true,
                TokenKind::Semi => return false,
                _ => {}
            }
        }
        false
    }

    /// `x AS type` of CAST.
    fn cast(&mut self) -> Parse<Expr> {
        let expr = Box::new(self.expr()?);
        if self.at_words(&["AT", "TIME", "ZONE"]) {
            return self.unsupported("CAST … AT TIME ZONE");
        }
        self.require("AS")?;
        self.cast_to(expr)
    }

    /// `x, type` or `x USING charset` of CONVERT.
    fn convert(&mut self) -> Parse<Expr> {
        let expr = Box::new(self.expr()?);
        if !self.accept("USING") {
            self.expect_kind(TokenKind::Comma)?;
            return self.cast_to(expr);
        }
        let charset = Some(one_part(&self.charset_name()?));
        Ok(Expr::Convert {
            is_try: false,
            expr,
            data_type: None::<DataType>,
            charset,
            target_before_value: false,
            styles: Vec::new(),
        })
    }
}

fn named(name: &str, arg: Expr) -> FunctionArg {
    FunctionArg::Named {
        name: plain_ident(name),
        arg: FunctionArgExpr::Expr(arg),
        operator: FunctionArgOperator::Space,
    }
}

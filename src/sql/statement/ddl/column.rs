//! A column's definition: its type and attributes, in any order as MySQL takes them.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    Check, ColumnDefinition, DefaultValue, Expr, Generated, UnaryOperator, Value,
};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Name, type and attributes, and behind them REFERENCES.
    pub(super) fn referring_column(&mut self) -> Parse<ColumnDefinition> {
        let name = self.name()?;
        let mut column = self.column_of(name)?;
        if self.at("REFERENCES") {
            let names = vec![column.name.clone()];
            column.references = Some(self.references(None, None, names)?);
        }
        Ok(column)
    }

    /// Type and attributes of a column whose name has been read.
    pub(super) fn column_of(&mut self, name: String) -> Parse<ColumnDefinition> {
        let mut column = ColumnDefinition {
            name,
            ty: self.type_definition()?,
            nullable: None,
            default: None,
            on_update: None,
            auto_increment: false,
            primary: false,
            unique: false,
            comment: None,
            invisible: false,
            generated: None,
            checks: Vec::new(),
            references: None,
        };
        while self.column_attribute(&mut column)? {}
        Ok(column)
    }

    fn column_attribute(&mut self, column: &mut ColumnDefinition) -> Parse<bool> {
        if self.at_words(&["NOT", "NULL"]) {
            self.advance();
            self.advance();
            column.nullable = Some(false);
            return Ok(true);
        }
        match self.upper().as_str() {
            "NULL" => self.take(|| column.nullable = Some(true)),
            "AUTO_INCREMENT" => self.take(|| column.auto_increment = true),
            "VISIBLE" => self.take(|| column.invisible = false),
            "INVISIBLE" => self.take(|| column.invisible = true),
            "DEFAULT" => {
                self.advance();
                column.default = Some(self.default_definition()?);
            }
            "ON" => {
                self.advance();
                self.require("UPDATE")?;
                column.on_update = Some(self.now_digits()?);
            }
            "COMMENT" => {
                self.advance();
                column.comment = Some(self.text()?);
            }
            "COLLATE" => {
                self.advance();
                column.ty.collate = Some(self.charset_name()?);
            }
            "GENERATED" | "AS" => column.generated = Some(self.generated()?),
            "COLUMN_FORMAT" | "STORAGE" => {
                // For NDB only; read by all engines.
                self.advance();
                if self.accept_any(&["FIXED", "DYNAMIC", "DEFAULT", "DISK", "MEMORY"]).is_none() {
                    return self.fail();
                }
            }
            "SRID" => return self.unsupported("spatial types"),
            "CONSTRAINT" | "CHECK" | "NOT" | "ENFORCED" => return self.column_check(column),
            _ => return self.column_key(column),
        }
        Ok(true)
    }

    fn take(&mut self, set: impl FnOnce()) {
        self.advance();
        set();
    }

    fn column_key(&mut self, column: &mut ColumnDefinition) -> Parse<bool> {
        if self.accept_words(&["PRIMARY", "KEY"]) || self.accept("KEY") {
            column.primary = true;
        } else if self.accept("UNIQUE") {
            self.accept("KEY");
            column.unique = true;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn column_check(&mut self, column: &mut ColumnDefinition) -> Parse<bool> {
        if self.at_words(&["NOT", "ENFORCED"]) || self.at("ENFORCED") {
            return self.fail();
        }
        let name = self.constraint_name()?.flatten();
        if !self.at("CHECK") {
            return self.fail();
        }
        let check = self.check(name)?;
        column.checks.push(check);
        Ok(true)
    }

    /// CONSTRAINT with or without a name, if it stands here.
    pub(super) fn constraint_name(&mut self) -> Parse<Option<Option<String>>> {
        if !self.accept("CONSTRAINT") {
            return Ok(None);
        }
        Ok(Some(if self.is_name(0) { Some(self.name()?) } else { None }))
    }

    /// `CHECK (…) [NOT] ENFORCED`
    pub(super) fn check(&mut self, name: Option<String>) -> Parse<Check> {
        self.require("CHECK")?;
        self.open()?;
        let expr = self.expr()?;
        self.close()?;
        let enforced = !self.accept_words(&["NOT", "ENFORCED"]);
        if enforced {
            self.accept("ENFORCED");
        }
        Ok(Check { name, expr, enforced })
    }

    fn generated(&mut self) -> Parse<Generated> {
        if self.accept("GENERATED") {
            self.require("ALWAYS")?;
        }
        self.require("AS")?;
        self.open()?;
        let expr = self.expr()?;
        self.close()?;
        let stored = match self.accept_any(&["VIRTUAL", "STORED", "PERSISTENT"]) {
            Some("VIRTUAL") | None => false,
            Some(_) => true,
        };
        Ok(Generated { expr, stored })
    }

    /// What stands behind DEFAULT.
    pub(super) fn default_definition(&mut self) -> Parse<DefaultValue> {
        if self.accept_kind(TokenKind::LParen) {
            let expr = self.expr()?;
            self.close()?;
            return Ok(DefaultValue::Expression(expr));
        }
        if self.at_any(&["CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP"]) {
            return Ok(DefaultValue::Now(self.now_digits()?));
        }
        let offset = self.offset();
        // Without operators behind it: a COLLATE here is the column's.
        let literal = self.literal_with_sign()?;
        if !is_literal(&literal) {
            return Err(crate::sql::statement::SyntaxError::near(self.sql, offset));
        }
        Ok(DefaultValue::Literal(literal))
    }

    /// `CURRENT_TIMESTAMP`, `NOW()`, `CURRENT_TIMESTAMP(3)`: the digits.
    fn now_digits(&mut self) -> Parse<u64> {
        let words = ["CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP"];
        let Some(word) = self.accept_any(&words) else { return self.fail() };
        if !self.accept_kind(TokenKind::LParen) {
            return if word == "NOW" { self.fail() } else { Ok(0) };
        }
        let digits = if self.is(TokenKind::RParen) { 0 } else { self.number()? };
        self.close()?;
        Ok(digits)
    }
}

fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => !matches!(value.value, Value::Placeholder(_)),
        Expr::TypedString(_) => true,
        Expr::Prefixed { prefix, .. } => prefix.value.starts_with('_'),
        Expr::UnaryOp { op, expr } => {
            matches!(op, UnaryOperator::Minus | UnaryOperator::Plus) && is_literal(expr)
        }
        _ => false,
    }
}

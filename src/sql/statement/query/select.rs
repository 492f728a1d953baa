//! One SELECT: modifiers, select list, FROM to WINDOW.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    Distinct, Expr, GroupByExpr, GroupByWithModifier, Ident, NamedWindowDefinition, ObjectName,
    ObjectNamePart, Select, SelectItem, SelectItemQualifiedWildcardKind, SelectModifiers,
    TableWithJoins, UnaryOperator, Value, WildcardAdditionalOptions, empty_select,
};
use crate::sql::statement::cursor::{Parse, Parser};
use crate::sql::statement::expr::plain_ident;
use sqlparser::ast::{OptimizerHint, OptimizerHintStyle};

/// MySQL cuts the names that it takes from the text (`MAX_ALIAS_NAME`).
const MAX_TEXT_NAME_CHARS: usize = 256;

impl Parser<'_> {
    /// Behind the word SELECT.
    pub(super) fn select(&mut self) -> Parse<Select> {
        let mut select = empty_select();
        select.optimizer_hints = self.optimizer_hints();
        self.select_options(&mut select)?;
        select.projection = self.select_items()?;
        self.select_target()?;
        if self.accept("FROM") {
            select.from = self.tables_clause()?;
        }
        if self.accept("WHERE") {
            select.selection = Some(self.expr()?);
        }
        select.group_by = self.group_by()?;
        if self.accept("HAVING") {
            select.having = Some(self.expr()?);
        }
        select.named_window = self.windows()?;
        Ok(select)
    }

    /// The select list: `*` alone stands only at its beginning.
    fn select_items(&mut self) -> Parse<Vec<SelectItem>> {
        let mut items = vec![self.select_item()?];
        while self.comma() {
            if self.is(TokenKind::Op) && self.operator() == b"*" {
                return self.fail();
            }
            items.push(self.select_item()?);
        }
        Ok(items)
    }

    fn optimizer_hints(&self) -> Vec<OptimizerHint> {
        let text = self.hint().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let style = OptimizerHintStyle::MultiLine;
        text.into_iter()
            .map(|text| OptimizerHint { prefix: String::new(), text, style: style.clone() })
            .collect()
    }

    fn select_options(&mut self, select: &mut Select) -> Parse<()> {
        let mut modifiers = SelectModifiers::default();
        let mut any = false;
        loop {
            let word = self.upper();
            let flag = match word.as_str() {
                "ALL" | "DISTINCT" | "DISTINCTROW" => {
                    let distinct = word != "ALL";
                    let other = if distinct { Distinct::All } else { Distinct::Distinct };
                    if select.distinct == Some(other) {
                        let text = "Incorrect usage of ALL and DISTINCT";
                        return self.refuse(1221, b"HY000", text);
                    }
                    select.distinct =
                        Some(if distinct { Distinct::Distinct } else { Distinct::All });
                    self.advance();
                    continue;
                }
                "HIGH_PRIORITY" => &mut modifiers.high_priority,
                "STRAIGHT_JOIN" => &mut modifiers.straight_join,
                "SQL_SMALL_RESULT" => &mut modifiers.sql_small_result,
                "SQL_BIG_RESULT" => &mut modifiers.sql_big_result,
                "SQL_BUFFER_RESULT" => &mut modifiers.sql_buffer_result,
                "SQL_NO_CACHE" => &mut modifiers.sql_no_cache,
                "SQL_CALC_FOUND_ROWS" => &mut modifiers.sql_calc_found_rows,
                _ => break,
            };
            *flag = true;
            any = true;
            self.advance();
        }
        select.select_modifiers = any.then_some(modifiers);
        Ok(())
    }

    pub(in crate::sql::statement) fn select_item(&mut self) -> Parse<SelectItem> {
        if self.accept_operator(b"*") {
            return Ok(SelectItem::Wildcard(WildcardAdditionalOptions::default()));
        }
        if let Some(table) = self.wildcard_table()? {
            let kind = SelectItemQualifiedWildcardKind::ObjectName(table);
            let options = WildcardAdditionalOptions::default();
            return Ok(SelectItem::QualifiedWildcard(kind, options));
        }
        let start = self.offset();
        let name = self.string_name();
        let expr = self.expr()?;
        let text = self.text_since(start);
        if let Some(alias) = self.select_alias()? {
            return Ok(SelectItem::ExprWithAlias { expr, alias });
        }
        Ok(unnamed(expr, name, text))
    }

    /// `t.*`, `db.t.*`
    fn wildcard_table(&mut self) -> Parse<Option<ObjectName>> {
        let star = |ahead: usize| {
            self.kind_at(ahead) == TokenKind::Dot
                && self.bytes(self.token(ahead + 1)) == b"*"
                && self.kind_at(ahead + 1) == TokenKind::Op
        };
        let parts = match (star(1), self.kind_at(1) == TokenKind::Dot && star(3)) {
            (true, _) => 1,
            (_, true) => 2,
            _ => return Ok(None),
        };
        let mut name = Vec::with_capacity(parts);
        for _ in 0..parts {
            name.push(ObjectNamePart::Identifier(self.ident()?));
            self.expect_kind(TokenKind::Dot)?;
        }
        self.expect_operator(b"*")?;
        Ok(Some(ObjectName(name)))
    }

    /// What a string literal is named by: itself, without the strings behind it.
    fn string_name(&self) -> Option<String> {
        if !self.at_text() {
            return None;
        }
        let bytes = self.bytes(self.token(0));
        Some(self.decode(&crate::sql::statement::text::unquote(bytes, self.escapes())))
    }

    fn select_alias(&mut self) -> Parse<Option<Ident>> {
        if self.accept("AS") {
            return Ok(Some(self.alias()?));
        }
        let implicit = (self.is_name(0) && !self.at("RETURNING")) || self.at_text();
        if implicit { Ok(Some(self.alias()?)) } else { Ok(None) }
    }

    /// A name, or a string in its place.
    fn alias(&mut self) -> Parse<Ident> {
        if self.at_text() {
            return Ok(plain_ident(self.text()?));
        }
        self.ident()
    }

    fn group_by(&mut self) -> Parse<GroupByExpr> {
        if !self.accept_words(&["GROUP", "BY"]) {
            return Ok(GroupByExpr::Expressions(Vec::new(), Vec::new()));
        }
        let list = self.exprs()?;
        let rollup = self.accept_words(&["WITH", "ROLLUP"]);
        let modifiers = if rollup { vec![GroupByWithModifier::Rollup] } else { Vec::new() };
        Ok(GroupByExpr::Expressions(list, modifiers))
    }

    fn windows(&mut self) -> Parse<Vec<NamedWindowDefinition>> {
        if self.accept("WINDOW") { self.list(Self::named_window) } else { Ok(Vec::new()) }
    }

    fn tables_clause(&mut self) -> Parse<Vec<TableWithJoins>> {
        if self.accept("DUAL") { Ok(Vec::new()) } else { self.table_references() }
    }
}

/// An item without alias: a column as it is, anything else with the text it is named by.
fn unnamed(expr: Expr, string: Option<String>, text: String) -> SelectItem {
    let name = match &expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => return SelectItem::UnnamedExpr(expr),
        Expr::Value(value) => match &value.value {
            Value::Null => "NULL".to_owned(),
            Value::Boolean(true) => "TRUE".to_owned(),
            Value::Boolean(false) => "FALSE".to_owned(),
            Value::Number(digits, _) => digits.clone(),
            Value::SingleQuotedString(whole) => string.unwrap_or_else(|| whole.clone()),
            Value::NationalStringLiteral(whole) => whole.clone(),
            _ => text,
        },
        Expr::Prefixed { prefix, value } if prefix.value.starts_with('_') => {
            literal_text(value).unwrap_or(text)
        }
        Expr::UnaryOp { op: UnaryOperator::Plus, expr } => match expr.as_ref() {
            // The sign changes nothing and is not part of the literal's name.
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(whole) => whole.clone(),
                _ => text.trim_start_matches(['+', ' ']).to_owned(),
            },
            Expr::Identifier(name) => name.value.clone(),
            Expr::CompoundIdentifier(names) => names.last().map_or(text, |name| name.value.clone()),
            _ => text,
        },
        _ => text,
    };
    // A NUL ends a name, and names have no characters of four bytes.
    let in_name = |letter| if letter > '\u{ffff}' { '?' } else { letter };
    let name = name.split('\0').next().unwrap_or_default();
    let name: String = name.chars().take(MAX_TEXT_NAME_CHARS).map(in_name).collect();
    SelectItem::ExprWithAliases { expr, aliases: vec![plain_ident(name)] }
}

/// The text of a string literal.
fn literal_text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

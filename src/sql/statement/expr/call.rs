//! Calls: arguments, DISTINCT, what aggregates have behind their arguments.

use super::build::{argument, arguments, function, identifier, one_part};
use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    DuplicateTreatment, Expr, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArgumentList, FunctionArguments, Ident, ObjectName, ObjectNamePart, Value,
};
use crate::sql::statement::cursor::{Parse, Parser};
use crate::sql::statement::{SyntaxError, words};

/// What functions that tell the time may have in their parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digits {
    /// A number of digits.
    Some,
    /// Nothing.
    None,
}

impl Digits {
    fn of(name: &str) -> Option<Self> {
        const TIMES: [&str; 9] = [
            "NOW",
            "CURRENT_TIMESTAMP",
            "LOCALTIME",
            "LOCALTIMESTAMP",
            "CURTIME",
            "CURRENT_TIME",
            "UTC_TIME",
            "UTC_TIMESTAMP",
            "SYSDATE",
        ];
        const DATES: [&str; 3] = ["CURDATE", "CURRENT_DATE", "UTC_DATE"];
        let is = |list: &[&str]| list.iter().any(|own| own.eq_ignore_ascii_case(name));
        match () {
            () if is(&TIMES) => Some(Self::Some),
            () if is(&DATES) => Some(Self::None),
            () => None,
        }
    }
}

impl Parser<'_> {
    /// A call whose name has been read.
    pub(super) fn call(&mut self, name: Vec<Ident>) -> Parse<Expr> {
        let digits = match name.as_slice() {
            [only] => Digits::of(&only.value),
            _ => None,
        };
        let name = ObjectName(name.into_iter().map(ObjectNamePart::Identifier).collect());
        self.open()?;
        if let Some(digits) = digits {
            self.check_digits(digits)?;
        }
        let args = FunctionArguments::List(self.nested(Self::call_arguments)?);
        self.close()?;
        self.with_window(function(name, args))
    }

    /// A call by a word that may be reserved.
    pub(super) fn worded_call(&mut self) -> Parse<Expr> {
        let word = self.word_at(0);
        if words::is_reserved(word) && !words::is_callable(word) {
            return self.fail();
        }
        let name = String::from_utf8_lossy(word).into_owned();
        self.advance();
        self.call(vec![super::plain_ident(name)])
    }

    /// The time of day takes a number of digits as its grammar has it, and the date nothing at all.
    fn check_digits(&self, digits: Digits) -> Parse<()> {
        let number = digits == Digits::Some && self.is(TokenKind::Number);
        let behind = usize::from(number);
        if self.kind_at(behind) == TokenKind::RParen {
            return Ok(());
        }
        Err(SyntaxError::near(self.sql, self.token(behind).start))
    }

    fn call_arguments(&mut self) -> Parse<FunctionArgumentList> {
        let mut list = FunctionArgumentList {
            duplicate_treatment: None,
            args: Vec::new(),
            clauses: Vec::new(),
        };
        if self.is(TokenKind::RParen) {
            return Ok(list);
        }
        if self.accept_operator(b"*") {
            list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Wildcard));
            return Ok(list);
        }
        list.duplicate_treatment = match self.accept_any(&["DISTINCT", "ALL"]) {
            Some("DISTINCT") => Some(DuplicateTreatment::Distinct),
            Some(_) => Some(DuplicateTreatment::All),
            None => None,
        };
        list.args = self.list(|parser| Ok(argument(parser.expr()?)))?;
        self.group_concat_clauses(&mut list)?;
        Ok(list)
    }

    /// ORDER BY and SEPARATOR of GROUP_CONCAT; others have no such thing, and the binder says so.
    fn group_concat_clauses(&mut self, list: &mut FunctionArgumentList) -> Parse<()> {
        if self.accept_words(&["ORDER", "BY"]) {
            let order = self.list(Self::order_item)?;
            list.clauses.push(FunctionArgumentClause::OrderBy(order));
        }
        if self.accept("SEPARATOR") {
            let separator = Value::SingleQuotedString(self.text()?).with_empty_span();
            list.clauses.push(FunctionArgumentClause::Separator(separator));
        }
        Ok(())
    }

    /// `CURRENT_TIMESTAMP` without parentheses.
    pub(super) fn bare_call(&mut self) -> Parse<Expr> {
        let name = String::from_utf8_lossy(self.word_at(0)).into_owned();
        self.advance();
        Ok(Expr::Function(function(one_part(&name), arguments(Vec::new()))))
    }

    /// DEFAULT alone, or `DEFAULT(column)`.
    pub(super) fn default_value(&mut self) -> Parse<Expr> {
        self.advance();
        if !self.is(TokenKind::LParen) {
            return Ok(Expr::Function(function(one_part("DEFAULT"), FunctionArguments::None)));
        }
        self.call(vec![super::plain_ident("DEFAULT")])
    }

    /// `name(INTERVAL unit …)`: the first argument as a word.
    pub(super) fn word_argument(&mut self, word: Ident) -> FunctionArg {
        argument(identifier(word.value))
    }
}

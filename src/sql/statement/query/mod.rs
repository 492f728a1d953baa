//! Queries: WITH, set operations, ORDER BY, LIMIT, locks.
//!
//! ```text
//! query  = [WITH …] body [ORDER BY …] [LIMIT …] [INTO …] [locks] [INTO …]
//! body   = term { UNION | EXCEPT term }
//! term   = block { INTERSECT block }
//! block  = SELECT … | VALUES ROW(…) … | TABLE t | ( query )
//! ```

mod from;
mod into;
mod select;
mod tail;

use super::ast::{
    Cte, Expr, Parens, Query, SetExpr, SetOperator, SetQuantifier, Table, TableAlias,
    TableAliasColumnDef, Values, With,
};
use super::cursor::{Parse, Parser};
use crate::sql::lexer::TokenKind;
use sqlparser::ast::helpers::attached_token::AttachedToken;

impl Parser<'_> {
    /// Whether a query begins here; one in parentheses does not count.
    pub(super) fn starts_query(&self) -> bool {
        self.at_any(&["SELECT", "WITH", "TABLE"]) || (self.at("VALUES") && self.is_word(1, "ROW"))
    }

    /// Whether a query in parentheses goes on behind them.
    pub(super) fn continues_query(&self) -> bool {
        self.at_any(&["UNION", "EXCEPT", "INTERSECT", "ORDER", "LIMIT", "FOR", "LOCK"])
    }

    /// A query.
    pub(super) fn query(&mut self) -> Parse<Query> {
        let with = self.with()?;
        self.query_with(with)
    }

    /// A query whose WITH has been read.
    pub(super) fn query_with(&mut self, with: Option<With>) -> Parse<Query> {
        let body = self.body()?;
        self.query_tail(with, body)
    }

    /// The rest of a query that began with one in parentheses.
    pub(super) fn query_behind(&mut self, first: Query) -> Parse<Query> {
        let left = SetExpr::Query(Box::new(first));
        let left = self.term_behind(left)?;
        let body = self.body_behind(left)?;
        self.query_tail(None, body)
    }

    /// WITH, if it stands here.
    pub(super) fn with(&mut self) -> Parse<Option<With>> {
        if !self.accept("WITH") {
            return Ok(None);
        }
        let recursive = self.accept("RECURSIVE");
        let cte_tables = self.list(Self::cte)?;
        Ok(Some(With { with_token: AttachedToken::empty(), recursive, cte_tables }))
    }

    fn cte(&mut self) -> Parse<Cte> {
        let name = self.ident()?;
        let columns = self.alias_columns()?;
        self.require("AS")?;
        self.open()?;
        let query = Box::new(self.nested(Self::query)?);
        self.close()?;
        Ok(Cte {
            alias: TableAlias { explicit: true, name, columns, at: None },
            query,
            from: None,
            materialized: None,
            closing_paren_token: AttachedToken::empty(),
        })
    }

    /// `(a, b)` behind the name of a derived table, CTE or view.
    pub(super) fn alias_columns(&mut self) -> Parse<Vec<TableAliasColumnDef>> {
        if !self.is(TokenKind::LParen) {
            return Ok(Vec::new());
        }
        self.listed(|parser| Ok(TableAliasColumnDef { name: parser.ident()?, data_type: None }))
    }

    fn body(&mut self) -> Parse<SetExpr> {
        let left = self.term()?;
        self.body_behind(left)
    }

    fn body_behind(&mut self, mut left: SetExpr) -> Parse<SetExpr> {
        let mut length = 0;
        while let Some(word) = self.accept_any(&["UNION", "EXCEPT"]) {
            let op = if word == "UNION" { SetOperator::Union } else { SetOperator::Except };
            self.link(&mut length)?;
            let set_quantifier = self.quantifier();
            let right = Box::new(self.term()?);
            left = SetExpr::SetOperation { left: Box::new(left), op, set_quantifier, right };
        }
        Ok(left)
    }

    fn term(&mut self) -> Parse<SetExpr> {
        let left = self.block()?;
        self.term_behind(left)
    }

    fn term_behind(&mut self, mut left: SetExpr) -> Parse<SetExpr> {
        let mut length = 0;
        while self.accept("INTERSECT") {
            self.link(&mut length)?;
            let set_quantifier = self.quantifier();
            let right = Box::new(self.block()?);
            let op = SetOperator::Intersect;
            left = SetExpr::SetOperation { left: Box::new(left), op, set_quantifier, right };
        }
        Ok(left)
    }

    fn quantifier(&mut self) -> SetQuantifier {
        match self.accept_any(&["ALL", "DISTINCT"]) {
            Some("ALL") => SetQuantifier::All,
            Some(_) => SetQuantifier::Distinct,
            None => SetQuantifier::None,
        }
    }

    fn block(&mut self) -> Parse<SetExpr> {
        if self.is(TokenKind::LParen) {
            self.advance();
            let query = self.nested(Self::query)?;
            self.close()?;
            return Ok(SetExpr::Query(Box::new(query)));
        }
        match self.accept_any(&["SELECT", "VALUES", "TABLE"]) {
            Some("SELECT") => Ok(SetExpr::Select(Box::new(self.select()?))),
            Some("VALUES") => self.values(),
            Some(_) => self.table_block(),
            None => self.fail(),
        }
    }

    fn values(&mut self) -> Parse<SetExpr> {
        let rows = self.list(|parser| {
            parser.require("ROW")?;
            parser.open()?;
            let content = parser.row_values()?;
            parser.close()?;
            Ok(Parens {
                opening_token: AttachedToken::empty(),
                content,
                closing_token: AttachedToken::empty(),
            })
        })?;
        Ok(SetExpr::Values(Values { explicit_row: true, value_keyword: false, rows }))
    }

    /// The values of a row, up to its `)`; there may be none.
    pub(super) fn row_values(&mut self) -> Parse<Vec<Expr>> {
        if self.is(TokenKind::RParen) { Ok(Vec::new()) } else { self.exprs() }
    }

    fn table_block(&mut self) -> Parse<SetExpr> {
        let name = self.table_name()?;
        let table = Table { table_name: Some(name.name), schema_name: name.schema };
        Ok(SetExpr::Table(Box::new(table)))
    }
}

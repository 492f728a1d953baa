//! FROM: tables, derived tables, joins.
//!
//! A join takes the nearest ON: in `a JOIN b JOIN c ON x ON y` the first belongs to `b JOIN c`. An inner join
//! may have none, and is then a cross join of all that stands left of it.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    Ident, Join, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Query, TableAlias,
    TableFactor, TableWithJoins, plain_table,
};
use crate::sql::statement::cursor::{Parse, Parser};
use sqlparser::ast::{
    TableIndexHintForClause, TableIndexHintType, TableIndexHints, TableIndexType,
};

/// What parentheses in FROM hold.
enum Inside {
    Query(Query),
    Tables(TableWithJoins),
}

/// The kinds of joins that differ in the grammar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum JoinKind {
    Inner,
    Cross,
    Straight,
    Left,
    Right,
}

impl Parser<'_> {
    /// `a, b JOIN c`
    pub(in crate::sql::statement) fn table_references(&mut self) -> Parse<Vec<TableWithJoins>> {
        self.list(Self::table_reference)
    }

    fn table_reference(&mut self) -> Parse<TableWithJoins> {
        if self.accept_operator(b"{") {
            self.require("OJ")?;
            let inside = self.nested(Self::table_reference)?;
            self.expect_operator(b"}")?;
            return self.joins(nested_join(inside));
        }
        let first = self.table_factor()?;
        self.joins(first)
    }

    /// The joins behind a table.
    fn joins(&mut self, first: TableFactor) -> Parse<TableWithJoins> {
        let mut tables = TableWithJoins { relation: first, joins: Vec::new() };
        loop {
            if self.accept("NATURAL") {
                let kind = self.natural_kind()?;
                let relation = self.table_factor()?;
                tables.joins.push(join(relation, kind, JoinConstraint::Natural));
            } else if let Some(kind) = self.join_kind()? {
                self.nested(|parser| parser.joined(kind, &mut tables))?;
            } else {
                return Ok(tables);
            }
        }
    }

    /// What stands behind JOIN.
    fn joined(&mut self, kind: JoinKind, tables: &mut TableWithJoins) -> Parse<()> {
        let factor = self.table_factor()?;
        if let Some(constraint) = self.join_constraint()? {
            tables.joins.push(join(factor, kind, constraint));
            return Ok(());
        }
        let right = self.joins(factor)?;
        if let Some(constraint) = self.join_constraint()? {
            tables.joins.push(join(nested_join(right), kind, constraint));
        } else if matches!(kind, JoinKind::Left | JoinKind::Right) {
            return self.fail();
        } else {
            tables.joins.push(join(right.relation, kind, JoinConstraint::None));
            tables.joins.extend(right.joins);
        }
        Ok(())
    }

    fn natural_kind(&mut self) -> Parse<JoinKind> {
        let kind = match self.accept_any(&["INNER", "LEFT", "RIGHT"]) {
            Some("LEFT") => JoinKind::Left,
            Some("RIGHT") => JoinKind::Right,
            _ => JoinKind::Inner,
        };
        if matches!(kind, JoinKind::Left | JoinKind::Right) {
            self.accept("OUTER");
        }
        self.require("JOIN")?;
        Ok(kind)
    }

    fn join_kind(&mut self) -> Parse<Option<JoinKind>> {
        let word = self.accept_any(&["JOIN", "STRAIGHT_JOIN", "INNER", "CROSS", "LEFT", "RIGHT"]);
        let kind = match word {
            Some("JOIN") => return Ok(Some(JoinKind::Inner)),
            Some("STRAIGHT_JOIN") => return Ok(Some(JoinKind::Straight)),
            Some("INNER") => JoinKind::Inner,
            Some("CROSS") => JoinKind::Cross,
            Some("LEFT") => JoinKind::Left,
            Some(_) => JoinKind::Right,
            None => return Ok(None),
        };
        if matches!(kind, JoinKind::Left | JoinKind::Right) {
            self.accept("OUTER");
        }
        self.require("JOIN")?;
        Ok(Some(kind))
    }

    fn join_constraint(&mut self) -> Parse<Option<JoinConstraint>> {
        if self.accept("ON") {
            return Ok(Some(JoinConstraint::On(self.expr()?)));
        }
        if !self.accept("USING") {
            return Ok(None);
        }
        let columns = self
            .listed(|parser| Ok(ObjectName(vec![ObjectNamePart::Identifier(parser.ident()?)])))?;
        Ok(Some(JoinConstraint::Using(columns)))
    }

    fn table_factor(&mut self) -> Parse<TableFactor> {
        if self.accept("LATERAL") {
            self.open()?;
            let query = self.nested(Self::query)?;
            self.close()?;
            return self.derived(query, true);
        }
        if self.at("JSON_TABLE") && self.kind_at(1) == TokenKind::LParen {
            return self.unsupported("JSON_TABLE");
        }
        if self.is(TokenKind::LParen) {
            return match self.nested(Self::inside_parentheses)? {
                Inside::Query(query) => self.derived(query, false),
                Inside::Tables(tables) => Ok(nested_join(tables)),
            };
        }
        self.table()
    }

    /// A query or tables in parentheses, told apart without going back.
    fn inside_parentheses(&mut self) -> Parse<Inside> {
        self.open()?;
        if self.starts_query() {
            let query = self.query()?;
            self.close()?;
            return Ok(Inside::Query(query));
        }
        let first = if self.is(TokenKind::LParen) {
            match self.nested(Self::inside_parentheses)? {
                Inside::Query(query) if self.is(TokenKind::RParen) => {
                    self.close()?;
                    return Ok(Inside::Query(query));
                }
                Inside::Query(query) if self.continues_query() => {
                    let query = self.query_behind(query)?;
                    self.close()?;
                    return Ok(Inside::Query(query));
                }
                Inside::Query(query) => self.derived(query, false)?,
                Inside::Tables(tables) => nested_join(tables),
            }
        } else {
            self.table_factor()?
        };
        let mut tables = self.joins(first)?;
        while self.comma() {
            let right = self.table_reference()?;
            let right = if right.joins.is_empty() { right.relation } else { nested_join(right) };
            tables.joins.push(join(right, JoinKind::Cross, JoinConstraint::None));
        }
        self.close()?;
        Ok(Inside::Tables(tables))
    }

    /// The alias of a derived table, which must have one.
    fn derived(&mut self, query: Query, lateral: bool) -> Parse<TableFactor> {
        let Some(mut alias) = self.table_alias()? else {
            return self.refuse(1248, b"42000", "Every derived table must have its own alias");
        };
        alias.columns = self.alias_columns()?;
        let subquery = Box::new(query);
        Ok(TableFactor::Derived { lateral, subquery, alias: Some(alias), sample: None })
    }

    fn table(&mut self) -> Parse<TableFactor> {
        let name = self.object_name()?;
        if self.at("PARTITION") && self.kind_at(1) == TokenKind::LParen {
            return self.unsupported("partitioning");
        }
        let alias = self.table_alias()?;
        let index_hints = self.index_hints()?;
        Ok(plain_table(name, alias, index_hints))
    }

    pub(in crate::sql::statement) fn table_alias(&mut self) -> Parse<Option<TableAlias>> {
        let explicit = self.accept("AS") || self.accept_operator(b"=");
        if !explicit && (!self.is_name(0) || self.at("RETURNING")) {
            return Ok(None);
        }
        let name = self.ident()?;
        Ok(Some(TableAlias { explicit, name, columns: Vec::new(), at: None }))
    }

    fn index_hints(&mut self) -> Parse<Vec<TableIndexHints>> {
        let mut hints = Vec::new();
        while ["INDEX", "KEY"].iter().any(|word| self.is_word(1, word)) {
            let hint_type = match self.accept_any(&["USE", "IGNORE", "FORCE"]) {
                Some("USE") => TableIndexHintType::Use,
                Some("IGNORE") => TableIndexHintType::Ignore,
                Some(_) => TableIndexHintType::Force,
                None => break,
            };
            hints.push(self.index_hint(hint_type)?);
            // `USE INDEX (a), USE INDEX (b)` is old; MySQL 8 has no comma here.
        }
        Ok(hints)
    }

    fn index_hint(&mut self, hint_type: TableIndexHintType) -> Parse<TableIndexHints> {
        let index_type =
            if self.accept("KEY") { TableIndexType::Key } else { TableIndexType::Index };
        if index_type == TableIndexType::Index {
            self.require("INDEX")?;
        }
        let for_clause = if self.accept_words(&["FOR", "JOIN"]) {
            Some(TableIndexHintForClause::Join)
        } else if self.accept_words(&["FOR", "ORDER", "BY"]) {
            Some(TableIndexHintForClause::OrderBy)
        } else if self.accept_words(&["FOR", "GROUP", "BY"]) {
            Some(TableIndexHintForClause::GroupBy)
        } else {
            None
        };
        self.open()?;
        let named = !self.is(TokenKind::RParen);
        let index_names = if named { self.list(Self::index_name)? } else { Vec::new() };
        self.close()?;
        Ok(TableIndexHints { hint_type, index_type, for_clause, index_names })
    }

    fn index_name(&mut self) -> Parse<Ident> {
        if self.accept("PRIMARY") {
            return Ok(crate::sql::statement::expr::plain_ident("PRIMARY"));
        }
        self.ident()
    }
}

fn nested_join(tables: TableWithJoins) -> TableFactor {
    if tables.joins.is_empty() {
        return tables.relation;
    }
    TableFactor::NestedJoin { table_with_joins: Box::new(tables), alias: None }
}

fn join(relation: TableFactor, kind: JoinKind, constraint: JoinConstraint) -> Join {
    let join_operator = match kind {
        JoinKind::Inner => JoinOperator::Inner(constraint),
        JoinKind::Cross => JoinOperator::CrossJoin(constraint),
        JoinKind::Straight => JoinOperator::StraightJoin(constraint),
        JoinKind::Left => JoinOperator::LeftOuter(constraint),
        JoinKind::Right => JoinOperator::RightOuter(constraint),
    };
    Join { relation, global: false, join_operator }
}

//! INSERT and REPLACE.

use crate::sql::lexer::TokenKind;
use crate::sql::statement::ast::{
    Assignment, Expr, Insert, InsertSource, Priority, RowAlias, SelectItem,
};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Behind INSERT.
    pub(in crate::sql::statement) fn insert(&mut self) -> Parse<Insert> {
        let priority = self.priority();
        let ignore = self.accept("IGNORE");
        let mut insert = self.insert_body(priority, ignore)?;
        insert.row_alias = self.row_alias()?;
        if self.accept_words(&["ON", "DUPLICATE", "KEY", "UPDATE"]) {
            insert.on_duplicate = self.assignments()?;
        }
        insert.returning = self.returning()?;
        Ok(insert)
    }

    /// Behind REPLACE.
    pub(in crate::sql::statement) fn replace(&mut self) -> Parse<Insert> {
        let priority = self.priority();
        let mut insert = self.insert_body(priority, false)?;
        insert.returning = self.returning()?;
        Ok(insert)
    }

    fn priority(&mut self) -> Option<Priority> {
        Some(match self.accept_any(&["LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED"])? {
            "LOW_PRIORITY" => Priority::Low,
            "HIGH_PRIORITY" => Priority::High,
            _ => Priority::Delayed,
        })
    }

    fn insert_body(&mut self, priority: Option<Priority>, ignore: bool) -> Parse<Insert> {
        self.accept("INTO");
        let table = self.table_name()?;
        self.refuse_partition()?;
        let columns = self.insert_columns()?;
        let (columns, source) = match columns {
            None if self.accept("SET") => {
                let (columns, row) = self
                    .assignments()?
                    .into_iter()
                    .map(|assignment| (assignment.column, assignment.value))
                    .unzip();
                (Some(columns), InsertSource::Values(vec![row]))
            }
            columns => (columns, self.insert_source()?),
        };
        Ok(Insert {
            priority,
            ignore,
            table,
            columns,
            source,
            row_alias: None,
            on_duplicate: Vec::new(),
            returning: None,
        })
    }

    pub(super) fn refuse_partition(&self) -> Parse<()> {
        if self.at("PARTITION") { self.unsupported("partitioning") } else { Ok(()) }
    }

    /// `(a, b)`, unless a query stands in the parentheses.
    fn insert_columns(&mut self) -> Parse<Option<Vec<crate::sql::statement::ast::ColumnName>>> {
        if !self.is(TokenKind::LParen) || self.starts_parenthesized_query() {
            return Ok(None);
        }
        if self.kind_at(1) == TokenKind::RParen {
            self.advance();
            self.advance();
            return Ok(Some(Vec::new()));
        }
        Ok(Some(self.listed(Self::column_name)?))
    }

    /// Whether a query begins behind any number of `(`.
    pub(in crate::sql::statement) fn starts_parenthesized_query(&self) -> bool {
        let mut ahead = 0;
        while self.kind_at(ahead) == TokenKind::LParen {
            ahead += 1;
        }
        ahead > 0 && ["SELECT", "WITH", "TABLE", "VALUES"].iter().any(|w| self.is_word(ahead, w))
    }

    fn insert_source(&mut self) -> Parse<InsertSource> {
        let values = self.at("VALUES") && !self.is_word(1, "ROW");
        if values || self.at("VALUE") {
            self.advance();
            return Ok(InsertSource::Values(self.list(Self::insert_row)?));
        }
        if self.starts_query() || self.starts_parenthesized_query() {
            return Ok(InsertSource::Query(Box::new(self.query()?)));
        }
        self.fail()
    }

    fn insert_row(&mut self) -> Parse<Vec<Expr>> {
        self.open()?;
        let row = self.row_values()?;
        self.close()?;
        Ok(row)
    }

    fn row_alias(&mut self) -> Parse<Option<RowAlias>> {
        if !self.accept("AS") {
            return Ok(None);
        }
        let name = self.name()?;
        let columns =
            if self.is(TokenKind::LParen) { self.listed(Self::name)? } else { Vec::new() };
        Ok(Some(RowAlias { name, columns }))
    }

    /// `a = 1, b = DEFAULT`
    pub(in crate::sql::statement) fn assignments(&mut self) -> Parse<Vec<Assignment>> {
        self.list(|parser| {
            let column = parser.column_name()?;
            parser.assign()?;
            Ok(Assignment { column, value: parser.expr()? })
        })
    }

    pub(super) fn returning(&mut self) -> Parse<Option<Vec<SelectItem>>> {
        if !self.accept("RETURNING") {
            return Ok(None);
        }
        Ok(Some(self.list(Self::select_item)?))
    }
}

//! EXPLAIN, DESCRIBE and DESC.

use crate::sql::statement::ast::{Describe, Explain, ExplainFormat, Statement};
use crate::sql::statement::cursor::{Parse, Parser};

impl Parser<'_> {
    /// Behind EXPLAIN, DESCRIBE or DESC.
    pub(in crate::sql::statement) fn explain(&mut self) -> Parse<Statement> {
        let analyze = self.accept("ANALYZE");
        // What EXPLAIN shows since MySQL 5.7 anyway.
        let _ = self.accept_any(&["EXTENDED", "PARTITIONS"]);
        let format = self.explain_format()?;
        if self.at_words(&["FOR", "CONNECTION"]) {
            return self.unsupported("EXPLAIN FOR CONNECTION");
        }
        if self.starts_explainable() {
            let statement = self.nested(Self::statement)?;
            let explain = Explain { analyze, format: format.unwrap_or_default(), statement };
            return Ok(Statement::Explain(Box::new(explain)));
        }
        if analyze || format.is_some() {
            return self.fail();
        }
        let table = self.table_name()?;
        let column = if self.at_statement_end() { None } else { Some(self.name_or_text()?) };
        Ok(Statement::Describe(Describe { table, column }))
    }

    fn starts_explainable(&self) -> bool {
        self.starts_query()
            || self.starts_parenthesized_query()
            || self.at_any(&["INSERT", "REPLACE", "UPDATE", "DELETE", "VALUES"])
    }

    fn explain_format(&mut self) -> Parse<Option<ExplainFormat>> {
        if !(self.at("FORMAT") && self.bytes(self.token(1)) == b"=") {
            return Ok(None);
        }
        self.advance();
        self.advance();
        let offset = self.token(0);
        let name = self.name_or_text()?;
        match name.to_ascii_uppercase().as_str() {
            "TRADITIONAL" => Ok(Some(ExplainFormat::Traditional)),
            "JSON" => Ok(Some(ExplainFormat::Json)),
            "TREE" => Ok(Some(ExplainFormat::Tree)),
            _ => {
                let text = format!("Unknown EXPLAIN format name: '{name}'");
                let error = crate::value::SqlError::new(1791, b"HY000", text);
                Err(crate::sql::statement::SyntaxError::with(offset.start, error))
            }
        }
    }
}

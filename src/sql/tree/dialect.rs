//! Our dialect for sqlparser: MySQL's, as far as queries need it.
//!
//! It answers to `dialect_of!` as `MySqlDialect`, and delegates what matters; statements other than queries
//! never get here, and syntax that neither knows was rewritten before.

use std::any::TypeId;

use sqlparser::dialect::{Dialect as SqlDialect, MySqlDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;

/// MySQL, MariaDB and what their queries have in common.
#[derive(Debug, Default)]
pub struct Dialect {
    mysql: MySqlDialect,
}

impl SqlDialect for Dialect {
    fn dialect(&self) -> TypeId {
        TypeId::of::<MySqlDialect>()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        self.mysql.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        self.mysql.is_identifier_part(ch)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        self.mysql.is_delimited_identifier_start(ch)
    }

    fn supports_limit_comma(&self) -> bool {
        true
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        true
    }

    fn supports_cross_join_constraint(&self) -> bool {
        true
    }

    fn supports_left_associative_joins_without_parens(&self) -> bool {
        self.mysql.supports_left_associative_joins_without_parens()
    }

    fn supports_window_function_null_treatment_arg(&self) -> bool {
        true
    }

    /// Words that may be names are quoted by `rewrite`: a bare word is a keyword.
    fn is_table_factor_alias(&self, explicit: bool, kw: &Keyword, parser: &mut Parser) -> bool {
        self.mysql.is_table_factor_alias(explicit, kw, parser)
    }
}

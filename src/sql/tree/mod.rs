//! The second prover: the query as sqlparser's tree. It says what tokens cannot: that the statement as a
//! whole is one query, made of SELECT, VALUES, TABLE and set operations only, in every arm, CTE and derived
//! table. What does not parse is a write.
//!
//! sqlparser's tokenizer is not used: `rewrite` turns our tokens into its tokens, so that both provers see
//! the same text cut the same way. On the way MySQL syntax without meaning for the structure (index hints,
//! units of intervals, types in casts, the many forms of function arguments) is dropped. That is sound
//! because the token prover has looked at all of it before; the tree only has to get the structure right.

mod calls;
mod dialect;
mod rewrite;
mod tables;
mod words;

use sqlparser::ast::{Query, Select, SetExpr, TableFactor, TableWithJoins};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token as SqlToken;

use super::class::Cause;
use super::classify::Tokens;

/// From here on the tree gets a stack of its own: the tree of a chain of operators is as deep as the chain
/// is long, and dropping it recurses.
const SMALL_TREE_TOKENS: usize = 512;

/// Room for the tree of as many tokens as `classify` lets through; touched only as far as it is used.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// How deep queries and expressions may nest.
const RECURSION_LIMIT: usize = 100;

/// Parentheses nested deeper than this are refused before parsing: the parser tries several readings of
/// each, and its time doubles with each.
const MAX_PARENTHESES: usize = 40;

/// Checks that the tokens are one query that only reads.
pub fn check(tokens: Tokens<'_>) -> Result<(), Cause> {
    if tokens.depth() > MAX_PARENTHESES {
        return Err(Cause::TooComplex);
    }
    let rewritten = rewrite::rewrite(tokens);
    if rewritten.len() <= SMALL_TREE_TOKENS {
        return check_tree(rewritten);
    }
    stacker::grow(STACK_BYTES, || check_tree(rewritten))
}

fn check_tree(tokens: Vec<SqlToken>) -> Result<(), Cause> {
    let dialect = dialect::Dialect::default();
    let mut parser =
        Parser::new(&dialect).with_recursion_limit(RECURSION_LIMIT).with_tokens(tokens);
    let query = parser.parse_query().map_err(cause_of)?;
    if parser.peek_token_ref().token != SqlToken::EOF {
        return Err(Cause::ParseError);
    }
    if reads(&query) { Ok(()) } else { Err(Cause::WriteInQuery) }
}

fn cause_of(error: ParserError) -> Cause {
    match error {
        ParserError::RecursionLimitExceeded => Cause::TooComplex,
        _ => Cause::ParseError,
    }
}

/// Whether a query and the queries in its structure only read. The parser's recursion limit bounds the depth.
fn reads(query: &Query) -> bool {
    let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
    query.locks.is_empty()
        && query.for_clause.is_none()
        && ctes.into_iter().all(|cte| reads(&cte.query))
        && body_reads(&query.body)
}

fn body_reads(body: &SetExpr) -> bool {
    // A long chain of set operations leans to the left: walk down it instead of recursing.
    let mut body = body;
    loop {
        match body {
            SetExpr::SetOperation { left, right, .. } => {
                if !body_reads(right) {
                    return false;
                }
                body = left;
            }
            SetExpr::Select(select) => return select_reads(select),
            SetExpr::Query(query) => return reads(query),
            SetExpr::Values(_) | SetExpr::Table(_) => return true,
            _ => return false,
        }
    }
}

fn select_reads(select: &Select) -> bool {
    select.into.is_none() && select.from.iter().all(table_reads)
}

fn table_reads(table: &TableWithJoins) -> bool {
    factor_reads(&table.relation) && table.joins.iter().all(|join| factor_reads(&join.relation))
}

fn factor_reads(factor: &TableFactor) -> bool {
    match factor {
        TableFactor::Derived { subquery, .. } => reads(subquery),
        TableFactor::NestedJoin { table_with_joins, .. } => table_reads(table_with_joins),
        TableFactor::Table { .. } => true,
        // Nothing else exists in MySQL once JSON_TABLE is rewritten.
        _ => false,
    }
}

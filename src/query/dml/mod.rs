//! Statements that change rows: INSERT, REPLACE, UPDATE, DELETE, LOAD DATA.
//!
//! ```text
//! statement ─ compile ─▶ what each column gets, a plan that finds the rows (each with its key)
//!     run: row ─ convert ─ generated columns ─ CHECK ─▶ Writer ─ unique and foreign keys ─▶ Transaction
//! ```
//!
//! A statement may unwind at any row to wait for a lock, and is then run again from its start: its writes
//! are rolled back by the caller, and what it means for the session (LAST_INSERT_ID, ROW_COUNT, user
//! variables) and for the client (rows of RETURNING) is told only at its end.
//!
//! Absent: triggers, partitions, foreign keys on temporary tables (MySQL has neither of the last).

mod check_option;
mod column;
mod delete;
mod ending;
mod errors;
mod explained;
mod family;
mod foreign_keys;
mod given;
mod insert;
mod load;
mod lookup;
mod matching;
mod planned;
mod reads;
mod returning;
mod row;
mod rules;
mod settle;
mod target;
#[cfg(test)]
mod tests;
mod update;
mod view;
mod writer;

pub use delete::delete;
pub use explained::{Explained, Rows, explained};
pub use insert::{insert, replace};
pub use load::{LoadInput, load_data, local_file};
pub use planned::DmlPlan;
pub use rules::Rules;
pub use update::update;

use super::Interrupt;
use super::bind::Compiler;
use super::plan::Node;
use crate::sql::statement::ast;

/// What finds the rows that an UPDATE changes.
///
/// # Errors
/// It cannot be compiled.
pub(super) fn rows_of_update(
    compiler: &mut Compiler<'_>,
    statement: &ast::Update,
) -> Result<Node, Interrupt> {
    Ok(update::compiled(compiler, statement)?.0)
}

/// What finds the rows that a DELETE takes out.
///
/// # Errors
/// It cannot be compiled.
pub(super) fn rows_of_delete(
    compiler: &mut Compiler<'_>,
    statement: &ast::Delete,
) -> Result<Node, Interrupt> {
    Ok(delete::compiled(compiler, statement)?.0)
}

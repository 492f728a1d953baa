//! Statements on the engine: bind, plan, execute; functions, variables, SHOW and information_schema.
//!
//! ```text
//! Parsed ── compile ──▶ Plan (cached: shape + schema version) ── run(params) ──▶ rows, counts
//!             │ bind (names, scopes)  expr (types)  plan (access, joins)      │ exec, dml
//! ```
//!
//! Execution is synchronous. Where a lock is not free the statement unwinds with an [`Interrupt`]; its
//! caller waits and runs the whole statement again, so nothing here may have an effect outside the
//! transaction before the statement has ended.

pub mod accounts;
pub mod aggregates;
pub mod bind;
mod cells;
mod context;
pub mod ddl;
mod dispatch;
pub mod dml;
pub mod exec;
mod explain;
pub mod expr;
pub mod functions;
pub mod information_schema;
mod interrupt;
mod keyed;
mod maintain;
pub mod plan;
mod result;
pub mod run;
pub mod session;
mod set;
mod shape;
pub mod show;
#[cfg(test)]
mod tests;
pub mod variables;
mod virtual_table;
pub mod windows;

pub use context::EvalContext;
pub use ddl::Replay;
pub use dispatch::{commits_implicitly, execute, forget_schema, prepare, use_schema};
pub use interrupt::{Interrupt, Pause};
pub use result::{
    EncodedHeading, Heading, Outcome, Prepared, ResultColumn, ResultSink, column_flags,
};
use run::still_valid;
pub use session::Session;
pub use shape::means_the_same;
pub use virtual_table::{EqualityFilter, VirtualColumn, VirtualTable};

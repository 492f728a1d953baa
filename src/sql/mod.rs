//! SQL as far as routing needs it: is this statement proven to be a read, and if not, what is it?
//!
//! ```text
//! text ── stencils ──▶ class                         a known text with other literals
//!            │ unfit
//!            └─ lexer ── fingerprint ── cache ──▶ class
//!                                         │ miss
//!                                         └─ classify: tokens, then the tree ──▶ class
//! ```
//!
//! Invariants: a class is a function of the shape alone, and what is not understood is a write.
//! Nothing here touches a socket, a clock or a configuration; everything is pure but the cache.

mod builtins;
mod bytes;
mod cache;
mod class;
mod classifier;
mod classify;
mod conditions;
mod connection_id;
mod details;
mod fingerprint;
mod functions;
pub mod hint;
mod lexer;
mod lift;
mod mode;
mod route_question;
pub mod statement;
mod stencil;
mod stencils;
mod swar;
mod tables;
mod temporary;
mod tree;
mod variables;

pub use class::{Access, Cause, Effects, Kind, Marks, Needs, RoutineName, StatementClass};
pub use classifier::{Classifier, Marker, classify};
pub use conditions::{ConditionsQuestion, parse_conditions_question};
pub use connection_id::{LastStatement, with_connection_id, with_last_statement};
pub use details::{
    ExecuteStatement, Hardness, HintVariables, KillScope, KillStatement, PrepareSource,
    PrepareStatement, parse_deallocate, parse_execute, parse_hint_variables, parse_kill,
    parse_prepare,
};
pub use fingerprint::{MAX_STATEMENT_BYTES, NoShape, fingerprint};
pub use lexer::{Lexer, Token, TokenKind};
pub use lift::{Lifted, lift};
pub use mode::{LexCharset, LexMode};
pub use route_question::{RouteQuestion, parse_route_question};
pub use tables::{TableName, tables_of, without_literals};
pub use temporary::{TemporaryTables, parse_temporary};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

//! Statements that change rows, and EXPLAIN.

mod delete;
mod explain;
mod insert;
mod load;
mod update;

//! Definitions: databases, tables, indexes, views.

mod alter;
mod column;
mod create;
mod drop;
mod index;
mod options;
mod table;
mod types;
mod view;

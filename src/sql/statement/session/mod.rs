//! Statements about the session, the server and its accounts.

mod accounts;
mod admin;
mod grant;
mod prepared;
mod replication;
mod set;
mod show;
mod transaction;

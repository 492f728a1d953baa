//! Accounts and privileges. They are rows of tables in the schema `mysql`, with MySQL 8's columns as far as
//! tools read them; so they are logged, checkpointed and replicated like any other rows.
//!
//! ```text
//! mysql.user          an account: how it signs in, its global privileges
//! mysql.global_grants its dynamic global privileges (SYSTEM_VARIABLES_ADMIN …)
//! mysql.db            its privileges on a schema; the name is a pattern
//! mysql.tables_priv   its privileges on a table
//! ```
//! A [`Directory`] is all of that at one time, read from the tables when they have changed.

mod check;
mod definitions;
mod directory;
mod grants;
mod password;
mod privilege;
mod rows;
mod show;
mod tables;
mod users;

pub use check::{
    require, require_any, require_no_write, require_schema, require_table, require_use,
};
pub use definitions::require_definition;
pub use directory::{AccountEntry, Accounts, Directory, Grants};
pub use grants::{grant, revoke};
pub use privilege::{Privilege, PrivilegeSet};
pub use show::{show_create_user, show_grants};
pub use tables::{BOOTSTRAP, bootstrap, bootstrap_changes};
pub use users::{alter_user, create_user, drop_user, rename_user, set_password};

//! System variables: which there are, what they may be set to, and what SHOW VARIABLES and `@@x` give.
//!
//! ```text
//! SET x = 5 ──▶ find ──▶ scope, dynamic? ──▶ check (kind, range) ──▶ session's field or map
//!   1193          1238 1228 1229 1621          1231 1232 1292    └──▶ globals ──▶ Surroundings::change
//! ```
//!
//! The registry has the variables of MySQL 8.0 with their ranges and defaults. Each says what a change does
//! ([`variable::Effect`]): it acts, or it is only kept and shown since it governs machinery that is not
//! here, or it is refused (1235) since results or the log would have to differ.

mod access;
mod charsets;
mod check;
mod error;
mod fields;
mod globals;
pub mod locale;
mod names;
mod scope;
pub mod status;
mod table;
#[cfg(test)]
mod tests;
pub mod time_zone;
pub mod variable;

pub use access::{
    SetTo, check_readable, display, find, is_default, of_new_session, read, set, show, type_of,
};
pub use charsets::{charset_name, charset_of, collation_id, collation_name, default_collation};
pub use fields::isolation_name;
pub use globals::{GlobalVariables, Nothing, Surroundings};
pub use names::{set_character_set, set_names};
pub use scope::{Asked, Scope};
pub use table::listed;

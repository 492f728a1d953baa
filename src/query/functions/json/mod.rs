//! Functions of JSON. What they do to values is in `value::json`; here are their arguments and errors.

mod arguments;
pub(super) mod change;
pub(super) mod make;
pub(super) mod merge;
pub(super) mod question;
pub(super) mod text;

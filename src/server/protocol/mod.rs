//! What the server puts into packets: column definitions, rows as text and in binary, and the parameters
//! that it takes out of them.

pub mod binary;
pub mod columns;
pub mod parameters;
pub mod text;

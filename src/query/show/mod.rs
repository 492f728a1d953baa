//! SHOW: most forms are queries over information_schema and performance_schema, the rest are rows made here.

mod create_table;
mod type_text;

pub use create_table::{
    action_name, collation_of, create_table_text, foreign_key_text, is_now, now_text,
};
pub use type_text::{column_type_text, data_type};

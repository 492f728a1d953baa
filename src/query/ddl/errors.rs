//! The errors of definitions, in MySQL's words.

pub use crate::engine::{no_database, no_such_table, unknown_database};
use crate::value::SqlError;

fn general(code: u16, text: String) -> SqlError {
    SqlError::new(code, b"HY000", text)
}

fn syntax(code: u16, text: String) -> SqlError {
    SqlError::new(code, b"42000", text)
}

macro_rules! errors {
    ($($(#[$doc:meta])* $make:ident $code:literal $name:ident($($arg:ident),*) $text:literal;)*) => {
        $($(#[$doc])*
        pub fn $name($($arg: impl std::fmt::Display),*) -> SqlError {
            $make($code, format!($text))
        })*
    };
}

errors! {
    general 1007 schema_exists(name) "Can't create database '{name}'; database exists";
    general 1008 no_schema_to_drop(name) "Can't drop database '{name}'; database doesn't exist";
    syntax 1059 name_too_long(name) "Identifier name '{name}' is too long";
    syntax 1061 duplicate_key_name(name) "Duplicate key name '{name}'";
    syntax 1063 bad_specifier(column) "Incorrect column specifier for column '{column}'";
    syntax 1067 bad_default(column) "Invalid default value for '{column}'";
    syntax 1068 two_primary_keys() "Multiple primary key defined";
    syntax 1069 too_many_keys() "Too many keys specified; max 64 keys allowed";
    syntax 1070 too_many_parts() "Too many key parts specified; max 16 parts allowed";
    syntax 1071 key_too_long() "Specified key was too long; max key length is 3072 bytes";
    syntax 1072 no_key_column(column) "Key column '{column}' doesn't exist in table";
    syntax 1074 column_too_long(column, max) "Column length too big for column '{column}' (max = {max}); use BLOB or TEXT instead";
    syntax 1075 bad_auto_increment() "Incorrect table definition; there can be only one auto column and it must be defined as a key";
    general 1089 bad_prefix() "Incorrect prefix key; the used key part isn't a string, the used length is longer than the key part, or the storage engine doesn't support unique prefix keys";
    syntax 1090 cannot_drop_all() "You can't delete all columns with ALTER TABLE; use DROP TABLE instead";
    syntax 1091 cannot_drop(name) "Can't DROP '{name}'; check that column/key exists";
    general 1097 too_many_members(column) "Too many strings for column {column} and SET";
    syntax 1101 blob_default(column) "BLOB, TEXT, GEOMETRY or JSON column '{column}' can't have a default value";
    syntax 1102 bad_schema_name(name) "Incorrect database name '{name}'";
    syntax 1103 bad_table_name(name) "Incorrect table name '{name}'";
    syntax 1113 no_columns() "A table must have at least 1 column";
    syntax 1115 unknown_charset(name) "Unknown character set: '{name}'";
    syntax 1117 too_many_columns() "Too many columns";
    syntax 1118 row_too_big() "Row size too large. The maximum row size for the used table type, not counting BLOBs, is 65535. This includes storage overhead, check the manual. You have to change some columns to TEXT or BLOBs";
    syntax 1166 bad_column_name(name) "Incorrect column name '{name}'";
    syntax 1170 blob_key(column) "BLOB/TEXT column '{column}' used in key specification without a key length";
    syntax 1171 null_in_primary() "All parts of a PRIMARY KEY must be NOT NULL; if you need NULL in a key, use UNIQUE instead";
    general 1176 no_key(key, table) "Key '{key}' doesn't exist in table '{table}'";
    general 1215 cannot_add_foreign_key() "Cannot add foreign key constraint";
    syntax 1239 bad_foreign_key(name) "Incorrect foreign key definition for '{name}': Key reference and table reference don't match";
    syntax 1253 collation_mismatch(collation, charset) "COLLATION '{collation}' is not valid for CHARACTER SET '{charset}'";
    general 1273 unknown_collation(name) "Unknown collation: '{name}'";
    syntax 1280 bad_index_name(name) "Incorrect index name '{name}'";
    syntax 1286 unknown_engine(name) "Unknown storage engine '{name}'";
    general 1291 duplicate_member(column, member, kind) "Column '{column}' has duplicated value '{member}' in {kind}";
    general 1294 bad_on_update(column) "Invalid ON UPDATE clause for '{column}' column";
    general 1347 not_a_view(name) "'{name}' is not VIEW";
    general 1353 view_columns() "In definition of view, derived table or common table expression, SELECT list and column names list have different column counts";
    general 1367 comma_in_set(member) "Illegal set '{member}' value found during parsing";
    syntax 1425 scale_too_big(scale, column, max) "Too big scale {scale} specified for column '{column}'. Maximum is {max}.";
    syntax 1426 precision_too_big(precision, column, max) "Too-big precision {precision} specified for '{column}'. Maximum is {max}.";
    syntax 1427 scale_over_precision(column) "For float(M,D), double(M,D) or decimal(M,D), M must be >= D (column '{column}').";
    syntax 1439 width_too_big(column, max) "Display width out of range for column '{column}' (max = {max})";
    general 1628 table_comment_too_long(name) "Comment for table '{name}' is too long (max = 2048)";
    general 1629 column_comment_too_long(name) "Comment for field '{name}' is too long (max = 1024)";
    general 1688 index_comment_too_long(name) "Comment for index '{name}' is too long (max = 1024)";
    general 1818 bad_year() "Supports only YEAR or YEAR(4) column.";
    general 1822 no_parent_index(name, parent) "Failed to add the foreign key constraint. Missing index for constraint '{name}' in the referenced table '{parent}'";
    general 1824 no_parent_table(parent) "Failed to open the referenced table '{parent}'";
    general 1826 duplicate_foreign_key(name) "Duplicate foreign key constraint name '{name}'";
    general 1828 column_in_foreign_key(column, name) "Cannot drop column '{column}': needed in a foreign key constraint '{name}'";
    general 1829 column_in_child(column, name, table) "Cannot drop column '{column}': needed in a foreign key constraint '{name}' of table '{table}'";
    general 1830 set_null_on_not_null(column, name) "Column '{column}' cannot be NOT NULL: needed in a foreign key constraint '{name}' SET NULL";
    general 1553 index_in_foreign_key(name) "Cannot drop index '{name}': needed in a foreign key constraint";
    general 3013 bad_size(column) "Invalid size for column '{column}'.";
    syntax 3152 json_index(column) "JSON column '{column}' supports indexing only via generated columns on a specified JSON path.";
    general 3522 invisible_primary() "A primary key index cannot be invisible";
    general 3730 parent_of_foreign_key(table, name, child) "Cannot drop table '{table}' referenced by a foreign key constraint '{name}' on table '{child}'.";
    general 3734 no_parent_column(column, name, parent) "Failed to add the foreign key constraint. Missing column '{column}' for constraint '{name}' in the referenced table '{parent}'";
    general 3780 incompatible_foreign_key(column, parent, name) "Referencing column '{column}' and referenced column '{parent}' in foreign key constraint '{name}' are incompatible.";
    general 3102 generated_subquery(column) "Expression of generated column '{column}' contains a disallowed function.";
    general 3753 functional_json() "Cannot create a functional index on a function that returns a JSON or GEOMETRY value.";
    general 3754 functional_counter(name) "Functional index '{name}' cannot refer to an auto-increment column.";
    general 3756 functional_primary() "The primary key cannot be a functional index";
    general 3757 functional_blob() "Cannot create a functional index on an expression that returns a BLOB or TEXT. Please consider using CAST.";
    general 3758 index_function(name) "Expression of functional index '{name}' contains a disallowed function.";
    general 3762 functional_column() "Functional index on a column is not supported. Consider using a regular index instead.";
    general 3763 generated_function(column, function) "Expression of generated column '{column}' contains a disallowed function: {function}.";
    general 3764 generated_row(column) "Expression of generated column '{column}' cannot refer to a row value.";
    general 3767 default_of_later(column) "Default value expression of column '{column}' cannot refer to a column defined after it if that column is a generated column or has an expression as default value.";
    general 3768 default_of_counter(column) "Default value expression of column '{column}' cannot refer to an auto-increment column.";
    general 3769 default_subquery(column) "Default value expression of column '{column}' contains a disallowed function.";
    general 3770 default_function(column, function) "Default value expression of column '{column}' contains a disallowed function: {function}.";
    general 3772 default_variable(column) "Default value expression of column '{column}' cannot refer user or system variables.";
    general 3812 check_not_boolean(name) "An expression of non-boolean type specified to a check constraint '{name}'.";
    general 3814 check_function(name, function) "An expression of a check constraint '{name}' contains disallowed function: {function}.";
    general 3815 check_subquery(name) "An expression of a check constraint '{name}' contains disallowed function.";
    general 3816 check_variable(name) "An expression of a check constraint '{name}' cannot refer to a user or system variable.";
    general 3818 check_of_counter(name) "Check constraint '{name}' cannot refer to an auto-increment column.";
    general 3837 functional_needs_column(column) "Column '{column}' has a functional index dependency and cannot be dropped or renamed.";
    general 1832 cannot_change_child(column, name) "Cannot change column '{column}': used in a foreign key constraint '{name}'";
    general 1833 cannot_change_parent(column, name, table) "Cannot change column '{column}': used in a foreign key constraint '{name}' of table '{table}'";
    general 1450 other_schema(old, new) "Changing schema from '{old}' to '{new}' is not allowed.";
    syntax 1066 not_unique(name) "Not unique table/alias: '{name}'";
    general 1351 view_variable() "View's SELECT contains a variable or parameter";
    general 1352 view_temporary(name) "View's SELECT refers to a temporary table '{name}'";
    general 1368 check_not_updatable(view) "CHECK OPTION on non-updatable view '{view}'";
    general 3813 check_other_column(name) "Column check constraint '{name}' references other column.";
    general 3820 check_unknown_column(name, column) "Check constraint '{name}' refers to non-existing column '{column}'.";
    general 3821 no_check(name) "Check constraint '{name}' is not found in the table.";
    general 3822 duplicate_check(name) "Duplicate check constraint name '{name}'.";
    general 3940 no_constraint(name) "Constraint '{name}' does not exist.";
    general 3959 check_needs_column(name, column) "Check constraint '{name}' uses column '{column}', hence column cannot be dropped or renamed.";
    general 3108 generated_needs_column(column) "Column '{column}' has a generated column dependency.";
    general 4028 all_invisible() "A table must have at least one visible column.";
    general 3106 generated_action(what) "'{what}' is not supported for generated columns.";
}

/// 1845: `what` was asked for, and only `other` will do.
pub fn algorithm(what: &str, other: &str) -> SqlError {
    let text = format!("{what} is not supported for this operation. Try {other}.");
    SqlError::new(1845, b"0A000", text)
}

/// 1846, with the reason.
pub fn algorithm_reason(what: &str, reason: &str, other: &str) -> SqlError {
    let text = format!("{what} is not supported. Reason: {reason}. Try {other}.");
    SqlError::new(1846, b"0A000", text)
}

/// 1050.
pub fn table_exists(name: &str) -> SqlError {
    SqlError::new(1050, b"42S01", format!("Table '{name}' already exists"))
}

/// 1051.
pub fn unknown_table(names: &str) -> SqlError {
    SqlError::new(1051, b"42S02", format!("Unknown table '{names}'"))
}

/// 1054.
pub fn unknown_column(column: &str, place: &str) -> SqlError {
    SqlError::new(1054, b"42S22", format!("Unknown column '{column}' in '{place}'"))
}

/// 1060.
pub fn duplicate_column(name: &str) -> SqlError {
    SqlError::new(1060, b"42S21", format!("Duplicate column name '{name}'"))
}

/// 1347 for a view where a table is needed.
pub fn not_a_table(schema: &str, name: &str) -> SqlError {
    general(1347, format!("'{schema}.{name}' is not BASE TABLE"))
}

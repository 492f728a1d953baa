//! Which computed tables there are: their columns are in a text beside this file, and here is who makes the
//! rows. A table without a maker is empty, as on a MySQL whose performance schema is off or that has no
//! triggers, routines or InnoDB pages.

use std::sync::OnceLock;

use super::{
    Make, Table, columns, constraints, keys, lists, locks, performance, privileges, replication,
    server, tables,
};

/// Schemas and their tables' columns.
const TEXTS: [(&str, &str); 2] =
    [(IS, include_str!("information_schema.txt")), (PS, include_str!("performance_schema.txt"))];

const IS: &str = "information_schema";
const PS: &str = "performance_schema";

/// Who makes the rows of the tables that have some.
const MAKERS: &[(&str, Make)] = &[
    ("CHARACTER_SETS", lists::character_sets),
    ("CHECK_CONSTRAINTS", constraints::checks),
    ("COLLATIONS", lists::collations),
    ("COLLATION_CHARACTER_SET_APPLICABILITY", lists::applicability),
    ("COLUMNS", columns::columns),
    ("COLUMNS_EXTENSIONS", columns::extensions),
    ("ENGINES", lists::engines),
    ("FILES", server::for_administrators),
    ("INNODB_BUFFER_POOL_STATS", server::for_administrators),
    ("INNODB_CMP", server::compression),
    ("INNODB_CMPMEM", server::compression),
    ("INNODB_CMPMEM_RESET", server::compression),
    ("INNODB_CMP_RESET", server::compression),
    ("INNODB_METRICS", server::for_administrators),
    ("INNODB_TABLES", server::for_administrators),
    ("INNODB_TABLESPACES", server::for_administrators),
    ("INNODB_TABLESTATS", server::for_administrators),
    ("INNODB_TRX", server::for_administrators),
    ("KEYWORDS", lists::keywords),
    ("KEY_COLUMN_USAGE", constraints::key_column_usage),
    ("PARTITIONS", tables::partitions),
    ("PLUGINS", lists::plugins),
    ("PROCESSLIST", server::process_list),
    ("REFERENTIAL_CONSTRAINTS", constraints::referential),
    ("SCHEMATA", tables::schemata),
    ("SCHEMATA_EXTENSIONS", tables::schemata_extensions),
    ("SCHEMA_PRIVILEGES", privileges::of_schemas),
    ("STATISTICS", keys::statistics),
    ("TABLES", tables::tables),
    ("TABLES_EXTENSIONS", tables::extensions),
    ("TABLE_CONSTRAINTS", constraints::table_constraints),
    ("TABLE_CONSTRAINTS_EXTENSIONS", constraints::extensions),
    ("TABLE_PRIVILEGES", privileges::of_tables),
    ("USER_ATTRIBUTES", privileges::attributes),
    ("USER_PRIVILEGES", privileges::of_users),
    ("VIEWS", tables::views),
    ("data_lock_waits", locks::data_lock_waits),
    ("data_locks", locks::data_locks),
    ("global_status", performance::global_status),
    ("global_variables", performance::global_variables),
    ("processlist", performance::process_list),
    ("replication_applier_configuration", replication::applier_configuration),
    ("replication_applier_status", replication::applier_status),
    ("replication_applier_status_by_worker", replication::applier_workers),
    ("replication_connection_configuration", replication::connection_configuration),
    ("replication_connection_status", replication::connection_status),
    ("session_status", performance::session_status),
    ("session_variables", performance::session_variables),
    ("threads", performance::threads),
    ("user_variables_by_thread", performance::user_variables),
    ("variables_info", performance::variables_info),
];

/// All tables.
pub fn all() -> Vec<Table> {
    TEXTS.iter().flat_map(|(schema, text)| of_text(schema, text)).collect()
}

fn of_text(schema: &'static str, text: &'static str) -> impl Iterator<Item = Table> {
    let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.starts_with('#'));
    paragraphs.filter_map(move |paragraph| {
        let (name, definition) = paragraph.trim_start().split_once('\n')?;
        let maker = MAKERS.iter().find(|(made, _)| *made == name);
        let make = maker.map_or(lists::none as Make, |(_, make)| *make);
        Some(Table { schema, name, definition, columns: OnceLock::new(), make })
    })
}

#[cfg(test)]
pub fn makers() -> impl Iterator<Item = &'static str> {
    MAKERS.iter().map(|(name, _)| *name)
}

//! Every definition is whole, every maker is used, and rows have as many values as there are columns.

use super::definitions::makers;
use super::*;
use crate::query::session::Session;

#[test]
fn definitions_parse() {
    assert!(TABLES.len() > 180, "{}", TABLES.len());
    for table in TABLES.values() {
        let written = table.definition.split(", ").flat_map(|part| part.split(",\n")).count();
        assert_eq!(table.columns().len(), written, "{}.{}", table.schema, table.name);
        for column in table.columns() {
            assert_ne!(column.ty, ColumnType::Null, "{}.{}", table.name, column.name);
        }
    }
}

#[test]
fn every_maker_has_a_table() {
    for maker in makers() {
        assert!(TABLES.values().any(|table| table.name == maker), "{maker}");
    }
}

#[test]
fn rows_fit_their_columns() {
    let mut session = Session::for_test(1);
    let mut ctx = EvalContext::new(&mut session, &[]);
    for table in TABLES.values() {
        for row in table.rows(&mut ctx, &[]).unwrap() {
            assert_eq!(row.len(), table.columns().len(), "{}: {row:?}", table.name);
        }
    }
}

#[test]
fn names_are_found_in_any_case() {
    assert_eq!(table("INFORMATION_SCHEMA", "tables").unwrap().name(), "TABLES");
    assert!(table("information_schema", "none").is_none());
}

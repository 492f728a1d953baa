//! Every definition is whole, and rows have as many values as there are columns.

use super::definitions::ALL;
use super::*;
use crate::query::session::Session;

#[test]
fn definitions_parse() {
    for (schema, name, columns, _) in ALL {
        let parsed = parse_columns(columns);
        assert_eq!(parsed.len(), columns.matches(", ").count() + 1, "{schema}.{name}");
        for column in &parsed {
            assert_ne!(column.ty, ColumnType::Null, "{name}.{}", column.name);
        }
    }
}

#[test]
fn rows_fit_their_columns() {
    let mut session = Session::for_test(1);
    let mut ctx = EvalContext::new(&mut session, &[]);
    for (schema, name, ..) in ALL {
        let table = table(schema, name).unwrap();
        for row in table.rows(&mut ctx, &[]).unwrap() {
            assert_eq!(row.len(), table.columns().len(), "{schema}.{name}: {row:?}");
        }
    }
}

#[test]
fn names_are_found_in_any_case() {
    assert_eq!(table("INFORMATION_SCHEMA", "tables").unwrap().name(), "TABLES");
    assert!(table("information_schema", "none").is_none());
}

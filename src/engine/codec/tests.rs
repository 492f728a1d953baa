//! What is written is read back, and damage is an error.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Input, Stored};
use crate::engine::catalog::{
    Catalog, CheckDef, ColumnDef, DefaultValue, ForeignKeyAction, ForeignKeyDef, Generated,
    IndexDef, IndexKind, IndexPart, SchemaDef, TableDef, TableName, ViewDef,
};
use crate::store::TableId;
use crate::value::types::{BlobSize, CollationId, ColumnType, IntegerSize};
use crate::value::{Date, DateTime, Json, Member, Row, Time, Value};

fn bytes(value: &impl Stored) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.put(&mut bytes);
    bytes
}

fn again<T: Stored>(value: &T) -> T {
    let bytes = bytes(value);
    let mut input = Input::new(&bytes);
    let again = T::take(&mut input).unwrap();
    assert!(input.is_empty());
    again
}

fn value() -> impl Strategy<Value = Value> {
    let date = (0u16..10_000, 0u8..13, 0u8..32);
    let date = date.prop_map(|(year, month, day)| Date { year, month, day }).boxed();
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Int),
        any::<u64>().prop_map(Value::UInt),
        any::<f64>().prop_map(Value::Double),
        (any::<i64>(), 0u8..30).prop_map(|(digits, scale)| Value::Decimal(
            crate::value::Decimal::from_parts(i128::from(digits), scale)
        )),
        any::<String>().prop_map(|text| Value::Text(text.into())),
        any::<Vec<u8>>().prop_map(|bytes| Value::Bytes(bytes.into())),
        date.clone().prop_map(Value::Date),
        any::<i64>().prop_map(|micros| Value::Time(Time { micros })),
        (date, 0u64..86_400_000_000)
            .prop_map(|(date, micros)| Value::DateTime(DateTime { date, micros })),
        (any::<u64>(), any::<String>()).prop_map(|(number, text)| {
            Value::Member(Arc::new(Member { number, text: text.into() }))
        }),
        any::<String>().prop_map(|text| Value::Json(Arc::new(Json::String(text.into())))),
    ]
}

proptest! {
    #[test]
    fn rows(values in prop::collection::vec(value(), 0..10)) {
        let row = Row::new(values);
        prop_assert_eq!(format!("{row:?}"), format!("{:?}", again(&row)));
    }

    #[test]
    fn damage_is_an_error_or_another_value(
        mut bytes in prop::collection::vec(any::<u8>(), 0..200),
        at in any::<prop::sample::Index>(),
    ) {
        let _ = Row::take(&mut Input::new(&bytes));
        let _ = Catalog::take(&mut Input::new(&bytes));
        let _ = ColumnType::take(&mut Input::new(&bytes));
        if !bytes.is_empty() {
            let whole = self::bytes(&catalog());
            let place = at.index(whole.len());
            let mut damaged = whole;
            damaged[place] ^= bytes.pop().unwrap();
            let _ = Catalog::take(&mut Input::new(&damaged));
        }
    }
}

fn types() -> Vec<ColumnType> {
    let collation = CollationId(255);
    let members: Arc<[Box<str>]> = Arc::new(["a".into(), "b".into()]);
    vec![
        ColumnType::Integer {
            size: IntegerSize::Medium,
            unsigned: true,
            width: Some(5),
            zerofill: true,
        },
        ColumnType::Decimal { precision: 65, scale: 30, unsigned: false, zerofill: false },
        ColumnType::Float { double: true, unsigned: false, digits: Some((10, 2)), zerofill: false },
        ColumnType::Bit(9),
        ColumnType::Year,
        ColumnType::Date,
        ColumnType::Time(6),
        ColumnType::DateTime(3),
        ColumnType::Timestamp(0),
        ColumnType::Char { varying: true, length: 70_000, collation },
        ColumnType::Text { size: BlobSize::Long, collation },
        ColumnType::Binary { varying: false, length: 16 },
        ColumnType::Blob(BlobSize::Tiny),
        ColumnType::Enum { members: members.clone(), collation },
        ColumnType::Set { members, collation },
        ColumnType::Json,
        ColumnType::Null,
    ]
}

fn catalog() -> Catalog {
    let mut table = TableDef::new("s", "t", CollationId(8));
    for (at, ty) in types().into_iter().enumerate() {
        table.columns.push(ColumnDef::new(&format!("c{at}"), ty));
    }
    table.columns[0].default = Some(DefaultValue::Value(Value::Int(7)));
    table.columns[1].default = Some(DefaultValue::Expression("1 + 1".into()));
    table.columns[2].generated = Some(Generated { sql: "c0 * 2".into(), stored: true });
    let part = IndexPart { column: 9, prefix: Some(10), descending: true };
    table.indexes.push(IndexDef {
        name: "i".into(),
        kind: IndexKind::Unique,
        parts: vec![part],
        comment: "why".into(),
        visible: false,
    });
    table.foreign_keys.push(ForeignKeyDef {
        name: "f".into(),
        columns: vec![0],
        parent: TableName::new("s", "p"),
        parent_columns: vec!["id".into()],
        on_delete: ForeignKeyAction::Cascade,
        on_update: ForeignKeyAction::SetNull,
    });
    table.checks.push(CheckDef { name: "c".into(), sql: "c0 > 0".into(), enforced: true });
    table.options.insert("ROW_FORMAT".into(), "DYNAMIC".into());
    table.finish(TableId(77)).unwrap();
    let mut schema = SchemaDef::new("s", CollationId(255));
    schema.put_table(Arc::new(table));
    schema.put_view(Arc::new(ViewDef {
        schema: "s".into(),
        name: "v".into(),
        sql: "select 1".into(),
        columns: vec!["1".into()],
        definer: "root@%".into(),
        invoker: true,
        algorithm: "UNDEFINED".into(),
        check_option: "NONE".into(),
        collation: CollationId(45),
        sql_mode: "".into(),
    }));
    let mut catalog = Catalog::default();
    catalog.put_schema(schema);
    catalog
}

#[test]
fn every_type() {
    for ty in types() {
        assert_eq!(again(&ty), ty);
    }
}

#[test]
fn a_catalog() {
    let (before, after) = (catalog(), again(&catalog()));
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
    assert_eq!(after.references_to("s", "p").len(), 1);
    assert_eq!(after.table_by_id(TableId(77)).unwrap().full_name(), TableName::new("s", "t"));
}

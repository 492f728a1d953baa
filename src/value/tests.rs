//! Tests of comparison, keys and display together: keys of every type compare as their values do.

use std::cmp::Ordering;
use std::sync::Arc;

use proptest::prelude::*;

use super::collation::CollationId;
use super::compare::{Comparison, compare, sort_order};
use super::types::{ColumnType, IntegerSize};
use super::{Date, DateTime, Decimal, Json, Member, Time, Value, display, key};

fn shown(value: &Value, ty: &ColumnType) -> String {
    let mut out = Vec::new();
    display(value, ty, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn integer() -> ColumnType {
    ColumnType::Integer { size: IntegerSize::Big, unsigned: false, width: None, zerofill: false }
}

fn varchar(collation: CollationId) -> ColumnType {
    ColumnType::Char { varying: true, length: 10, collation }
}

#[test]
fn values_show_as_in_a_result() {
    let filled = |width| ColumnType::Integer {
        size: IntegerSize::Int,
        unsigned: true,
        width,
        zerofill: true,
    };
    let decimal = ColumnType::Decimal { precision: 10, scale: 3, unsigned: true, zerofill: true };
    let float =
        |double, digits| ColumnType::Float { double, unsigned: false, digits, zerofill: false };
    let number = |text: &str| Value::Decimal(text.parse().unwrap());
    let moment = Value::DateTime(DateTime { date: Date::new(2024, 1, 2), micros: 3_600_500_000 });
    for (value, ty, expected) in [
        (Value::UInt(42), filled(Some(5)), "00042"),
        (Value::UInt(42), filled(None), "0000000042"),
        (number("1.5"), decimal, "0000001.500"),
        (
            number("2.345"),
            ColumnType::Decimal { precision: 5, scale: 2, unsigned: false, zerofill: false },
            "2.35",
        ),
        (Value::Double(f64::from(1e20f32)), float(false, None), "1e20"),
        (Value::Double(1.0), float(true, Some((10, 2))), "1.00"),
        (Value::UInt(5), ColumnType::Bit(9), "\0\u{5}"),
        (Value::UInt(0), ColumnType::Year, "0000"),
        (moment.clone(), ColumnType::DateTime(3), "2024-01-02 01:00:00.500"),
        (moment, ColumnType::DateTime(0), "2024-01-02 01:00:00"),
        (Value::Time(Time { micros: -1_500_000 }), ColumnType::Time(2), "-00:00:01.50"),
        (Value::Null, integer(), ""),
    ] {
        assert_eq!(shown(&value, &ty), expected);
    }
}

#[test]
fn values_are_small() {
    assert!(size_of::<Decimal>() <= 16);
    assert!(size_of::<Value>() <= 24);
}

#[test]
fn types_decide_how_values_compare() {
    let text = varchar(CollationId::UTF8MB4_0900_AI_CI);
    let decimal = ColumnType::Decimal { precision: 5, scale: 2, unsigned: false, zerofill: false };
    for (a, b, expected) in [
        (&integer(), &integer(), Comparison::Int),
        (&integer(), &decimal, Comparison::Decimal),
        (&integer(), &text, Comparison::Double),
        (&text, &text, Comparison::Text(CollationId::UTF8MB4_0900_AI_CI)),
        (&text, &ColumnType::Date, Comparison::Temporal),
        (&ColumnType::Null, &text, Comparison::Text(CollationId::UTF8MB4_0900_AI_CI)),
        (&text, &ColumnType::Binary { varying: true, length: 3 }, Comparison::Binary),
        (&ColumnType::Json, &integer(), Comparison::Json),
    ] {
        assert_eq!(Comparison::of(a, b), expected);
    }
}

#[test]
fn values_of_different_kinds_compare() {
    let text = |text: &str| Value::Text(text.into());
    let order = |a: &Value, b: &Value, how| compare(a, b, how);
    let equal = Some(Ordering::Equal);
    assert_eq!(
        order(&text("10"), &Value::Decimal("10.0".parse().unwrap()), Comparison::Double),
        equal
    );
    assert_eq!(order(&text("1abc"), &Value::Int(1), Comparison::Double), equal);
    assert_eq!(
        order(&Value::UInt(u64::MAX), &Value::Int(-1), Comparison::Int),
        Some(Ordering::Greater)
    );
    let date = Value::Date(Date::new(2024, 1, 1));
    assert_eq!(order(&date, &text("2024-1-1"), Comparison::Temporal), equal);
    assert_eq!(order(&date, &Value::Int(20240101), Comparison::Temporal), equal);
    assert_eq!(
        order(&date, &text("2024-01-01 00:00:01"), Comparison::Temporal),
        Some(Ordering::Less)
    );
    assert_eq!(order(&date, &text("abc"), Comparison::Temporal), None);
    assert_eq!(order(&date, &Value::Int(5), Comparison::Temporal), Some(Ordering::Greater));
    assert_eq!(order(&Value::Null, &Value::Int(1), Comparison::Int), None);
    let time = Value::Time(Time::new(false, 10, 0, 0, 0));
    assert_eq!(order(&time, &text("10:00"), Comparison::Temporal), equal);
    assert_eq!(order(&time, &Value::Int(100000), Comparison::Temporal), equal);
}

/// A type and two values of it, NULL among them.
fn pair() -> impl Strategy<Value = (ColumnType, Value, Value)> {
    fn two<S: Strategy<Value = Value> + 'static>(
        ty: ColumnType,
        values: S,
    ) -> BoxedStrategy<(ColumnType, Value, Value)> {
        let values = prop_oneof![9 => values.boxed(), 1 => Just(Value::Null).boxed()].boxed();
        (Just(ty), values.clone(), values).boxed()
    }
    let integers = prop_oneof![
        any::<i64>().prop_map(Value::Int),
        (-300i64..300).prop_map(Value::Int),
        any::<u64>().prop_map(Value::UInt)
    ];
    let decimals = (any::<i128>(), 0u8..12, 0u32..30).prop_map(|(digits, scale, drop)| {
        Value::Decimal(Decimal::from_parts(digits / 10i128.pow(drop), scale))
    });
    let doubles = prop_oneof![
        any::<f64>().prop_filter("a number", |number| number.is_finite()),
        Just(0.0),
        Just(-0.0),
        -2.0f64..2.0
    ];
    let dates = (0u16..3, 0u8..13, 0u8..32)
        .prop_map(|(year, month, day)| Date::new(2023 + year, month, day));
    let times = prop_oneof![-5i64..5, -3_020_399_000_000i64..3_020_399_000_000];
    let moments = (dates.clone(), prop_oneof![0u64..3, 0u64..86_400_000_000]);
    let members = (0u64..70_000)
        .prop_map(|number| Value::Member(Arc::new(Member { number, text: "x".into() })));
    let bytes = proptest::collection::vec(prop_oneof![Just(0u8), Just(255u8), any::<u8>()], 0..4);
    let set = ColumnType::Set { members: Arc::from([]), collation: CollationId::UTF8MB4_BIN };
    let text = |collation| {
        two(varchar(collation), "[aA bé\t\u{0}]{0,4}".prop_map(|text| Value::Text(text.into())))
    };
    prop_oneof![
        two(integer(), integers),
        two(
            ColumnType::Decimal { precision: 65, scale: 12, unsigned: false, zerofill: false },
            decimals
        ),
        two(
            ColumnType::Float { double: true, unsigned: false, digits: None, zerofill: false },
            doubles.prop_map(Value::Double)
        ),
        two(ColumnType::Date, dates.prop_map(Value::Date)),
        two(ColumnType::Time(6), times.prop_map(|micros| Value::Time(Time { micros }))),
        two(
            ColumnType::DateTime(6),
            moments.prop_map(|(date, micros)| Value::DateTime(DateTime { date, micros }))
        ),
        two(set, members),
        two(
            ColumnType::Binary { varying: true, length: 9 },
            bytes.prop_map(|bytes| Value::Bytes(bytes.into()))
        ),
        text(CollationId::UTF8MB4_0900_AI_CI),
        text(CollationId::UTF8MB4_GENERAL_CI),
        text(CollationId::UTF8MB4_BIN),
        two(
            ColumnType::Json,
            (-3i64..3).prop_map(|number| Value::Json(Arc::new(Json::Int(number))))
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn keys_compare_as_values_do((ty, a, b) in pair(), descending in any::<bool>(), tail_a in any::<u8>(), tail_b in any::<u8>()) {
        let key = |value: &Value, tail: u8| {
            let mut out = Vec::new();
            key::encode(value, &ty, descending, None, &mut out);
            out.push(tail);
            out
        };
        let order = sort_order(&a, &b, Comparison::of_type(&ty));
        let order = if descending { order.reverse() } else { order };
        let keys = key(&a, tail_a).cmp(&key(&b, tail_b));
        prop_assert_eq!(keys, order.then(tail_a.cmp(&tail_b)), "{:?} {:?} {:?}", ty, a, b);
    }
}

#[test]
fn prefixes_are_of_characters() {
    let key = |text: &str, prefix| {
        let mut out = Vec::new();
        key::encode(
            &Value::Text(text.into()),
            &varchar(CollationId::UTF8MB4_BIN),
            false,
            prefix,
            &mut out,
        );
        out
    };
    assert_eq!(key("äöü", Some(2)), key("äö", None));
    assert_eq!(key("ä", Some(2)), key("ä", None));
}

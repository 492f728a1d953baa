//! Row images: every type there and back, and what damaged ones give.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::value::json::Object;
use crate::value::temporal::from_days;
use crate::value::types::{BlobSize, CollationId, ColumnType, IntegerSize};
use crate::value::{Date, DateTime, Decimal, Time};

type Column = (ColumnType, Value);

fn fraction(micros: u64, fsp: u8) -> u64 {
    micros / 10u64.pow(u32::from(6 - fsp)) * 10u64.pow(u32::from(6 - fsp))
}

fn integers() -> impl Strategy<Value = Column> {
    let sizes = [
        (IntegerSize::Tiny, 8),
        (IntegerSize::Small, 16),
        (IntegerSize::Medium, 24),
        (IntegerSize::Int, 32),
        (IntegerSize::Big, 64),
    ];
    (prop::sample::select(sizes.to_vec()), any::<bool>(), any::<i64>()).prop_map(
        |((size, bits), unsigned, number)| {
            let value = if unsigned {
                Value::UInt(number as u64 >> (64 - bits))
            } else {
                Value::Int(number >> (64 - bits))
            };
            (ColumnType::Integer { size, unsigned, width: None, zerofill: false }, value)
        },
    )
}

fn decimals() -> impl Strategy<Value = Column> {
    (1..=65u8, 0..=30u8, any::<bool>(), vec(0..10u8, 65)).prop_map(
        |(precision, scale, negative, digits)| {
            let scale = scale.min(precision);
            let digits: String = digits
                .iter()
                .take(precision.into())
                .map(|digit| char::from(b'0' + digit))
                .collect();
            let (whole, fraction) = digits.split_at(usize::from(precision - scale));
            let sign = if negative { "-" } else { "" };
            let number: Decimal = format!("{sign}{whole}.{fraction}").parse().unwrap();
            let number = number.fit(precision, scale).0;
            let ty = ColumnType::Decimal { precision, scale, unsigned: false, zerofill: false };
            (ty, Value::Decimal(number))
        },
    )
}

fn numbers() -> impl Strategy<Value = Column> {
    let float =
        |double| ColumnType::Float { double, unsigned: false, digits: None, zerofill: false };
    prop_oneof![
        integers(),
        decimals(),
        any::<f32>().prop_map(move |x| (float(false), Value::Double(x.into()))),
        any::<f64>().prop_map(move |x| (float(true), Value::Double(x))),
        (1..=64u8, any::<u64>())
            .prop_map(|(bits, x)| (ColumnType::Bit(bits), Value::UInt(x >> (64 - bits)))),
        prop_oneof![Just(0u64), 1901..=2155u64]
            .prop_map(|year| (ColumnType::Year, Value::UInt(year))),
    ]
}

fn temporals() -> impl Strategy<Value = Column> {
    const DAY: u64 = 86_400_000_000;
    let date =
        (0..=9999u16, 0..=12u8, 0..=31u8).prop_map(|(year, month, day)| Date { year, month, day });
    let time = -3_020_399_999_999..=3_020_399_999_999i64;
    prop_oneof![
        date.clone().prop_map(|date| (ColumnType::Date, Value::Date(date))),
        (0..=6u8, time).prop_map(|(fsp, micros)| {
            let whole = fraction(micros.unsigned_abs(), fsp) as i64;
            let micros = if micros < 0 { -whole } else { whole };
            (ColumnType::Time(fsp), Value::Time(Time { micros }))
        }),
        (0..=6u8, date, 0..DAY).prop_map(|(fsp, date, micros)| {
            let at = DateTime { date, micros: fraction(micros, fsp) };
            (ColumnType::DateTime(fsp), Value::DateTime(at))
        }),
        (0..=6u8, 0..49_710i64, 1_000_000..DAY).prop_map(|(fsp, day, micros)| {
            let date = from_days(719_528 + day).unwrap();
            let at = DateTime { date, micros: fraction(micros, fsp) };
            (ColumnType::Timestamp(fsp), Value::DateTime(at))
        }),
        (0..=6u8)
            .prop_map(|fsp| { (ColumnType::Timestamp(fsp), Value::DateTime(DateTime::default())) }),
    ]
}

/// A collation, and text that its character set holds.
fn texts() -> impl Strategy<Value = (CollationId, String)> {
    prop_oneof![
        ("[ -~]{0,40}", prop::sample::select(vec![8u16, 11, 33, 45, 46, 255])),
        ("[ -~äöüßéÿ€œ]{0,40}", prop::sample::select(vec![8, 33, 45, 224])),
        ("\\PC{0,40}", prop::sample::select(vec![45, 46, 255])),
    ]
    .prop_map(|(text, collation)| (CollationId(collation), text))
}

const SIZES: [BlobSize; 4] = [BlobSize::Tiny, BlobSize::Normal, BlobSize::Medium, BlobSize::Long];

fn strings() -> impl Strategy<Value = Column> {
    let size = || prop::sample::select(SIZES.to_vec());
    prop_oneof![
        (texts(), 40..700u32, any::<bool>()).prop_map(|((collation, text), length, varying)| {
            // CHAR has at most 255 characters
            let length = if varying { length } else { length.min(255) };
            (ColumnType::Char { varying, length, collation }, Value::Text(text.into()))
        }),
        (texts(), size()).prop_map(|((collation, text), size)| {
            (ColumnType::Text { size, collation }, Value::Text(text.into()))
        }),
        (vec(any::<u8>(), 0..60), 60..700u32).prop_map(|(bytes, length)| {
            (ColumnType::Binary { varying: true, length }, Value::Bytes(bytes.into()))
        }),
        vec(0..3u8, 1..256).prop_map(|bytes| {
            let length = bytes.len() as u32;
            (ColumnType::Binary { varying: false, length }, Value::Bytes(bytes.into()))
        }),
        (vec(any::<u8>(), 0..255), size())
            .prop_map(|(bytes, size)| (ColumnType::Blob(size), Value::Bytes(bytes.into()))),
    ]
}

fn names(count: usize) -> Members {
    (0..count).map(|at| format!("m{at}").into()).collect::<Vec<Box<str>>>().into()
}

fn members() -> impl Strategy<Value = Column> {
    let collation = CollationId(45);
    prop_oneof![
        (1..600usize, any::<prop::sample::Index>()).prop_map(move |(count, at)| {
            let members = names(count);
            let at = at.index(count);
            let member = Member { number: at as u64 + 1, text: members[at].clone() };
            (ColumnType::Enum { members, collation }, Value::Member(Arc::new(member)))
        }),
        (1..=64usize, any::<u64>()).prop_map(move |(count, bits)| {
            let members = names(count);
            let number = bits >> (64 - count);
            let chosen: Vec<&str> =
                (0..count).filter(|at| number >> at & 1 != 0).map(|at| &*members[at]).collect();
            let member = Member { number, text: chosen.join(",").into() };
            (ColumnType::Set { members, collation }, Value::Member(Arc::new(member)))
        }),
    ]
}

fn documents() -> impl Strategy<Value = Column> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(Json::Int),
        any::<f64>().prop_map(Json::Double),
        "\\PC{0,300}".prop_map(|text| Json::String(text.into())),
    ];
    leaf.prop_recursive(3, 30, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Json::Array),
            vec(("[a-z]{0,5}", inner), 0..6).prop_map(|members| {
                let mut object = Object::new();
                members.into_iter().for_each(|(key, value)| object.insert(&key, value));
                Json::Object(object)
            }),
        ]
    })
    .prop_map(|json| (ColumnType::Json, Value::Json(Arc::new(json))))
}

fn columns() -> impl Strategy<Value = Vec<(Column, bool)>> {
    let column = prop_oneof![
        3 => numbers(),
        3 => temporals(),
        3 => strings(),
        1 => members(),
        1 => documents(),
    ];
    vec((column, prop::bool::weighted(0.2)), 1..20)
}

fn show(values: &[Value]) -> String {
    format!("{values:?}")
}

/// Types and values, where a value may be NULL instead.
fn split(columns: Vec<(Column, bool)>) -> (Vec<Layout>, Vec<Value>, Vec<ColumnType>) {
    let (mut layouts, mut values, mut types) = (Vec::new(), Vec::new(), Vec::new());
    for ((ty, value), null) in columns {
        layouts.push(Layout::of(&ty).unwrap());
        values.push(if null { Value::Null } else { value });
        types.push(ty);
    }
    (layouts, values, types)
}

fn all(count: usize) -> Vec<u8> {
    vec![0xff; count.div_ceil(8)]
}

fn decoded(bytes: &[u8], layouts: &[Layout]) -> Result<Vec<Value>, EventError> {
    let mut from = Reader::new(bytes, "a row");
    let image = decode_image(&mut from, layouts, &all(layouts.len()))?;
    assert!(from.is_empty());
    Ok(image.into_iter().map(Option::unwrap).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn images_come_back(columns in columns()) {
        let (layouts, values, _) = split(columns);
        let mut bytes = Vec::new();
        encode_image(&values, &layouts, &mut bytes).unwrap();
        prop_assert_eq!(show(&decoded(&bytes, &layouts).unwrap()), show(&values));
    }

    /// What a table map tells of a column is how we write it.
    #[test]
    fn coded_types_lie_as_ours(columns in columns()) {
        let (layouts, _, types) = split(columns);
        for (layout, ty) in layouts.into_iter().zip(types) {
            let coded = Coded::of(&ty).unwrap();
            let read = Coded::read(coded.code, &mut Reader::new(coded.bytes(), "metadata")).unwrap();
            prop_assert_eq!(read, coded);
            let foreign = Layout::of_coded(coded, None, None, None).unwrap();
            prop_assert_eq!(foreign.understood_as(&ty), layout);
        }
    }

    #[test]
    fn damaged_images_give_errors(
        columns in columns(),
        flips in vec((any::<prop::sample::Index>(), 1..=255u8), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let (layouts, values, _) = split(columns);
        let mut bytes = Vec::new();
        encode_image(&values, &layouts, &mut bytes).unwrap();
        for (at, mask) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= mask;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        let _ = decode_image(&mut Reader::new(&bytes, "a row"), &layouts, &all(layouts.len()));
    }
}

#[test]
fn columns_may_be_left_out() {
    let layouts = [Layout::Year, Layout::Date, Layout::Year];
    let image = [0b10, 124];
    let mut from = Reader::new(&image, "a row");
    let values = decode_image(&mut from, &layouts, &[0b101]).unwrap();
    assert_eq!(format!("{values:?}"), "[Some(UInt(2024)), None, Some(Null)]");
}

#[test]
fn values_of_the_wrong_type_are_refused() {
    let mut out = Vec::new();
    let fits =
        |value: &Value, layout: &Layout, out: &mut Vec<u8>| encode(value, layout, out).is_ok();
    assert!(!fits(&Value::Int(1), &Layout::Date, &mut out));
    let tiny = Layout::Text { prefix: 1, collation: CollationId(45) };
    assert!(fits(&Value::Text("x".repeat(255).into()), &tiny, &mut out));
    assert!(!fits(&Value::Text("x".repeat(256).into()), &tiny, &mut out));
    let latin = Layout::Text { prefix: 1, collation: CollationId(8) };
    assert!(!fits(&Value::Text("日".into()), &latin, &mut out));
    assert!(encode_image(&[Value::Null], &[Layout::Date, Layout::Date], &mut out).is_err());
}

#[test]
fn old_temporals_are_read() {
    let read = |layout, bytes: &[u8]| format!("{:?}", decode(&mut Reader::new(bytes, ""), &layout));
    let time = read(Layout::OldTime, &[0x40, 0xe2, 0x01]);
    assert_eq!(
        time,
        format!("{:?}", Ok::<_, EventError>(Value::Time(Time { micros: 45_296_000_000 })))
    );
    let at = 20_240_229_123_456u64.to_le_bytes();
    let date = Date { year: 2024, month: 2, day: 29 };
    let expected = Value::DateTime(DateTime { date, micros: 45_296_000_000 });
    assert_eq!(read(Layout::OldDateTime, &at), format!("{:?}", Ok::<_, EventError>(expected)));
    assert!(read(Layout::OldDateTime, &99_999_999_999_999u64.to_le_bytes()).contains("Err"));
}

#[test]
fn collations_of_other_servers_have_their_character_set() {
    let mut out = Vec::new();
    for (id, known) in [(303, true), (45 + 1024, true), (2048, true), (2304, true), (1, false)] {
        let encoded = text::encode("é", CollationId(id), &mut out);
        assert_eq!(encoded.is_ok(), known, "{id}: {encoded:?}");
    }
}

//! Tests of JSON: what a MySQL server answered.

use proptest::prelude::*;

use super::*;

fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

fn path(text: &str) -> Path {
    text.parse().unwrap()
}

#[test]
fn texts_are_normal() {
    for (text, normal) in [
        (r#"{"bb":1,"a":2,"c":3}"#, r#"{"a": 2, "c": 3, "bb": 1}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a": 2}"#),
        (
            "[1.10, 1e20, 1e15, 0.1, 1e-7, 100.0, -1.0]",
            "[1.1, 1e20, 1e15, 0.1, 0.0000001, 100.0, -1.0]",
        ),
        ("123456789012345678901234567890", "1.2345678901234568e29"),
        ("-0", "0"),
        ("1e2", "100.0"),
        (r#""a\u00e9\n\u0001/\"\/\u007f""#, "\"aé\\n\\u0001/\\\"/\u{7f}\""),
        (r#""\ud83d\ude00""#, "\"😀\""),
        (" [ ] ", "[]"),
        ("{}", "{}"),
        ("true", "true"),
    ] {
        assert_eq!(json(text).to_string(), normal, "{text}");
    }
    let pretty = json(r#"{"a":[1,{"b":2}],"c":{}, "d":[]}"#).pretty();
    assert_eq!(
        pretty,
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}"
    );
}

#[test]
fn mistakes_are_named_as_the_server_does() {
    for (text, message, position) in [
        ("", "The document is empty.", 0),
        ("{", "Missing a name for object member.", 1),
        ("[1,]", "Invalid value.", 3),
        (r#"{"a" 1}"#, "Missing a colon after a name of object member.", 5),
        ("[1 2]", "Missing a comma or ']' after an array element.", 3),
        ("nul", "Invalid value.", 3),
        ("\"abc", "Missing a closing quotation mark in string.", 4),
        ("1 2", "The document root must not be followed by other values.", 2),
        ("01", "The document root must not be followed by other values.", 1),
        (r#""\x""#, "Invalid escape character in string.", 1),
        ("1.", "Miss fraction part in number.", 2),
        (r#"{"a":1,}"#, "Missing a name for object member.", 7),
        (r#""\ud800""#, "The surrogate pair in string is invalid.", 1),
        ("\"é\t\"", "Invalid encoding in string.", 3),
        ("1e400", "Number too big to be stored in double.", 0),
    ] {
        let mistake = JsonMistake::Text(TextMistake { message, position });
        assert_eq!(Json::parse(text).unwrap_err(), mistake, "{text}");
    }
    assert_eq!(Json::parse(&"[".repeat(101)).unwrap_err(), JsonMistake::TooDeep);
    assert!(Json::parse(&("[".repeat(100) + &"]".repeat(100))).is_ok());
}

#[test]
fn kinds_have_names() {
    for (text, kind) in [
        ("4294967296", "UNSIGNED INTEGER"),
        ("4294967295", "INTEGER"),
        ("-5000000000", "INTEGER"),
        ("9223372036854775808", "UNSIGNED INTEGER"),
        ("1.0", "DOUBLE"),
        ("null", "NULL"),
        ("[]", "ARRAY"),
    ] {
        assert_eq!(json(text).type_name(), kind, "{text}");
    }
    assert_eq!(json(r#"[1,[2,{"a":3}]]"#).depth(), 4);
    assert_eq!(json(r#"{"bb":1,"a":2}"#).keys().unwrap().to_string(), r#"["a", "bb"]"#);
}

#[test]
fn paths_find() {
    let document = r#"{"a":[1,2,{"b":3}],"c":{"b":4}}"#;
    for (text, expression, found) in [
        (document, "$.a[last]", r#"{"b": 3}"#),
        (document, "$**.b", "[3, 4]"),
        (document, "$.*", r#"[[1, 2, {"b": 3}], {"b": 4}]"#),
        (document, "$.a[0 to 1]", "[1, 2]"),
        (document, "$.a[*]", r#"[1, 2, {"b": 3}]"#),
        (document, "$", r#"{"a": [1, 2, {"b": 3}], "c": {"b": 4}}"#),
        ("5", "$[0]", "5"),
        ("5", "$[last]", "5"),
        ("5", "$[1]", "NULL"),
        ("5", "$[0 to 0]", "[5]"),
        ("5", "$[*]", "NULL"),
        ("[1,2,3]", "$[last-1]", "2"),
        ("[1,2,3]", "$[1 to last]", "[2, 3]"),
        ("[1,2,3]", "$[last-5]", "NULL"),
        (r#"{"a b":1}"#, r#"$."a b""#, "1"),
        ("[1]", "$[0][0]", "1"),
        (r#"[[1,[2]],{"a":[3]}]"#, "$**[0]", r#"[[1, [2]], 1, 2, {"a": [3]}, 3]"#),
        ("[[1],[2]]", "$**[0]", "[[1], 1, 2]"),
        (r#"{"a":{"a":1}}"#, "$**.a", r#"[{"a": 1}, 1]"#),
        (r#"{"a":1}"#, " $ . a ", "1"),
        (r#"{"a":1}"#, "$.a[last-1 to last]", "[1]"),
    ] {
        let extracted = json(text).extract(&[path(expression)]);
        let extracted = extracted.map_or("NULL".to_owned(), |value| value.to_string());
        assert_eq!(extracted, found, "{text} -> {expression}");
    }
}

#[test]
fn wrong_paths_say_where() {
    for (expression, at) in
        [("$.", 2), ("a", 1), ("$[", 2), ("$[3 to 1]", 8), ("$**", 3), ("$.a.", 4), ("$.a-b", 5)]
    {
        assert_eq!(expression.parse::<Path>(), Err(PathMistake(at)), "{expression}");
    }
}

#[test]
fn paths_change() {
    let edited = |text: &str, expression: &str, value: &str, edit| {
        let mut document = json(text);
        document.edit(&path(expression), json(value), edit);
        document.to_string()
    };
    for (text, expression, value, edit, expected) in [
        (r#"{"a":1}"#, "$.b", "2", Edit::Set, r#"{"a": 1, "b": 2}"#),
        (r#"{"a":1}"#, "$.a", "2", Edit::Insert, r#"{"a": 1}"#),
        (r#"{"a":1}"#, "$.a", "2", Edit::Replace, r#"{"a": 2}"#),
        (r#"{"a":1}"#, "$.c", "2", Edit::Replace, r#"{"a": 1}"#),
        ("[1,2]", "$[5]", "3", Edit::Set, "[1, 2, 3]"),
        ("1", "$[1]", "3", Edit::Set, "[1, 3]"),
        ("1", "$[0]", "3", Edit::Set, "3"),
        (r#"{"a":1}"#, "$.a.b", "3", Edit::Set, r#"{"a": 1}"#),
        (r#"{"a":1}"#, "$.a[1]", "3", Edit::Set, r#"{"a": [1, 3]}"#),
        ("[1,2]", "$[last]", "9", Edit::Set, "[1, 9]"),
        ("[1]", "$[last-3]", "9", Edit::Set, "[9, 1]"),
        ("5", "$[last-1]", "9", Edit::Insert, "[9, 5]"),
        ("5", "$", "9", Edit::Insert, "5"),
        ("5", "$", "9", Edit::Set, "9"),
    ] {
        assert_eq!(edited(text, expression, value, edit), expected, "{text} {expression}");
    }
    let with = |text: &str, change: fn(&mut Json, &Path, Json), expression: &str| {
        let mut document = json(text);
        change(&mut document, &path(expression), json("9"));
        document.to_string()
    };
    assert_eq!(with(r#"{"a":1}"#, Json::array_append, "$.a"), r#"{"a": [1, 9]}"#);
    assert_eq!(with("[1,[2]]", Json::array_append, "$[1]"), "[1, [2, 9]]");
    assert_eq!(with("[1,2]", Json::array_insert, "$[1]"), "[1, 9, 2]");
    assert_eq!(with("[1,2]", Json::array_insert, "$[9]"), "[1, 2, 9]");
    assert_eq!(with("[1,2]", Json::array_insert, "$[last]"), "[1, 9, 2]");
    assert_eq!(with(r#"{"a":1}"#, Json::array_insert, "$.a[0]"), r#"{"a": 1}"#);
    let remove = |document: &mut Json, path: &Path, _| document.remove(path);
    assert_eq!(with("[1,[2,3]]", remove, "$[1][0]"), "[1, [3]]");
    assert_eq!(with(r#"{"a":1,"b":2}"#, remove, "$.a"), r#"{"b": 2}"#);
}

#[test]
fn merges() {
    let preserve = |a, b| json(a).merge_preserve(json(b)).to_string();
    assert_eq!(preserve("[1]", r#"{"a":1}"#), r#"[1, {"a": 1}]"#);
    assert_eq!(preserve(r#"{"a":1}"#, r#"{"a":2}"#), r#"{"a": [1, 2]}"#);
    assert_eq!(preserve("1", "2"), "[1, 2]");
    assert_eq!(preserve(r#"{"a":[1]}"#, r#"{"a":{"b":1}}"#), r#"{"a": [1, {"b": 1}]}"#);
    let patch = |a, b| json(a).merge_patch(json(b)).to_string();
    assert_eq!(patch(r#"{"a":1,"b":2}"#, r#"{"a":null,"c":3}"#), r#"{"b": 2, "c": 3}"#);
    assert_eq!(patch(r#"{"a":1}"#, "2"), "2");
}

#[test]
fn questions() {
    for (a, b) in [
        ("[1,2,[3]]", "[1,3]"),
        ("[1,[2,3]]", "[2]"),
        (r#"{"a":1,"b":2}"#, r#"{"a":1}"#),
        (r#"[{"a":1,"b":2}]"#, r#"{"a":1}"#),
        ("1", "1.0"),
        ("[1,2]", "1"),
    ] {
        assert!(json(a).contains(&json(b)), "{a} {b}");
    }
    assert!(!json("[1,2]").contains(&json("3")));
    assert!(!json("1").contains(&json("[1]")));
    assert!(json("[1,2]").overlaps(&json("[2,3]")));
    assert!(json(r#"{"a":1}"#).overlaps(&json(r#"{"a":1,"b":2}"#)));
    assert!(json("1").overlaps(&json("[1]")));
    assert!(!json("[1]").overlaps(&json("[2]")));
    let document = json(r#"{"a":"x","b":["x","y"],"c d":"x"}"#);
    let search = |amount, below: &[Path]| {
        document.search(amount, below, &|text| text == "x").map(|found| found.to_string())
    };
    assert_eq!(search(Amount::All, &[]), Some(r#"["$.a", "$.b[0]", "$.\"c d\""]"#.to_owned()));
    assert_eq!(search(Amount::One, &[]), Some(r#""$.a""#.to_owned()));
    assert_eq!(search(Amount::All, &[path("$.b")]), Some(r#""$.b[0]""#.to_owned()));
}

#[test]
fn quoting_is_undone() {
    assert_eq!(quote("a\"\n\tb"), r#""a\"\n\tb""#);
    assert_eq!(unquote(r#""a\u0041\n""#).unwrap(), "aA\n");
    assert_eq!(unquote("abc").unwrap(), "abc");
    assert!(unquote(r#""a\x""#).is_err());
}

/// Any JSON, of all kinds.
pub(super) fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(Json::Int),
        (-3i64..3).prop_map(Json::Int),
        any::<u64>().prop_map(Json::UInt),
        (0u64..3).prop_map(Json::UInt),
        (-1e300f64..1e300).prop_map(Json::Double),
        (-3i32..3).prop_map(|number| Json::Double(f64::from(number) / 2.0)),
        (any::<i64>(), 0u8..20)
            .prop_map(|(digits, scale)| Json::Decimal(Decimal::from_parts(digits.into(), scale))),
        "[ab\u{0}é]{0,3}".prop_map(|text| Json::String(text.into())),
        (1u16..9999, 1u8..13, 1u8..29)
            .prop_map(|(year, month, day)| Json::Date(Date::new(year, month, day))),
        (-3_020_399_000_000i64..3_020_399_000_000).prop_map(|micros| Json::Time(Time { micros })),
        (1u16..9999, 0u64..86_400_000_000).prop_map(|(year, micros)| {
            Json::DateTime(DateTime { date: Date::new(year, 2, 3), micros })
        }),
        (0u8..255, proptest::collection::vec(any::<u8>(), 0..4))
            .prop_filter("a kind of its own", |(kind, _)| ![7, 10, 11, 12, 246].contains(kind))
            .prop_map(|(kind, bytes)| Json::Opaque(kind, bytes.into())),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            proptest::collection::vec(("[abc]{0,2}".prop_map(String::into_boxed_str), inner), 0..4)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn keys_keep_the_order(a in any_json(), b in any_json(), tail_a in any::<u8>(), tail_b in any::<u8>()) {
        let key = |value: &Json, tail: u8| {
            let mut out = Vec::new();
            value.push_key(&mut out);
            out.push(tail);
            out
        };
        let expected = a.compare(&b).then(tail_a.cmp(&tail_b));
        prop_assert_eq!(key(&a, tail_a).cmp(&key(&b, tail_b)), expected, "{} {}", a, b);
        prop_assert_eq!(a.compare(&b), b.compare(&a).reverse());
    }

    #[test]
    fn no_text_panics(text in "[-{}\\[\\]\",:a0-9.e\\\\u ]{0,16}") {
        if let Ok(value) = Json::parse(&text) {
            prop_assert_eq!(json(&value.to_string()).to_string(), value.to_string());
        }
        let _ = text.parse::<Path>();
        let _ = format!("${text}").parse::<Path>();
    }
}

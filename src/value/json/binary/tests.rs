//! Tests of the binary form: round trips, the layout's corners, and damage.

use proptest::prelude::*;

use super::super::Json;
use super::super::tests::any_json;

fn bytes(text: &str) -> Vec<u8> {
    Json::parse(text).unwrap().to_binary()
}

fn again(value: &Json) -> Json {
    Json::from_binary(&value.to_binary()).unwrap()
}

#[test]
fn layouts_are_those_of_the_server() {
    assert_eq!(bytes("true"), [0x04, 0x01]);
    assert_eq!(bytes("-1"), [0x05, 0xFF, 0xFF]);
    assert_eq!(bytes("\"ab\""), [0x0C, 0x02, b'a', b'b']);
    assert_eq!(bytes("[]"), [0x02, 0, 0, 4, 0]);
    // Two entries, twelve bytes, the second's value at 10.
    assert_eq!(bytes("[1, \"a\"]"), [0x02, 2, 0, 12, 0, 0x05, 1, 0, 0x0C, 10, 0, 1, b'a']);
    assert_eq!(bytes("{\"a\": null}"), [0x00, 1, 0, 12, 0, 11, 0, 1, 0, 0x04, 0, 0, b'a']);
}

#[test]
fn large_containers_have_wide_numbers() {
    let text = format!("[{}]", vec!["\"0123456789\""; 7000].join(","));
    let bytes = bytes(&text);
    assert_eq!(bytes[0], 0x03);
    assert_eq!(Json::from_binary(&bytes).unwrap().length(), 7000);
    let mixed = format!("[{}, -70000, 5, {{\"a\": [1]}}]", text);
    let value = Json::parse(&mixed).unwrap();
    assert_eq!(again(&value).to_string(), value.to_string());
    let long = Json::String("x".repeat(100_000).into());
    assert_eq!(again(&long).to_string(), long.to_string());
}

#[test]
fn damage_is_found() {
    for bytes in [
        &[0x04, 0x07][..],
        &[0x05, 0x01],
        &[0x0C, 0x05, b'a'],
        &[0x0C, 0x01, 0xFF],
        &[0x02, 0xFF, 0xFF, 4, 0],
        &[0x02, 1, 0, 200, 0, 5, 1, 0],
        // An array whose only element is itself.
        &[0x02, 1, 0, 7, 0, 0x02, 0, 0],
        &[0x0F, 246, 2, 5, 2],
        &[0x99],
    ] {
        assert!(Json::from_binary(bytes).is_err(), "{bytes:?}");
    }
    assert_eq!(Json::from_binary(&[]).unwrap().to_string(), "null");
}

proptest! {
    #[test]
    fn values_round_trip(value in any_json()) {
        let read = again(&value);
        prop_assert_eq!(read.to_string(), value.to_string());
        prop_assert_eq!(read.type_name(), value.type_name());
        prop_assert_eq!(read.to_binary(), value.to_binary());
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(0u8..20, 0..40)) {
        let _ = Json::from_binary(&bytes);
    }
}

//! Tests of decimals: a golden table of MySQL's results, and properties against plain big integers.

use std::str::FromStr;

use num_bigint::BigInt;
use proptest::prelude::*;

use super::{Decimal, DecimalError};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn texts_keep_their_scale() {
    for text in ["0", "0.00", "-1.50", "18446744073709551616", "0.000000000000000000000000000001"] {
        assert_eq!(decimal(text).to_string(), text);
    }
    assert_eq!(decimal("-0.0").to_string(), "0.0");
    assert_eq!(decimal("00012.5").to_string(), "12.5");
    assert_eq!(decimal("1.5e3").to_string(), "1500");
    assert_eq!(decimal("15e-3").to_string(), "0.015");
    assert_eq!(decimal("1e-40").to_string(), "0.000000000000000000000000000000");
    assert_eq!(decimal("6e-31").to_string(), "0.000000000000000000000000000001");
    assert_eq!(decimal(".5").to_string(), "0.5");
    assert_eq!(decimal("5.").to_string(), "5");
}

#[test]
fn what_is_no_number_is_refused() {
    for text in ["", "-", ".", "e5", "1x", " 1", "1e"] {
        assert_eq!(Decimal::from_str(text), Err(DecimalError::NotANumber), "{text}");
    }
    assert_eq!(Decimal::from_str("1e81"), Err(DecimalError::Overflow));
    assert_eq!(Decimal::from_str(&"9".repeat(82)), Err(DecimalError::Overflow));
}

#[test]
fn quotients_have_the_scale_of_the_server() {
    let divide = |a: &str, b: &str, places| {
        decimal(a).div(&decimal(b), 4).unwrap().round(places).to_string()
    };
    assert_eq!(divide("1", "3", 4), "0.3333");
    assert_eq!(divide("2", "3", 4), "0.6667");
    assert_eq!(divide("-2", "3", 4), "-0.6667");
    let thirds = decimal("2").div(&decimal("3"), 4).unwrap();
    assert_eq!(thirds.mul(&decimal("3")).unwrap().to_string(), "2.0001");
    assert_eq!(divide("5.05", "0.014", 6), "360.714286");
    assert_eq!(decimal("1").div(&Decimal::ZERO, 4), Err(DecimalError::DivisionByZero));
}

#[test]
fn rounding_is_half_away_from_zero() {
    let round = |text: &str, scale| decimal(text).round(scale).to_string();
    assert_eq!(round("2.5", 0), "3");
    assert_eq!(round("-2.5", 0), "-3");
    assert_eq!(round("2.45", 1), "2.5");
    assert_eq!(round("155", -1), "160");
    assert_eq!(round("155", -3), "0");
    assert_eq!(round("555", -3), "1000");
    assert_eq!(round("1.5", 3), "1.500");
    assert_eq!(decimal("-1.99").truncate(1).to_string(), "-1.9");
    assert_eq!(decimal("199").truncate(-2).to_string(), "100");
    assert_eq!(decimal("-1.5").floor().to_string(), "-2");
    assert_eq!(decimal("1.2").ceil().to_string(), "2");
    assert_eq!(decimal("-1.5").ceil().to_string(), "-1");
}

#[test]
fn a_type_clamps() {
    assert_eq!(decimal("1234.567").fit(5, 2), (decimal("999.99"), true));
    assert_eq!(decimal("-1234.567").fit(5, 2), (decimal("-999.99"), true));
    assert_eq!(decimal("999.994").fit(5, 2), (decimal("999.99"), false));
    assert_eq!(decimal("999.995").fit(5, 2), (decimal("999.99"), true));
    assert_eq!(decimal("0.5").fit(2, 2), (decimal("0.50"), false));
}

#[test]
fn sixty_five_digits_are_exact() {
    let nines = decimal(&"9".repeat(65));
    assert_eq!(nines.add(&Decimal::ONE).unwrap().to_string(), format!("1{}", "0".repeat(65)));
    assert_eq!(decimal(&"9".repeat(81)).add(&Decimal::ONE), Err(DecimalError::Overflow));
    let text = format!("{}.{}", "9".repeat(35), "9".repeat(30));
    assert_eq!(decimal(&text).sub(&decimal("0.5")).unwrap().to_string().len(), 66);
    assert_eq!(nines.precision(), 65);
}

#[test]
fn doubles_become_their_shortest_text() {
    assert_eq!(Decimal::from_f64(0.1).unwrap().to_string(), "0.1");
    assert_eq!(Decimal::from_f64(1e20).unwrap().to_string(), "100000000000000000000");
    assert_eq!(Decimal::from_f64(1e300), None);
    assert_eq!(decimal("0.1").to_f64(), 0.1);
    assert_eq!(
        decimal("123456789012345678901234567890.5").to_f64(),
        123456789012345678901234567890.5
    );
}

/// Digits and scale, small and large.
fn parts() -> impl Strategy<Value = (BigInt, u8)> {
    let small = any::<i64>().prop_map(BigInt::from);
    let large = (any::<i128>(), any::<u32>())
        .prop_map(|(high, low)| BigInt::from(high) * BigInt::from(low));
    (prop_oneof![small, large], 0u8..=15)
}

fn ten(power: u32) -> BigInt {
    BigInt::from(10).pow(power)
}

proptest! {
    #[test]
    fn text_round_trips((digits, scale) in parts()) {
        let number = Decimal::from_big(digits, scale);
        let again = decimal(&number.to_string());
        prop_assert_eq!(again.to_string(), number.to_string());
        prop_assert_eq!(again, number);
    }

    #[test]
    fn sums_and_products_are_exact((a, s) in parts(), (b, t) in parts()) {
        let (x, y) = (Decimal::from_big(a.clone(), s), Decimal::from_big(b.clone(), t));
        let top = s.max(t);
        let (wide_a, wide_b) = (&a * ten((top - s).into()), &b * ten((top - t).into()));
        prop_assert_eq!(x.cmp(&y), wide_a.cmp(&wide_b));
        if let Ok(sum) = x.add(&y) {
            prop_assert_eq!(sum.to_string(), Decimal::from_big(&wide_a + &wide_b, top).to_string());
        }
        if let Ok(product) = x.mul(&y) {
            prop_assert_eq!(product.to_string(), Decimal::from_big(&a * &b, s + t).to_string());
        }
    }

    #[test]
    fn quotient_and_remainder_make_the_whole((a, s) in parts(), (b, t) in parts()) {
        let (x, y) = (Decimal::from_big(a, s), Decimal::from_big(b, t));
        if let (Ok(quotient), Ok(rest)) = (x.div_integer(&y), x.rem(&y))
            && let Ok(product) = quotient.mul(&y)
        {
            prop_assert_eq!(product.add(&rest), Ok(x));
        }
    }

    #[test]
    fn rounding_is_within_half((digits, scale) in parts(), places in -5i32..20) {
        let number = Decimal::from_big(digits, scale);
        let off = number.round(places).sub(&number);
        if let Ok(off) = off {
            let half = Decimal::from_str(&format!("5e{}", -places - 1)).unwrap();
            prop_assert!(off.abs() <= half);
        }
    }

    #[test]
    fn doubles_round_trip(number in -1e15f64..1e15) {
        prop_assert_eq!(Decimal::from_f64(number).unwrap().round(30).to_f64(), number);
    }
}

#[test]
fn stored_bytes_are_those_of_the_server() {
    // The example of MySQL's source: 1234567890.1234 as DECIMAL(14,4).
    let mut out = Vec::new();
    super::binary::encode(&decimal("1234567890.1234"), 14, 4, &mut out);
    assert_eq!(out, [0x81, 0x0D, 0xFB, 0x38, 0xD2, 0x04, 0xD2]);
    out.clear();
    super::binary::encode(&decimal("-1234567890.1234"), 14, 4, &mut out);
    assert_eq!(out, [0x7E, 0xF2, 0x04, 0xC7, 0x2D, 0xFB, 0x2D]);
    assert!(super::binary::decode(&out[1..], 14, 4).is_err());
}

proptest! {
    #[test]
    fn stored_bytes_round_trip((digits, scale) in parts(), precision in 1u8..=65, places in 0u8..=30) {
        let places = places.min(precision);
        let (number, _) = Decimal::from_big(digits, scale).fit(precision, places);
        let mut out = Vec::new();
        super::binary::encode(&number, precision, places, &mut out);
        prop_assert_eq!(out.len(), super::binary::binary_length(precision, places));
        let again = super::binary::decode(&out, precision, places).unwrap();
        prop_assert_eq!(again.to_string(), number.to_string());
    }
}

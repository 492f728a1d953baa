//! Tests of collations: what a MySQL server answered, and keys that keep the order.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::{Collation, CollationId};

fn collation(name: &str) -> &'static Collation {
    Collation::by_name(name).unwrap()
}

#[test]
fn names_and_numbers_agree() {
    for one in Collation::all() {
        assert_eq!(Collation::by_id(one.id), Some(*one));
        assert_eq!(Collation::by_name(&one.name.to_uppercase()), Some(*one));
        assert_eq!(one.is_default, one.charset.default_collation == one.id);
    }
    assert_eq!(collation("utf8_general_ci").id, CollationId::UTF8MB3_GENERAL_CI);
    assert_eq!(Collation::by_name("klingon_ci"), None);
}

#[test]
fn letters_of_one_weight_are_equal() {
    let equal = |name: &str, a: &str, b: &str| collation(name).equal(a, b);
    assert!(equal("utf8mb4_0900_ai_ci", "Résumé", "resume"));
    assert!(equal("utf8mb4_0900_ai_ci", "straße", "STRASSE"));
    assert!(!equal("utf8mb4_0900_ai_ci", "a", "a "));
    assert!(equal("utf8mb4_0900_ai_ci", "e\u{301}", "é"));
    assert!(!equal("utf8mb4_0900_as_ci", "é", "e"));
    assert!(equal("utf8mb4_0900_as_ci", "É", "é"));
    assert!(!equal("utf8mb4_0900_as_cs", "É", "é"));
    assert!(equal("utf8mb4_unicode_ci", "straße", "strasse  "));
    assert!(equal("utf8mb4_unicode_ci", "😀", "😁"));
    assert!(!equal("utf8mb4_unicode_520_ci", "😀", "😁"));
    assert!(!equal("utf8mb4_0900_ai_ci", "😀", "😁"));
    assert!(equal("utf8mb4_general_ci", "ß", "S "));
    assert!(equal("utf8mb4_general_ci", "Ürgé", "URGE"));
    assert!(equal("utf8mb4_general_ci", "😀", "😁"));
    assert!(equal("latin1_swedish_ci", "Ü", "y"));
    assert!(!equal("latin1_swedish_ci", "Ä", "A"));
    assert!(equal("utf8mb4_bin", "a", "a "));
    assert!(!equal("utf8mb4_bin", "a", "A"));
    assert!(!equal("utf8mb4_0900_bin", "a", "a "));
    assert!(equal("ascii_general_ci", "abc", "ABC"));
}

#[test]
fn short_text_goes_on_in_spaces() {
    for name in ["utf8mb4_general_ci", "utf8mb4_bin", "latin1_swedish_ci", "ascii_bin"] {
        assert_eq!(collation(name).compare("a\t", "a"), Ordering::Less, "{name}");
        assert_eq!(collation(name).compare("a!", "a"), Ordering::Greater, "{name}");
        assert_eq!(collation(name).compare("a", "a  b"), Ordering::Less, "{name}");
    }
}

#[test]
fn weights_are_those_of_the_server() {
    // HEX(WEIGHT_STRING(…)) of MySQL 9.7; the end marks are ours.
    let key = |name: &str, text: &str| {
        let mut out = Vec::new();
        collation(name).sort_key(text, &mut out);
        out.iter().map(|byte| format!("{byte:02X}")).collect::<String>()
    };
    assert_eq!(key("utf8mb4_0900_ai_ci", "a Bé"), "1C4702091C601CAA0000");
    assert_eq!(
        key("utf8mb4_0900_as_cs", "a Bé"),
        "1C4702091C601CAA000000200020002000200024000000020002000800020002".to_owned() + "0000"
    );
    assert_eq!(key("utf8mb4_0900_ai_ci", "เก"), "2DAD2D730000");
    assert_eq!(key("utf8mb4_0900_ai_ci", "한"), "3C073C733CD40000");
    for (text, weights) in [
        ("中", "FB40CE2D"),
        ("\u{20000}", "FB848000"),
        ("\u{E000}", "FBC1E000"),
        ("\u{FA0E}", "FB41FA0E"),
        ("\u{17000}", "FB008000"),
        ("\u{3400}", "FB80B400"),
        ("\u{20001}", "FB848001"),
        ("\u{2F800}", "FB40CE3D"),
        ("\u{9FD6}", "FBC19FD6"),
        ("😀", "15FB"),
        ("\0", ""),
    ] {
        assert_eq!(key("utf8mb4_0900_ai_ci", text), weights.to_owned() + "0000", "{text}");
    }
}

#[test]
fn like_matches_character_by_character() {
    let like =
        |text: &str, pattern: &str| collation("utf8mb4_0900_ai_ci").like(text, pattern, Some('\\'));
    for (text, pattern) in [
        ("abc", "A%"),
        ("abc", "%C"),
        ("abc", "a_c"),
        ("", "%"),
        ("a%c", r"a\%c"),
        ("aXbXc", "%x%x%"),
        ("é", "e"),
        ("😀", "_"),
        (r"a\", r"a\"),
        ("aab", "%ab"),
        ("a\nb", "a_b"),
    ] {
        assert!(like(text, pattern), "{text} LIKE {pattern}");
    }
    for (text, pattern) in [
        ("abc", "a"),
        ("abc", "_"),
        ("a", "a "),
        ("ss", "ß"),
        ("abc", r"a\%c"),
        ("", "_"),
        ("abcd", "%x%"),
    ] {
        assert!(!like(text, pattern), "{text} NOT LIKE {pattern}");
    }
    assert!(!collation("utf8mb4_bin").like("abc", "A%", None));
    assert!(collation("utf8mb4_bin").like("a%", "a|%", Some('|')));
}

#[test]
fn a_pattern_may_start_with_literals() {
    let prefix = |pattern| super::like::literal_prefix(pattern, Some('\\'));
    assert_eq!(prefix("abc%"), ("abc".to_owned(), true));
    assert_eq!(prefix(r"a\%b%%"), ("a%b".to_owned(), true));
    assert_eq!(prefix("ab%c"), ("ab".to_owned(), false));
    assert_eq!(prefix("abc"), ("abc".to_owned(), false));
    assert_eq!(prefix("a_%"), ("a".to_owned(), false));
}

#[test]
fn case_is_of_the_character_set() {
    assert_eq!(collation("utf8mb4_bin").upper("straße é"), "STRAßE É");
    assert_eq!(collation("utf8mb4_bin").lower("ÀÉ ABC"), "àé abc");
    assert_eq!(collation("latin1_swedish_ci").upper("éÿœ"), "ÉÿŒ".replace('Œ', "œ"));
    assert_eq!(collation("ascii_bin").upper("aé"), "Aé");
    assert_eq!(collation("binary").upper("a"), "a");
}

/// Texts that differ where collations are interesting.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[aAbB \t!éÉß😀\u{0}]{0,6}",
        1 => "\\PC{0,4}",
    ]
}

proptest! {
    #[test]
    fn keys_and_hashes_keep_the_order(a in text(), b in text(), tail_a in any::<u8>(), tail_b in any::<u8>()) {
        for one in Collation::all() {
            let order = one.compare(&a, &b);
            prop_assert_eq!(order, one.compare(&b, &a).reverse());
            let key = |text: &str, tail: u8| {
                let mut out = Vec::new();
                one.sort_key(text, &mut out);
                // A further column's key must not decide before this one has.
                out.push(tail);
                out
            };
            let keys = key(&a, tail_a).cmp(&key(&b, tail_b));
            prop_assert_eq!(keys, order.then(tail_a.cmp(&tail_b)), "{} {:?} {:?}", one.name, a, b);
            let hash = |text: &str| {
                let mut state = std::hash::DefaultHasher::new();
                one.hash(text, &mut state);
                std::hash::Hasher::finish(&state)
            };
            prop_assert!(order.is_ne() || hash(&a) == hash(&b), "{} {:?} {:?}", one.name, a, b);
        }
    }
}

proptest! {
    /// Prefixes never contradict the order.
    #[test]
    fn prefixes_go_with_the_order(a in "[ -~]{0,6}", b in "[ -~]{0,6}") {
        for name in ["utf8mb4_0900_ai_ci", "utf8mb4_unicode_ci", "utf8mb4_0900_as_cs", "utf8mb4_bin"] {
            let collation = collation(name);
            if let (Some(x), Some(y)) = (collation.prefix(&a), collation.prefix(&b)) {
                let order = collation.compare(&a, &b);
                prop_assert!(x == y || x.cmp(&y) == order, "{name} {a:?} {b:?}");
            }
        }
    }
}

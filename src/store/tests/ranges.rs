//! Ranges against their meaning, key by key.

use proptest::prelude::*;

use super::super::{Edge, Key, KeyRange};

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(vec![0u8, 1, 255]), 0..4)
}

fn edge() -> impl Strategy<Value = Option<(Vec<u8>, bool)>> {
    prop::option::of((bytes(), any::<bool>()))
}

fn as_edge(edge: &Option<(Vec<u8>, bool)>) -> Edge {
    match edge {
        None => Edge::Open,
        Some((prefix, true)) => Edge::Including(Key::new(prefix)),
        Some((prefix, false)) => Edge::Excluding(Key::new(prefix)),
    }
}

/// Whether a key is on the right side of an edge; `order` is how keys beyond the edge compare.
fn within(edge: &Option<(Vec<u8>, bool)>, key: &[u8], order: std::cmp::Ordering) -> bool {
    let Some((prefix, including)) = edge else { return true };
    let start = &key[..prefix.len().min(key.len())];
    if start == &prefix[..] { *including } else { key.cmp(prefix) == order }
}

proptest! {
    #[test]
    fn edges_are_prefixes(low in edge(), high in edge(), key in bytes()) {
        let range = KeyRange::between(as_edge(&low), as_edge(&high));
        let inside = within(&low, &key, std::cmp::Ordering::Greater)
            && within(&high, &key, std::cmp::Ordering::Less);
        prop_assert_eq!(range.contains(&Key::new(&key)), inside);
        prop_assert!(!(inside && range.is_empty()));
    }

    #[test]
    fn hulls_cover_both(one in (edge(), edge()), two in (edge(), edge()), key in bytes()) {
        let range = |(low, high): &(_, _)| KeyRange::between(as_edge(low), as_edge(high));
        let (one, two, key) = (range(&one), range(&two), Key::new(&key));
        let hull = one.clone().hull(two.clone());
        let in_either = one.contains(&key) || two.contains(&key);
        prop_assert!(!in_either || hull.contains(&key));
        if one.meets(&two) && !one.is_empty() && !two.is_empty() {
            prop_assert_eq!(in_either, hull.contains(&key));
        }
    }
}

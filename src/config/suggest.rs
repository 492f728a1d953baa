//! "Did you mean": the known word nearest to a mistyped one.

/// The candidate nearest to `word`, if it is near enough to be what was meant: a third of the
/// longer word's letters may differ, and a candidate that only misses or adds an ending counts.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let folded = word.to_ascii_lowercase().replace('-', "_");
    candidates
        .into_iter()
        .filter_map(|candidate| score(&folded, candidate).map(|score| (score, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// How far apart the words are; `None` when too far.
fn score(word: &str, candidate: &str) -> Option<usize> {
    let distance = edits(word, candidate);
    let near = distance * 3 <= word.len().max(candidate.len());
    let ending = word.len() >= 3 && (candidate.starts_with(word) || word.starts_with(candidate));
    (near || ending).then_some(distance)
}

/// Levenshtein distance, by bytes: keys are ASCII.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let substituted = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = substituted.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 4] = ["listen", "max_connections", "max_lag_ms", "weight"];

    #[test]
    fn finds_what_was_meant() {
        assert_eq!(nearest("lisen", KEYS), Some("listen"));
        assert_eq!(nearest("max-connections", KEYS), Some("max_connections"));
        assert_eq!(nearest("max_lag", KEYS), Some("max_lag_ms"));
        assert_eq!(nearest("wieght", KEYS), Some("weight"));
    }

    #[test]
    fn says_nothing_when_nothing_is_near() {
        assert_eq!(nearest("colour", KEYS), None);
        assert_eq!(nearest("", KEYS), None);
    }

    #[test]
    fn counts_edits() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", "abc"), 0);
    }
}

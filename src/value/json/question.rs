//! Questions about JSON values: JSON_CONTAINS, JSON_OVERLAPS, JSON_EXTRACT, JSON_SEARCH.

use super::print::quote;
use super::{Json, Path};

/// How many answers are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// `'one'`
    One,
    /// `'all'`
    All,
}

impl Amount {
    /// By name, in any case; anything else is error 3154.
    pub fn by_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "one" => Some(Self::One),
            "all" => Some(Self::All),
            _ => None,
        }
    }
}

impl Json {
    /// What the paths find: one value, or an array of all if there are several paths or a wildcard; none
    /// if nothing is found (JSON_EXTRACT).
    pub fn extract(&self, paths: &[Path]) -> Option<Self> {
        let mut found: Vec<_> = paths.iter().flat_map(|path| path.find(self)).cloned().collect();
        let several = paths.len() > 1 || paths.iter().any(Path::has_wildcard);
        match (found.is_empty(), several) {
            (true, _) => None,
            (false, true) => Some(Self::Array(found)),
            (false, false) => found.pop(),
        }
    }

    /// Whether the other value is in this one: an element of it, its own value, a part of its members
    /// (JSON_CONTAINS).
    pub fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Array(items), Self::Array(others)) => {
                others.iter().all(|other| items.iter().any(|item| item.holds(other)))
            }
            (Self::Array(items), _) => items.iter().any(|item| item.holds(other)),
            (Self::Object(members), Self::Object(others)) => others
                .iter()
                .all(|(key, other)| members.get(key).is_some_and(|value| value.contains(other))),
            _ => self.compare(other).is_eq(),
        }
    }

    /// Whether an element of an array has the other value in it. An array holds an array only as a whole
    /// or as a part, never one of its values.
    fn holds(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Array(_), Self::Array(_)) => self.contains(other),
            (Self::Array(_), _) => self.contains(other),
            (_, Self::Array(_)) => false,
            _ => self.contains(other),
        }
    }

    /// Whether the two have an element or a member in common (JSON_OVERLAPS).
    pub fn overlaps(&self, other: &Self) -> bool {
        let same = |a: &Self, b: &Self| a.compare(b).is_eq();
        match (self, other) {
            (Self::Array(items), Self::Array(others)) => {
                items.iter().any(|item| others.iter().any(|other| same(item, other)))
            }
            (Self::Array(items), one) | (one, Self::Array(items)) => {
                items.iter().any(|item| same(item, one))
            }
            (Self::Object(members), Self::Object(others)) => members
                .iter()
                .any(|(key, value)| others.get(key).is_some_and(|other| same(value, other))),
            _ => same(self, other),
        }
    }

    /// Whether it equals an element of the array, or the other value (MEMBER OF).
    pub fn is_member_of(&self, other: &Self) -> bool {
        match other {
            Self::Array(items) => items.iter().any(|item| item.compare(self).is_eq()),
            _ => self.compare(other).is_eq(),
        }
    }

    /// The paths of the strings that fit, below the given paths: a path as a string, or an array of them;
    /// none if there is none (JSON_SEARCH). `fits` is LIKE with the pattern.
    pub fn search(
        &self,
        amount: Amount,
        below: &[Path],
        fits: &dyn Fn(&str) -> bool,
    ) -> Option<Self> {
        let mut all = Vec::new();
        self.search_below("$", fits, &mut all);
        let starts: Vec<_> = below.iter().flat_map(|path| path.find(self)).collect();
        let mut found: Vec<String> = Vec::new();
        for (path, parents) in all {
            let wanted = below.is_empty()
                || starts
                    .iter()
                    .any(|start| parents.iter().any(|parent| std::ptr::eq(*start, *parent)));
            if wanted && !found.contains(&path) {
                found.push(path);
            }
        }
        if amount == Amount::One {
            found.truncate(1);
        }
        let mut found: Vec<_> = found.into_iter().map(|path| Self::String(path.into())).collect();
        if found.len() > 1 { Some(Self::Array(found)) } else { found.pop() }
    }

    /// Adds the paths of strings that fit, each with the values on its way.
    fn search_below<'a>(
        &'a self,
        path: &str,
        fits: &dyn Fn(&str) -> bool,
        found: &mut Vec<(String, Vec<&'a Self>)>,
    ) {
        let start = found.len();
        match self {
            Self::String(text) if fits(text) => found.push((path.to_owned(), Vec::new())),
            Self::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    item.search_below(&format!("{path}[{at}]"), fits, found);
                }
            }
            Self::Object(members) => {
                for (key, value) in members.iter() {
                    value.search_below(&format!("{path}.{}", key_text(key)), fits, found);
                }
            }
            _ => {}
        }
        found.iter_mut().skip(start).for_each(|(_, parents)| parents.push(self));
    }
}

/// A key as a path names it: in quotes unless it is a plain name.
fn key_text(key: &str) -> String {
    let plain = |c: char| c == '_' || c == '$' || c.is_alphanumeric();
    let starts = key.chars().next().is_some_and(|first| !first.is_numeric());
    if starts && key.chars().all(plain) { key.to_owned() } else { quote(key) }
}

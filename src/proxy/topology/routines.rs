//! Which stored functions only read.
//!
//! MySQL and MariaDB believe what a function's author declares: `READS SQL DATA` and `NO SQL` are
//! promises that the server does not enforce, but on a replica `read_only` does, and a refusal
//! there sends the statement to the primary. `CONTAINS SQL` is the default that says nothing.

use std::collections::HashSet;

/// Most functions that are kept; in a schema with more, the rest go to the primary.
pub const MAX_ROUTINES: usize = 20_000;

/// The functions of the primary that only read. Names compare in lower case, as servers do for
/// routines; schemas in lower case too, which can only err between schemas that differ in case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoutineCatalog {
    only_read: HashSet<(Box<str>, Box<str>)>,
    others: HashSet<(Box<str>, Box<str>)>,
}

impl RoutineCatalog {
    /// A catalog of (schema, function, whether it only reads). Where two entries have the same
    /// lower-case name, both must only read.
    pub fn new(routines: impl IntoIterator<Item = (String, String, bool)>) -> Self {
        let (mut only_read, mut others) = (HashSet::new(), HashSet::new());
        for (schema, name, reads) in routines.into_iter().take(MAX_ROUTINES) {
            let key = (schema.to_lowercase().into(), name.to_lowercase().into());
            if reads {
                only_read.insert(key)
            } else {
                others.insert(key)
            };
        }
        only_read.retain(|key| !others.contains(key));
        Self { only_read, others }
    }

    /// Whether `schema.name` is a stored function that is not known to only read. Both in lower
    /// case.
    pub fn may_write(&self, schema: &str, name: &str) -> bool {
        self.others.contains(&(Box::from(schema), Box::from(name)))
    }

    /// Whether `schema.name` is a function known to only read. Both in lower case.
    pub fn only_reads(&self, schema: &str, name: &str) -> bool {
        // Two boxes per question: it is asked only for statements with unknown functions.
        self.only_read.contains(&(Box::from(schema), Box::from(name)))
    }

    /// How many functions only read.
    pub fn len(&self) -> usize {
        self.only_read.len()
    }

    /// Whether no function is known to only read.
    pub fn is_empty(&self) -> bool {
        self.only_read.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_declared_functions_read() {
        let routine = |schema: &str, name: &str, reads| (schema.into(), name.into(), reads);
        let catalog = RoutineCatalog::new([
            routine("Shop", "Total", true),
            routine("shop", "touch", false),
            routine("a", "f", true),
            routine("A", "F", false),
        ]);
        assert!(catalog.only_reads("shop", "total"));
        assert!(!catalog.only_reads("shop", "touch"));
        assert!(!catalog.only_reads("a", "f"), "the same name in another case writes");
        assert!(!catalog.only_reads("shop", "missing"));
        assert!(catalog.may_write("shop", "touch") && !catalog.may_write("shop", "total"));
        assert_eq!(catalog.len(), 1);
    }
}

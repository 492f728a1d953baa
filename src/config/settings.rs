//! Every setting of a file by its key, and what differs between two files: what a reload prints, does, or refuses.
//!
//! Settings are noted where they are read ([`super::section`]), defaults included, so no key can be forgotten here.
//! What is secret is kept as a hash, which tells that it differs and nothing else.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};

/// Keys that hold as long as the process lives.
const FIXED: [&str; 15] = [
    "proxy.listen",
    "proxy.socket",
    "proxy.workers",
    "proxy.pooling",
    "proxy.primary_capacity",
    "proxy.primary_read_share",
    "proxy.replay",
    "proxy.replay_limit",
    "proxy.replay_statements",
    "proxy.replay_wait_ms",
    "proxy.authentication.accounts",
    "proxy.authentication.refresh_interval_ms",
    "http.listen",
    "log.format",
    "log.filter",
];

/// All settings of a file. Debug prints none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, Setting>);

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// As it may be shown.
    pub shown: String,
    /// Of what may not be shown: a secret, or a file's contents. Zero for nothing.
    pub seal: u64,
}

/// A hash that tells secrets apart.
pub(super) fn seal(secret: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    secret.hash(&mut hasher);
    hasher.finish()
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings")
    }
}

/// A setting that two files do not have alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its key; an entry of a list is named by its `name`: `server.db1.weight`.
    pub key: String,
    /// As the first file has it; `None` where it does not.
    pub old: Option<String>,
    /// As the second has it.
    pub new: Option<String>,
}

impl Change {
    /// Whether a running proxy cannot take it over.
    pub fn needs_restart(&self) -> bool {
        self.key.starts_with("console.") || FIXED.contains(&self.key.as_str())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match (&self.old, &self.new) {
            // what differs may not be shown
            (Some(old), Some(new)) if old == new => write!(f, "{key}: {new}, with other contents"),
            (old, new) => {
                let shown = |value: &Option<String>| value.clone().unwrap_or("(none)".to_owned());
                write!(f, "{key}: {} → {}", shown(old), shown(new))
            }
        }
    }
}

impl Settings {
    pub(super) fn new(noted: BTreeMap<String, Setting>) -> Self {
        Self(noted)
    }

    /// What another file has otherwise, in the order of the keys.
    pub fn changes_to(&self, new: &Self) -> Vec<Change> {
        let mut keys: Vec<&String> = self.0.keys().chain(new.0.keys()).collect();
        keys.sort();
        keys.dedup();
        let differs = |key: &&&String| self.0.get(**key) != new.0.get(**key);
        let shown = |of: &Self, key: &str| of.0.get(key).map(|setting| setting.shown.clone());
        keys.iter()
            .filter(differs)
            .map(|key| Change { key: (*key).clone(), old: shown(self, key), new: shown(new, key) })
            .collect()
    }
}

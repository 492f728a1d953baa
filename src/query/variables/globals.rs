//! The global values of system variables: what was set, over the defaults, and what the server computes.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, PoisonError, RwLock};

use super::check::{self, Checker};
use super::variable::Variable;
use super::{error, table};
use crate::query::session::SqlMode;
use crate::value::{SqlError, Value};

/// What the server around the sessions knows and does about global variables.
pub trait Surroundings: Send + Sync {
    /// The present value of a variable that is computed (`gtid_executed`, `hostname`, `port`). `None`: the
    /// one that was set or the default.
    fn value(&self, name: &str) -> Option<Value>;

    /// A checked value is about to become the global one. The server makes it act (`sync_binlog`,
    /// `read_only`, `gtid_purged`, `max_connections`), or says why it cannot be.
    fn change(&self, name: &str, value: &Value) -> Result<(), SqlError>;
}

/// Surroundings without anything computed.
#[derive(Debug, Default)]
pub struct Nothing;

impl Surroundings for Nothing {
    fn value(&self, _: &str) -> Option<Value> {
        None
    }

    fn change(&self, _: &str, _: &Value) -> Result<(), SqlError> {
        Ok(())
    }
}

/// All global values; shared by the sessions of a server.
pub struct GlobalVariables {
    /// In the order of names: a session that begins takes a collation after the character set whose default
    /// it may differ from.
    changed: RwLock<BTreeMap<&'static str, Value>>,
    /// How often any was set.
    version: AtomicU64,
    surroundings: Arc<dyn Surroundings>,
}

impl Default for GlobalVariables {
    fn default() -> Self {
        Self::new(Arc::new(Nothing))
    }
}

impl std::fmt::Debug for GlobalVariables {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("GlobalVariables").field("changed", &self.changed).finish_non_exhaustive()
    }
}

impl GlobalVariables {
    /// Defaults everywhere.
    pub fn new(surroundings: Arc<dyn Surroundings>) -> Self {
        Self { changed: RwLock::default(), version: AtomicU64::new(0), surroundings }
    }

    /// Gives a variable the value that the server's configuration wants, read-only ones included.
    ///
    /// # Errors
    /// 1193 for a name that is none, 1231 and its kin for a value that the variable cannot have.
    pub fn configure(&self, name: &str, value: &Value) -> Result<(), SqlError> {
        let variable = table::find(name).ok_or_else(|| error::unknown(name))?;
        // what would be a warning is an error: nobody would see it
        let mut checker = Checker { sql_mode: SqlMode::STRICT_ALL_TABLES, warn: &mut |_, _| {} };
        let value = checker.check(variable, value)?;
        if let Some((name, value)) = follows(variable.name, &value) {
            self.put(name, value);
        }
        self.put(variable.name, value);
        Ok(())
    }

    /// The present global value.
    pub fn get(&self, variable: &'static Variable) -> Value {
        let computed = self.surroundings.value(variable.name);
        let set = || {
            let changed = self.changed.read().unwrap_or_else(PoisonError::into_inner);
            changed.get(variable.name).cloned()
        };
        computed.or_else(set).unwrap_or_else(|| check::default_of(variable))
    }

    /// A number that grows whenever a global value is set; what is computed has no part in it.
    pub fn version(&self) -> u64 {
        self.version.load(Acquire)
    }

    /// Those that differ from their defaults, for a session that begins; character sets before collations.
    pub(super) fn changed(&self) -> Vec<(&'static str, Value)> {
        let changed = self.changed.read().unwrap_or_else(PoisonError::into_inner);
        changed.iter().map(|(name, value)| (*name, value.clone())).collect()
    }

    /// Sets a checked value.
    pub(super) fn set(&self, variable: &'static Variable, value: Value) -> Result<(), SqlError> {
        self.surroundings.change(variable.name, &value)?;
        if let Some((name, value)) = follows(variable.name, &value) {
            self.put(name, value);
        }
        self.put(variable.name, value);
        Ok(())
    }

    fn put(&self, name: &'static str, value: Value) {
        let mut changed = self.changed.write().unwrap_or_else(PoisonError::into_inner);
        changed.insert(name, value);
        self.version.fetch_add(1, Release);
    }
}

/// Variables whose value follows from another's: a character set and its collation, the names before and
/// after MySQL 8.0.26, `super_read_only` and `read_only`.
fn follows(name: &str, value: &Value) -> Option<(&'static str, Value)> {
    use super::charsets;
    let Value::Text(text) = value else { return follows_number(name, value) };
    let charset = || charsets::collation_id(text).and_then(charsets::charset_of);
    let collation = || charsets::default_collation(text).and_then(charsets::collation_name);
    let (other, follower) = match name {
        "character_set_server" => ("collation_server", collation()),
        "character_set_connection" => ("collation_connection", collation()),
        "character_set_database" => ("collation_database", collation()),
        "collation_server" => ("character_set_server", charset()),
        "collation_connection" => ("character_set_connection", charset()),
        "collation_database" => ("character_set_database", charset()),
        _ => return renamed(name).map(|other| (other, value.clone())),
    };
    follower.map(|follower| (other, Value::Text(follower.into())))
}

fn follows_number(name: &str, value: &Value) -> Option<(&'static str, Value)> {
    let on = matches!(value, Value::Int(1));
    match name {
        "super_read_only" if on => Some(("read_only", Value::Int(1))),
        "read_only" if !on => Some(("super_read_only", Value::Int(0))),
        _ => renamed(name).map(|other| (other, value.clone())),
    }
}

/// The other name of a variable that has two.
fn renamed(name: &str) -> Option<&'static str> {
    const SEMI: [(&str, &str); 8] = [
        ("rpl_semi_sync_master_enabled", "rpl_semi_sync_source_enabled"),
        ("rpl_semi_sync_master_timeout", "rpl_semi_sync_source_timeout"),
        ("rpl_semi_sync_master_trace_level", "rpl_semi_sync_source_trace_level"),
        (
            "rpl_semi_sync_master_wait_for_slave_count",
            "rpl_semi_sync_source_wait_for_replica_count",
        ),
        ("rpl_semi_sync_master_wait_no_slave", "rpl_semi_sync_source_wait_no_replica"),
        ("rpl_semi_sync_master_wait_point", "rpl_semi_sync_source_wait_point"),
        ("rpl_semi_sync_slave_enabled", "rpl_semi_sync_replica_enabled"),
        ("rpl_semi_sync_slave_trace_level", "rpl_semi_sync_replica_trace_level"),
    ];
    let semi = SEMI.iter().find_map(|(old, new)| match name {
        _ if name == *old => Some(*new),
        _ if name == *new => Some(*old),
        _ => None,
    });
    let swapped = || {
        let (from, to) =
            if name.contains("slave") { ("slave", "replica") } else { ("replica", "slave") };
        let other = name.replace(from, to);
        (other != name).then(|| table::find(&other)).flatten().map(|variable| variable.name)
    };
    semi.or_else(swapped)
}

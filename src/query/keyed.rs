//! Maps and sets by encoded keys: of groups, joins, DISTINCT and set operations.
//!
//! The hash is a fast one with a random seed for each map: keys come from rows, so nobody should be able to
//! choose ones that collide.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

/// Something for each key.
pub type KeyMap<V> = HashMap<Vec<u8>, V, RandomState>;
/// Keys that were seen.
pub type KeySet = HashSet<Vec<u8>, RandomState>;

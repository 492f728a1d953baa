//! The state that a session wants its connections to be in, as one immutable value, and the steps from one
//! such state to another.
//!
//! Sessions of one application mostly set the same. So profiles are kept once for each worker
//! ([`Profiles`]): equal ones are the same allocation, and "is this connection in my state" is a comparison
//! of two pointers.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// Profiles that are looked through for unused ones first when there are so many.
const SPARE: usize = 64;

/// What a session has set.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The current schema.
    pub schema: Option<Box<str>>,
    /// Variables and their values as assignments (`time_zone='+01:00'`), by the variable's name.
    pub variables: Vec<(Box<str>, Box<str>)>,
    /// Statements to be repeated word by word, before the variables.
    pub unreported: Vec<Box<[u8]>>,
}

impl Hash for Profile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.schema, &self.variables, &self.unreported).hash(state);
    }
}

/// These two go together.
const CHARSET: &str = "character_set_connection";
const COLLATION: &str = "collation_connection";

/// What turns one state into another.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// COM_RESET_CONNECTION first: the connection has something set whose first value is not known.
    pub reset: bool,
    /// The schema to change to.
    pub schema: Option<String>,
    /// Statements that are repeated; they switch tracking off.
    pub unreported: Vec<Box<[u8]>>,
    /// One `SET` statement.
    pub set: Option<String>,
}

impl Steps {
    /// There is nothing to do.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Profile {
    /// From a connection in this state to `wanted`. `base` are assignments of first values, by name: what a
    /// connection has before anything is set. With `doubt` nothing of what it is said to have is believed.
    /// `None`: there is no way, since no command takes a schema away.
    pub fn steps(
        &self,
        wanted: &Self,
        base: &[(Box<str>, Box<str>)],
        doubt: bool,
    ) -> Option<Steps> {
        if self.schema.is_some() && wanted.schema.is_none() {
            return None;
        }
        let mut steps = Steps { reset: doubt || self.is_ahead(wanted, base), ..Steps::default() };
        let (known, repeated): (&[_], _) = match steps.reset {
            // The schema survives a reset; in doubt it is said again.
            true => (&[], 0),
            false => (&self.variables, self.unreported.len()),
        };
        if doubt || self.schema != wanted.schema {
            steps.schema = wanted.schema.as_deref().map(str::to_owned);
        }
        steps.unreported = wanted.unreported.get(repeated..).unwrap_or_default().to_vec();
        // A repeated statement may set what is also wanted otherwise since: all is said after it.
        let known = if steps.unreported.is_empty() { known } else { &[] };
        // A character set brings its default collation along, where no other is wanted.
        let default = wanted.value(CHARSET).is_some() && wanted.value(COLLATION).is_none();
        let other = known.iter().any(|(name, _)| &**name == COLLATION);
        let missing = |name: &str| wanted.value(name).is_none() && !(default && name == COLLATION);
        let surplus = known.iter().map(|(name, _)| name);
        let first = |name: &str| base.iter().find(|(known, _)| &**known == name);
        let lost: Vec<&str> = match steps.reset {
            true => base.iter().map(|(name, _)| &**name).collect(),
            false => surplus.map(|name| &**name).collect(),
        };
        let lost = lost.into_iter().filter(|name| missing(name)).filter_map(first);
        let changed = wanted.variables.iter().filter(|(name, value)| {
            let said = known.iter().find(|(known, _)| known == name).map(|(_, value)| value);
            said != Some(value) || (default && other && &**name == CHARSET)
        });
        let mut set: Vec<&(Box<str>, Box<str>)> = lost.chain(changed).collect();
        // Character sets reset collations, so these come last; a stable order otherwise.
        set.sort_by_key(|(name, _)| (name.starts_with("collation_"), name));
        let assignments: Vec<&str> = set.iter().map(|(_, assignment)| &**assignment).collect();
        steps.set = (!set.is_empty()).then(|| format!("SET {}", assignments.join(",")));
        Some(steps)
    }

    /// What a connection in this state can be brought to that comes nearest to `wanted`, without a reset: what is set
    /// here and has no known first value stays.
    pub fn nearest(&self, wanted: &Self, base: &[(Box<str>, Box<str>)]) -> Self {
        let is_first = |name: &str| base.iter().any(|(known, _)| &**known == name);
        let stays =
            |(name, _): &&(Box<str>, Box<str>)| wanted.value(name).is_none() && !is_first(name);
        let kept = self.variables.iter().filter(stays);
        let mut variables: Vec<_> = wanted.variables.iter().chain(kept).cloned().collect();
        variables.sort_unstable();
        let more = wanted.unreported.starts_with(&self.unreported);
        let unreported = if more { &wanted.unreported } else { &self.unreported };
        let schema = wanted.schema.clone().or_else(|| self.schema.clone());
        Self { schema, variables, unreported: unreported.clone() }
    }

    /// Whether something is set here that `wanted` does not want and whose first value is not known.
    fn is_ahead(&self, wanted: &Self, base: &[(Box<str>, Box<str>)]) -> bool {
        let is_first = |name: &str| base.iter().any(|(known, _)| &**known == name);
        let surplus =
            |(name, _): &(Box<str>, Box<str>)| wanted.value(name).is_none() && !is_first(name);
        self.variables.iter().any(surplus) || !wanted.unreported.starts_with(&self.unreported)
    }

    fn value(&self, name: &str) -> Option<&str> {
        let found = self.variables.iter().find(|(known, _)| &**known == name);
        found.map(|(_, value)| &**value)
    }
}

/// The profiles in use, each once.
#[derive(Debug, Default)]
pub struct Profiles {
    known: HashSet<Rc<Profile>>,
    /// Unused ones are looked for when there are so many.
    look_at: usize,
}

impl Profiles {
    /// How many are kept, used or not.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The one allocation of this profile.
    pub fn one(&mut self, profile: Profile) -> Rc<Profile> {
        if let Some(known) = self.known.get(&profile) {
            return known.clone();
        }
        if self.known.len() >= self.look_at.max(SPARE) {
            self.known.retain(|profile| Rc::strong_count(profile) > 1);
            self.look_at = self.known.len() * 2;
        }
        let profile = Rc::new(profile);
        self.known.insert(profile.clone());
        profile
    }
}

/// `name=value`, as every server takes it, whatever its state; `None` if there is no such SQL.
pub fn assignment(name: &str, value: &str) -> Option<Box<str>> {
    if name == "character_set_results" && value.is_empty() {
        return Some("character_set_results=NULL".into());
    }
    Some(format!("{name}={}", literal(value)?).into())
}

/// The value as SQL that means the same in every `sql_mode` and character set; `None` if there is
/// no such SQL.
pub fn literal(value: &str) -> Option<String> {
    let numeric = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if numeric && value.bytes().filter(|b| *b == b'.').count() <= 1 {
        return Some(value.to_owned());
    }
    let plain = value.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'\\' && b != b'\'');
    plain.then(|| format!("'{value}'"))
}

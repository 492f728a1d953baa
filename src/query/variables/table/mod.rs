//! All system variables, by subject.

mod anabranch;
mod innodb;
mod locale;
mod old;
mod performance_schema;
mod removed;
mod replication;
mod semi;
mod server;
mod session;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::variable::Variable;

const TABLES: [&[Variable]; 10] = [
    anabranch::ROWS,
    innodb::ROWS,
    locale::ROWS,
    old::ROWS,
    performance_schema::ROWS,
    removed::ROWS,
    replication::ROWS,
    semi::ROWS,
    server::ROWS,
    session::ROWS,
];

/// By name.
static BY_NAME: LazyLock<HashMap<&'static str, &'static Variable>> =
    LazyLock::new(|| all().map(|variable| (variable.name, variable)).collect());

/// Those that SHOW VARIABLES lists, by name.
static LISTED: LazyLock<Vec<&'static Variable>> = LazyLock::new(|| {
    let mut listed: Vec<_> = all().filter(|variable| !variable.hidden).collect();
    listed.sort_by_key(|variable| variable.name);
    listed
});

fn all() -> impl Iterator<Item = &'static Variable> {
    TABLES.into_iter().flatten()
}

/// The variable of that name, in any case; of an alias the one that it stands for.
pub fn find(name: &str) -> Option<&'static Variable> {
    let found = BY_NAME.get(name.to_ascii_lowercase().as_str()).copied()?;
    found.alias_of.map_or(Some(found), |real| BY_NAME.get(real).copied())
}

/// Those that SHOW VARIABLES lists, in order of their names.
pub fn listed() -> &'static [&'static Variable] {
    &LISTED
}

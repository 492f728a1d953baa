//! All accounts and privileges at one time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;

use super::privilege::{ALL, Privilege, PrivilegeSet};
use super::rows::Record;
use super::tables::SCHEMA;
use crate::engine::{Database, Engine};
use crate::store::{Direction, IndexNo, KeyRange, Table, View};
use crate::value::types::CollationId;

/// The tables that it is read from.
const TABLES: [&str; 4] = ["user", "global_grants", "db", "tables_priv"];

/// An account.
#[derive(Debug, Clone, Default)]
pub struct AccountEntry {
    /// The user's name.
    pub user: String,
    /// Where it may come from.
    pub host: String,
    /// How it signs in.
    pub plugin: String,
    /// What proofs are checked against.
    pub authentication: String,
    /// `REQUIRE SSL` or stricter.
    pub tls_required: bool,
    /// `ACCOUNT LOCK`.
    pub locked: bool,
    /// What it may do.
    pub grants: Grants,
}

/// What an account may do.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// On everything.
    pub global: PrivilegeSet,
    /// Dynamic ones, and whether it may grant them.
    pub dynamic: Vec<(String, bool)>,
    /// On schemas whose names match a pattern.
    pub schemas: Vec<(String, PrivilegeSet)>,
    /// On tables: schema, name.
    pub tables: Vec<(String, String, PrivilegeSet)>,
}

/// The accounts of a server as they are now.
pub struct Accounts {
    engine: Arc<Engine>,
    current: ArcSwap<Directory>,
    /// The sequence of the state that `current` was last compared with.
    compared: AtomicU64,
}

impl Accounts {
    /// Those of this database.
    pub fn new(engine: Arc<Engine>) -> Self {
        let current = ArcSwap::from_pointee(Directory::read(&engine.database()));
        Self { engine, current, compared: AtomicU64::new(u64::MAX) }
    }

    /// The newest, read again if the tables have changed.
    pub fn current(&self) -> Arc<Directory> {
        let database = self.engine.database();
        let current = self.current.load_full();
        if self.compared.load(Relaxed) == database.sequence {
            return current;
        }
        let newest = match current.is_current(&database) {
            true => current,
            false => Arc::new(Directory::read(&database)),
        };
        self.current.store(newest.clone());
        self.compared.store(database.sequence, Relaxed);
        newest
    }
}

/// All accounts.
#[derive(Debug, Default)]
pub struct Directory {
    accounts: Vec<Arc<AccountEntry>>,
    /// What it was read from: it is stale when these are no longer the newest.
    sources: Vec<Arc<Table>>,
}

impl Directory {
    /// Reads a state's accounts. Empty where there are no account tables.
    pub fn read(database: &Database) -> Self {
        let mut directory = Self { accounts: Vec::new(), sources: sources(database) };
        for record in records(database, "user") {
            directory.accounts.push(Arc::new(account(&record)));
        }
        for record in records(database, "global_grants") {
            let dynamic = (record.text("PRIV").to_owned(), record.flag("WITH_GRANT_OPTION"));
            if let Some(entry) = directory.entry(record.text("USER"), record.text("HOST")) {
                entry.grants.dynamic.push(dynamic);
            }
        }
        for record in records(database, "db") {
            let granted = (record.text("Db").to_owned(), flags(&record));
            if let Some(entry) = directory.entry(record.text("User"), record.text("Host")) {
                entry.grants.schemas.push(granted);
            }
        }
        for record in records(database, "tables_priv") {
            let table = record.text("Table_name").to_owned();
            let granted = (record.text("Db").to_owned(), table, members(&record));
            if let Some(entry) = directory.entry(record.text("User"), record.text("Host")) {
                entry.grants.tables.push(granted);
            }
        }
        directory
    }

    /// Whether the state has the same accounts.
    pub fn is_current(&self, database: &Database) -> bool {
        let mut known = self.sources.iter();
        let same =
            newest(database).all(|new| known.next().is_some_and(|known| Arc::ptr_eq(new, known)));
        same && known.next().is_none()
    }

    /// All accounts, in the order of the table.
    pub fn accounts(&self) -> &[Arc<AccountEntry>] {
        &self.accounts
    }

    /// The account of this name.
    pub fn find(&self, user: &str, host: &str) -> Option<&Arc<AccountEntry>> {
        self.accounts.iter().find(|entry| entry.user == user && entry.host == host)
    }

    fn entry(&mut self, user: &str, host: &str) -> Option<&mut AccountEntry> {
        let entry = self.accounts.iter_mut().find(|entry| entry.user == user && entry.host == host);
        entry.and_then(Arc::get_mut)
    }
}

fn sources(database: &Database) -> Vec<Arc<Table>> {
    newest(database).cloned().collect()
}

fn newest(database: &Database) -> impl Iterator<Item = &Arc<Table>> {
    let defs = TABLES.iter().filter_map(|name| database.catalog.table(SCHEMA, name));
    defs.filter_map(|def| database.tables.get(def.id))
}

fn records(database: &Database, table: &str) -> Vec<Record> {
    let Some(table) = database.catalog.table(SCHEMA, table) else { return Vec::new() };
    View::new(&database.tables, None)
        .scan(table.id, IndexNo::ROWS, &KeyRange::all(), Direction::Forward)
        .map(|found| Record { table: table.clone(), values: found.row.values().to_vec() })
        .collect()
}

fn account(record: &Record) -> AccountEntry {
    AccountEntry {
        user: record.text("User").to_owned(),
        host: record.text("Host").to_owned(),
        plugin: record.text("plugin").to_owned(),
        authentication: record.text("authentication_string").to_owned(),
        tls_required: !record.text("ssl_type").is_empty(),
        locked: record.flag("account_locked"),
        grants: Grants { global: flags(record), ..Grants::default() },
    }
}

/// The privileges whose columns say `Y`.
pub(super) fn flags(record: &Record) -> PrivilegeSet {
    let granted = ALL.iter().filter(|facts| record.flag(&format!("{}_priv", facts.column)));
    granted.fold(PrivilegeSet::NONE, |set, facts| set | facts.privilege.into())
}

/// The privileges in `tables_priv`'s SET.
pub(super) fn members(record: &Record) -> PrivilegeSet {
    let listed = record.text("Table_priv");
    let granted = listed.split(',').filter_map(|name| {
        ALL.iter().find(|facts| facts.table == Some(name)).map(|facts| facts.privilege)
    });
    granted.fold(PrivilegeSet::NONE, |set: PrivilegeSet, privilege| set | privilege.into())
}

impl Grants {
    /// Everything, for what the server does itself.
    pub fn everything() -> Self {
        let global = PrivilegeSet::all_of(|_| true) | Privilege::Grant.into();
        Self { global, ..Self::default() }
    }

    /// What it may do in a schema.
    pub fn in_schema(&self, schema: &str) -> PrivilegeSet {
        let matching = self.schemas.iter().filter(|(pattern, _)| matches(pattern, schema));
        matching.fold(self.global, |set, (_, granted)| set | *granted)
    }

    /// What it may do with a table.
    pub fn on_table(&self, schema: &str, table: &str) -> PrivilegeSet {
        let own =
            self.tables.iter().filter(|(in_schema, name, _)| in_schema == schema && name == table);
        own.fold(self.in_schema(schema), |set, (_, _, granted)| set | *granted)
    }

    /// Whether it may see that a schema exists.
    pub fn sees_schema(&self, schema: &str) -> bool {
        self.global.has(Privilege::ShowDatabases)
            || !self.in_schema(schema).is_empty()
            || self.tables.iter().any(|(in_schema, _, _)| in_schema == schema)
    }

    /// Whether it has a dynamic privilege, or SUPER, which stands for them.
    pub fn has_dynamic(&self, name: &str) -> bool {
        self.global.has(Privilege::Super) || self.dynamic.iter().any(|(own, _)| own == name)
    }
}

/// MySQL's patterns of schema names: `%`, `_`, and `\` before either.
fn matches(pattern: &str, name: &str) -> bool {
    CollationId::UTF8MB4_BIN.collation().like(name, pattern, Some('\\'))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn schema_patterns() {
        assert!(matches("app\\_1", "app_1") && !matches("app\\_1", "appx1"));
        assert!(matches("app_1", "appx1") && matches("%", "anything") && matches("a%z", "abcz"));
        assert!(!matches("a%z", "abc") && !matches("", "a"));
    }
}

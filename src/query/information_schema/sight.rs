//! What of the catalog a statement may see: what its account has a privilege on, and what it asks for.

use std::sync::Arc;

use super::row::Wanted;
use crate::engine::Database;
use crate::engine::catalog::{SchemaDef, TableDef, ViewDef};
use crate::query::Session;
use crate::query::accounts::{AccountEntry, Privilege, PrivilegeSet};

/// The privileges that make a table visible: any of them.
const ON_TABLES: [Privilege; 13] = [
    Privilege::Select,
    Privilege::Insert,
    Privilege::Update,
    Privilege::Delete,
    Privilege::Create,
    Privilege::Drop,
    Privilege::Grant,
    Privilege::References,
    Privilege::Index,
    Privilege::Alter,
    Privilege::CreateView,
    Privilege::ShowView,
    Privilege::Trigger,
];

/// Those that make its columns visible, and what they are called in `COLUMNS.PRIVILEGES`.
const ON_COLUMNS: [(Privilege, &str); 4] = [
    (Privilege::Select, "select"),
    (Privilege::Insert, "insert"),
    (Privilege::Update, "update"),
    (Privilege::References, "references"),
];

/// The newest state of the catalog, through the eyes of a session's account.
pub struct Sight {
    /// The state.
    pub database: Arc<Database>,
    /// None where nothing is checked.
    account: Option<Arc<AccountEntry>>,
}

impl Sight {
    /// That of the session's account.
    pub fn of(session: &Session) -> Self {
        Self { database: session.engine.database(), account: session.account_entry() }
    }

    /// Whether it has a global privilege.
    pub fn has(&self, privilege: Privilege) -> bool {
        self.account.as_ref().is_none_or(|account| account.grants.global.has(privilege))
    }

    /// Whether this is the account itself.
    pub fn is(&self, user: &str, host: &str) -> bool {
        self.account.as_ref().is_some_and(|account| account.user == user && account.host == host)
    }

    /// Whether it has a privilege in a schema.
    pub fn has_in(&self, privilege: Privilege, schema: &str) -> bool {
        let account = self.account.as_ref();
        account.is_none_or(|account| account.grants.in_schema(schema).has(privilege))
    }

    /// Whether it may know of the schema.
    pub fn sees_schema(&self, schema: &str) -> bool {
        super::schema(schema).is_some()
            || self.account.as_ref().is_none_or(|account| account.grants.sees_schema(schema))
    }

    /// Whether it may know of the table or view.
    pub fn sees_table(&self, schema: &str, table: &str) -> bool {
        self.on_table(schema, table)
            .is_none_or(|set| ON_TABLES.iter().any(|privilege| set.has(*privilege)))
    }

    /// Whether it has this privilege on the table or view.
    pub fn may(&self, privilege: Privilege, schema: &str, table: &str) -> bool {
        self.on_table(schema, table).is_none_or(|set| set.has(privilege))
    }

    /// What it may do with the columns of a table, as `COLUMNS.PRIVILEGES` lists it: empty where it may not
    /// even know of them.
    pub fn on_columns(&self, schema: &str, table: &str) -> String {
        let set = self.on_table(schema, table);
        let has = |privilege: Privilege| set.is_none_or(|set| set.has(privilege));
        let names = ON_COLUMNS.iter().filter(|(privilege, _)| has(*privilege));
        names.map(|(_, name)| *name).collect::<Vec<_>>().join(",")
    }

    fn on_table(&self, schema: &str, table: &str) -> Option<PrivilegeSet> {
        self.account.as_ref().map(|account| account.grants.on_table(schema, table))
    }

    /// The schemas that it sees and that are wanted, by the column that has their name.
    pub fn schemas<'s>(
        &'s self,
        wanted: &'s Wanted<'_>,
        column: &'s str,
    ) -> impl Iterator<Item = &'s Arc<SchemaDef>> {
        let all = self.database.catalog.schemas();
        all.filter(move |schema| wanted.may(column, &schema.name) && self.sees_schema(&schema.name))
    }

    /// The tables that it sees and that are wanted: by `TABLE_NAME` and the column with the schema's name.
    pub fn tables<'s>(
        &'s self,
        wanted: &'s Wanted<'_>,
        column: &'s str,
    ) -> impl Iterator<Item = &'s Arc<TableDef>> {
        let all = self.schemas(wanted, column).flat_map(|schema| schema.tables());
        all.filter(move |table| {
            wanted.may("TABLE_NAME", &table.name) && self.sees_table(&table.schema, &table.name)
        })
    }

    /// The same for views.
    pub fn views<'s>(
        &'s self,
        wanted: &'s Wanted<'_>,
        column: &'s str,
    ) -> impl Iterator<Item = &'s Arc<ViewDef>> {
        let all = self.schemas(wanted, column).flat_map(|schema| schema.views());
        all.filter(move |view| {
            wanted.may("TABLE_NAME", &view.name) && self.sees_table(&view.schema, &view.name)
        })
    }
}

//! Privileges: their names in GRANT, their columns in the tables, where they may be granted.

use std::ops::BitOr;

/// One static privilege.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "MySQL's names say it: manual, \"Privileges Provided by MySQL\"")]
pub enum Privilege {
    Select,
    Insert,
    Update,
    Delete,
    Create,
    Drop,
    Reload,
    Shutdown,
    Process,
    File,
    Grant,
    References,
    Index,
    Alter,
    ShowDatabases,
    Super,
    CreateTemporaryTables,
    LockTables,
    Execute,
    ReplicationReplica,
    ReplicationClient,
    CreateView,
    ShowView,
    CreateRoutine,
    AlterRoutine,
    CreateUser,
    Event,
    Trigger,
    CreateTablespace,
    CreateRole,
    DropRole,
}

/// What is known of a privilege.
pub(super) struct Facts {
    pub privilege: Privilege,
    /// In GRANT and SHOW GRANTS.
    pub name: &'static str,
    /// In `mysql.user` and `mysql.db`, without `_priv`.
    pub column: &'static str,
    /// In the SET of `mysql.tables_priv`; none where it cannot be granted on a table.
    pub table: Option<&'static str>,
    /// May be granted on a schema.
    pub schema: bool,
}

const fn facts(
    privilege: Privilege,
    name: &'static str,
    column: &'static str,
    table: Option<&'static str>,
    schema: bool,
) -> Facts {
    Facts { privilege, name, column, table, schema }
}

/// All of them, in the order of SHOW GRANTS.
pub(super) const ALL: [Facts; 31] = [
    facts(Privilege::Select, "SELECT", "Select", Some("Select"), true),
    facts(Privilege::Insert, "INSERT", "Insert", Some("Insert"), true),
    facts(Privilege::Update, "UPDATE", "Update", Some("Update"), true),
    facts(Privilege::Delete, "DELETE", "Delete", Some("Delete"), true),
    facts(Privilege::Create, "CREATE", "Create", Some("Create"), true),
    facts(Privilege::Drop, "DROP", "Drop", Some("Drop"), true),
    facts(Privilege::Reload, "RELOAD", "Reload", None, false),
    facts(Privilege::Shutdown, "SHUTDOWN", "Shutdown", None, false),
    facts(Privilege::Process, "PROCESS", "Process", None, false),
    facts(Privilege::File, "FILE", "File", None, false),
    facts(Privilege::References, "REFERENCES", "References", Some("References"), true),
    facts(Privilege::Index, "INDEX", "Index", Some("Index"), true),
    facts(Privilege::Alter, "ALTER", "Alter", Some("Alter"), true),
    facts(Privilege::ShowDatabases, "SHOW DATABASES", "Show_db", None, false),
    facts(Privilege::Super, "SUPER", "Super", None, false),
    facts(
        Privilege::CreateTemporaryTables,
        "CREATE TEMPORARY TABLES",
        "Create_tmp_table",
        None,
        true,
    ),
    facts(Privilege::LockTables, "LOCK TABLES", "Lock_tables", None, true),
    facts(Privilege::Execute, "EXECUTE", "Execute", None, true),
    facts(Privilege::ReplicationReplica, "REPLICATION SLAVE", "Repl_slave", None, false),
    facts(Privilege::ReplicationClient, "REPLICATION CLIENT", "Repl_client", None, false),
    facts(Privilege::CreateView, "CREATE VIEW", "Create_view", Some("Create View"), true),
    facts(Privilege::ShowView, "SHOW VIEW", "Show_view", Some("Show view"), true),
    facts(Privilege::CreateRoutine, "CREATE ROUTINE", "Create_routine", None, true),
    facts(Privilege::AlterRoutine, "ALTER ROUTINE", "Alter_routine", None, true),
    facts(Privilege::CreateUser, "CREATE USER", "Create_user", None, false),
    facts(Privilege::Event, "EVENT", "Event", None, true),
    facts(Privilege::Trigger, "TRIGGER", "Trigger", Some("Trigger"), true),
    facts(Privilege::CreateTablespace, "CREATE TABLESPACE", "Create_tablespace", None, false),
    facts(Privilege::CreateRole, "CREATE ROLE", "Create_role", None, false),
    facts(Privilege::DropRole, "DROP ROLE", "Drop_role", None, false),
    facts(Privilege::Grant, "GRANT OPTION", "Grant", Some("Grant"), true),
];

/// The dynamic privileges that GRANT knows and that ALL on `*.*` holds.
pub(super) const DYNAMIC: [&str; 12] = [
    "APPLICATION_PASSWORD_ADMIN",
    "BACKUP_ADMIN",
    "BINLOG_ADMIN",
    "CONNECTION_ADMIN",
    "PERSIST_RO_VARIABLES_ADMIN",
    "REPLICATION_APPLIER",
    "REPLICATION_SLAVE_ADMIN",
    "ROLE_ADMIN",
    "SESSION_VARIABLES_ADMIN",
    "SYSTEM_USER",
    "SYSTEM_VARIABLES_ADMIN",
    "XA_RECOVER_ADMIN",
];

impl Privilege {
    /// Its name in GRANT.
    pub fn name(self) -> &'static str {
        ALL.iter().find(|facts| facts.privilege == self).map_or("", |facts| facts.name)
    }

    /// The privilege that GRANT calls so, in upper case.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = match name {
            "REPLICATION REPLICA" => "REPLICATION SLAVE",
            name => name,
        };
        ALL.iter().find(|facts| facts.name == name).map(|facts| facts.privilege)
    }
}

/// A set of static privileges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PrivilegeSet(u32);

impl PrivilegeSet {
    /// None.
    pub const NONE: Self = Self(0);

    /// Every privilege that may be granted there, without GRANT OPTION.
    pub(super) fn all_of(allowed: impl Fn(&Facts) -> bool) -> Self {
        ALL.iter()
            .filter(|facts| facts.privilege != Privilege::Grant && allowed(facts))
            .fold(Self::NONE, |set, facts| set | facts.privilege.into())
    }

    /// The names of the dynamic privileges, which no set holds.
    pub fn dynamic() -> &'static [&'static str] {
        &DYNAMIC
    }

    /// The names of those in it, without GRANT OPTION.
    pub fn names(self) -> Vec<&'static str> {
        let granted =
            |facts: &&Facts| facts.privilege != Privilege::Grant && self.has(facts.privilege);
        ALL.iter().filter(granted).map(|facts| facts.name).collect()
    }

    /// Whether it has this one.
    pub fn has(self, privilege: Privilege) -> bool {
        self.0 >> (privilege as u8) & 1 == 1
    }

    /// Whether it has all of those.
    pub fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Without those.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Its privileges, in the order of SHOW GRANTS.
    pub(super) fn iter(self) -> impl Iterator<Item = &'static Facts> {
        ALL.iter().filter(move |facts| self.has(facts.privilege))
    }
}

impl From<Privilege> for PrivilegeSet {
    fn from(privilege: Privilege) -> Self {
        Self(1 << (privilege as u8))
    }
}

impl BitOr for PrivilegeSet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

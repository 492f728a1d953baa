//! Accounts and privileges.

use super::TableName;

/// An account's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Account {
    /// `'user'@'host'`; the host is `%` unless given.
    Named {
        /// User.
        user: String,
        /// Host, lower case.
        host: String,
    },
    /// CURRENT_USER.
    Current,
}

/// An account and how it signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSpec {
    /// Who.
    pub account: Account,
    /// IDENTIFIED.
    pub auth: Option<Authentication>,
    /// DISCARD OLD PASSWORD (ALTER USER).
    pub discard_old: bool,
}

/// IDENTIFIED …
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// WITH this plugin, lower case.
    pub plugin: Option<String>,
    /// The secret.
    pub secret: Secret,
    /// REPLACE 'current password'.
    pub replace: Option<String>,
    /// RETAIN CURRENT PASSWORD.
    pub retain: bool,
}

/// What an account's password is given as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// Nothing: `IDENTIFIED WITH plugin`.
    Empty,
    /// BY: in clear text.
    Password(String),
    /// BY RANDOM PASSWORD.
    Random,
    /// AS (or BY PASSWORD): what `mysql.user` is to hold.
    Hash(Vec<u8>),
}

/// What CREATE USER and ALTER USER have behind the accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserOptions {
    /// REQUIRE.
    pub tls: Option<RequireTls>,
    /// WITH MAX_QUERIES_PER_HOUR n and its like: name (upper case) and number.
    pub limits: Vec<(String, u64)>,
    /// PASSWORD EXPIRE, PASSWORD HISTORY … and FAILED_LOGIN_ATTEMPTS as written, upper case.
    pub password: Vec<String>,
    /// ACCOUNT LOCK (true) or UNLOCK.
    pub locked: Option<bool>,
    /// COMMENT.
    pub comment: Option<String>,
    /// ATTRIBUTE.
    pub attribute: Option<String>,
}

/// REQUIRE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequireTls {
    /// NONE.
    None,
    /// SSL.
    Ssl,
    /// X509.
    X509,
    /// CIPHER, ISSUER, SUBJECT: name (upper case) and value.
    Specified(Vec<(String, String)>),
}

/// CREATE USER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateUser {
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// OR REPLACE, as MariaDB has it.
    pub replace: bool,
    /// Who.
    pub users: Vec<UserSpec>,
    /// The rest.
    pub options: UserOptions,
}

/// ALTER USER; `USER()` is `Account::Current`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterUser {
    /// IF EXISTS.
    pub if_exists: bool,
    /// Who.
    pub users: Vec<UserSpec>,
    /// The rest.
    pub options: UserOptions,
}

/// DROP USER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropUser {
    /// IF EXISTS.
    pub if_exists: bool,
    /// Who.
    pub users: Vec<Account>,
}

/// A privilege in GRANT and REVOKE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privilege {
    /// Upper case: `SELECT`, `CREATE TEMPORARY TABLES`, `ALL`, or a dynamic one.
    pub name: String,
    /// `(a, b)` behind it.
    pub columns: Vec<String>,
}

/// On what privileges are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantTarget {
    /// `*.*`
    Global,
    /// `db.*`, a pattern; `*` alone is the current one (none).
    Schema(Option<String>),
    /// A table.
    Table(TableName),
    /// A PROCEDURE or FUNCTION.
    Program(super::ProgramKind, TableName),
}

/// GRANT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What.
    pub privileges: Vec<Privilege>,
    /// On what.
    pub target: GrantTarget,
    /// To whom. IDENTIFIED here is of old servers; MySQL 8 refuses it.
    pub users: Vec<Account>,
    /// WITH GRANT OPTION.
    pub grant_option: bool,
}

/// REVOKE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoke {
    /// IF EXISTS.
    pub if_exists: bool,
    /// What; empty is ALL PRIVILEGES, GRANT OPTION, everywhere.
    pub privileges: Vec<Privilege>,
    /// On what; none is everywhere.
    pub target: Option<GrantTarget>,
    /// From whom.
    pub users: Vec<Account>,
    /// IGNORE UNKNOWN USER.
    pub ignore_unknown: bool,
}

/// SET PASSWORD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetPassword {
    /// FOR whom; oneself unless given.
    pub account: Option<Account>,
    /// To what.
    pub secret: Secret,
    /// REPLACE 'current password'.
    pub replace: Option<String>,
    /// RETAIN CURRENT PASSWORD.
    pub retain: bool,
}

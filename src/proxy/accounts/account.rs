//! One account: who, from where, and what a proof is checked against.

use std::fmt;

use super::HostPattern;

/// What a client's proof is checked against.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// No password.
    Empty,
    /// `mysql_native_password`: SHA1(SHA1(password)).
    Native([u8; 20]),
    /// `caching_sha2_password`.
    CachingSha2 {
        /// The stored text `$A$005$<salt><digest>`, bytes as they are.
        stored: Box<[u8]>,
        /// SHA256(SHA256(password)), known after a full authentication.
        fast: Option<[u8; 32]>,
    },
    /// A plugin that the proxy does not offer; its name.
    Other(Box<str>),
}

impl fmt::Debug for Secret {
    /// Names the plugin only: what is stored helps an attacker.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.plugin())
    }
}

impl Secret {
    /// The authentication plugin that this secret belongs to.
    pub fn plugin(&self) -> &str {
        match self {
            Self::Empty | Self::Native(_) => "mysql_native_password",
            Self::CachingSha2 { .. } => "caching_sha2_password",
            Self::Other(plugin) => plugin,
        }
    }
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user name, compared byte for byte; empty for the anonymous user.
    pub user: Box<str>,
    /// Where it may come from.
    pub host: HostPattern,
    /// What its proof is checked against.
    pub secret: Secret,
    /// `ACCOUNT LOCK`: it may not sign in.
    pub locked: bool,
    /// The plugin whose form the empty password of this account has: what an auth switch names.
    pub plugin: Box<str>,
}

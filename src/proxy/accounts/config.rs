//! Accounts from the configuration, for where the primary's list must not be read.

use super::{Entry, HostPattern};
use crate::net::{Account, Secret};
use crate::wire::auth::{AuthPlugin, Credentials, caching_sha2, native};

/// One configured account.
#[derive(Clone)]
pub struct ConfiguredAccount {
    /// The user name.
    pub name: String,
    /// The host pattern, `%` for any.
    pub host: String,
    /// The plugin that clients prove with.
    pub plugin: AuthPlugin,
    /// What is known of the password.
    pub password: ConfiguredPassword,
}

/// What a configuration knows of a password.
#[derive(Clone)]
pub enum ConfiguredPassword {
    /// The password itself; backends may then use any plugin.
    Clear(String),
    /// `SHA1(SHA1(password))`, as `mysql.user` has it; for native passwords only.
    Native([u8; native::LEN]),
}

impl ConfiguredAccount {
    /// The account as an entry of the list.
    pub fn into_entry(self) -> Entry {
        let (secret, credentials) = match self.password {
            ConfiguredPassword::Clear(clear) => {
                let secret = from_clear(self.plugin, clear.as_bytes());
                (secret, Some(Credentials::from_clear(clear.as_bytes())))
            }
            ConfiguredPassword::Native(stored) => (Secret::Native(stored), None),
        };
        let plugin = match secret {
            Secret::Native(_) => AuthPlugin::Native,
            Secret::Empty | Secret::CachingSha2 { .. } => self.plugin,
        };
        let account = Account { plugin, secret, tls_required: false, locked: false, credentials };
        Entry { user: self.name.into(), host: HostPattern::new(&self.host), account: Ok(account) }
    }
}

fn from_clear(plugin: AuthPlugin, clear: &[u8]) -> Secret {
    match plugin {
        _ if clear.is_empty() => Secret::Empty,
        AuthPlugin::Native => Secret::Native(native::stored(&native::single(clear))),
        AuthPlugin::CachingSha2 => {
            let cached = caching_sha2::cached(&caching_sha2::single(clear));
            Secret::CachingSha2 { stored: None, cached: Some(cached) }
        }
    }
}

//! One account of the list, and how it is read from what a server stores.
//!
//! MySQL keeps an account in the columns of `mysql.user`. MariaDB keeps it since 10.4 as JSON in
//! `mysql.global_priv`, where an account may have several ways to prove itself:
//!
//! ```text
//! {"access":0,"plugin":"mysql_native_password","authentication_string":"*14E6…",
//!  "auth_or":[{},{"plugin":"unix_socket"}],"account_locked":true,"ssl_type":1}
//! ```
//!
//! `auth_or` lists them in order, `{}` standing for the one outside. The proxy takes the first
//! that it can check.

use serde_json::Value;

use super::HostPattern;
use crate::net::{Account, Secret};
use crate::wire::auth::caching_sha2::StoredHash;
use crate::wire::auth::{AuthPlugin, native};

/// An account, and from where it may come.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The user name, compared byte for byte; empty for the anonymous user.
    pub user: Box<str>,
    /// Where it may come from.
    pub host: HostPattern,
    /// What a sign-in needs; or the name of a plugin that the proxy does not speak.
    pub account: Result<Account, Box<str>>,
}

impl Entry {
    /// Reads an account of MariaDB 10.4 and later from `mysql.global_priv`. Roles are no accounts.
    pub fn from_global_priv(host: &str, user: &str, json: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(json).ok()?;
        let flag = |name| json.get(name).is_some_and(|value| value == &Value::Bool(true));
        if flag("is_role") {
            return None;
        }
        let ways = json.get("auth_or").and_then(Value::as_array);
        let ways = ways.map_or_else(|| vec![&json], |ways| ways.iter().collect());
        let ways =
            ways.into_iter().map(|way| if way.get("plugin").is_some() { way } else { &json });
        let text = |way: &Value, name| {
            way.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let tls_required =
            json.get("ssl_type").and_then(Value::as_u64).is_some_and(|kind| kind > 0);
        let facts = Facts { tls_required, locked: flag("account_locked") };
        let accounts = ways.map(|way| {
            account(&text(way, "plugin"), text(way, "authentication_string").as_bytes(), facts)
        });
        // The first that can be used, or the first refusal.
        let account =
            accounts.reduce(|found, next| found.or_else(|plugin| next.map_err(|_| plugin)))?;
        Some(Self { user: user.into(), host: HostPattern::new(host), account })
    }

    /// Reads an account from the columns of `mysql.user`.
    pub fn from_columns(host: &str, user: &str, plugin: &str, stored: &[u8], facts: Facts) -> Self {
        let account = account(plugin, stored, facts);
        Self { user: user.into(), host: HostPattern::new(host), account }
    }
}

/// What else is known of an account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// `REQUIRE SSL` or stricter.
    pub tls_required: bool,
    /// `ACCOUNT LOCK`.
    pub locked: bool,
}

/// What a sign-in needs; the plugin's name where the proxy does not speak it.
fn account(plugin: &str, stored: &[u8], facts: Facts) -> Result<Account, Box<str>> {
    // Old tables leave the plugin empty for native passwords.
    let name = if plugin.is_empty() { AuthPlugin::Native.name() } else { plugin };
    let plugin = AuthPlugin::from_name(name).ok_or(name)?;
    let Facts { tls_required, locked } = facts;
    Ok(Account { plugin, secret: secret(plugin, stored), tls_required, locked, credentials: None })
}

/// A stored text that makes no sense (MariaDB writes `invalid` for "no password fits") becomes a
/// secret that no proof fits.
fn secret(plugin: AuthPlugin, stored: &[u8]) -> Secret {
    match plugin {
        _ if stored.is_empty() => Secret::Empty,
        AuthPlugin::Native => {
            let text = std::str::from_utf8(stored).unwrap_or_default();
            Secret::Native(native::parse_stored(text).unwrap_or([0; native::LEN]))
        }
        AuthPlugin::CachingSha2 => {
            let stored = StoredHash::parse(stored).unwrap_or_else(StoredHash::decoy);
            Secret::CachingSha2 { stored: Some(stored), cached: None }
        }
    }
}

/// Whether two accounts are checked in the same way: whether there is news for a failed proof.
pub fn same(left: &Account, right: &Account) -> bool {
    let secrets = match (&left.secret, &right.secret) {
        (Secret::Empty, Secret::Empty) => true,
        (Secret::Native(left), Secret::Native(right)) => left == right,
        (
            Secret::CachingSha2 { stored: Some(left), .. },
            Secret::CachingSha2 { stored: Some(right), .. },
        ) => left == right,
        (
            Secret::CachingSha2 { cached: left, stored: None },
            Secret::CachingSha2 { cached: right, stored: None },
        ) => left == right,
        _ => false,
    };
    secrets
        && left.plugin == right.plugin
        && left.locked == right.locked
        && left.tls_required == right.tls_required
}

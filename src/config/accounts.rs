//! `[proxy.authentication]` and `[[account]]`: how clients prove who they are.

use std::collections::BTreeSet;
use std::time::Duration;

use super::files::{NamedFile, Surroundings, one_way, password, pem};
use super::secret::Secret;
use super::section::Section;

/// The longest user name of MySQL 8 in characters (MariaDB allows 80).
const MAX_USER_CHARS: usize = 80;

/// How clients prove who they are.
#[derive(Clone, Debug)]
pub struct Authentication {
    /// Where the accounts come from.
    pub accounts: AccountSource,
    /// How long the answer to a failed sign-in is held back once failures repeat.
    pub failure_delay: Duration,
    /// Failed sign-ins in a row that are answered without delay.
    pub failures_before_delay: u32,
    /// The least time between two reads of the primary's accounts that clients can cause.
    pub refresh_interval: Duration,
    /// The RSA key that caching_sha2_password's full authentication uses without TLS, PEM; made
    /// at the start when absent.
    pub rsa_key: Option<NamedFile>,
}

/// Where the accounts come from.
#[derive(Clone, Debug)]
pub enum AccountSource {
    /// The primary's own `mysql.user`, read with the monitor's account.
    Primary,
    /// These, in the order of the file. Never empty.
    Config(Vec<Account>),
}

/// One `[[account]]`.
#[derive(Clone, Debug)]
pub struct Account {
    /// User name.
    pub name: String,
    /// Host pattern as in MySQL's account names; `%` is any.
    pub host: String,
    /// How the client proves itself.
    pub plugin: AccountPlugin,
    /// What the proof is checked against.
    pub proof: AccountProof,
}

/// The authentication plugins that the proxy offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountPlugin {
    /// `caching_sha2_password`
    CachingSha2,
    /// `mysql_native_password`
    Native,
}

/// What a client's proof is checked against.
#[derive(Clone, Debug)]
pub enum AccountProof {
    /// The password; empty for none.
    Password(Secret),
    /// SHA1(SHA1(password)), as `mysql.user` stores it. Only with [`AccountPlugin::Native`].
    NativeHash([u8; 20]),
}

/// Where the file says that accounts come from.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    Primary,
    Config,
}

/// Reads both tables; `root` holds the `[[account]]` list.
pub(super) fn read(
    root: &Section,
    section: &Section,
    around: &Surroundings,
) -> Option<Authentication> {
    let source =
        section.choice("accounts", &[("primary", Source::Primary), ("config", Source::Config)]);
    let failure_delay = section.milliseconds("failure_delay_ms", 0..=60_000, 1_000);
    let failures = section.integer("failures_before_delay", 0..=1_000, 3);
    let refresh_interval = section.milliseconds("refresh_interval_ms", 10..=3_600_000, 1_000);
    let rsa_key = pem(section, "rsa_key", around);
    section.finish();
    let accounts = read_accounts(root, source, around);
    Some(Authentication {
        accounts: match source? {
            Source::Primary => AccountSource::Primary,
            Source::Config => AccountSource::Config(accounts),
        },
        failure_delay,
        failures_before_delay: u32::try_from(failures).ok()?,
        refresh_interval,
        rsa_key,
    })
}

fn read_accounts(root: &Section, source: Option<Source>, around: &Surroundings) -> Vec<Account> {
    let sections = root.tables("account");
    match (source, sections.first()) {
        (Some(Source::Primary), Some(first)) => {
            let message = "not used: accounts come from the primary";
            let advice = "write `accounts = \"config\"` in `[proxy.authentication]`, or remove `[[account]]`";
            root.wrong("account", first.span(), message, advice);
        }
        (Some(Source::Config), None) => {
            let advice = "write `[[account]]` with `name` and `password_file`, or \
                          `accounts = \"primary\"` in `[proxy.authentication]`";
            root.missing_because("account", "no account is configured", advice);
        }
        _ => {}
    }
    let mut seen = BTreeSet::new();
    sections.iter().filter_map(|section| read_account(section, &mut seen, around)).collect()
}

fn read_account(
    section: &Section,
    seen: &mut BTreeSet<(String, String)>,
    around: &Surroundings,
) -> Option<Account> {
    let name = section.required("name", "app");
    let host = section.string("host", "%").map_or("%", |host| host.value);
    let plugins = [
        ("caching_sha2_password", AccountPlugin::CachingSha2),
        ("mysql_native_password", AccountPlugin::Native),
    ];
    let plugin = section.choice("plugin", &plugins);
    let proof = read_proof(section, plugin, around);
    section.finish();
    let name = name?;
    if name.value.chars().count() > MAX_USER_CHARS {
        let advice = format!("write at most {MAX_USER_CHARS} characters");
        section.wrong("name", &name.span, "too long", advice);
    }
    if !seen.insert((name.value.to_owned(), host.to_ascii_lowercase())) {
        let message = format!("the account {}@{host} stands here twice", name.value);
        section.wrong("name", &name.span, message, "remove one of the two");
    }
    let (name, host) = (name.value.to_owned(), host.to_owned());
    Some(Account { name, host, plugin: plugin?, proof: proof? })
}

fn read_proof(
    section: &Section,
    plugin: Option<AccountPlugin>,
    around: &Surroundings,
) -> Option<AccountProof> {
    let gives_password = ["password", "password_file", "password_env"];
    let given = gives_password.iter().any(|key| section.has(key));
    let password = password(section, around);
    let Some(hash) = section.string("native_hash", "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19")
    else {
        if !given && !section.has("native_hash") {
            let advice = "write `password_file = \"app.password\"` (or password, password_env, \
                          native_hash)";
            section.missing_because("password", "missing", advice);
        }
        return password.map(|found| AccountProof::Password(found.value));
    };
    if given {
        one_way(section, "native_hash", &hash.span, "a password");
    }
    if plugin == Some(AccountPlugin::CachingSha2) {
        let message = "a native hash cannot prove caching_sha2_password";
        let advice = "write `plugin = \"mysql_native_password\"`";
        section.wrong("native_hash", &hash.span, message, advice);
    }
    let bytes = parse_native_hash(hash.value);
    if bytes.is_none() {
        let advice = "write `*` and 40 hexadecimal digits, as PASSWORD('…') gives";
        section.wrong("native_hash", &hash.span, "not a native password hash", advice);
    }
    bytes.map(AccountProof::NativeHash)
}

/// `*` and 40 hexadecimal digits.
fn parse_native_hash(text: &str) -> Option<[u8; 20]> {
    let digits = text.strip_prefix('*').filter(|digits| digits.len() == 40 && digits.is_ascii())?;
    let mut hash = [0; 20];
    for (index, byte) in hash.iter_mut().enumerate() {
        let pair = digits.get(2 * index..2 * index + 2)?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(hash)
}

//! The account list: reading what servers store, matching, and what a store answers.

use std::net::SocketAddr;

use super::*;
use crate::net::{Accounts, Peer, Secret};
use crate::wire::auth::caching_sha2::{self, StoredHash};
use crate::wire::auth::{AuthPlugin, native};

/// `SELECT PASSWORD('secret')`
const NATIVE: &str = "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7";

fn entry(user: &str, host: &str) -> Entry {
    Entry::from_columns(host, user, "mysql_native_password", NATIVE.as_bytes(), Facts::default())
}

fn found(list: &AccountList, user: &str, ip: &str) -> Option<(String, String)> {
    let entry = list.find(user, ip.parse().ok())?;
    Some((entry.user.to_string(), entry.host.as_str().to_owned()))
}

fn is_secret(secret: &Secret) -> bool {
    matches!(secret, Secret::Native(stored) if *stored == native::stored(&native::single(b"secret")))
}

#[test]
fn global_priv_is_read() {
    let read = |json: &str| Entry::from_global_priv("%", "app", json);
    let json = format!(
        r#"{{"access":0,"plugin":"mysql_native_password","authentication_string":"{NATIVE}"}}"#
    );
    let account = read(&json).expect("an entry").account.expect("an account");
    assert!(is_secret(&account.secret) && !account.locked && !account.tls_required);

    let json = r#"{"plugin":"mysql_native_password","authentication_string":"","account_locked":true,"ssl_type":1}"#;
    let account = read(json).expect("an entry").account.expect("an account");
    assert!(matches!(account.secret, Secret::Empty) && account.locked && account.tls_required);

    assert!(read(r#"{"is_role":true}"#).is_none());
    assert!(read("no JSON").is_none());
    assert!(
        matches!(read("{}").expect("an entry").account, Ok(account) if matches!(account.secret, Secret::Empty))
    );
}

#[test]
fn the_first_way_that_the_proxy_speaks_is_taken() {
    let read =
        |json: &str| Entry::from_global_priv("localhost", "root", json).expect("an entry").account;
    let json = format!(
        r#"{{"plugin":"ed25519","authentication_string":"x","auth_or":[{{"plugin":"unix_socket"}},{{"plugin":"mysql_native_password","authentication_string":"{NATIVE}"}},{{}}]}}"#
    );
    assert!(is_secret(&read(&json).expect("an account").secret));
    let json = r#"{"plugin":"mysql_native_password","authentication_string":"invalid","auth_or":[{},{"plugin":"unix_socket"}]}"#;
    assert!(
        matches!(read(json).expect("an account").secret, Secret::Native([0, ..])),
        "no proof fits"
    );
    let json = r#"{"plugin":"unix_socket"}"#;
    assert_eq!(read(json).expect_err("another plugin").as_ref(), "unix_socket");
}

#[test]
fn columns_are_read() {
    let read = |plugin, stored: &[u8]| {
        Entry::from_columns("%", "app", plugin, stored, Facts::default()).account
    };
    assert!(is_secret(&read("", NATIVE.as_bytes()).expect("an account").secret));
    let hash = [b"$A$005$", &[7u8; 20][..], &[b'x'; 43][..]].concat();
    let account = read("caching_sha2_password", &hash).expect("an account");
    assert_eq!(account.plugin, AuthPlugin::CachingSha2);
    assert!(matches!(account.secret, Secret::CachingSha2 { stored: Some(_), cached: None }));
    assert!(matches!(
        read("caching_sha2_password", b"").expect("an account").secret,
        Secret::Empty
    ));
    assert_eq!(read("auth_socket", b"").expect_err("another plugin").as_ref(), "auth_socket");
}

#[test]
fn the_most_specific_account_is_found() {
    let entries = ["%", "10.0.0.%", "10.0.0.1", "localhost"].map(|host| entry("app", host));
    let mut entries = entries.to_vec();
    entries.push(entry("", "localhost"));
    entries.push(entry("other", "%"));
    let list = AccountList::new(entries.clone(), false);
    assert_eq!(found(&list, "app", "10.0.0.1"), Some(("app".into(), "10.0.0.1".into())));
    assert_eq!(found(&list, "app", "10.0.0.2"), Some(("app".into(), "10.0.0.%".into())));
    assert_eq!(found(&list, "app", "127.0.0.1"), Some(("app".into(), "%".into())));
    assert_eq!(found(&list, "App", "10.0.0.1"), None, "user names differ in case");
    assert_eq!(found(&list, "nobody", "10.0.0.1"), None);
    assert_eq!(found(&list, "app", "socket"), Some(("app".into(), "localhost".into())));
    // MySQL's surprise: the anonymous account's host is more specific.
    assert_eq!(found(&list, "other", "socket"), Some((String::new(), "localhost".into())));
    let resolving = AccountList::new(entries, true);
    assert_eq!(found(&resolving, "app", "127.0.0.1"), Some(("app".into(), "localhost".into())));
}

fn peer() -> Peer {
    Peer::from_addr(SocketAddr::from(([10, 0, 0, 1], 5000)))
}

fn configured(plugin: AuthPlugin, clear: &str) -> ConfiguredAccount {
    let password = ConfiguredPassword::Clear(clear.to_owned());
    ConfiguredAccount { name: "app".to_owned(), host: "%".to_owned(), plugin, password }
}

#[tokio::test]
async fn configured_accounts_are_found_and_never_newer() {
    let accounts = vec![configured(AuthPlugin::CachingSha2, "secret")];
    let store = AccountStore::configured(accounts, FailureDelay::NONE);
    let account = store.find("app", peer()).await.expect("the account");
    let expected = caching_sha2::cached(&caching_sha2::single(b"secret"));
    assert!(
        matches!(account.secret, Secret::CachingSha2 { cached: Some(cached), .. } if cached == expected)
    );
    assert!(account.credentials.is_some_and(|known| known.native_proof(&[1; 20]).is_some()));
    assert!(store.find_newer("app", peer()).await.is_none());
    assert!(store.find("nobody", peer()).await.is_none());
}

#[tokio::test]
async fn digests_are_remembered_until_the_password_changes() {
    let list = |fill: u8| {
        let hash = [b"$A$005$", &[fill; 20][..], &[b'x'; 43][..]].concat();
        let entry =
            Entry::from_columns("%", "app", "caching_sha2_password", &hash, Facts::default());
        (AccountList::new(vec![entry], false), StoredHash::parse(&hash).expect("a hash"))
    };
    let ((first, stored), (second, _)) = (list(1), list(2));
    let store = AccountStore::new(first, None, FailureDelay::NONE);
    store.remember("app", peer(), &stored, [9; 32]);
    let digest = |account: Option<crate::net::Account>| match account.expect("the account").secret {
        Secret::CachingSha2 { cached, .. } => cached,
        _ => None,
    };
    assert_eq!(digest(store.find("app", peer()).await), Some([9; 32]));
    store.replace(second);
    assert_eq!(digest(store.find("app", peer()).await), None);
    store.replace(list(1).0);
    assert_eq!(digest(store.find("app", peer()).await), None, "forgotten, not only hidden");
}

//! Logins over real sockets: `accept_login` against `sign_in`, for each plugin, transport and mistake.

mod raw;

use std::cell::RefCell;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream, UnixStream};

use super::*;
use crate::net::rsa::RsaKeys;
use crate::net::sign_in::{Address, BackendLogin, BackendTarget, LoginRequest, SignInError};
use crate::net::stream::Peer;
use crate::net::tls::{TlsClientSettings, TlsMode, TlsServerSettings};
use crate::wire::MariadbCapabilities;
use crate::wire::auth::caching_sha2::{self, StoredHash};
use crate::wire::auth::{Credentials, native};
use crate::wire::ok::put_plain_ok;

/// Accounts: `native`, `sha2`, `empty`, `locked`, `tls`, all with the password `secret` but `empty`.
struct List {
    cached: RefCell<Option<[u8; 32]>>,
    /// What `changed` has become since the list was read.
    newer: Option<Account>,
    failures: RefCell<u32>,
    decoy: AuthPlugin,
}

impl List {
    fn new() -> Self {
        let failures = RefCell::new(0);
        Self { cached: RefCell::default(), newer: None, failures, decoy: AuthPlugin::Native }
    }
}

fn native_account(password: &[u8]) -> Account {
    let secret = Secret::Native(native::stored(&native::single(password)));
    Account {
        plugin: AuthPlugin::Native,
        secret,
        tls_required: false,
        locked: false,
        credentials: None,
    }
}

impl Accounts for List {
    async fn find(&self, user: &str, _: Peer) -> Option<Account> {
        let native = native_account(b"secret");
        Some(match user {
            "native" => native,
            "changed" => native_account(b"before"),
            "locked" => Account { locked: true, ..native },
            "tls" => Account { tls_required: true, ..native },
            "empty" => Account { secret: Secret::Empty, ..native },
            "sha2" => {
                let stored = Some(StoredHash::create(b"secret", *b"abcdefghijklmnopqrst"));
                let secret = Secret::CachingSha2 { stored, cached: *self.cached.borrow() };
                Account { plugin: AuthPlugin::CachingSha2, secret, ..native }
            }
            _ => return None,
        })
    }

    async fn find_newer(&self, user: &str, _: Peer) -> Option<Account> {
        self.newer.clone().filter(|_| user == "changed")
    }

    fn remember(&self, _: &str, _: Peer, _: &StoredHash, cached: [u8; 32]) {
        self.cached.replace(Some(cached));
    }

    async fn failed(&self, _: &str, _: Peer) {
        *self.failures.borrow_mut() += 1;
    }

    fn succeeded(&self, _: &str, _: Peer) {}

    fn decoy_plugin(&self, _: &str) -> Option<AuthPlugin> {
        Some(self.decoy)
    }
}

struct Certificates {
    ca: String,
    chain: String,
    key: String,
}

/// A CA and a certificate of it for `localhost`.
fn certificates() -> Certificates {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    // OpenSSL takes a certificate whose issuer has its own name for a self-signed one.
    ca.distinguished_name.push(rcgen::DnType::CommonName, "the tests' CA");
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    Certificates { ca: ca_certificate.pem(), chain: leaf.pem(), key: key.serialize_pem() }
}

fn policy(certificates: Option<&Certificates>) -> LoginPolicy {
    let tls = certificates.map(|certificates| {
        TlsServerSettings::from_pem(certificates.chain.as_bytes(), certificates.key.as_bytes())
            .unwrap()
    });
    LoginPolicy {
        default_plugin: AuthPlugin::Native,
        tls,
        tls_required: false,
        rsa: Some(Arc::new(RsaKeys::on_demand())),
        timeout: Duration::from_secs(20),
    }
}

fn hello(policy: &LoginPolicy) -> Hello<'_> {
    Hello {
        server_version: "8.0.36",
        connection_id: 7,
        capabilities: CapabilityFlags::CLIENT_SESSION_TRACK | CapabilityFlags::CLIENT_LONG_PASSWORD,
        mariadb_capabilities: MariadbCapabilities::empty(),
        collation: 45,
        policy,
    }
}

fn target(tls: TlsClientSettings) -> BackendTarget {
    BackendTarget {
        address: Address::Tcp { host: "127.0.0.1".to_owned(), port: 0 },
        tls,
        timeout: Duration::from_secs(20),
        request_public_key: true,
        keepalive: Duration::ZERO,
    }
}

fn client_tls(mode: TlsMode, ca: &str) -> TlsClientSettings {
    TlsClientSettings::from_pem(mode, Some(ca.as_bytes()), None).unwrap()
}

fn request<'a>(user: &'a str, credentials: &'a Credentials) -> LoginRequest<'a> {
    LoginRequest {
        user,
        credentials,
        database: Some("shop"),
        capabilities: CapabilityFlags::CLIENT_SESSION_TRACK
            | CapabilityFlags::CLIENT_LONG_PASSWORD
            | CapabilityFlags::CLIENT_CONNECT_ATTRS,
        mariadb_capabilities: MariadbCapabilities::empty(),
        collation: 45,
        attributes: &[],
    }
}

type Outcome = (Result<ClientLogin, LoginError>, Result<BackendLogin, SignInError>);

/// One login over TCP; the server side sends the OK if it is content.
async fn meet(
    policy: &LoginPolicy,
    list: &List,
    mut target: BackendTarget,
    request: LoginRequest<'_>,
) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    if let Address::Tcp { port, .. } = &mut target.address {
        *port = listener.local_addr().unwrap().port();
    }
    let server = async {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut login = accept_login(Stream::Tcp(tcp), &hello(policy), list).await?;
        let mut packets = Packets::new(&mut login.stream, login.next_seq);
        packets.send_with(|out| put_plain_ok(out, StatusFlags::SERVER_STATUS_AUTOCOMMIT)).await?;
        Ok(login)
    };
    tokio::join!(server, crate::net::sign_in(&target, &request))
}

async fn plain(list: &List, user: &str, credentials: &Credentials) -> Outcome {
    let policy = policy(None);
    meet(&policy, list, target(TlsClientSettings::disabled()), request(user, credentials)).await
}

fn refused(outcome: &Outcome) -> (u16, &str) {
    match &outcome.1 {
        Err(SignInError::Refused(error)) => (error.code, &error.message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn native_reveals_what_signs_in_again() {
    let password = Credentials::from_clear(b"secret");
    let (accepted, signed_in) = plain(&List::new(), "native", &password).await;
    let accepted = accepted.unwrap();
    assert_eq!((accepted.user.as_str(), accepted.database.as_deref()), ("native", Some("shop")));
    assert!(accepted.credentials.clear_text().is_none());
    assert!(signed_in.unwrap().capabilities.contains(CapabilityFlags::CLIENT_SESSION_TRACK));
    let again = plain(&List::new(), "native", &accepted.credentials).await;
    assert!(again.1.is_ok());
}

#[tokio::test]
async fn caching_sha2_is_full_by_rsa_first_and_fast_then() {
    let list = List::new();
    let password = Credentials::from_clear(b"secret");
    let mut without_clear_text = password.clone();
    without_clear_text.forget_clear_text();
    let refused = plain(&list, "sha2", &without_clear_text).await;
    assert!(matches!(refused.1, Err(SignInError::NeedsClearText)));
    let (accepted, signed_in) = plain(&list, "sha2", &password).await;
    assert_eq!(accepted.unwrap().credentials.clear_text(), Some(&b"secret"[..]));
    signed_in.unwrap();
    let cached = Some(caching_sha2::cached(&caching_sha2::single(b"secret")));
    assert_eq!(*list.cached.borrow(), cached);
    let (accepted, signed_in) = plain(&list, "sha2", &without_clear_text).await;
    signed_in.unwrap();
    assert!(accepted.unwrap().credentials.clear_text().is_none(), "fast");
}

#[tokio::test]
async fn unknown_users_and_wrong_passwords_read_the_same() {
    let wrong = Credentials::from_clear(b"wrong");
    for (plugin, known) in [(AuthPlugin::Native, "native"), (AuthPlugin::CachingSha2, "sha2")] {
        let list = List { decoy: plugin, ..List::new() };
        for user in [known, "nobody"] {
            let outcome = plain(&list, user, &wrong).await;
            let text = format!("Access denied for user '{user}'@'127.0.0.1' (using password: YES)");
            assert_eq!(refused(&outcome), (1045, text.as_str()));
            let outcome = plain(&list, user, &Credentials::empty()).await;
            assert!(refused(&outcome).1.ends_with("(using password: NO)"));
            assert_eq!(outcome.0.unwrap_err().label(), "denied");
        }
        assert_eq!(*list.failures.borrow(), 4);
    }
}

#[tokio::test]
async fn accounts_without_a_password_take_none() {
    assert!(plain(&List::new(), "empty", &Credentials::empty()).await.0.is_ok());
    let outcome = plain(&List::new(), "empty", &Credentials::from_clear(b"secret")).await;
    assert_eq!(refused(&outcome).0, 1045);
}

#[tokio::test]
async fn locked_accounts_and_accounts_that_need_tls() {
    let password = Credentials::from_clear(b"secret");
    assert_eq!(refused(&plain(&List::new(), "locked", &password).await).0, 3118);
    let wrong = Credentials::from_clear(b"wrong");
    assert_eq!(refused(&plain(&List::new(), "locked", &wrong).await).0, 1045);
    assert_eq!(refused(&plain(&List::new(), "tls", &password).await).0, 1045);
    let certificates = certificates();
    let target = target(client_tls(TlsMode::Required, &certificates.ca));
    let policy = policy(Some(&certificates));
    let outcome = meet(&policy, &List::new(), target, request("tls", &password)).await;
    assert!(outcome.1.unwrap().stream.is_tls());
}

#[tokio::test]
async fn a_changed_password_is_found() {
    let list = List { newer: Some(native_account(b"after")), ..List::new() };
    for password in ["before", "after"] {
        let password = Credentials::from_clear(password.as_bytes());
        assert!(plain(&list, "changed", &password).await.1.is_ok());
    }
    assert_eq!(refused(&plain(&list, "changed", &Credentials::from_clear(b"x")).await).0, 1045);
}

#[tokio::test]
async fn tls_modes() {
    let (ours, others) = (certificates(), certificates());
    let with_tls = policy(Some(&ours));
    let password = Credentials::from_clear(b"secret");
    for (mode, ca, host, works) in [
        (TlsMode::Preferred, &others.ca, "127.0.0.1", true),
        (TlsMode::Required, &others.ca, "127.0.0.1", true),
        (TlsMode::VerifyCa, &ours.ca, "127.0.0.1", true),
        (TlsMode::VerifyCa, &others.ca, "localhost", false),
        (TlsMode::VerifyIdentity, &ours.ca, "localhost", true),
        (TlsMode::VerifyIdentity, &ours.ca, "127.0.0.1", false),
        (TlsMode::VerifyIdentity, &others.ca, "localhost", false),
    ] {
        let mut target = target(client_tls(mode, ca));
        target.address = Address::Tcp { host: host.to_owned(), port: 0 };
        let list = List::new();
        let (accepted, signed_in) =
            meet(&with_tls, &list, target, request("sha2", &password)).await;
        match signed_in {
            Ok(login) => {
                assert!(works && login.stream.is_tls() && accepted.unwrap().stream.is_secure())
            }
            Err(SignInError::Tls(_)) => assert!(!works && accepted.is_err(), "{mode:?} {host}"),
            Err(other) => panic!("{mode:?} {host}: {other}"),
        }
    }
    assert!(TlsClientSettings::from_pem(TlsMode::VerifyCa, None, None).is_err());
}

#[tokio::test]
async fn one_side_without_tls() {
    let certificates = certificates();
    let password = Credentials::from_clear(b"secret");
    let list = List::new();
    for (mode, works) in [(TlsMode::Preferred, true), (TlsMode::Required, false)] {
        let target = target(client_tls(mode, &certificates.ca));
        let (_, signed_in) = meet(&policy(None), &list, target, request("native", &password)).await;
        match signed_in {
            Ok(login) => assert!(works && !login.stream.is_secure()),
            Err(error) => assert!(!works && matches!(error, SignInError::NoTls)),
        }
    }
    let policy = LoginPolicy { tls_required: true, ..policy(Some(&certificates)) };
    let target = target(TlsClientSettings::disabled());
    let outcome = meet(&policy, &list, target, request("native", &password)).await;
    assert_eq!(refused(&outcome).0, 3159);
}

#[tokio::test]
async fn a_slow_client_is_let_go() {
    let (client, server) = UnixStream::pair().unwrap();
    let policy = LoginPolicy { timeout: Duration::from_millis(50), ..policy(None) };
    let error =
        accept_login(Stream::Unix(server), &hello(&policy), &List::new()).await.unwrap_err();
    assert_eq!(error.label(), "timeout");
    drop(client);
}

#[tokio::test]
async fn a_user_is_changed_on_the_same_connection() {
    let (client, server) = UnixStream::pair().unwrap();
    let (mut client, mut server) = (Stream::Unix(client), Stream::Unix(server));
    let policy = policy(None);
    let salt = *b"abcdefghijklmnopqrst";
    let context = ChangeUserContext { capabilities: CapabilityFlags::all(), salt, policy: &policy };
    let change = |user: &str, proof: Vec<u8>| ChangeUser {
        user: user.to_owned(),
        proof,
        database: None,
        collation: Some(45),
        auth_plugin: Some("mysql_native_password".to_owned()),
        attributes: Vec::new(),
    };
    let list = List::new();
    let right = native::prove(&native::single(b"secret"), &salt).to_vec();
    let changed =
        change_user(&mut server, 1, &change("native", right), &context, &list).await.unwrap();
    assert_eq!((changed.salt, changed.next_seq), (salt, 1));

    // A proof from another salt, as of clients that expect a switch: asked for again with a new salt.
    let stale = change("native", vec![1; 20]);
    let proving = async {
        let mut packets = Packets::new(&mut client, 1);
        let payload = packets.read().await.unwrap();
        let Ok(crate::wire::auth::AuthPacket::Switch(to)) =
            crate::wire::auth::AuthPacket::parse(&payload)
        else {
            panic!("a switch")
        };
        packets.send(&native::prove(&native::single(b"secret"), &to.salt)).await.unwrap();
        to.salt
    };
    let (changed, new_salt) =
        tokio::join!(change_user(&mut server, 1, &stale, &context, &list), proving);
    let changed = changed.unwrap();
    assert_eq!((changed.salt, changed.next_seq), (new_salt, 3));
}

#[tokio::test]
async fn salts_are_random_and_without_nul() {
    let salts: std::collections::HashSet<_> = (0..200).map(|_| random_salt()).collect();
    assert_eq!(salts.len(), 200);
    assert!(salts.iter().flatten().all(|byte| (1..=127).contains(byte) && *byte != b'$'));
}

#[tokio::test]
async fn a_full_server_is_told_from_a_dead_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let full = async {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut stream = Stream::Tcp(tcp);
        let error = ServerError::too_many_connections();
        Packets::new(&mut stream, 0).send_with(|out| error.put_payload(out, false)).await.unwrap();
    };
    let credentials = Credentials::empty();
    let mut target = target(TlsClientSettings::disabled());
    target.address = Address::Tcp { host: "127.0.0.1".to_owned(), port };
    let request = request("native", &credentials);
    let (_, outcome) = tokio::join!(full, crate::net::sign_in(&target, &request));
    assert_eq!(outcome.unwrap_err().label(), "full");
    drop(listener);
    assert_eq!(crate::net::sign_in(&target, &request).await.unwrap_err().label(), "io");
    drop(TcpStream::connect(("127.0.0.1", port)).await);
}

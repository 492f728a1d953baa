//! Logins against real servers and clients: MariaDB from the machine's packages, its command-line client,
//! PyMySQL, and MySQL where `ANABRANCH_TEST_MYSQL` names one (`host:port`, user root without a password).
//!
//! What is not installed is skipped, with a word about it.

mod logins_support;

use std::time::Duration;

use anabranch::net::{
    Address, BackendLogin, BackendTarget, Credentials, LoginRequest, SignInError,
    TlsClientSettings, TlsMode, sign_in,
};
use anabranch::wire::auth::caching_sha2::StoredHash;
use anabranch::wire::{CapabilityFlags, MariadbCapabilities};
use logins_support::mariadb::{MariaDb, certificates};
use logins_support::proxy::Proxy;
use logins_support::{command, query_text, run};

fn target(address: Address, tls: TlsClientSettings) -> BackendTarget {
    BackendTarget {
        address,
        tls,
        timeout: Duration::from_secs(10),
        request_public_key: true,
        keepalive: Duration::ZERO,
    }
}

async fn log_in(
    target: &BackendTarget,
    user: &str,
    password: &Credentials,
    database: Option<&str>,
) -> Result<BackendLogin, SignInError> {
    let request = LoginRequest {
        user,
        credentials: password,
        database,
        capabilities: CapabilityFlags::CLIENT_SESSION_TRACK
            | CapabilityFlags::CLIENT_CONNECT_ATTRS
            | CapabilityFlags::CLIENT_DEPRECATE_EOF
            | CapabilityFlags::CLIENT_MULTI_STATEMENTS,
        mariadb_capabilities: MariadbCapabilities::all(),
        collation: 45,
        attributes: &[("program_name".to_owned(), "anabranch".to_owned())],
    };
    sign_in(target, &request).await
}

fn password(text: &str) -> Credentials {
    Credentials::from_clear(text.as_bytes())
}

fn without_clear_text(text: &str) -> Credentials {
    let mut password = password(text);
    password.forget_clear_text();
    password
}

fn refusal(outcome: Result<BackendLogin, SignInError>) -> u16 {
    match outcome {
        Err(SignInError::Refused(error)) => error.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn signs_in_to_mariadb() {
    let Some(server) = MariaDb::start() else { return };
    let disabled = TlsClientSettings::disabled;
    let tcp = target(server.tcp("127.0.0.1"), disabled());
    let unix = target(server.unix(), disabled());

    let mut login = log_in(&tcp, "app", &without_clear_text("secret"), Some("shop")).await.unwrap();
    assert!(login.greeting.server_version.contains("MariaDB"));
    assert!(!login.stream.is_secure());
    assert!(!login.mariadb_capabilities.is_empty());
    assert_eq!(command(&mut login.stream, b"\x0e").await[0], 0, "a ping");
    assert!(log_in(&unix, "app", &password("secret"), None).await.is_ok());
    assert!(log_in(&unix, "root", &Credentials::empty(), None).await.is_ok());

    assert_eq!(refusal(log_in(&tcp, "app", &password("wrong"), None).await), 1045);
    assert_eq!(refusal(log_in(&tcp, "nobody", &password("wrong"), None).await), 1045);
    assert_eq!(refusal(log_in(&tcp, "app", &password("secret"), Some("none")).await), 1044);
    assert!(matches!(
        log_in(&tcp, "ed", &password("secret"), None).await,
        Err(SignInError::UnknownPlugin(plugin)) if plugin == "client_ed25519"
    ));
    tls_modes(&server).await;
    fills_up(&tcp).await;
}

async fn tls_modes(server: &MariaDb) {
    let other = certificates();
    for (mode, ca, host, works) in [
        (TlsMode::Preferred, &server.certificates.ca, "127.0.0.1", true),
        (TlsMode::Required, &other.ca, "127.0.0.1", true),
        (TlsMode::VerifyCa, &server.certificates.ca, "127.0.0.1", true),
        (TlsMode::VerifyCa, &other.ca, "127.0.0.1", false),
        (TlsMode::VerifyIdentity, &server.certificates.ca, "localhost", true),
        (TlsMode::VerifyIdentity, &server.certificates.ca, "127.0.0.1", false),
    ] {
        let tls = TlsClientSettings::from_pem(mode, Some(ca.as_bytes()), None).unwrap();
        let outcome =
            log_in(&target(server.tcp(host), tls), "tls", &password("secret"), None).await;
        match outcome {
            Ok(login) => assert!(works && login.stream.tls_summary().is_some()),
            Err(SignInError::Tls(_)) => assert!(!works, "{mode:?} {host}"),
            Err(other) => panic!("{mode:?} {host}: {other}"),
        }
    }
    let plain = target(server.tcp("127.0.0.1"), TlsClientSettings::disabled());
    assert_eq!(refusal(log_in(&plain, "tls", &password("secret"), None).await), 1045);
}

/// The server was started with few connections: the one too many is told that it is full.
async fn fills_up(target: &BackendTarget) {
    let mut held = Vec::new();
    for _ in 0..40 {
        match log_in(target, "app", &password("secret"), None).await {
            Ok(login) => held.push(login),
            Err(error) => {
                assert_eq!(error.label(), "full", "{error}");
                return;
            }
        }
    }
    panic!("the server never was full");
}

/// Statement by statement of what a person would try with the command-line client and with PyMySQL.
#[tokio::test]
async fn real_clients_log_in_to_us() {
    let proxy = Proxy::start().await;
    let mariadb = |user: &str, word: &str, more: &[&str]| {
        let port = format!("--port={}", proxy.port);
        let (user, word) = (format!("--user={user}"), format!("--password={word}"));
        let mut arguments =
            vec!["--no-defaults", "--host=127.0.0.1", &port, &user, &word, "--execute=DO 1"];
        arguments.extend_from_slice(more);
        run("mariadb", &arguments)
    };
    for user in ["native", "sha2", "sha2"] {
        for more in [&["--ssl"][..], &["--skip-ssl"]] {
            let Some(said) = mariadb(user, "secret", more).await else { return };
            assert_eq!(said, "", "{user} {more:?}");
            let said = mariadb(user, "wrong", more).await.unwrap_or_default();
            let expected = format!(
                "ERROR 1045 (28000): Access denied for user '{user}'@'127.0.0.1' (using password: YES)"
            );
            assert_eq!(said.trim(), expected, "{more:?}");
        }
    }
    let verified = ["--ssl-verify-server-cert", &format!("--ssl-ca={}", proxy.ca_path())];
    assert_ne!(
        mariadb("native", "secret", &verified).await.as_deref(),
        Some(""),
        "not for 127.0.0.1"
    );
    let verified = [verified[0], verified[1], "--host=localhost", "--protocol=tcp"];
    assert_eq!(mariadb("native", "secret", &verified).await.as_deref(), Some(""));
    let said = mariadb("native", "secret", &["--default-auth=caching_sha2_password"]).await;
    assert_eq!(said.as_deref(), Some(""), "a switch back");

    let unix = [&format!("--socket={}", proxy.socket_path())[..], "--protocol=socket"];
    let proxy_sha2 = run(
        "mariadb",
        &["--no-defaults", "--user=sha2", "--password=secret", unix[0], unix[1], "-eDO 1"],
    );
    assert_eq!(proxy_sha2.await.as_deref(), Some(""));
}

const PYMYSQL: &str = r#"
import sys
try:
    import pymysql, cryptography
except ImportError:
    sys.exit()
port, ca = int(sys.argv[1]), sys.argv[2]
for user in ("native", "sha2", "sha2", "empty"):
    for ssl in (None, {"ca": ca}):
        word = "" if user == "empty" else "secret"
        db = pymysql.connect(host="localhost" if ssl else "127.0.0.1", port=port, user=user, password=word, ssl=ssl)
        db.ping(reconnect=False)
        db.close()
        try:
            pymysql.connect(host="127.0.0.1", port=port, user=user, password="wrong")
            print("let in", user)
        except pymysql.err.OperationalError as error:
            if error.args[0] != 1045: print(error)
"#;

#[tokio::test]
async fn pymysql_logs_in_to_us() {
    let proxy = Proxy::start().await;
    let port = proxy.port.to_string();
    let said = run("python3", &["-c", PYMYSQL, &port, &proxy.ca_path()]).await;
    assert_eq!(said.unwrap_or_default(), "");
}

#[tokio::test]
async fn signs_in_to_mysql() {
    let Ok(server) = std::env::var("ANABRANCH_TEST_MYSQL") else {
        eprintln!("skipped: ANABRANCH_TEST_MYSQL is not set");
        return;
    };
    let (host, port) = server.rsplit_once(':').unwrap();
    let address = Address::Tcp { host: host.to_owned(), port: port.parse().unwrap() };
    let plain = target(address.clone(), TlsClientSettings::disabled());
    let tls = TlsClientSettings::from_pem(TlsMode::Required, None, None).unwrap();
    let tls = target(address, tls);

    let mut root = log_in(&plain, "root", &Credentials::empty(), None).await.unwrap();
    for statement in [
        "DROP USER IF EXISTS anabranch_login",
        "CREATE USER anabranch_login IDENTIFIED WITH caching_sha2_password BY 'secret'",
    ] {
        let answer = command(&mut root.stream, &[b"\x03", statement.as_bytes()].concat()).await;
        assert_eq!(answer[0], 0, "{}", String::from_utf8_lossy(&answer));
    }
    let user = "anabranch_login";
    for server in [&plain, &tls] {
        let flush = command(&mut root.stream, b"\x03FLUSH PRIVILEGES").await;
        assert_eq!(flush[0], 0);
        let uncached = log_in(server, user, &without_clear_text("secret"), None).await;
        assert!(matches!(uncached, Err(SignInError::NeedsClearText)), "{uncached:?}");
        let without_key = BackendTarget { request_public_key: false, ..plain.clone() };
        let unsafe_login = log_in(&without_key, user, &password("secret"), None).await;
        assert!(matches!(unsafe_login, Err(SignInError::NeedsClearText)));
        assert_eq!(refusal(log_in(server, user, &password("wrong"), None).await), 1045);
        log_in(server, user, &password("secret"), None).await.unwrap();
        let mut fast = log_in(server, user, &without_clear_text("secret"), None).await.unwrap();
        assert_eq!(command(&mut fast.stream, b"\x0e").await[0], 0, "a ping");
        let native_only = Credentials::from_sha1(anabranch::wire::auth::native::single(b"secret"));
        let outcome = log_in(server, user, &native_only, None).await;
        assert!(matches!(outcome, Err(SignInError::CannotProve(_))), "{outcome:?}");
    }
    let select = "SELECT HEX(authentication_string) FROM mysql.user WHERE user = 'anabranch_login'";
    let hex = query_text(&mut root.stream, select).await;
    let column: Vec<u8> = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let stored = StoredHash::parse(&column).unwrap();
    assert!(stored.verify(b"secret") && !stored.verify(b"Secret"));
    command(&mut root.stream, b"\x03DROP USER anabranch_login").await;
}

//! A server that can log clients in, answers every command with OK, and nothing more.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anabranch::net::packets::Packets;
use anabranch::net::{
    Account, Accounts, ChangeUserContext, Hello, Listener, LoginError, LoginPolicy, Peer, RsaKeys,
    Secret, Stream, TlsServerSettings, accept_login, change_user,
};
use anabranch::wire::auth::caching_sha2::StoredHash;
use anabranch::wire::auth::{AuthPlugin, native};
use anabranch::wire::login::ChangeUser;
use anabranch::wire::ok::put_plain_ok;
use anabranch::wire::{CapabilityFlags, MariadbCapabilities, StatusFlags};

use super::mariadb::{Certificates, certificates};

/// It runs on a thread of its own, until the process ends.
pub struct Proxy {
    pub port: u16,
    folder: tempfile::TempDir,
}

impl Proxy {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certificates = certificates();
        std::fs::write(folder.path().join("ca.pem"), &certificates.ca).unwrap();
        let socket = folder.path().join("sock");
        let (sender, receiver) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            tokio::task::LocalSet::new().block_on(&runtime, async move {
                let tcp = Listener::bind_tcp("127.0.0.1:0".parse().unwrap()).unwrap();
                let unix = Listener::bind_unix(&socket).unwrap();
                sender.send(tcp.local_addr().unwrap().port()).unwrap();
                serve(&tcp, &unix, &certificates).await;
            });
        });
        Self { port: receiver.await.unwrap(), folder }
    }

    pub fn ca_path(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }

    pub fn socket_path(&self) -> String {
        self.folder.path().join("sock").display().to_string()
    }
}

/// Users `native`, `sha2` (both `secret`) and `empty`.
#[derive(Default)]
struct List {
    cached: RefCell<HashMap<String, [u8; 32]>>,
}

impl Accounts for List {
    async fn find(&self, user: &str, _: Peer) -> Option<Account> {
        let (plugin, secret) = match user {
            "native" => {
                (AuthPlugin::Native, Secret::Native(native::stored(&native::single(b"secret"))))
            }
            "empty" => (AuthPlugin::Native, Secret::Empty),
            "sha2" => {
                let stored = Some(StoredHash::create(b"secret", *b"abcdefghijklmnopqrst"));
                let cached = self.cached.borrow().get(user).copied();
                (AuthPlugin::CachingSha2, Secret::CachingSha2 { stored, cached })
            }
            _ => return None,
        };
        Some(Account { plugin, secret, tls_required: false, locked: false, credentials: None })
    }

    async fn find_newer(&self, _: &str, _: Peer) -> Option<Account> {
        None
    }

    fn remember(&self, user: &str, _: Peer, _: &StoredHash, cached: [u8; 32]) {
        self.cached.borrow_mut().insert(user.to_owned(), cached);
    }

    async fn failed(&self, _: &str, _: Peer) {}

    fn succeeded(&self, _: &str, _: Peer) {}
}

async fn serve(tcp: &Listener, unix: &Listener, certificates: &Certificates) {
    let tls =
        TlsServerSettings::from_pem(certificates.chain.as_bytes(), certificates.key.as_bytes());
    let policy = Rc::new(LoginPolicy {
        default_plugin: AuthPlugin::Native,
        tls: Some(tls.unwrap()),
        tls_required: false,
        rsa: Some(Arc::new(RsaKeys::on_demand())),
        timeout: Duration::from_secs(10),
    });
    let accounts = Rc::new(List::default());
    loop {
        let accepted = tokio::select! { tcp = tcp.accept() => tcp, unix = unix.accept() => unix };
        let stream = accepted.unwrap().into_stream(std::time::Duration::ZERO).unwrap();
        let (policy, accounts) = (Rc::clone(&policy), Rc::clone(&accounts));
        tokio::task::spawn_local(async move {
            let _ = converse(stream, &policy, &accounts).await;
        });
    }
}

async fn converse(stream: Stream, policy: &LoginPolicy, accounts: &List) -> Result<(), LoginError> {
    let hello = Hello {
        server_version: "8.0.36-anabranch",
        connection_id: 1,
        capabilities: CapabilityFlags::CLIENT_LONG_PASSWORD
            | CapabilityFlags::CLIENT_SESSION_TRACK
            | CapabilityFlags::CLIENT_TRANSACTIONS,
        mariadb_capabilities: MariadbCapabilities::empty(),
        collation: 45,
        policy,
    };
    let mut login = accept_login(stream, &hello, accounts).await?;
    send_ok(&mut login.stream, login.next_seq).await?;
    let mut salt = login.salt;
    loop {
        let command = Packets::new(&mut login.stream, 0).read().await?;
        let mut seq = 1;
        match command.split_first() {
            Some((0x01, _)) | None => return Ok(()),
            Some((0x11, body)) => {
                let change = ChangeUser::parse(body, login.capabilities)
                    .map_err(|error| LoginError::Malformed(error.0))?;
                let context = ChangeUserContext { capabilities: login.capabilities, salt, policy };
                let changed =
                    change_user(&mut login.stream, 1, &change, &context, accounts).await?;
                (salt, seq) = (changed.salt, changed.next_seq);
            }
            Some(_) => {}
        }
        send_ok(&mut login.stream, seq).await?;
    }
}

async fn send_ok(stream: &mut Stream, seq: u8) -> Result<(), LoginError> {
    let status = StatusFlags::SERVER_STATUS_AUTOCOMMIT;
    Packets::new(stream, seq).send_with(|out| put_plain_ok(out, status)).await?;
    Ok(())
}

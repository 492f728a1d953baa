//! A MariaDB server of this test alone, in a folder that goes away with it.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anabranch::net::Address;

/// A CA and a certificate of it for `localhost`, in PEM.
pub struct Certificates {
    pub ca: String,
    pub chain: String,
    pub key: String,
}

/// New ones.
pub fn certificates() -> Certificates {
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

/// The server; it is killed when dropped.
pub struct MariaDb {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
    pub certificates: Certificates,
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl MariaDb {
    /// Starts one with the users `app`, `tls` and `ed`; `None` when MariaDB is not installed.
    pub fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let data = format!("--datadir={}", folder.path().join("data").display());
        let installing = Command::new("mariadb-install-db")
            .args([
                "--no-defaults",
                "--skip-test-db",
                "--auth-root-authentication-method=normal",
                "--user=root",
                &data,
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if installing.is_err() {
            eprintln!("skipped: MariaDB is not installed");
            return None;
        }
        let certificates = certificates();
        for (name, pem) in [
            ("ca.pem", &certificates.ca),
            ("cert.pem", &certificates.chain),
            ("key.pem", &certificates.key),
        ] {
            std::fs::write(folder.path().join(name), pem).unwrap();
        }
        let port = free_port();
        let child = launch(&folder, &data, port);
        let server = Self { child, folder, port, certificates };
        server.wait_and_fill();
        Some(server)
    }

    pub fn tcp(&self, host: &str) -> Address {
        Address::Tcp { host: host.to_owned(), port: self.port }
    }

    pub fn unix(&self) -> Address {
        Address::Unix(self.socket())
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("sock")
    }

    fn wait_and_fill(&self) {
        let statements = "CREATE DATABASE shop; INSTALL SONAME 'auth_ed25519';
            CREATE USER app IDENTIFIED BY 'secret'; GRANT ALL ON shop.* TO app;
            CREATE USER tls IDENTIFIED BY 'secret' REQUIRE SSL;
            CREATE USER ed IDENTIFIED VIA ed25519 USING PASSWORD('secret');";
        let socket = format!("--socket={}", self.socket().display());
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let output = Command::new("mariadb")
                .args(["--no-defaults", "--user=root", &socket, "--execute", statements])
                .output()
                .unwrap();
            if output.status.success() {
                return;
            }
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(said.contains("2002"), "{said}");
            assert!(Instant::now() < deadline, "MariaDB did not start: {said}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

fn launch(folder: &tempfile::TempDir, data: &str, port: u16) -> Child {
    let at = |name: &str| folder.path().join(name).display().to_string();
    Command::new("mariadbd")
        .args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1", "--max-connections=12"])
        .args([data.to_owned(), format!("--port={port}"), format!("--socket={}", at("sock"))])
        .args([format!("--ssl-ca={}", at("ca.pem")), format!("--ssl-cert={}", at("cert.pem"))])
        .args([format!("--ssl-key={}", at("key.pem")), format!("--pid-file={}", at("pid"))])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A port of this test's range that nobody listens on.
fn free_port() -> u16 {
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let start = 21000 + (std::process::id() % 900) as u16;
    (start..22000).find(free).unwrap()
}

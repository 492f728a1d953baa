//! What CHANGE REPLICATION SOURCE TO sets, kept in a file beside the data.
//!
//! The file holds the password in clear text, as MySQL's own repository does: it is readable for the server's
//! user alone as the data are, and no message shows it.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use super::SourcePosition;
use crate::disk::Disk;
use crate::net::TlsMode;
use crate::value::SqlError;

/// The file.
const FILE: &str = "replication.source";

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// A password that no message shows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Password(pub Zeroizing<String>);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// How to reach a source, and where to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSettings {
    /// Host name or address; empty where none was set.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The account.
    pub user: String,
    /// Its password.
    pub password: Password,
    /// TLS towards the source.
    pub tls: TlsMode,
    /// Files with certificates in PEM: who signed the source's, and this server's own with its key.
    pub tls_ca: String,
    /// See `tls_ca`.
    pub tls_cert: String,
    /// See `tls_ca`.
    pub tls_key: String,
    /// Ask the source for its RSA key where it wants the clear-text password without TLS.
    pub get_public_key: bool,
    /// The position follows from the GTIDs that are here.
    pub auto_position: bool,
    /// Where to begin, where nothing was kept since.
    pub start: SourcePosition,
    /// Made up whenever `start` is set.
    pub epoch: String,
    /// The source speaks at least so often.
    pub heartbeat: Duration,
    /// Longest pause between attempts to connect.
    pub connect_retry: Duration,
    /// How often an attempt is made at that pause.
    pub retry_count: u64,
    /// Transactions are applied so long after they were committed on the source.
    pub delay: Duration,
}

impl Default for SourceSettings {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 3306,
            user: String::new(),
            password: Password::default(),
            tls: TlsMode::Disabled,
            tls_ca: String::new(),
            tls_cert: String::new(),
            tls_key: String::new(),
            get_public_key: false,
            auto_position: false,
            start: SourcePosition { offset: 4, ..SourcePosition::default() },
            epoch: new_epoch(),
            heartbeat: Duration::from_secs(30),
            connect_retry: Duration::from_secs(60),
            retry_count: 86_400,
            delay: Duration::ZERO,
        }
    }
}

/// A name for what begins now.
pub fn new_epoch() -> String {
    let mut bytes = [0; 8];
    // Without random numbers the time is as good: two epochs only have to differ.
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        bytes = (now.unwrap_or_default().as_nanos() as u64).to_le_bytes();
    }
    format!("{:016x}", u64::from_le_bytes(bytes))
}

/// The modes and their names in the file.
const TLS_MODES: [(TlsMode, &str); 5] = [
    (TlsMode::Disabled, "disabled"),
    (TlsMode::Preferred, "preferred"),
    (TlsMode::Required, "required"),
    (TlsMode::VerifyCa, "verify_ca"),
    (TlsMode::VerifyIdentity, "verify_identity"),
];

impl SourceSettings {
    /// Whether a source was set.
    pub fn is_set(&self) -> bool {
        !self.host.is_empty()
    }

    /// What was kept; the default where nothing was.
    ///
    /// # Errors
    /// 1201 where the file is not what it should be.
    pub fn load(disk: &dyn Disk) -> Result<Self, SqlError> {
        let there = disk.exists(FILE).map_err(|error| unreadable(&error.to_string()))?;
        if !there {
            return Ok(Self::default());
        }
        let bytes = disk.read(FILE, MAX_BYTES).map_err(|error| unreadable(&error.to_string()))?;
        let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        let mut settings = Self::default();
        for line in text.lines() {
            let (key, value) =
                line.split_once('=').ok_or_else(|| unreadable("a line without ="))?;
            settings.read(key, unescaped(value)).ok_or_else(|| unreadable(key))?;
        }
        Ok(settings)
    }

    fn read(&mut self, key: &str, value: String) -> Option<()> {
        let seconds = || value.parse().ok().map(Duration::from_secs);
        match key {
            "host" => self.host = value,
            "port" => self.port = value.parse().ok()?,
            "user" => self.user = value,
            "password" => self.password = Password(Zeroizing::new(value)),
            "tls" => self.tls = TLS_MODES.iter().find(|(_, name)| *name == value)?.0,
            "tls_ca" => self.tls_ca = value,
            "tls_cert" => self.tls_cert = value,
            "tls_key" => self.tls_key = value,
            "get_public_key" => self.get_public_key = value == "1",
            "auto_position" => self.auto_position = value == "1",
            "start" => self.start = SourcePosition::of_text(&value, "start")?,
            "epoch" => self.epoch = value,
            "heartbeat_ms" => self.heartbeat = Duration::from_millis(value.parse().ok()?),
            "connect_retry_s" => self.connect_retry = seconds()?,
            "retry_count" => self.retry_count = value.parse().ok()?,
            "delay_s" => self.delay = seconds()?,
            // A later version's setting that this one has no use for.
            _ => {}
        }
        Some(())
    }

    /// Keeps them.
    ///
    /// # Errors
    /// 1201 with the disk's error.
    pub fn save(&self, disk: &dyn Disk) -> Result<(), SqlError> {
        let flag = |on: bool| u8::from(on).to_string();
        let tls = TLS_MODES.iter().find(|(mode, _)| *mode == self.tls).map_or("", |(_, name)| name);
        let lines = [
            ("host", self.host.clone()),
            ("port", self.port.to_string()),
            ("user", self.user.clone()),
            ("password", self.password.0.to_string()),
            ("tls", tls.to_owned()),
            ("tls_ca", self.tls_ca.clone()),
            ("tls_cert", self.tls_cert.clone()),
            ("tls_key", self.tls_key.clone()),
            ("get_public_key", flag(self.get_public_key)),
            ("auto_position", flag(self.auto_position)),
            ("start", self.start.to_text("start")),
            ("epoch", self.epoch.clone()),
            ("heartbeat_ms", self.heartbeat.as_millis().to_string()),
            ("connect_retry_s", self.connect_retry.as_secs().to_string()),
            ("retry_count", self.retry_count.to_string()),
            ("delay_s", self.delay.as_secs().to_string()),
        ];
        let mut text = Zeroizing::new(String::new());
        for (key, value) in lines {
            text.push_str(&format!("{key}={}\n", escaped(&value)));
        }
        disk.replace_secret(FILE, text.as_bytes()).map_err(|error| unreadable(&error.to_string()))
    }

    /// Forgets them.
    ///
    /// # Errors
    /// 1201 with the disk's error.
    pub fn forget(disk: &dyn Disk) -> Result<(), SqlError> {
        match disk.remove(FILE) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(unreadable(&error.to_string()))
            }
            _ => Ok(()),
        }
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => {}
            },
            other => out.push(other),
        }
    }
    out
}

/// 1201.
fn unreadable(why: &str) -> SqlError {
    let message = format!("Could not initialize connection metadata structure: {FILE}: {why}");
    SqlError::new(1201, b"HY000", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::FaultyDisk;

    #[test]
    fn settings_come_back_and_hide_the_password() {
        let disk = FaultyDisk::new(1);
        let settings = SourceSettings {
            host: "db1".into(),
            port: 3307,
            password: Password(Zeroizing::new("a\\b\nc=d".into())),
            tls: TlsMode::VerifyCa,
            auto_position: true,
            start: SourcePosition { file: "b.000003".into(), offset: 99, ..Default::default() },
            heartbeat: Duration::from_millis(1500),
            ..SourceSettings::default()
        };
        settings.save(&disk).unwrap();
        assert_eq!(SourceSettings::load(&disk).unwrap(), settings);
        assert!(!format!("{settings:?}").contains("a\\\\b"));
        SourceSettings::forget(&disk).unwrap();
        assert!(!SourceSettings::load(&disk).unwrap().is_set());
    }

    #[test]
    fn nobody_else_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let disk = crate::disk::RealDisk::open(folder.path()).unwrap();
        SourceSettings::default().save(&disk).unwrap();
        let file = std::fs::metadata(folder.path().join(FILE)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_told() {
        let disk = FaultyDisk::new(1);
        disk.replace(FILE, b"port=x\n").unwrap();
        assert_eq!(SourceSettings::load(&disk).unwrap_err().code, 1201);
    }
}

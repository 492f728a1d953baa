//! A connection to a source: questions and answers in the text protocol, then a stream of packets.

use std::io;
use std::time::Duration;

use super::Broken;
use crate::binlog::event::MAX_EVENT;
use crate::net::{
    Address, BackendTarget, Credentials, LoginRequest, Pipe, SignInError, TlsClientSettings,
    TlsMode, sign_in,
};
use crate::replication::replica::SourceSettings;
use crate::wire::error::ServerError;
use crate::wire::header::{HEADER_LEN, Header, MAX_PAYLOAD, put_packet};
use crate::wire::ok::EofPacket;
use crate::wire::reader::Reader;
use crate::wire::{CapabilityFlags, MariadbCapabilities, command};

/// For connecting and signing in.
const SIGN_IN_TIME: Duration = Duration::from_secs(10);

/// For an answer to a question.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Silence after which TCP asks whether the source is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Longest packet: an event of the largest size and what stands before it.
const MAX_PACKET: usize = MAX_EVENT + 16;

/// Rows of an answer; each question has one or two.
const MAX_ROWS: usize = 1000;

/// Bytes of a certificate's file.
const MAX_PEM: u64 = 1 << 20;

/// A connection that is signed in.
pub struct Connection {
    pipe: Pipe,
    /// What the source calls itself.
    pub version: String,
}

/// A row of an answer, as texts.
pub type Answer = Vec<Option<String>>;

impl Connection {
    /// Connects and signs in.
    pub async fn open(settings: &SourceSettings) -> Result<Self, Broken> {
        let target = BackendTarget {
            address: Address::Tcp { host: settings.host.clone(), port: settings.port },
            tls: tls(settings)?,
            timeout: SIGN_IN_TIME,
            request_public_key: settings.get_public_key,
            keepalive: KEEPALIVE,
        };
        let credentials = Credentials::from_clear(settings.password.0.as_bytes());
        let request = LoginRequest {
            user: &settings.user,
            credentials: &credentials,
            database: None,
            capabilities: CapabilityFlags::CLIENT_LONG_PASSWORD
                | CapabilityFlags::CLIENT_TRANSACTIONS,
            mariadb_capabilities: MariadbCapabilities::empty(),
            collation: 45,
            attributes: &[],
        };
        let login = sign_in(&target, &request).await;
        let login = login.map_err(|error| refused(settings, &error))?;
        let version = login.greeting.server_version.clone();
        Ok(Self { pipe: Pipe::new(login.stream), version })
    }

    /// Sends a command.
    pub async fn send(&mut self, payload: &[u8]) -> io::Result<()> {
        let mut packet = Vec::with_capacity(payload.len() + HEADER_LEN);
        put_packet(&mut packet, &mut 0, payload);
        self.pipe.send(&packet).await
    }

    /// Whether a whole packet can be taken without waiting.
    pub fn has_packet(&self) -> bool {
        let unread = self.pipe.unread();
        Header::peek(unread).is_some_and(|header| unread.len() >= header.packet_len())
    }

    /// Reads a payload into `out`, which is emptied first. Cut short by being dropped, it loses nothing only
    /// while no byte of a packet is there: so it is raced with others through [`Connection::ready`].
    pub async fn read(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        out.clear();
        loop {
            self.pipe.fill_to(HEADER_LEN).await?;
            let header = Header::peek(self.pipe.unread()).ok_or(io::ErrorKind::InvalidData)?;
            self.pipe.consume(HEADER_LEN);
            if out.len() + header.len as usize > MAX_PACKET {
                return Err(io::Error::other("a packet of more than 1 GiB"));
            }
            self.take(header.len as usize, out).await?;
            if (header.len as usize) < MAX_PAYLOAD {
                return Ok(());
            }
        }
    }

    async fn take(&mut self, mut left: usize, out: &mut Vec<u8>) -> io::Result<()> {
        while left > 0 {
            if self.pipe.unread().is_empty() {
                self.pipe.fill().await?;
            }
            let part = self.pipe.unread().len().min(left);
            out.extend_from_slice(self.pipe.unread().get(..part).unwrap_or_default());
            self.pipe.consume(part);
            left -= part;
        }
        Ok(())
    }

    /// Waits until bytes are there; may be given up at any time.
    pub async fn ready(&mut self) -> io::Result<()> {
        if self.pipe.unread().is_empty() {
            self.pipe.fill().await?;
        }
        Ok(())
    }

    /// A statement without rows, or the rows of a question.
    pub async fn ask(&mut self, sql: &str) -> Result<Vec<Answer>, Broken> {
        let asked = tokio::time::timeout(ANSWER_TIME, self.ask_now(sql)).await;
        asked.unwrap_or_else(|_| Err(Broken::Lost("the source does not answer".into())))
    }

    /// [`Connection::ask`], with the error that the source has for it.
    pub async fn try_ask(&mut self, sql: &str) -> Result<Result<Vec<Answer>, ServerError>, Broken> {
        match self.ask(sql).await {
            Err(Broken::Refused(error)) => Ok(Err(error)),
            other => other.map(Ok),
        }
    }

    /// The first value of the first row.
    pub async fn value(&mut self, sql: &str) -> Result<Option<String>, Broken> {
        let rows = self.ask(sql).await?;
        Ok(rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
    }

    async fn ask_now(&mut self, sql: &str) -> Result<Vec<Answer>, Broken> {
        if !self.query(sql).await? {
            return Ok(Vec::new());
        }
        let (mut rows, mut packet) = (Vec::new(), Vec::new());
        while self.next_row(&mut packet).await? {
            if rows.len() >= MAX_ROWS {
                return Err(Broken::Lost("an answer with too many rows".into()));
            }
            rows.push(row(&packet)?);
        }
        Ok(rows)
    }

    /// Sends a statement and reads the columns of its answer; false where it has no rows.
    pub async fn query(&mut self, sql: &str) -> Result<bool, Broken> {
        let mut command = vec![command::QUERY];
        command.extend_from_slice(sql.as_bytes());
        self.send(&command).await?;
        let mut packet = Vec::new();
        self.read(&mut packet).await?;
        match packet.first() {
            Some(0) => return Ok(false),
            Some(0xff) => return Err(Broken::Refused(ServerError::parse(&packet)?)),
            _ => {}
        }
        let columns = Reader::new(&packet).lenenc_int()?;
        for _ in 0..columns {
            self.read(&mut packet).await?;
        }
        self.read(&mut packet).await?;
        Ok(true)
    }

    /// Reads the next row; false at the end.
    pub async fn next_row(&mut self, packet: &mut Vec<u8>) -> Result<bool, Broken> {
        self.read(packet).await?;
        match packet.first() {
            Some(0xff) => Err(Broken::Refused(ServerError::parse(packet)?)),
            _ => Ok(!EofPacket::is(packet)),
        }
    }

    /// Sends a command that is answered by an OK.
    pub async fn order(&mut self, payload: &[u8]) -> Result<(), Broken> {
        self.send(payload).await?;
        let mut packet = Vec::new();
        let read = tokio::time::timeout(ANSWER_TIME, self.read(&mut packet)).await;
        read.map_err(|_| Broken::Lost("the source does not answer".into()))??;
        match packet.first() {
            Some(0xff) => Err(Broken::Refused(ServerError::parse(&packet)?)),
            _ => Ok(()),
        }
    }
}

fn row(packet: &[u8]) -> Result<Answer, Broken> {
    let mut from = Reader::new(packet);
    let mut values = Vec::new();
    while !from.is_empty() {
        if from.rest().first() == Some(&0xfb) {
            from.u8()?;
            values.push(None);
        } else {
            values.push(Some(crate::wire::reader::text(from.lenenc_bytes()?)));
        }
    }
    Ok(values)
}

/// TLS as the settings want it; files are read at each attempt, so that they can be renewed.
fn tls(settings: &SourceSettings) -> Result<TlsClientSettings, Broken> {
    if settings.tls == TlsMode::Disabled {
        return Ok(TlsClientSettings::disabled());
    }
    let ca = pem(&settings.tls_ca)?;
    let (certificate, key) = (pem(&settings.tls_cert)?, pem(&settings.tls_key)?);
    let identity = certificate.as_deref().zip(key.as_deref());
    TlsClientSettings::from_pem(settings.tls, ca.as_deref(), identity)
        .map_err(|error| Broken::Lost(format!("TLS: {error}")))
}

fn pem(path: &str) -> Result<Option<Vec<u8>>, Broken> {
    if path.is_empty() {
        return Ok(None);
    }
    let contents = crate::disk::read_outside(std::path::Path::new(path), MAX_PEM);
    contents.map(Some).map_err(|error| Broken::Lost(format!("{path}: {error}")))
}

/// 2003 and its like, in MySQL's words for a replica.
fn refused(settings: &SourceSettings, error: &SignInError) -> Broken {
    let SourceSettings { user, host, port, .. } = settings;
    let (code, what) = match error {
        SignInError::Refused(error) => (error.code, error.message.clone()),
        SignInError::NeedsClearText => (
            2061,
            "Authentication plugin 'caching_sha2_password' reported error: Authentication requires \
             secure connection."
                .to_owned(),
        ),
        SignInError::Tls(_) | SignInError::NoTls => (2026, format!("SSL connection error: {error}")),
        other => (2003, format!("Can't connect to MySQL server on '{host}:{port}' ({other})")),
    };
    Broken::Connect(code, format!("Error connecting to source '{user}@{host}:{port}'. {what}"))
}

//! A MySQL client of two hundred lines that can also misbehave.
//!
//! It is blocking, signs in with `mysql_native_password` or `caching_sha2_password`, asks for as few capabilities as possible (no
//! deprecated EOF, no multi-results), and lets a test write any bytes and any sequence number. Packets are
//! described in the manual's "Client/Server Protocol" pages.

// Each test binary uses only a part of this.
#![allow(dead_code)]

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

#[path = "handshake.rs"]
mod handshake;

pub use handshake::login;
use handshake::{Step, salt, step};

pub const COM_QUIT: u8 = 0x01;
pub const COM_INIT_DB: u8 = 0x02;
pub const COM_QUERY: u8 = 0x03;
pub const COM_FIELD_LIST: u8 = 0x04;
pub const COM_PROCESS_KILL: u8 = 0x0c;
pub const COM_PING: u8 = 0x0e;
pub const COM_CHANGE_USER: u8 = 0x11;
pub const COM_STMT_PREPARE: u8 = 0x16;
pub const COM_STMT_EXECUTE: u8 = 0x17;

/// Longer than any wait that the proxy's configuration allows in these tests.
const IO_LIMIT: Duration = Duration::from_secs(60);

/// A connection of which every byte is in the test's hands.
pub struct Raw {
    stream: TcpStream,
}

/// What went wrong with a command.
pub enum Trouble {
    /// The peer answered with an error packet.
    Error { code: u16, message: String },
    /// The connection broke, fell silent for too long, or carried nonsense.
    Io(io::Error),
}

/// A text result: rows of columns, `None` for NULL. Empty for a statement without a result set.
pub type Rows = Vec<Vec<Option<String>>>;

impl Trouble {
    /// The error packet's code; `None` when the connection itself failed.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Error { code, .. } => Some(*code),
            Self::Io(_) => None,
        }
    }
}

impl fmt::Debug for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error { code, message } => write!(f, "ERROR {code}: {message}"),
            Self::Io(error) => write!(f, "connection: {error}"),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Raw {
    /// A TCP connection on which nothing was read or written yet.
    pub fn dial(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, IO_LIMIT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(IO_LIMIT))?;
        stream.set_write_timeout(Some(IO_LIMIT))?;
        Ok(Self { stream })
    }

    /// Connects and reads the greeting; gives the salt with it. The peer's refusal (1040 …) is an error.
    pub fn greeted(address: SocketAddr) -> Result<(Self, Vec<u8>), Trouble> {
        let mut raw = Self::dial(address)?;
        let (_, greeting) = raw.read_packet()?;
        refuse(&greeting)?;
        let salt = salt(&greeting).ok_or_else(|| nonsense("a greeting without a salt"))?;
        Ok((raw, salt))
    }

    /// Connects and signs in.
    pub fn sign_in(
        address: SocketAddr,
        user: &str,
        password: &str,
        database: &str,
    ) -> Result<Self, Trouble> {
        let (raw, salt) = Self::greeted(address)?;
        raw.finish(&login(user, password, database, &salt), password)
    }

    /// The same by a client that is told in OK packets what changes in its session.
    pub fn sign_in_tracking(
        address: SocketAddr,
        user: &str,
        password: &str,
        database: &str,
    ) -> Result<Self, Trouble> {
        let (raw, salt) = Self::greeted(address)?;
        let mut login = login(user, password, database, &salt);
        login[2] |= 0x80; // SESSION_TRACK
        raw.finish(&login, password)
    }

    fn finish(mut self, login: &[u8], password: &str) -> Result<Self, Trouble> {
        let raw = &mut self;
        raw.write_packet(1, login)?;
        let mut salt = Vec::new();
        loop {
            let (sequence, packet) = raw.read_packet()?;
            refuse(&packet)?;
            let step = step(&packet, password, &mut salt);
            match step.ok_or_else(|| nonsense("no such step of a sign-in"))? {
                Step::Done => return Ok(self),
                Step::Read => {}
                Step::Say(answer) => raw.write_packet(sequence.wrapping_add(1), &answer)?,
            }
        }
    }

    /// Runs one statement by the text protocol.
    pub fn query(&mut self, sql: &str) -> Result<Rows, Trouble> {
        self.command(COM_QUERY, sql.as_bytes())?;
        self.read_rows(text_row)
    }

    /// Runs one statement, and tells how many warnings its last packet counts, and that packet.
    pub fn warnings(&mut self, sql: &str) -> Result<(u16, Vec<u8>), Trouble> {
        self.command(COM_QUERY, sql.as_bytes())?;
        let (_, head) = self.read_packet()?;
        refuse(&head)?;
        let (at, last) = match head.first() {
            // Counts below 251 take a byte each.
            Some(0) => (5, head),
            _ => {
                self.read_until_eof(|_| Ok(()))?;
                loop {
                    let (_, packet) = self.read_packet()?;
                    refuse(&packet)?;
                    if packet.first() == Some(&0xfe) && packet.len() < 9 {
                        break (1, packet);
                    }
                }
            }
        };
        let count = last.get(at..at + 2).ok_or_else(|| nonsense("a short last packet"))?;
        Ok((u16::from_le_bytes([count[0], count[1]]), last))
    }

    /// The first column of the first row.
    pub fn value(&mut self, sql: &str) -> Result<String, Trouble> {
        let rows = self.query(sql)?;
        let first = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
        first.ok_or_else(|| nonsense("no value").into())
    }

    /// Prepares a statement without parameters; gives its id.
    pub fn prepare(&mut self, sql: &str) -> Result<u32, Trouble> {
        self.command(COM_STMT_PREPARE, sql.as_bytes())?;
        let (_, ok) = self.read_packet()?;
        refuse(&ok)?;
        let Some([0, a, b, c, d, low, high, ..]) = ok.get(..12) else {
            return Err(nonsense("a short answer to prepare").into());
        };
        if u16::from_le_bytes([*low, *high]) > 0 {
            self.read_until_eof(|_| Ok(()))?;
        }
        Ok(u32::from_le_bytes([*a, *b, *c, *d]))
    }

    /// Executes a prepared statement; gives its binary rows undecoded.
    pub fn execute(&mut self, id: u32) -> Result<Vec<Vec<u8>>, Trouble> {
        let mut body = id.to_le_bytes().to_vec();
        body.extend([0, 1, 0, 0, 0]); // no cursor, one iteration
        self.command(COM_STMT_EXECUTE, &body)?;
        self.read_rows(|row| Ok(row.to_vec()))
    }

    /// Writes a command with sequence number 0, as a client begins.
    pub fn command(&mut self, command: u8, body: &[u8]) -> io::Result<()> {
        self.write_packet(0, &[&[command], body].concat())
    }

    /// Writes one packet; the body must be shorter than 2^24 - 1 bytes.
    pub fn write_packet(&mut self, sequence: u8, body: &[u8]) -> io::Result<()> {
        let [a, b, c, _] = (body.len() as u32).to_le_bytes();
        self.write_bytes(&[&[a, b, c, sequence], body].concat())
    }

    /// Writes just these bytes, whatever they mean.
    pub fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Says that nothing more will be written.
    pub fn end_writing(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Reads one packet: sequence number and body.
    pub fn read_packet(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut header = [0; 4];
        self.stream.read_exact(&mut header)?;
        let [a, b, c, sequence] = header;
        let mut body = vec![0; u32::from_le_bytes([a, b, c, 0]) as usize];
        self.stream.read_exact(&mut body)?;
        Ok((sequence, body))
    }

    /// Reads up to the end of the connection; how many bytes came. A reset is an end too.
    pub fn read_to_end(&mut self) -> io::Result<u64> {
        match io::copy(&mut self.stream, &mut io::sink()) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(0),
            other => other,
        }
    }

    /// Limits how long a read waits, from now on.
    pub fn set_read_limit(&self, limit: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(limit))
    }

    /// The answer to a command: OK, an error, or column definitions and rows, each list closed by EOF.
    fn read_rows<T>(&mut self, decode: impl Fn(&[u8]) -> io::Result<T>) -> Result<Vec<T>, Trouble> {
        let (_, head) = self.read_packet()?;
        refuse(&head)?;
        let mut rows = Vec::new();
        if head.first() != Some(&0) {
            self.read_until_eof(|_| Ok(()))?;
            self.read_until_eof(|row| {
                rows.push(decode(row)?);
                Ok(())
            })?;
        }
        Ok(rows)
    }

    fn read_until_eof(
        &mut self,
        mut each: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), Trouble> {
        loop {
            let (_, packet) = self.read_packet()?;
            refuse(&packet)?;
            if packet.first() == Some(&0xfe) && packet.len() < 9 {
                return Ok(());
            }
            each(&packet)?;
        }
    }
}

/// An error packet as [`Trouble`]; anything else passes.
pub fn refuse(packet: &[u8]) -> Result<(), Trouble> {
    let [0xff, low, high, text @ ..] = packet else { return Ok(()) };
    let message = String::from_utf8_lossy(text).into_owned();
    Err(Trouble::Error { code: u16::from_le_bytes([*low, *high]), message })
}

fn text_row(mut row: &[u8]) -> io::Result<Vec<Option<String>>> {
    let mut columns = Vec::new();
    while let Some((&first, rest)) = row.split_first() {
        let (length, rest) = match (first, rest) {
            (0xfb, rest) => {
                columns.push(None);
                row = rest;
                continue;
            }
            (0xfc, [a, b, rest @ ..]) => (u32::from_le_bytes([*a, *b, 0, 0]), rest),
            (0xfd, [a, b, c, rest @ ..]) => (u32::from_le_bytes([*a, *b, *c, 0]), rest),
            (short, rest) => (u32::from(short), rest),
        };
        let (value, rest) =
            rest.split_at_checked(length as usize).ok_or_else(|| nonsense("a short row"))?;
        columns.push(Some(String::from_utf8_lossy(value).into_owned()));
        row = rest;
    }
    Ok(columns)
}

fn nonsense(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

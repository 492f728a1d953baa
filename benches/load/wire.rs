//! As much of the protocol as the load needs: signing in, a statement, its answer of at most one row.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::handshake::{self, Step, salt, step};

const COM_QUERY: u8 = 0x03;
/// Longest answer, in bytes; those to the load's statements are far below.
const LONGEST: usize = 64 << 10;

/// Who signs in where.
#[derive(Clone)]
pub struct Login {
    pub port: u16,
    pub user: String,
    pub password: String,
    pub schema: String,
}

/// What a statement was answered with.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Done {
        affected: u64,
    },
    /// The columns of the row; none where there was no row.
    Row(Vec<String>),
    Error(String),
}

/// A signed-in connection.
pub struct Wire {
    stream: TcpStream,
}

impl Wire {
    pub async fn sign_in(login: &Login) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", login.port)).await?;
        stream.set_nodelay(true)?;
        let mut wire = Self { stream };
        let greeting = wire.packet().await?.1;
        let salt = salt(&greeting).ok_or_else(|| refused(&greeting))?;
        let Login { user, password, schema, .. } = login;
        wire.write(1, &handshake::login(user, password, schema, &salt)).await?;
        let mut salt = Vec::new();
        loop {
            let (sequence, packet) = wire.packet().await?;
            match step(&packet, password, &mut salt).ok_or_else(|| refused(&packet))? {
                Step::Done => return Ok(wire),
                Step::Read => {}
                Step::Say(answer) => wire.write(sequence.wrapping_add(1), &answer).await?,
            }
        }
    }

    /// Runs a statement; `buffer` is only lent, so that idle connections have none.
    pub async fn query(&mut self, statement: &str, buffer: &mut Vec<u8>) -> io::Result<Answer> {
        buffer.clear();
        let length = (statement.len() as u32 + 1).to_le_bytes();
        buffer.extend([length[0], length[1], length[2], 0, COM_QUERY]);
        buffer.extend(statement.as_bytes());
        self.stream.write_all(buffer).await?;
        buffer.clear();
        loop {
            if self.stream.read_buf(buffer).await? == 0 || buffer.len() > LONGEST {
                return Err(invalid("it ended, or is too long"));
            }
            if let Some(answer) = answer(buffer) {
                return Ok(answer);
            }
        }
    }

    async fn packet(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut header = [0; 4];
        self.stream.read_exact(&mut header).await?;
        let [a, b, c, sequence] = header;
        let mut body = vec![0; u32::from_le_bytes([a, b, c, 0]) as usize];
        self.stream.read_exact(&mut body).await?;
        Ok((sequence, body))
    }

    async fn write(&mut self, sequence: u8, body: &[u8]) -> io::Result<()> {
        let [a, b, c, _] = (body.len() as u32).to_le_bytes();
        self.stream.write_all(&[&[a, b, c, sequence], body].concat()).await
    }
}

fn refused(packet: &[u8]) -> io::Error {
    match packet {
        [0xff, low, high, text @ ..] => {
            let code = u16::from_le_bytes([*low, *high]);
            io::Error::other(format!("{code} {}", String::from_utf8_lossy(text)))
        }
        _ => invalid("it is not understood"),
    }
}

/// The whole answer; `None` while something is missing.
fn answer(bytes: &[u8]) -> Option<Answer> {
    let mut rest = bytes;
    let head = take(&mut rest)?;
    match head {
        [0x00, counts @ ..] => return Some(Answer::Done { affected: integer(counts)?.0 }),
        [0xff, ..] => return Some(Answer::Error(refused(head).to_string())),
        _ => {}
    }
    let columns = integer(head)?.0;
    for _ in 0..=columns {
        // The definitions and their end.
        take(&mut rest)?;
    }
    let mut row = Vec::new();
    loop {
        match take(&mut rest)? {
            packet @ [0xff, ..] => return Some(Answer::Error(refused(packet).to_string())),
            [0xfe, end @ ..] if end.len() < 8 => return Some(Answer::Row(row)),
            packet => row.extend(texts(packet)),
        }
    }
}

/// The next packet.
fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let [a, b, c, _, behind @ ..] = *rest else { return None };
    let (packet, behind) = behind.split_at_checked(u32::from_le_bytes([*a, *b, *c, 0]) as usize)?;
    *rest = behind;
    Some(packet)
}

fn texts(mut row: &[u8]) -> Vec<String> {
    let mut columns = Vec::new();
    while let Some((length, behind)) = integer(row) {
        let Some((text, behind)) = behind.split_at_checked(length as usize) else { break };
        columns.push(String::from_utf8_lossy(text).into_owned());
        row = behind;
    }
    columns
}

/// A length-encoded integer of up to two bytes, and what is behind it: nothing here is longer.
fn integer(bytes: &[u8]) -> Option<(u64, &[u8])> {
    match bytes {
        [0xfc, a, b, behind @ ..] => Some((u16::from_le_bytes([*a, *b]).into(), behind)),
        [short, behind @ ..] => Some(((*short).into(), behind)),
        [] => None,
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the server's answer: {what}"))
}

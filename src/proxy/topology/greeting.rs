//! What a server says before anyone signs in, byte for byte, so that the proxy can say the same.
//!
//! mysql_async keeps neither the version's text nor the flags, and the text cannot be rebuilt from
//! `@@version`: MariaDB puts `5.5.5-` before it in some versions and not in others. So the first
//! packet is read once per version of a server, on a connection that is then closed. The server
//! counts it as an aborted connection; it is one per server and restart.

use mysql_common::constants::CapabilityFlags;
use mysql_common::io::ParseBuf;
use mysql_common::packets::HandshakePacket;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpStream, UnixStream};

use super::{Address, Greeting};

/// Longest greeting that is read, in bytes. Real ones have about a hundred.
const MAX_GREETING: usize = 4096;

/// Reads a server's greeting. `None` where there is none: refused, full, or not a server.
pub async fn read(address: &Address) -> Option<Greeting> {
    let payload = match address {
        Address::Tcp { host, port } => {
            payload(TcpStream::connect((host.as_str(), *port)).await.ok()?).await
        }
        Address::Unix(path) => payload(UnixStream::connect(path).await.ok()?).await,
    };
    parse(&payload?)
}

async fn payload(mut stream: impl AsyncRead + Unpin) -> Option<Vec<u8>> {
    let mut header = [0u8; 4];
    stream.read_exact(&mut header).await.ok()?;
    let [low, middle, high, _] = header;
    let length = u32::from_le_bytes([low, middle, high, 0]) as usize;
    if length > MAX_GREETING {
        return None;
    }
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await.ok()?;
    Some(payload)
}

fn parse(payload: &[u8]) -> Option<Greeting> {
    if payload.first() != Some(&10) {
        return None;
    }
    let packet: HandshakePacket<'_> = ParseBuf(payload).parse(()).ok()?;
    let capabilities = packet.capabilities();
    let mariadb = !capabilities.contains(CapabilityFlags::CLIENT_LONG_PASSWORD);
    Some(Greeting {
        server_version: packet.server_version_str().into_owned(),
        collation: packet.default_collation(),
        capabilities: Some(capabilities.bits()),
        mariadb_capabilities: if mariadb { packet.mariadb_ext_capabilities().bits() } else { 0 },
        sql_mode: String::new(),
    })
}

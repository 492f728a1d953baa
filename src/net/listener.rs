//! Listening sockets.
//!
//! What is accepted is a `std` socket: the control thread accepts, a worker's runtime registers it.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::stream::{Peer, Stream};

/// Connections that the kernel keeps for us to accept; further ones wait for their SYN to be resent.
const BACKLOG: i32 = 4096;

/// A listening socket.
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket, with the file that goes away with it.
    Unix(UnixListener, SocketFile),
}

/// Removes its file when dropped.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Nothing is left to do when it is gone already.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A connection that no runtime knows yet.
#[derive(Debug)]
pub enum Accepted {
    /// TCP, from that address.
    Tcp(std::net::TcpStream, SocketAddr),
    /// Unix.
    Unix(std::os::unix::net::UnixStream),
}

impl Listener {
    /// Listens on a TCP address at once, also when connections of the last process linger there.
    /// Needs a runtime.
    pub fn bind_tcp(addr: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&addr.into())?;
        socket.listen(BACKLOG)?;
        TcpListener::from_std(socket.into()).map(Self::Tcp)
    }

    /// Listens on a Unix socket that every local user may connect to (passwords guard it, as with MySQL).
    /// A socket file that nobody listens on is replaced; anything else there is an error. Needs a runtime.
    pub fn bind_unix(path: &Path) -> io::Result<Self> {
        remove_stale(path)?;
        let listener = UnixListener::bind(path)?;
        let file = SocketFile(path.to_owned());
        let everyone = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(path, everyone)?;
        SockRef::from(&listener).listen(BACKLOG)?;
        Ok(Self::Unix(listener, file))
    }

    /// The next connection.
    pub async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (tcp, peer) = listener.accept().await?;
                Ok(Accepted::Tcp(tcp.into_std()?, peer))
            }
            Self::Unix(listener, _) => {
                let (unix, _) = listener.accept().await?;
                unix.into_std().map(Accepted::Unix)
            }
        }
    }

    /// The TCP address it listens on, with the port that the kernel chose for port 0.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(..) => None,
        }
    }
}

impl Accepted {
    /// The other end.
    pub fn peer(&self) -> Peer {
        match self {
            Self::Tcp(_, peer) => Peer::from_addr(*peer),
            Self::Unix(_) => Peer::Unix,
        }
    }

    /// Registers it with the current runtime. After `keepalive` without a word TCP asks whether the
    /// other side is still there; zero leaves that off.
    pub fn into_stream(self, keepalive: Duration) -> io::Result<Stream> {
        match self {
            Self::Tcp(tcp, _) => {
                tcp.set_nodelay(true)?;
                set_keepalive(&SockRef::from(&tcp), keepalive)?;
                TcpStream::from_std(tcp).map(Stream::Tcp)
            }
            Self::Unix(unix) => UnixStream::from_std(unix).map(Stream::Unix),
        }
    }
}

/// Turns TCP's own question whether the other side is still there on.
pub(super) fn set_keepalive(socket: &SockRef<'_>, after: Duration) -> io::Result<()> {
    match after.is_zero() {
        true => socket.set_keepalive(false),
        false => socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(after)),
    }
}

fn remove_stale(path: &Path) -> io::Result<()> {
    let metadata = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let in_use = |what| io::Error::new(io::ErrorKind::AddrInUse, what);
    if !metadata.file_type().is_socket() {
        return Err(in_use("a file that is not a socket is in its place"));
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path)
        }
        Err(error) => Err(error),
        Ok(_) => Err(in_use("another process listens on that socket")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn replaces_a_stale_socket_and_respects_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "std leaves its file behind");
        let listener = Listener::bind_unix(&path).unwrap();
        let error = Listener::bind_unix(&path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        let client = UnixStream::connect(&path).await.unwrap();
        assert_eq!(listener.accept().await.unwrap().peer(), Peer::Unix);
        drop((client, listener));
        assert!(!path.exists());
        std::fs::write(&path, "precious").unwrap();
        assert!(Listener::bind_unix(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    }

    #[tokio::test]
    async fn tcp_can_be_bound_again_at_once() {
        let listener = Listener::bind_tcp("127.0.0.1:0".parse().unwrap()).unwrap();
        let addr = listener.local_addr().unwrap();
        let _client = TcpStream::connect(addr).await.unwrap();
        let accepted = listener.accept().await.unwrap();
        assert_eq!(accepted.peer().host(), "127.0.0.1");
        assert!(!accepted.into_stream(Duration::from_secs(60)).unwrap().is_secure());
        drop(listener);
        Listener::bind_tcp(addr).unwrap();
    }
}

//! One type for every connection: TCP or Unix, plain or TLS or compressed, towards clients or servers.
//!
//! An enum rather than a trait object: the hot path's reads and writes are direct calls.

use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::{client, server};

use super::compress::Compressed;

/// A connection without TLS: what TLS runs on.
#[derive(Debug)]
pub enum Socket {
    /// TCP, with `TCP_NODELAY`.
    Tcp(TcpStream),
    /// A Unix socket.
    Unix(UnixStream),
}

/// A connection.
#[derive(Debug)]
pub enum Stream {
    /// TCP, with `TCP_NODELAY`.
    Tcp(TcpStream),
    /// A Unix socket.
    Unix(UnixStream),
    /// TLS with a client.
    TlsServer(Box<server::TlsStream<Socket>>),
    /// TLS with a server.
    TlsClient(Box<client::TlsStream<Socket>>),
    /// The compressed protocol with a client, over one of the others.
    Compressed(Box<Compressed>),
}

/// The other end of a client's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Peer {
    /// Its TCP address; IPv4 in IPv6 is written as IPv4.
    Tcp(SocketAddr),
    /// A local process.
    Unix,
}

impl Peer {
    /// From a socket's address.
    pub fn from_addr(addr: SocketAddr) -> Self {
        Self::Tcp(SocketAddr::new(addr.ip().to_canonical(), addr.port()))
    }

    /// The host as MySQL names it in accounts and errors: an address, or `localhost`.
    pub fn host(&self) -> String {
        self.ip().map_or_else(|| "localhost".to_owned(), |ip| ip.to_string())
    }

    /// The address, if it has one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(addr) => Some(addr.ip()),
            Self::Unix => None,
        }
    }
}

impl Stream {
    /// Whether nobody can listen in: TLS or a Unix socket. Clear-text passwords may pass only then.
    pub fn is_secure(&self) -> bool {
        self.is_tls() || matches!(self.beneath(), Self::Unix(_))
    }

    /// Whether it is TLS.
    pub fn is_tls(&self) -> bool {
        matches!(self.beneath(), Self::TlsServer(_) | Self::TlsClient(_))
    }

    /// Whether it is the compressed protocol. Then nobody checks the numbers of packets, and some
    /// clients have them wrong (MariaDB Connector/J 2.7 begins long commands with 1).
    pub fn is_compressed(&self) -> bool {
        matches!(self, Self::Compressed(_))
    }

    /// The connection without compression.
    fn beneath(&self) -> &Self {
        match self {
            Self::Compressed(compressed) => compressed.stream(),
            other => other,
        }
    }

    /// The compressed protocol from here on.
    pub fn compressed(self) -> Self {
        Self::Compressed(Box::new(Compressed::new(self)))
    }

    /// While on, reads need not give what the client sends ahead of its turn, only notice its end.
    pub(super) fn watch(&mut self, on: bool) {
        if let Self::Compressed(compressed) = self {
            compressed.watch(on);
        }
    }

    /// The other end. Fails when a TCP connection is already reset.
    pub fn peer(&self) -> io::Result<Peer> {
        match self {
            Self::Tcp(tcp) => tcp.peer_addr().map(Peer::from_addr),
            Self::Unix(_) => Ok(Peer::Unix),
            Self::TlsServer(tls) => tls.get_ref().0.peer(),
            Self::TlsClient(tls) => tls.get_ref().0.peer(),
            Self::Compressed(compressed) => compressed.stream().peer(),
        }
    }

    /// TLS version and cipher suite, such as `TLSv1_3 TLS13_AES_256_GCM_SHA384`, if it is TLS.
    pub fn tls_summary(&self) -> Option<String> {
        let (version, suite) = match self {
            Self::Tcp(_) | Self::Unix(_) => return None,
            Self::TlsServer(tls) => {
                (tls.get_ref().1.protocol_version(), tls.get_ref().1.negotiated_cipher_suite())
            }
            Self::TlsClient(tls) => {
                (tls.get_ref().1.protocol_version(), tls.get_ref().1.negotiated_cipher_suite())
            }
            Self::Compressed(compressed) => return compressed.stream().tls_summary(),
        };
        Some(format!("{:?} {:?}", version?, suite?.suite()))
    }

    /// The socket beneath, to start TLS on; `None` when TLS or compression runs already.
    pub fn into_socket(self) -> Option<Socket> {
        match self {
            Self::Tcp(tcp) => Some(Socket::Tcp(tcp)),
            Self::Unix(unix) => Some(Socket::Unix(unix)),
            Self::TlsServer(_) | Self::TlsClient(_) | Self::Compressed(_) => None,
        }
    }
}

impl Socket {
    fn peer(&self) -> io::Result<Peer> {
        match self {
            Self::Tcp(tcp) => tcp.peer_addr().map(Peer::from_addr),
            Self::Unix(_) => Ok(Peer::Unix),
        }
    }
}

impl From<TcpStream> for Stream {
    fn from(tcp: TcpStream) -> Self {
        Self::Tcp(tcp)
    }
}

impl From<UnixStream> for Stream {
    fn from(unix: UnixStream) -> Self {
        Self::Unix(unix)
    }
}

/// Passes every operation on to the variant's stream.
macro_rules! pass_through {
    ($type:ident: $($variant:ident),+) => {
        impl AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    $(Self::$variant(inner) => Pin::new(inner).poll_read(cx, buf),)+
                }
            }
        }

        impl AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                match self.get_mut() {
                    $(Self::$variant(inner) => Pin::new(inner).poll_write(cx, buf),)+
                }
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                match self.get_mut() {
                    $(Self::$variant(inner) => Pin::new(inner).poll_write_vectored(cx, bufs),)+
                }
            }

            fn is_write_vectored(&self) -> bool {
                match self {
                    $(Self::$variant(inner) => inner.is_write_vectored(),)+
                }
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    $(Self::$variant(inner) => Pin::new(inner).poll_flush(cx),)+
                }
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    $(Self::$variant(inner) => Pin::new(inner).poll_shutdown(cx),)+
                }
            }
        }
    };
}

pass_through!(Socket: Tcp, Unix);
pass_through!(Stream: Tcp, Unix, TlsServer, TlsClient, Compressed);

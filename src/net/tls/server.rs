//! TLS towards clients.

use std::io;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;

use super::{TlsSettingsError, certificates, key, provider};
use crate::net::stream::Stream;

/// A certificate with its key. Cheap to clone.
#[derive(Clone)]
pub struct TlsServerSettings(TlsAcceptor);

impl TlsServerSettings {
    /// From PEM: the certificate, the server's own first and then its chain, and its private key.
    pub fn from_pem(certificate: &[u8], private_key: &[u8]) -> Result<Self, TlsSettingsError> {
        let chain = certificates(certificate, "the server's certificate")?;
        let key = key(private_key, "the server's key")?;
        let config = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Starts TLS on an accepted connection whose client asked for it.
    pub async fn accept(&self, stream: Stream) -> io::Result<Stream> {
        let socket = stream.into_socket().ok_or(io::ErrorKind::InvalidInput)?;
        let tls = self.0.accept(socket).await?;
        Ok(Stream::TlsServer(Box::new(tls)))
    }
}

impl std::fmt::Debug for TlsServerSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsServerSettings(..)")
    }
}

//! TLS towards backends, with MySQL's five modes.

use std::io;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::verify::{AcceptAny, ChainOnly};
use super::{TlsSettingsError, certificates, key, provider};
use crate::net::stream::Stream;

/// MySQL's `--ssl-mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsMode {
    /// Never.
    Disabled,
    /// When the server offers it; nothing is verified.
    #[default]
    Preferred,
    /// Always; nothing is verified, so it keeps listeners out, not somebody in the middle.
    Required,
    /// Always, and a CA that we trust has signed the server's certificate.
    VerifyCa,
    /// As `VerifyCa`, and the certificate (its subject alternative names) is for the host that we asked for.
    VerifyIdentity,
}

/// How backends are to be talked to. Cheap to clone.
#[derive(Clone)]
pub struct TlsClientSettings {
    mode: TlsMode,
    connector: Option<TlsConnector>,
}

impl TlsClientSettings {
    /// No TLS.
    pub fn disabled() -> Self {
        Self { mode: TlsMode::Disabled, connector: None }
    }

    /// From PEM: `ca` may hold several certificates and is needed by the verifying modes; `identity` is the
    /// certificate and key to show to servers that ask for one.
    pub fn from_pem(
        mode: TlsMode,
        ca: Option<&[u8]>,
        identity: Option<(&[u8], &[u8])>,
    ) -> Result<Self, TlsSettingsError> {
        if mode == TlsMode::Disabled {
            return Ok(Self::disabled());
        }
        let builder = rustls::ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier(mode, ca)?);
        let config = match identity {
            None => builder.with_no_client_auth(),
            Some((certificate, private_key)) => builder.with_client_auth_cert(
                certificates(certificate, "the client certificate")?,
                key(private_key, "the client certificate's key")?,
            )?,
        };
        Ok(Self { mode, connector: Some(TlsConnector::from(Arc::new(config))) })
    }

    /// The mode.
    pub fn mode(&self) -> TlsMode {
        self.mode
    }

    /// Starts TLS on a connection to `host`, a name or an address.
    pub async fn connect(&self, host: &str, stream: Stream) -> io::Result<Stream> {
        let invalid = |_| io::Error::new(io::ErrorKind::InvalidInput, "not a host name");
        let name = ServerName::try_from(host.to_owned()).map_err(invalid)?;
        let connector = self.connector.as_ref().ok_or(io::ErrorKind::InvalidInput)?;
        let socket = stream.into_socket().ok_or(io::ErrorKind::InvalidInput)?;
        let tls = connector.connect(name, socket).await?;
        Ok(Stream::TlsClient(Box::new(tls)))
    }
}

impl std::fmt::Debug for TlsClientSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TlsClientSettings({:?})", self.mode)
    }
}

fn verifier(
    mode: TlsMode,
    ca: Option<&[u8]>,
) -> Result<Arc<dyn ServerCertVerifier>, TlsSettingsError> {
    if !matches!(mode, TlsMode::VerifyCa | TlsMode::VerifyIdentity) {
        return Ok(Arc::new(AcceptAny::new(&provider())));
    }
    let ca = ca.ok_or(TlsSettingsError::CaMissing)?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca, "the CA")? {
        roots.add(certificate)?;
    }
    let full = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|_| TlsSettingsError::CaMissing)?;
    Ok(match mode {
        TlsMode::VerifyCa => Arc::new(ChainOnly::new(full)),
        _ => full,
    })
}

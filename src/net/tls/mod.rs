//! TLS with rustls: version 1.2 and 1.3, aws-lc as the source of all cryptography.

mod client;
mod server;
mod verify;

pub use client::{TlsClientSettings, TlsMode};
pub use server::TlsServerSettings;

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Why TLS settings cannot be used. The texts say what to give instead.
#[derive(Debug, thiserror::Error)]
pub enum TlsSettingsError {
    /// No certificate in the PEM text, or a broken one.
    #[error("{0} must be PEM with at least one certificate")]
    Certificate(&'static str),
    /// No private key in the PEM text.
    #[error("{0} must be PEM with one private key (PKCS#8, PKCS#1 or SEC1), not encrypted")]
    Key(&'static str),
    /// A verifying mode without anything to verify by.
    #[error("verify_ca and verify_identity need a CA certificate")]
    CaMissing,
    /// What rustls has against it, such as a key that does not fit the certificate.
    #[error("TLS: {0}")]
    Rustls(#[from] rustls::Error),
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn certificates(
    pem: &[u8],
    what: &'static str,
) -> Result<Vec<CertificateDer<'static>>, TlsSettingsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(TlsSettingsError::Certificate(what)),
    }
}

fn key(pem: &[u8], what: &'static str) -> Result<PrivateKeyDer<'static>, TlsSettingsError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| TlsSettingsError::Key(what))
}

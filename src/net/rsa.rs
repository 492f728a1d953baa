//! RSA for caching_sha2_password's full authentication without TLS: OAEP with SHA-1, as MySQL has it.
//!
//! The password, with its NUL and XORed with the salt, is encrypted with the server's public key. Nothing
//! says whose key it is: it keeps listeners out, not somebody in the middle. TLS with verification does.

use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{
    KeyPair, KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer};
use zeroize::Zeroizing;

use crate::wire::auth::caching_sha2::obfuscate;
use crate::wire::greeting::SALT_LEN;

/// The longest password, in bytes, with its NUL (MySQL's own bound is 256 characters). It also bounds the
/// work of checking one, which grows with the square of its length.
pub const MAX_PASSWORD_LEN: usize = 257;

/// A key pair, or the wish for one: it is made when the first client needs it.
#[derive(Default)]
pub struct RsaKeys {
    pair: OnceLock<Option<RsaPair>>,
}

struct RsaPair {
    private: OaepPrivateDecryptingKey,
    public_pem: String,
}

/// A key that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA private key in PEM (PKCS#8 or PKCS#1) of 2048 to 8192 bits")]
pub struct BadRsaKey;

impl RsaKeys {
    /// A pair of 2048 bits, made when first needed (a few hundred milliseconds of CPU).
    pub fn on_demand() -> Self {
        Self::default()
    }

    /// The pair of a private key in PEM, such as MySQL's own `private_key.pem`.
    pub fn from_pem(pem: &[u8]) -> Result<Self, BadRsaKey> {
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| BadRsaKey)?;
        let private = match &key {
            PrivateKeyDer::Pkcs8(der) => {
                PrivateDecryptingKey::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| BadRsaKey)?
            }
            PrivateKeyDer::Pkcs1(der) => from_pkcs1(der.secret_pkcs1_der()).ok_or(BadRsaKey)?,
            _ => return Err(BadRsaKey),
        };
        let pair = RsaPair::new(private).ok_or(BadRsaKey)?;
        Ok(Self { pair: OnceLock::from(Some(pair)) })
    }

    /// The public key in PEM, to send. Blocks while the pair is made; `None` if that failed.
    pub fn public_pem(&self) -> Option<&str> {
        self.pair().map(|pair| pair.public_pem.as_str())
    }

    /// The password that a client encrypted for us, without its NUL.
    pub fn decrypt(&self, bytes: &[u8], salt: &[u8; SALT_LEN]) -> Option<Zeroizing<Vec<u8>>> {
        let private = &self.pair()?.private;
        let mut room = Zeroizing::new(vec![0; private.min_output_size()]);
        let clear = private.decrypt(&OAEP_SHA1_MGF1SHA1, bytes, &mut room, None).ok()?;
        obfuscate(clear, salt);
        let password = clear.strip_suffix(&[0])?;
        Some(Zeroizing::new(password.to_vec()))
    }

    fn pair(&self) -> Option<&RsaPair> {
        let make = || RsaPair::new(PrivateDecryptingKey::generate(KeySize::Rsa2048).ok()?);
        self.pair.get_or_init(make).as_ref()
    }
}

impl std::fmt::Debug for RsaKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RsaKeys(..)")
    }
}

impl RsaPair {
    fn new(private: PrivateDecryptingKey) -> Option<Self> {
        let der = private.public_key().as_der().ok()?;
        let public_pem = public_pem(der.as_ref());
        Some(Self { private: OaepPrivateDecryptingKey::new(private).ok()?, public_pem })
    }
}

fn from_pkcs1(der: &[u8]) -> Option<PrivateDecryptingKey> {
    let pkcs8 = KeyPair::from_der(der).ok()?.as_der().ok()?;
    PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).ok()
}

fn public_pem(der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().map(|byte| char::from(*byte)));
        pem.push('\n');
    }
    pem + "-----END PUBLIC KEY-----\n"
}

/// The password for a server that sent its public key in PEM; `None` if that is not a usable key.
pub fn encrypt(password: &[u8], pem: &[u8], salt: &[u8; SALT_LEN]) -> Option<Vec<u8>> {
    let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).ok()?;
    let key = PublicEncryptingKey::from_der(&der).ok()?;
    let key = OaepPublicEncryptingKey::new(key).ok()?;
    let mut clear = Zeroizing::new(Vec::with_capacity(password.len() + 1));
    clear.extend_from_slice(password);
    clear.push(0);
    obfuscate(&mut clear, salt);
    let mut room = vec![0; key.ciphertext_size()];
    let len = key.encrypt(&OAEP_SHA1_MGF1SHA1, &clear, &mut room, None).ok()?.len();
    room.truncate(len);
    Some(room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_for_us_comes_back() {
        let keys = RsaKeys::on_demand();
        let salt = *b"abcdefghijklmnopqrst";
        let pem = keys.public_pem().unwrap().as_bytes();
        let sent = encrypt(b"a secret longer than the salt", pem, &salt).unwrap();
        assert_eq!(sent.len(), 256);
        assert_eq!(**keys.decrypt(&sent, &salt).unwrap(), *b"a secret longer than the salt");
        assert!(keys.decrypt(&sent, b"tsrqponmlkjihgfedcba").is_none());
        assert!(keys.decrypt(&sent[1..], &salt).is_none());
        assert!(encrypt(b"x", b"no key", &salt).is_none());
    }

    fn private_pem(kind: &str, der: &[u8]) -> String {
        public_pem(der).replace("PUBLIC KEY", kind)
    }

    #[test]
    fn keys_in_both_formats() {
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let public = RsaPair::new(private.clone()).unwrap().public_pem;
        let pkcs8 = private.as_der().unwrap();
        // PKCS#8 wraps PKCS#1 in 26 bytes, for keys of this size.
        for (kind, der) in
            [("PRIVATE KEY", pkcs8.as_ref()), ("RSA PRIVATE KEY", &pkcs8.as_ref()[26..])]
        {
            let keys = RsaKeys::from_pem(private_pem(kind, der).as_bytes()).unwrap();
            assert_eq!(keys.public_pem(), Some(public.as_str()));
        }
    }

    #[test]
    fn keys_that_are_none_are_refused() {
        assert!(RsaKeys::from_pem(b"").is_err());
        let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
        assert!(RsaKeys::from_pem(pem.as_bytes()).is_err(), "an elliptic curve key");
    }
}

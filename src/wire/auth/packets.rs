//! The packets between greeting and the final OK.
//!
//! ```text
//! fe                            switch to mysql_old_password (refused here)
//! fe | plugin NUL | salt [NUL]  switch to that plugin
//! 01 | 03                       caching_sha2: the fast proof is right, OK follows
//! 01 | 04                       caching_sha2: send the password (over TLS), or 02 to ask for the RSA key
//! 01 | PEM                      caching_sha2: the RSA public key
//! ```

use crate::wire::Malformed;
use crate::wire::error::ServerError;
use crate::wire::greeting::SALT_LEN;
use crate::wire::reader::{Reader, put_nul_bytes, text};

/// A client's request for the server's RSA key.
pub const REQUEST_PUBLIC_KEY: u8 = 2;
/// AuthMoreData: the fast proof is right.
pub const FAST_OK: u8 = 3;
/// AuthMoreData: the clear text is needed.
pub const FULL_NEEDED: u8 = 4;

/// A request to prove the password with another plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthSwitch {
    /// The plugin's name.
    pub plugin: String,
    /// The new challenge; zeros when the server sent none of 20 bytes (plugins that need none).
    pub salt: [u8; SALT_LEN],
}

/// What a server sends while it authenticates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthPacket<'a> {
    /// Done; the payload is an OK packet.
    Ok(&'a [u8]),
    /// Refused.
    Error(ServerError),
    /// Prove it another way.
    Switch(AuthSwitch),
    /// Data of the plugin, without the leading `01`.
    More(&'a [u8]),
}

impl<'a> AuthPacket<'a> {
    /// Reads a payload.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        match payload {
            [0x00, ..] => Ok(Self::Ok(payload)),
            [0xff, ..] => ServerError::parse(payload).map(Self::Error),
            [0xfe, body @ ..] => AuthSwitch::parse(body).map(Self::Switch),
            [0x01, body @ ..] => Ok(Self::More(body)),
            _ => Err(Malformed("a packet of the authentication phase")),
        }
    }
}

impl AuthSwitch {
    fn parse(body: &[u8]) -> Result<Self, Malformed> {
        if body.is_empty() {
            return Ok(Self { plugin: "mysql_old_password".to_owned(), salt: [0; SALT_LEN] });
        }
        let mut reader = Reader::new(body);
        let plugin = text(reader.nul_bytes()?);
        let salt = reader.rest().first_chunk().copied().unwrap_or_default();
        Ok(Self { plugin, salt })
    }

    /// Appends the payload.
    pub fn put_payload(&self, out: &mut Vec<u8>) {
        out.push(0xfe);
        put_nul_bytes(out, self.plugin.as_bytes());
        out.extend_from_slice(&self.salt);
        out.push(0);
    }
}

/// Appends a payload of plugin data.
pub fn put_more(out: &mut Vec<u8>, data: &[u8]) {
    out.push(1);
    out.extend_from_slice(data);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_servers_send() {
        let switch = b"\xfemysql_native_password\0abcdefghijklmnopqrst\0";
        let AuthPacket::Switch(found) = AuthPacket::parse(switch).unwrap() else {
            panic!("a switch")
        };
        assert_eq!(found.plugin, "mysql_native_password");
        assert_eq!(&found.salt, b"abcdefghijklmnopqrst");
        let mut out = Vec::new();
        found.put_payload(&mut out);
        assert_eq!(out, switch);
        assert_eq!(AuthPacket::parse(b"\x01\x03"), Ok(AuthPacket::More(&[FAST_OK])));
        assert_eq!(
            AuthPacket::parse(b"\x00\0\0\x02\0\0\0"),
            Ok(AuthPacket::Ok(b"\x00\0\0\x02\0\0\0"))
        );
        let Ok(AuthPacket::Switch(old)) = AuthPacket::parse(b"\xfe") else { panic!("a switch") };
        assert_eq!(old.plugin, "mysql_old_password");
    }

    proptest! {
        #[test]
        fn noise_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = AuthPacket::parse(&bytes);
        }
    }
}

//! The server's first packet, `HandshakeV10`, read and written.
//!
//! ```text
//! 0a | version NUL | id int<4> | salt[8] 00 | capabilities low int<2> | collation | status int<2>
//!    | capabilities high int<2> | salt length + 1 | reserved[6] | MariaDB capabilities int<4> | salt[12] 00
//!    | plugin NUL
//! ```
//! MariaDB clears `CLIENT_LONG_PASSWORD` (it calls the bit `CLIENT_MYSQL`) to say that the last four of
//! the ten reserved bytes hold its own capabilities.

use super::reader::{Reader, put_nul_bytes, text};
use super::{CapabilityFlags, Malformed, MariadbCapabilities, StatusFlags};

/// Bytes of the random challenge that a login proof is made from.
pub const SALT_LEN: usize = 20;

/// A server's greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// As announced: MariaDB 10 puts `5.5.5-` in front.
    pub server_version: String,
    /// The server's id of this connection, for KILL.
    pub connection_id: u32,
    /// The challenge.
    pub salt: [u8; SALT_LEN],
    /// All four bytes of flags.
    pub capabilities: CapabilityFlags,
    /// Empty unless `capabilities` lacks `CLIENT_LONG_PASSWORD`.
    pub mariadb_capabilities: MariadbCapabilities,
    /// The low byte of the server's default collation.
    pub collation: u8,
    /// Status flags, usually autocommit alone.
    pub status: StatusFlags,
    /// The plugin that the salt is for; empty when the server lacks `CLIENT_PLUGIN_AUTH`.
    pub auth_plugin: String,
}

impl Greeting {
    /// Reads a greeting's payload. An error packet in its place is the caller's to look for.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(payload);
        if reader.u8()? != 10 {
            return Err(Malformed("a greeting of protocol 10"));
        }
        let server_version = text(reader.nul_bytes()?);
        let connection_id = reader.u32()?;
        let salt_start = reader.array::<8>()?;
        reader.u8()?;
        let low = reader.u16()?;
        let collation = reader.u8()?;
        let status = StatusFlags::from_bits_retain(reader.u16()?);
        let high = reader.u16()?;
        let capabilities =
            CapabilityFlags::from_bits_retain(u32::from(high) << 16 | u32::from(low));
        let salt_len = usize::from(reader.u8()?);
        reader.bytes(6)?;
        let extended = reader.u32()?;
        let salt = join_salt(salt_start, &mut reader, salt_len)?;
        let auth_plugin = match capabilities.contains(CapabilityFlags::CLIENT_PLUGIN_AUTH) {
            true => text(reader.nul_or_rest()),
            false => String::new(),
        };
        Ok(Self {
            server_version,
            connection_id,
            salt,
            capabilities,
            mariadb_capabilities: extended_capabilities(capabilities, extended),
            collation,
            status,
            auth_plugin,
        })
    }

    /// Appends the payload.
    pub fn put_payload(&self, out: &mut Vec<u8>) {
        let [low_a, low_b, high_a, high_b] = self.capabilities.bits().to_le_bytes();
        let (salt_start, salt_end) = self.salt.split_at(8);
        out.push(10);
        put_nul_bytes(out, self.server_version.as_bytes());
        out.extend_from_slice(&self.connection_id.to_le_bytes());
        out.extend_from_slice(salt_start);
        out.push(0);
        out.extend_from_slice(&[low_a, low_b, self.collation]);
        out.extend_from_slice(&self.status.bits().to_le_bytes());
        out.extend_from_slice(&[high_a, high_b, SALT_LEN as u8 + 1]);
        out.extend_from_slice(&[0; 6]);
        let extended = extended_capabilities(self.capabilities, self.mariadb_capabilities.bits());
        out.extend_from_slice(&extended.bits().to_le_bytes());
        out.extend_from_slice(salt_end);
        out.push(0);
        if self.capabilities.contains(CapabilityFlags::CLIENT_PLUGIN_AUTH) {
            put_nul_bytes(out, self.auth_plugin.as_bytes());
        }
    }
}

/// The four extended bytes mean something only when `CLIENT_LONG_PASSWORD` is clear.
pub(super) fn extended_capabilities(
    capabilities: CapabilityFlags,
    bits: u32,
) -> MariadbCapabilities {
    match capabilities.contains(CapabilityFlags::CLIENT_LONG_PASSWORD) {
        true => MariadbCapabilities::empty(),
        false => MariadbCapabilities::from_bits_retain(bits),
    }
}

/// The second half of the salt takes at least 13 bytes, its closing NUL among them.
fn join_salt(
    start: [u8; 8],
    reader: &mut Reader<'_>,
    announced: usize,
) -> Result<[u8; SALT_LEN], Malformed> {
    let end = reader.bytes(announced.saturating_sub(8).max(13))?;
    let end = end.first_chunk::<12>().ok_or(Malformed("a salt of 20 bytes"))?;
    let mut salt = [0; SALT_LEN];
    let (low, high) = salt.split_at_mut(8);
    low.copy_from_slice(&start);
    high.copy_from_slice(end);
    Ok(salt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// MariaDB 10.11, connection 5, with its log on.
    const MARIADB: &[u8] =
        b"\n5.5.5-10.11.19-MariaDB-0+deb12u1-log\x00\x05\x00\x00\x00|+`$-WNa\x00\xfe\xf7\x08\x02\x00\xff\x81\
        \x15\x00\x00\x00\x00\x00\x00\x1d\x00\x00\x00{hu7M^q?$6%S\x00mysql_native_password\x00";
    /// MySQL 9.7, connection 36.
    const MYSQL: &[u8] =
        b"\n9.7.4-2\x00$\x00\x00\x00g\x14\x166}\tC'\x00\xff\xff\xff\x02\x00\xff\xdf\x15\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00%@d\x03>bj~\x1eCLJ\x00caching_sha2_password\x00";

    #[test]
    fn reads_mariadb_and_mysql() {
        let mariadb = Greeting::parse(MARIADB).unwrap();
        assert_eq!(mariadb.server_version, "5.5.5-10.11.19-MariaDB-0+deb12u1-log");
        assert_eq!((mariadb.connection_id, mariadb.collation), (5, 8));
        assert_eq!(&mariadb.salt, b"|+`$-WNa{hu7M^q?$6%S");
        assert_eq!(mariadb.auth_plugin, "mysql_native_password");
        assert_eq!(mariadb.mariadb_capabilities.bits(), 0x1d);
        let mysql = Greeting::parse(MYSQL).unwrap();
        assert_eq!((mysql.connection_id, mysql.collation), (36, 255));
        assert_eq!(mysql.auth_plugin, "caching_sha2_password");
        assert!(mysql.capabilities.contains(CapabilityFlags::CLIENT_QUERY_ATTRIBUTES));
        for (greeting, bytes) in [(mariadb, MARIADB), (mysql, MYSQL)] {
            let mut out = Vec::new();
            greeting.put_payload(&mut out);
            assert_eq!(out, bytes);
        }
    }

    #[test]
    fn every_truncation_is_an_error_or_a_shorter_plugin_name() {
        for end in 0..MARIADB.len() {
            if let Ok(greeting) = Greeting::parse(&MARIADB[..end]) {
                assert!("mysql_native_password".starts_with(&greeting.auth_plugin));
            }
        }
    }

    proptest! {
        #[test]
        fn every_greeting_survives(
            server_version in "[0-9a-zA-Z.+-]{0,60}", connection_id: u32, salt: [u8; SALT_LEN],
            bits: u32, extended: u32, collation: u8, status: u16, auth_plugin in "[a-z0-9_]{1,30}",
        ) {
            let bits = bits | CapabilityFlags::CLIENT_PLUGIN_AUTH.bits();
            let capabilities = CapabilityFlags::from_bits_retain(bits);
            let greeting = Greeting {
                server_version, connection_id, salt, capabilities, collation, auth_plugin,
                mariadb_capabilities: extended_capabilities(capabilities, extended),
                status: StatusFlags::from_bits_retain(status),
            };
            let mut out = Vec::new();
            greeting.put_payload(&mut out);
            prop_assert_eq!(Greeting::parse(&out), Ok(greeting));
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = Greeting::parse(&bytes);
            let _ = Greeting::parse(&[&[10u8][..], &bytes].concat());
        }
    }
}

//! What a client of the tests and benchmarks says when it signs in with `mysql_native_password`.
//! <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html>

use mysql_common::scramble::scramble_native;

/// LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH.
const CAPABILITIES: u32 = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x8_0000;
const UTF8MB4_GENERAL_CI: u8 = 45;
const NATIVE: &[u8] = b"mysql_native_password";

/// `HandshakeResponse41`.
pub fn login(user: &str, password: &str, database: &str, salt: &[u8]) -> Vec<u8> {
    let proof = proof(password, salt);
    let mut body = CAPABILITIES.to_le_bytes().to_vec();
    body.extend((1u32 << 24).to_le_bytes());
    body.push(UTF8MB4_GENERAL_CI);
    body.extend([0; 23]);
    body.extend(user.as_bytes());
    body.extend([0, proof.len() as u8]);
    body.extend(proof);
    body.extend(database.as_bytes());
    body.push(0);
    body.extend(NATIVE);
    body.push(0);
    body
}

/// The native proof; empty for no password.
pub fn proof(password: &str, salt: &[u8]) -> Vec<u8> {
    scramble_native(salt, password.as_bytes()).map(|proof| proof.to_vec()).unwrap_or_default()
}

/// The salt of a greeting of version 10; `None` for any other packet. Eight bytes behind version and connection id,
/// twelve more behind 19 bytes of flags and filler.
pub fn salt(greeting: &[u8]) -> Option<Vec<u8>> {
    let version_end = greeting.iter().position(|&byte| byte == 0)?;
    let at = (greeting.first() == Some(&10)).then_some(version_end + 5)?;
    Some([greeting.get(at..at + 8)?, greeting.get(at + 27..at + 39)?].concat())
}

/// The salt of a request to prove once more, behind its 0xfe; `None` where it is for another plugin.
pub fn switched(request: &[u8]) -> Option<&[u8]> {
    request.strip_prefix(NATIVE).and_then(|rest| rest.get(1..21))
}

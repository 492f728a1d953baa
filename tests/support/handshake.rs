//! What a client of the tests and benchmarks says when it signs in: `mysql_native_password` first, or
//! `caching_sha2_password` where the server asks for that.
//! <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html>

use mysql_common::scramble::{scramble_native, scramble_sha256};

/// LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH.
const CAPABILITIES: u32 = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x8_0000;
const UTF8MB4_GENERAL_CI: u8 = 45;
const NATIVE: &[u8] = b"mysql_native_password";
const SHA2: &[u8] = b"caching_sha2_password";

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
fn proof(password: &str, salt: &[u8]) -> Vec<u8> {
    scramble_native(salt, password.as_bytes()).map(|proof| proof.to_vec()).unwrap_or_default()
}

/// The salt of a greeting of version 10; `None` for any other packet. Eight bytes behind version and connection id,
/// twelve more behind 19 bytes of flags and filler.
pub fn salt(greeting: &[u8]) -> Option<Vec<u8>> {
    let version_end = greeting.iter().position(|&byte| byte == 0)?;
    let at = (greeting.first() == Some(&10)).then_some(version_end + 5)?;
    Some([greeting.get(at..at + 8)?, greeting.get(at + 27..at + 39)?].concat())
}

/// What a sign-in goes on with.
pub enum Step {
    Done,
    Read,
    Say(Vec<u8>),
}

/// What comes after a packet of the server's that is no error; `None` where it makes no sense, or asks for another
/// plugin. `salt` is that of the last request.
pub fn step(packet: &[u8], password: &str, salt: &mut Vec<u8>) -> Option<Step> {
    match packet {
        [0x00, ..] => Some(Step::Done),
        [0xfe, request @ ..] => {
            let (proof, new) = switched(request, password)?;
            *salt = new.to_vec();
            Some(Step::Say(proof))
        }
        // caching_sha2_password: the proof was enough; it was not, so the key is asked for; the key.
        [0x01, 0x03] => Some(Step::Read),
        [0x01, 0x04] => Some(Step::Say(vec![0x02])),
        [0x01, key @ ..] => Some(Step::Say(sealed(password, salt, key))),
        _ => None,
    }
}

/// The proof for a request to prove once more, behind its 0xfe, and the request's salt.
fn switched<'a>(request: &'a [u8], password: &str) -> Option<(Vec<u8>, &'a [u8])> {
    let salt = |plugin: &[u8]| request.strip_prefix(plugin).and_then(|rest| rest.get(1..21));
    if let Some(salt) = salt(NATIVE) {
        return Some((proof(password, salt), salt));
    }
    let salt = salt(SHA2)?;
    let proof = scramble_sha256(salt, password.as_bytes());
    Some((proof.map(|proof| proof.to_vec()).unwrap_or_default(), salt))
}

/// The password under the server's public key (PEM).
fn sealed(password: &str, salt: &[u8], key: &[u8]) -> Vec<u8> {
    let clear = [password.as_bytes(), &[0]].concat();
    let mixed: Vec<u8> = clear.iter().zip(salt.iter().cycle()).map(|(a, b)| a ^ b).collect();
    mysql_common::crypto::encrypt(&mixed, key)
}

//! `mysql_native_password`.
//!
//! ```text
//! stored = SHA1(SHA1(password))                    mysql.user: '*' and 40 hexadecimal digits
//! proof  = SHA1(password) XOR SHA1(salt, stored)
//! ```
//! The server gets `SHA1(password)` back by the same XOR and checks its SHA1 against `stored`.

use super::{digest, same, xor};
use crate::wire::greeting::SALT_LEN;
use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY as SHA1;

/// Bytes of a proof and of a digest.
pub const LEN: usize = 20;

/// `SHA1(password)`: enough to sign in with.
pub fn single(password: &[u8]) -> [u8; LEN] {
    digest(&SHA1, &[password])
}

/// `SHA1(single)`: what servers store.
pub fn stored(single: &[u8; LEN]) -> [u8; LEN] {
    digest(&SHA1, &[single])
}

/// The proof for a server that sent `salt`.
pub fn prove(single: &[u8; LEN], salt: &[u8; SALT_LEN]) -> [u8; LEN] {
    mask(single, salt, &stored(single))
}

/// `SHA1(password)`, if `proof` is a proof of the password that `stored` belongs to.
pub fn verify(proof: &[u8], salt: &[u8; SALT_LEN], stored: &[u8; LEN]) -> Option<[u8; LEN]> {
    let single = mask(proof.try_into().ok()?, salt, stored);
    same(&self::stored(&single), stored).then_some(single)
}

fn mask(bytes: &[u8; LEN], salt: &[u8; SALT_LEN], stored: &[u8; LEN]) -> [u8; LEN] {
    xor(*bytes, digest(&SHA1, &[salt, stored]))
}

/// Reads `*` and 40 hexadecimal digits, as in `mysql.user`.
pub fn parse_stored(text: &str) -> Option<[u8; LEN]> {
    let digits = text.strip_prefix('*')?.as_bytes();
    if digits.len() != 2 * LEN {
        return None;
    }
    let mut out = [0; LEN];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `SELECT PASSWORD('secret')`
    const SECRET: &str = "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7";

    #[test]
    fn stores_what_servers_store() {
        assert_eq!(parse_stored(SECRET), Some(stored(&single(b"secret"))));
        assert_eq!(parse_stored(&SECRET.to_lowercase()), parse_stored(SECRET));
        for bad in [
            "",
            "*",
            "*14E6",
            "14E65567ABDB5135D0CFD9A70B3032C179A49EE7*",
            "*+4E65567ABDB5135D0CFD9A70B3032C179A49EE7",
        ] {
            assert_eq!(parse_stored(bad), None);
        }
    }

    #[test]
    fn a_proof_gives_the_single_digest_back() {
        let salt = *b"abcdefghijklmnopqrst";
        let proof = prove(&single(b"secret"), &salt);
        assert_eq!(
            Some(&proof),
            mysql_common::scramble::scramble_native(&salt, b"secret").as_ref()
        );
        let stored = parse_stored(SECRET).unwrap();
        assert_eq!(verify(&proof, &salt, &stored), Some(single(b"secret")));
        assert_eq!(verify(&proof[1..], &salt, &stored), None);
        assert_eq!(verify(&prove(&single(b"Secret"), &salt), &salt, &stored), None);
    }
}

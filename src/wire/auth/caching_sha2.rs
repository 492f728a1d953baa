//! `caching_sha2_password`.
//!
//! ```text
//! cached = SHA256(SHA256(password))                      in the server's memory after a full login
//! proof  = SHA256(password) XOR SHA256(cached, salt)     fast: checked against `cached`
//! stored = "$A$" rounds/1000 as 3 hex digits "$" salt[20] SHA-256-crypt[43]     full: needs the clear text
//! ```
//! A fast proof gives `SHA256(password)` back, as with the native plugin. `stored` gives nothing: it can
//! only be compared with what a clear text makes of it.

use super::{digest, same, sha256_crypt, xor};
use crate::wire::greeting::SALT_LEN;
use aws_lc_rs::digest::SHA256;

/// Bytes of a proof and of a digest.
pub const LEN: usize = 32;
/// The most rounds that are computed for one check; MySQL's own bound is ff thousand hexadecimal.
const MAX_ROUNDS: u32 = 0xfff * 1000;
const HASH_LEN: usize = 43;

/// `SHA256(password)`: enough to sign in fast with.
pub fn single(password: &[u8]) -> [u8; LEN] {
    digest(&SHA256, &[password])
}

/// `SHA256(single)`: what servers cache.
pub fn cached(single: &[u8; LEN]) -> [u8; LEN] {
    digest(&SHA256, &[single])
}

/// The fast proof for a server that sent `salt`.
pub fn prove(single: &[u8; LEN], salt: &[u8; SALT_LEN]) -> [u8; LEN] {
    mask(single, salt, &cached(single))
}

/// `SHA256(password)`, if `proof` is a proof of the password that `cached` belongs to.
pub fn verify(proof: &[u8], salt: &[u8; SALT_LEN], cached: &[u8; LEN]) -> Option<[u8; LEN]> {
    let single = mask(proof.try_into().ok()?, salt, cached);
    same(&self::cached(&single), cached).then_some(single)
}

fn mask(bytes: &[u8; LEN], salt: &[u8; SALT_LEN], cached: &[u8; LEN]) -> [u8; LEN] {
    xor(*bytes, digest(&SHA256, &[cached, salt]))
}

/// What `mysql.user.authentication_string` holds for an account with this plugin.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StoredHash {
    rounds: u32,
    salt: [u8; SALT_LEN],
    hash: [u8; HASH_LEN],
}

impl StoredHash {
    /// Reads the 70 bytes of the column. The salt is any bytes, so the column is not always UTF-8:
    /// select it as `HEX(authentication_string)` or as binary.
    pub fn parse(column: &[u8]) -> Option<Self> {
        let rest = column.strip_prefix(b"$A$")?;
        let (digits, rest) = rest.split_first_chunk::<3>()?;
        let rest = rest.strip_prefix(b"$")?;
        let (salt, rest) = rest.split_first_chunk::<SALT_LEN>()?;
        let hash = rest.try_into().ok()?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let thousands = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        let rounds =
            thousands.checked_mul(1000).filter(|rounds| (1..=MAX_ROUNDS).contains(rounds))?;
        Some(Self { rounds, salt: *salt, hash })
    }

    /// Whether it was made from `password`. Takes milliseconds of CPU: not for a thread that serves others.
    pub fn verify(&self, password: &[u8]) -> bool {
        same(&sha256_crypt::hash(password, &self.salt, self.rounds), &self.hash)
    }

    /// One that no password fits but that costs as much to check: for users that do not exist.
    pub fn decoy() -> Self {
        Self { rounds: 5000, salt: [b'.'; SALT_LEN], hash: [b'!'; HASH_LEN] }
    }

    /// The 70 bytes that the column holds.
    pub fn to_column(&self) -> Vec<u8> {
        let mut column = format!("$A${:03X}$", self.rounds / 1000).into_bytes();
        column.extend_from_slice(&self.salt);
        column.extend_from_slice(&self.hash);
        column
    }

    /// The hash that MySQL would store for `password`.
    pub fn create(password: &[u8], salt: [u8; SALT_LEN]) -> Self {
        let rounds = 5000;
        Self { rounds, salt, hash: sha256_crypt::hash(password, &salt, rounds) }
    }
}

impl std::fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredHash(..)")
    }
}

/// The password as it is sent to be encrypted with the server's RSA key: with its NUL, XORed with the salt
/// over and over. The same operation undoes it.
pub fn obfuscate(bytes: &mut [u8], salt: &[u8; SALT_LEN]) {
    bytes.iter_mut().zip(salt.iter().cycle()).for_each(|(byte, salt)| *byte ^= salt);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_proof_gives_the_single_digest_back() {
        let salt = *b"abcdefghijklmnopqrst";
        let proof = prove(&single(b"secret"), &salt);
        assert_eq!(
            Some(&proof),
            mysql_common::scramble::scramble_sha256(&salt, b"secret").as_ref()
        );
        let cached = cached(&single(b"secret"));
        assert_eq!(verify(&proof, &salt, &cached), Some(single(b"secret")));
        assert_eq!(verify(&proof[1..], &salt, &cached), None);
        assert_eq!(verify(&prove(&single(b"Secret"), &salt), &salt, &cached), None);
    }

    #[test]
    fn stored_hashes_are_checked_before_they_are_believed() {
        let column = [&b"$A$005$"[..], &[b's'; 20], &[b'h'; 43]].concat();
        assert_eq!(StoredHash::parse(&column).map(|stored| stored.rounds), Some(5000));
        for bad in [&b""[..], b"$A$005$", &column[1..], &column[..69], b"$A$000$", b"$A$-01$"] {
            assert_eq!(StoredHash::parse(bad), None);
        }
        assert!(!StoredHash::decoy().verify(b""));
    }

    #[test]
    fn a_created_hash_fits_its_password_alone() {
        let stored = StoredHash::create(b"secret", *b"abcdefghijklmnopqrst");
        assert!(stored.verify(b"secret"));
        assert!(!stored.verify(b"secre"));
    }

    #[test]
    fn obfuscation_undoes_itself() {
        let salt = *b"abcdefghijklmnopqrst";
        let mut bytes = b"a password longer than the salt is\0".to_vec();
        obfuscate(&mut bytes, &salt);
        assert_ne!(bytes[0], b'a');
        obfuscate(&mut bytes, &salt);
        assert_eq!(bytes, b"a password longer than the salt is\0");
    }
}

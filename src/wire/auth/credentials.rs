//! What lets the proxy sign in to a backend as a user.

use super::{caching_sha2, native};
use crate::wire::greeting::SALT_LEN;
use zeroize::Zeroizing;

/// Everything that is known about a user's password. Wiped when dropped, never printed.
#[derive(Clone, Default)]
pub struct Credentials {
    empty: bool,
    sha1: Option<Zeroizing<[u8; native::LEN]>>,
    sha256: Option<Zeroizing<[u8; caching_sha2::LEN]>>,
    clear: Option<Zeroizing<Vec<u8>>>,
}

impl Credentials {
    /// Of an account without a password.
    pub fn empty() -> Self {
        Self { empty: true, ..Self::default() }
    }

    /// From the password itself; an empty one gives [`Credentials::empty`].
    pub fn from_clear(password: &[u8]) -> Self {
        if password.is_empty() {
            return Self::empty();
        }
        Self {
            empty: false,
            sha1: Some(Zeroizing::new(native::single(password))),
            sha256: Some(Zeroizing::new(caching_sha2::single(password))),
            clear: Some(Zeroizing::new(password.to_vec())),
        }
    }

    /// From what a native proof revealed.
    pub fn from_sha1(single: [u8; native::LEN]) -> Self {
        Self { sha1: Some(Zeroizing::new(single)), ..Self::default() }
    }

    /// From what a fast caching_sha2 proof revealed.
    pub fn from_sha256(single: [u8; caching_sha2::LEN]) -> Self {
        Self { sha256: Some(Zeroizing::new(single)), ..Self::default() }
    }

    /// Whether the account has no password.
    pub fn is_empty(&self) -> bool {
        self.empty
    }

    /// The password, while it is known.
    pub fn clear_text(&self) -> Option<&[u8]> {
        self.clear.as_ref().map(|clear| clear.as_slice())
    }

    /// Wipes the clear text and keeps the digests.
    pub fn forget_clear_text(&mut self) {
        self.clear = None;
    }

    /// Adds what `other` knows: a user may have proved the same password in two ways.
    pub fn learn(&mut self, other: &Self) {
        self.sha1 = self.sha1.take().or_else(|| other.sha1.clone());
        self.sha256 = self.sha256.take().or_else(|| other.sha256.clone());
        self.clear = self.clear.take().or_else(|| other.clear.clone());
    }

    /// The native proof; nothing for no password, `None` when it cannot be made.
    pub fn native_proof(&self, salt: &[u8; SALT_LEN]) -> Option<Vec<u8>> {
        match &self.sha1 {
            _ if self.empty => Some(Vec::new()),
            Some(single) => Some(native::prove(single, salt).to_vec()),
            None => None,
        }
    }

    /// The fast caching_sha2 proof; nothing for no password, `None` when it cannot be made.
    pub fn sha2_proof(&self, salt: &[u8; SALT_LEN]) -> Option<Vec<u8>> {
        match &self.sha256 {
            _ if self.empty => Some(Vec::new()),
            Some(single) => Some(caching_sha2::prove(single, salt).to_vec()),
            None => None,
        }
    }

    /// The same for the same password, proved in the same way; nothing that signs in anywhere.
    pub fn fingerprint(&self) -> [u8; caching_sha2::LEN] {
        match (&self.sha256, &self.sha1) {
            (Some(single), _) => super::digest(&aws_lc_rs::digest::SHA256, &[b"2", &single[..]]),
            (None, Some(single)) => super::digest(&aws_lc_rs::digest::SHA256, &[b"1", &single[..]]),
            (None, None) => [u8::from(self.empty); caching_sha2::LEN],
        }
    }

    /// `SHA256(SHA256(password))`, if known: what lets the next login of this user be a fast one.
    pub fn sha2_cached(&self) -> Option<[u8; caching_sha2::LEN]> {
        self.sha256.as_ref().map(|single| caching_sha2::cached(single))
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_follow_from_what_is_known() {
        let salt = *b"abcdefghijklmnopqrst";
        let mut all = Credentials::from_clear(b"secret");
        all.forget_clear_text();
        assert_eq!(all.clear_text(), None);
        let sha1 = Credentials::from_sha1(native::single(b"secret"));
        assert_eq!(sha1.native_proof(&salt), all.native_proof(&salt));
        assert_eq!(sha1.sha2_proof(&salt), None);
        let mut sha256 = Credentials::from_sha256(caching_sha2::single(b"secret"));
        assert_eq!(sha256.native_proof(&salt), None);
        sha256.learn(&sha1);
        assert_eq!(sha256.native_proof(&salt), all.native_proof(&salt));
        assert_eq!(Credentials::from_clear(b"").native_proof(&salt), Some(Vec::new()));
    }

    #[test]
    fn fingerprints_tell_passwords_apart() {
        let mut all = Credentials::from_clear(b"secret");
        let before = all.fingerprint();
        all.forget_clear_text();
        assert_eq!(all.fingerprint(), before, "the clear text is no part of it");
        assert_ne!(Credentials::from_clear(b"other").fingerprint(), before);
        assert_ne!(Credentials::empty().fingerprint(), Credentials::default().fingerprint());
        let sha1 = Credentials::from_sha1(native::single(b"secret"));
        assert_ne!(sha1.fingerprint(), Credentials::empty().fingerprint());
    }

    #[test]
    fn never_printed() {
        assert_eq!(format!("{:?}", Credentials::from_clear(b"secret")), "Credentials(..)");
    }
}

//! Authentication: how a password is proved, and what a proof gives away.
//!
//! Both plugins are challenge and response over a 20-byte salt. A server that stores the double digest
//! of a password can, from one correct proof, compute the single digest; and the single digest is all it
//! takes to make proofs for other servers. So the proxy signs in to backends without clear-text passwords.

pub mod caching_sha2;
mod credentials;
pub mod native;
pub mod packets;
mod sha256_crypt;

pub use credentials::Credentials;
pub use packets::{AuthPacket, AuthSwitch};

/// The plugins that the proxy knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthPlugin {
    /// `mysql_native_password`: SHA-1.
    Native,
    /// `caching_sha2_password`: SHA-256, MySQL's default since 8.0.
    CachingSha2,
}

impl AuthPlugin {
    /// The plugin's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "mysql_native_password",
            Self::CachingSha2 => "caching_sha2_password",
        }
    }

    /// The plugin of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Native, Self::CachingSha2].into_iter().find(|plugin| plugin.name() == name)
    }
}

/// Digest of the parts one after the other.
fn digest<const N: usize>(
    algorithm: &'static aws_lc_rs::digest::Algorithm,
    parts: &[&[u8]],
) -> [u8; N] {
    let mut context = aws_lc_rs::digest::Context::new(algorithm);
    for part in parts {
        context.update(part);
    }
    let digest = context.finish();
    let mut out = [0; N];
    out.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    out
}

fn xor<const N: usize>(mut left: [u8; N], right: [u8; N]) -> [u8; N] {
    left.iter_mut().zip(right).for_each(|(left, right)| *left ^= right);
    left
}

/// Equality in a time that does not depend on where the two differ.
fn same(left: &[u8], right: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(left, right).is_ok()
}

//! AES_ENCRYPT and AES_DECRYPT, in the modes of `block_encryption_mode`.
//!
//! A key of another length than the mode's is folded: its bytes are combined by XOR, round and round. ECB
//! and CBC pad as PKCS #7 does; the stream modes do not pad. OFB is not supported.

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptingKey,
    EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;

use super::super::args::Args;
use super::super::build::pure;
use super::super::types::{Typed, bytes_of, length_of};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::{SqlError, Value};

pub(in super::super) const FUNCTIONS: &[Function] = &[
    pure("aes_encrypt", Arity::between(2, 3), encrypt_type, aes_encrypt).statement(),
    pure("aes_decrypt", Arity::between(2, 3), decrypt_type, aes_decrypt).statement(),
];

/// Bytes of a block and of an initialization vector.
const BLOCK: usize = 16;

/// Full blocks, one more for the padding.
fn encrypt_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    let blocks = bytes_of(args, 0) / BLOCK as u64 + 1;
    Ok(ExprType::bytes(blocks * BLOCK as u64, true))
}

fn decrypt_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::bytes(length_of(args, 0), true))
}

/// How blocks follow each other.
#[derive(Clone, Copy, PartialEq)]
enum Chaining {
    Ecb,
    Cbc,
    Cfb1,
    Cfb8,
    Cfb128,
}

/// A value of `block_encryption_mode`.
struct Mode {
    algorithm: &'static Algorithm,
    key_bytes: usize,
    chaining: Chaining,
}

impl Mode {
    /// The session's mode: `aes-256-cbc`.
    fn of(ctx: &EvalContext<'_>) -> Result<Self, SqlError> {
        let name = match ctx.session.variables.other.get("block_encryption_mode") {
            Some(Value::Text(name)) => name.to_string(),
            _ => "aes-128-ecb".to_owned(),
        };
        let mut parts = name.split('-').skip(1);
        let (algorithm, key_bytes) = match parts.next() {
            Some("192") => (&AES_192, 24),
            Some("256") => (&AES_256, 32),
            _ => (&AES_128, 16),
        };
        let chaining = match parts.next() {
            Some("ecb") => Chaining::Ecb,
            Some("cbc") => Chaining::Cbc,
            Some("cfb1") => Chaining::Cfb1,
            Some("cfb8") => Chaining::Cfb8,
            Some("cfb128") => Chaining::Cfb128,
            _ => return Err(SqlError::not_supported(&name)),
        };
        Ok(Self { algorithm, key_bytes, chaining })
    }

    fn key(&self, given: &[u8]) -> Result<UnboundCipherKey, Unspecified> {
        let mut key = vec![0u8; self.key_bytes];
        for (at, byte) in given.iter().enumerate() {
            if let Some(slot) = key.get_mut(at % self.key_bytes) {
                *slot ^= byte;
            }
        }
        UnboundCipherKey::new(self.algorithm, &key)
    }

    fn encrypt(&self, key: &[u8], iv: [u8; BLOCK], data: &mut Vec<u8>) -> Result<(), Unspecified> {
        let key = self.key(key)?;
        let context = EncryptionContext::Iv128(FixedLength::from(iv));
        match self.chaining {
            Chaining::Ecb => PaddedBlockEncryptingKey::ecb_pkcs7(key)?.encrypt(data).map(drop),
            Chaining::Cbc => {
                let key = PaddedBlockEncryptingKey::cbc_pkcs7(key)?;
                key.less_safe_encrypt(data, context).map(drop)
            }
            Chaining::Cfb1 => EncryptingKey::cfb1(key)?.less_safe_encrypt(data, context).map(drop),
            Chaining::Cfb8 => EncryptingKey::cfb8(key)?.less_safe_encrypt(data, context).map(drop),
            Chaining::Cfb128 => {
                EncryptingKey::cfb128(key)?.less_safe_encrypt(data, context).map(drop)
            }
        }
    }

    fn decrypt(
        &self,
        key: &[u8],
        iv: [u8; BLOCK],
        data: &mut [u8],
    ) -> Result<Vec<u8>, Unspecified> {
        let key = self.key(key)?;
        let context = DecryptionContext::Iv128(FixedLength::from(iv));
        let plain: &mut [u8] = match self.chaining {
            Chaining::Ecb => {
                let key = PaddedBlockDecryptingKey::ecb_pkcs7(key)?;
                key.decrypt(data, DecryptionContext::None)?
            }
            Chaining::Cbc => PaddedBlockDecryptingKey::cbc_pkcs7(key)?.decrypt(data, context)?,
            Chaining::Cfb1 => DecryptingKey::cfb1(key)?.decrypt(data, context)?,
            Chaining::Cfb8 => DecryptingKey::cfb8(key)?.decrypt(data, context)?,
            Chaining::Cfb128 => DecryptingKey::cfb128(key)?.decrypt(data, context)?,
        };
        Ok(plain.to_vec())
    }
}

/// The third argument's first sixteen bytes; ECB takes none.
fn vector(args: &mut Args<'_, '_>, mode: &Mode, name: &str) -> Result<[u8; BLOCK], Interrupt> {
    if mode.chaining == Chaining::Ecb {
        if args.len() > 2 {
            args.ctx.warn(1618, "<IV> option ignored");
        }
        return Ok([0; BLOCK]);
    }
    if args.len() < 3 {
        let text = format!("Incorrect parameter count in the call to native function '{name}'");
        return Err(SqlError::new(1582, b"42000", text).into());
    }
    let bytes = args.bytes(2);
    bytes.first_chunk().copied().ok_or_else(|| {
        let text = format!(
            "The initialization vector supplied to {name} is too short. Must be at least 16 bytes long"
        );
        SqlError::new(1882, b"HY000", text).into()
    })
}

fn aes_encrypt(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let mode = Mode::of(args.ctx)?;
    let iv = vector(&mut args, &mode, "aes_encrypt")?;
    let mut data = args.bytes(0).into_owned();
    let done = mode.encrypt(&args.bytes(1), iv, &mut data);
    Ok(done.map_or(Value::Null, |()| Value::Bytes(data.into())))
}

/// What does not decrypt is NULL.
fn aes_decrypt(
    ctx: &mut EvalContext<'_>,
    values: &[Value],
    call: &Call<'_>,
) -> Result<Value, Interrupt> {
    let mut args = Args::new(ctx, values, call);
    let mode = Mode::of(args.ctx)?;
    let iv = vector(&mut args, &mode, "aes_decrypt")?;
    let mut data = args.bytes(0).into_owned();
    let plain = mode.decrypt(&args.bytes(1), iv, &mut data);
    Ok(plain.map_or(Value::Null, |plain| Value::Bytes(plain.into())))
}

//! SHA-256-crypt (Ulrich Drepper's "Unix crypt using SHA-256 and SHA-512"), with MySQL's 20-byte salts.
//!
//! Ours because the crates that offer it cut the salt to 16 bytes, as crypt(3) does. The steps' letters are
//! those of the specification.

use super::digest;
use aws_lc_rs::digest::{Context, SHA256};

const LEN: usize = 32;

/// The 43 characters of the hash of `password`.
pub fn hash(password: &[u8], salt: &[u8], rounds: u32) -> [u8; 43] {
    // Steps 4 to 8: digest B.
    let b: [u8; LEN] = digest(&SHA256, &[password, salt, password]);
    let mut mixed = first_digest(password, salt, &b);
    // Steps 13 to 16: P, from the password as often as it is long.
    let p = stretched(std::iter::repeat_n(password, password.len()), password.len());
    // Steps 17 to 20: S, from the salt 16 + A[0] times.
    let s = stretched(std::iter::repeat_n(salt, 16 + usize::from(mixed[0])), salt.len());
    for round in 0..rounds {
        mixed = next_digest(round, &mixed, &p, &s);
    }
    encode(&mixed)
}

/// Steps 1 to 12: digest A.
fn first_digest(password: &[u8], salt: &[u8], b: &[u8; LEN]) -> [u8; LEN] {
    let mut context = Context::new(&SHA256);
    context.update(password);
    context.update(salt);
    context.update(&cycled(b, password.len()));
    let mut bits = password.len();
    while bits > 0 {
        context.update(if bits & 1 == 1 { b } else { password });
        bits >>= 1;
    }
    finish(context)
}

/// Step 21: one round.
fn next_digest(round: u32, last: &[u8; LEN], p: &[u8], s: &[u8]) -> [u8; LEN] {
    let odd = round % 2 == 1;
    let mut context = Context::new(&SHA256);
    context.update(if odd { p } else { last });
    if !round.is_multiple_of(3) {
        context.update(s);
    }
    if !round.is_multiple_of(7) {
        context.update(p);
    }
    context.update(if odd { last } else { p });
    finish(context)
}

fn stretched<'a>(parts: impl Iterator<Item = &'a [u8]>, len: usize) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    parts.for_each(|part| context.update(part));
    cycled(&finish(context), len)
}

fn cycled(digest: &[u8; LEN], len: usize) -> Vec<u8> {
    digest.iter().copied().cycle().take(len).collect()
}

fn finish(context: Context) -> [u8; LEN] {
    let mut out = [0; LEN];
    out.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
    out
}

/// Step 22: crypt's own base 64, three bytes at a time in its own order.
fn encode(digest: &[u8; LEN]) -> [u8; 43] {
    const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut out = [0; 43];
    let mut places = out.iter_mut();
    let mut put = |word: u32, letters: u32| {
        for (place, index) in places.by_ref().take(letters as usize).zip(0..) {
            *place = LETTERS[(word >> (6 * index)) as usize & 63];
        }
    };
    let byte = |index: usize| u32::from(digest[index % LEN]);
    // The triples are (0, 10, 20), (21, 1, 11), (12, 22, 2), …: each the last one's, turned and stepped.
    let (mut a, mut b, mut c) = (0, 10, 20);
    for _ in 0..10 {
        put(byte(a) << 16 | byte(b) << 8 | byte(c), 4);
        (a, b, c) = (c + 1, a + 1, b + 1);
    }
    put(byte(31) << 8 | byte(30), 3);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `crypt(3)` of glibc.
    #[test]
    fn matches_crypt() {
        let long =
            "a very much longer text to encrypt.  This one even stretches over morethan one line.";
        let short = "we have a short salt string but not a short password";
        for (salt, rounds, password, expected) in [
            ("saltstring", 5000, "Hello world!", "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
            (
                "saltstringsaltst",
                10000,
                "Hello world!",
                "3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA",
            ),
            ("anotherlongsalts", 1400, long, "Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1"),
            ("short", 77777, short, "JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/"),
        ] {
            let found = hash(password.as_bytes(), salt.as_bytes(), rounds);
            assert_eq!(std::str::from_utf8(&found), Ok(expected), "{salt}");
        }
    }
}

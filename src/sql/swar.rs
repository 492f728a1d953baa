//! Eight bytes at a time in a `u64` (SIMD within a register): where a name or a short text ends, and how
//! to copy it. Names are short, so that calling a vectorised search would cost more than it saves.

use std::ops::Range;

use super::bytes::{is_letter, is_word_byte};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

const fn splat(byte: u8) -> u64 {
    ONES * byte as u64
}

/// The high bit of each byte in `from..=to`. All bytes must be below 128, `from` above 0.
#[inline(always)]
const fn in_range(ascii: u64, from: u8, to: u8) -> u64 {
    (ascii + splat(0x80 - from)) & !(ascii + splat(0x7f - to)) & HIGH
}

/// The high bit of each letter, digit and underscore.
#[inline(always)]
const fn word_bytes(lane: u64) -> u64 {
    letters(lane) | in_range(lane & !HIGH, b'0', b'9') & !lane
}

/// The high bit of each letter and underscore.
#[inline(always)]
const fn letters(lane: u64) -> u64 {
    let ascii = lane & !HIGH;
    (in_range(ascii | splat(0x20), b'a', b'z') | in_range(ascii, b'_', b'_')) & !lane
}

/// The high bit of each dot.
#[inline(always)]
const fn dots(lane: u64) -> u64 {
    in_range(lane & !HIGH, b'.', b'.') & !lane
}

/// The high bit of the first zero byte; the bits above it may be wrong.
#[inline(always)]
const fn first_zero(lane: u64) -> u64 {
    lane.wrapping_sub(ONES) & !lane & HIGH
}

/// The first byte that `stops` marks or, in the text's last bytes, for which `stop` holds.
#[inline(always)]
fn find(text: &[u8], stops: impl Fn(u64) -> u64, stop: impl Fn(u8) -> bool) -> usize {
    let mut rest = text;
    while let Some((lane, behind)) = rest.split_first_chunk() {
        let found = stops(u64::from_le_bytes(*lane));
        if found != 0 {
            return text.len() - rest.len() + (found.trailing_zeros() / 8) as usize;
        }
        rest = behind;
    }
    let length = rest.iter().position(|byte| stop(*byte)).unwrap_or(rest.len());
    text.len() - rest.len() + length
}

/// How many bytes of an unquoted name below 128 the text begins with.
#[inline(always)]
pub(super) fn word_length(text: &[u8]) -> usize {
    let length = find(text, |lane| !word_bytes(lane) & HIGH, |byte| !is_word_byte(byte));
    // Rare, and one comparison less for each lane.
    if text.get(length) == Some(&b'$') { long_word_length(text, length) } else { length }
}

#[cold]
fn long_word_length(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| !is_word_byte(*byte)).unwrap_or(rest.len())
}

/// Where `quote`, a zero byte or one above 127 stands first; the text's length if nowhere.
#[inline(always)]
pub(super) fn find_end_of_plain(text: &[u8], quote: u8) -> usize {
    find(
        text,
        |lane| first_zero(lane ^ splat(quote)) | first_zero(lane) | lane & HIGH,
        |byte| byte == quote || byte == 0 || byte >= 0x80,
    )
}

/// Where a quote, a backslash, a zero byte or one above 127 stands first; the text's length if nowhere.
#[inline(always)]
pub(super) fn find_end_of_plain_string(text: &[u8]) -> usize {
    find(
        text,
        |lane| {
            let quotes = first_zero(lane ^ splat(b'\''));
            quotes | first_zero(lane ^ splat(b'\\')) | first_zero(lane) | lane & HIGH
        },
        |byte| matches!(byte, b'\'' | b'\\' | 0 | 0x80..),
    )
}

/// Lower case for ASCII letters; other bytes stay.
#[inline(always)]
pub(super) const fn lower(lane: u64) -> u64 {
    lane | (in_range(lane & !HIGH, b'A', b'Z') & !lane) >> 2
}

/// Copies the name that the text begins with, and names that hang on it by dots, to the start of `room`, in
/// lower case, and tells how many bytes they are. May write more bytes behind them. A dot belongs to them
/// only if a letter follows; near the text's end it may be left out even so.
#[inline(always)]
pub(super) fn copy_names(text: &[u8], room: &mut [u8]) -> usize {
    let mut done = 0;
    loop {
        let from = text.get(done..).and_then(<[u8]>::first_chunk::<LANE>);
        let to = room.get_mut(done..).and_then(<[u8]>::first_chunk_mut::<LANE>);
        let (Some(from), Some(to)) = (from, to) else { return copy_last_word(text, done, room) };
        let lane = u64::from_le_bytes(*from);
        let lane = lower(lane);
        *to = lane.to_le_bytes();
        let names = word_bytes(lane);
        let mut ends = !names & HIGH;
        if ends != 0 {
            // Dots are looked for only where something else than a name's bytes is.
            let next = text.get(done + LANE).copied().unwrap_or_default();
            let letters = letters(lane) >> 8 | u64::from(is_letter(next)) << 63;
            ends &= !(dots(lane) & letters);
        }
        if ends != 0 {
            return done + (ends.trailing_zeros() / 8) as usize;
        }
        done += LANE;
    }
}

/// The text's last bytes, where no whole lane is left.
#[cold]
fn copy_last_word(text: &[u8], from: usize, room: &mut [u8]) -> usize {
    let mut done = from;
    while let (Some(byte), Some(to)) = (text.get(done), room.get_mut(done)) {
        if !(byte.is_ascii_alphanumeric() || *byte == b'_') {
            break;
        }
        *to = byte.to_ascii_lowercase();
        done += 1;
    }
    done
}

/// Bytes that are copied at once.
pub(super) const LANE: usize = 8;

/// Copies `length` bytes from `text` to the start of `room`, each through `map`. May write up to seven
/// bytes more; what does not fit is left out.
#[inline(always)]
pub(super) fn copy(text: &[u8], length: usize, room: &mut [u8], map: impl Fn(u64) -> u64) {
    let mut done = 0;
    while done < length {
        let from = text.get(done..).and_then(<[u8]>::first_chunk::<LANE>);
        let to = room.get_mut(done..).and_then(<[u8]>::first_chunk_mut::<LANE>);
        let (Some(from), Some(to)) = (from, to) else { break };
        *to = map(u64::from_le_bytes(*from)).to_le_bytes();
        done += LANE;
    }
    if done < length {
        copy_last(text, done..length, room, map);
    }
}

/// The text's last bytes, where no whole lane is left.
#[cold]
fn copy_last(text: &[u8], range: Range<usize>, room: &mut [u8], map: impl Fn(u64) -> u64) {
    let from = text.get(range.clone()).unwrap_or_default();
    let to = room.get_mut(range).unwrap_or_default();
    for (to, from) in to.iter_mut().zip(from) {
        *to = map(u64::from(*from)) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place_is_judged_as_alone() {
        for byte in 0..=255u8 {
            for at in 0..20 {
                let mut text = [b'x'; 20];
                text[at] = byte;
                let expected = if is_word_byte(byte) { 20 } else { at };
                assert_eq!(word_length(&text), expected, "{byte} at {at}");
                let plain = byte != b'`' && byte != 0 && byte < 0x80;
                assert_eq!(find_end_of_plain(&text, b'`'), if plain { 20 } else { at });
                let mut copied = [0; 20 + LANE];
                copy(&text, 20, &mut copied, lower);
                assert_eq!(copied[..20], text.to_ascii_lowercase());
            }
        }
    }
}

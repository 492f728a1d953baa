//! What a single byte means to the lexer: a table of classes, made at compile time.
//!
//! Facts: MySQL manual, "Schema Object Names" (unquoted identifiers) and the state maps that the servers
//! build per character set (`init_state_maps` in `strings/`).

/// The bytes of an unquoted name below 128, and digits.
#[inline(always)]
pub(super) fn is_word_byte(byte: u8) -> bool {
    WORD[byte as usize]
}

/// An unquoted name begins with it, and it is below 128.
#[inline(always)]
pub(super) fn is_letter(byte: u8) -> bool {
    CLASS[byte as usize] == Class::Letter
}

pub(super) fn is_name_byte(byte: u8) -> bool {
    is_word_byte(byte) || byte >= 0x80
}

/// Bytes above 127 that are white space in one of the single-byte sets (no-break spaces of the ISO,
/// Windows, KOI, DOS and Mac code pages).
pub(super) fn is_space_somewhere(byte: u8) -> bool {
    matches!(byte, 0x80..=0xa0 | 0xad | 0xca | 0xff)
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Space,
    Letter,
    Digit,
    High,
    Quote,
    DoubleQuote,
    Backtick,
    Comma,
    LParen,
    RParen,
    Semi,
    Param,
    Dot,
    At,
    Colon,
    Hash,
    Minus,
    Slash,
    Star,
    Dollar,
    Backslash,
    Operator,
    Bad,
}

pub(super) static CLASS: [Class; 256] = {
    let mut table = [Class::Bad; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = class_of(byte as u8);
        byte += 1;
    }
    table
};

static WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(CLASS[byte], Class::Letter | Class::Digit | Class::Dollar);
        byte += 1;
    }
    table
};

const fn class_of(byte: u8) -> Class {
    match byte {
        b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => Class::Space,
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Letter,
        b'0'..=b'9' => Class::Digit,
        0x80..=0xff => Class::High,
        b'\'' => Class::Quote,
        b'"' => Class::DoubleQuote,
        b'`' => Class::Backtick,
        b',' => Class::Comma,
        b'(' => Class::LParen,
        b')' => Class::RParen,
        b';' => Class::Semi,
        b'?' => Class::Param,
        b'.' => Class::Dot,
        b'@' => Class::At,
        b':' => Class::Colon,
        b'#' => Class::Hash,
        b'-' => Class::Minus,
        b'/' => Class::Slash,
        b'*' => Class::Star,
        b'$' => Class::Dollar,
        b'\\' => Class::Backslash,
        b'+' | b'%' | b'<' | b'>' | b'=' | b'!' | b'|' | b'&' | b'^' | b'~' | b'{' | b'}' => {
            Class::Operator
        }
        _ => Class::Bad,
    }
}

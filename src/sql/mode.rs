//! What changes how a statement's bytes are cut into tokens: three bits of `sql_mode` and the client's
//! character set. The same bytes in another mode may be another statement, so the mode is part of every
//! cache key.
//!
//! Facts: MySQL manual "Server SQL Modes" (`ANSI_QUOTES`, `NO_BACKSLASH_ESCAPES`,
//! `IGNORE_SPACE`) and "Supported Character
//! Sets". In gbk, gb18030, big5, sjis and cp932 the second byte of a character can be `\` or a backtick,
//! which then neither escapes nor quotes anything.

/// What changes how text lexes. Part of the cache key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct LexMode {
    /// `"x"` is an identifier, not a string.
    pub ansi_quotes: bool,
    /// `\` in a string is an ordinary character.
    pub no_backslash_escapes: bool,
    /// A space before `(` does not matter: `COUNT (x)` is the built-in. Also switched on by the client's
    /// capability `CLIENT_IGNORE_SPACE`.
    pub ignore_space: bool,
    /// `character_set_client`.
    pub charset: LexCharset,
}

impl LexMode {
    /// The mode a value of `sql_mode` (a comma separated list, any case) and a character set give.
    pub fn new(sql_mode: &str, charset: LexCharset) -> Self {
        let mut mode = LexMode { charset, ..LexMode::default() };
        for part in sql_mode.split(',') {
            mode.apply_sql_mode(part.trim());
        }
        mode
    }

    /// The mode in one byte, for hashing.
    #[inline]
    pub(super) fn bits(self) -> u8 {
        (self.charset as u8) << 3
            | u8::from(self.ignore_space) << 2
            | u8::from(self.ansi_quotes) << 1
            | u8::from(self.no_backslash_escapes)
    }

    /// Combination modes switch single ones on; servers expand them, clients may not.
    fn apply_sql_mode(&mut self, part: &str) {
        const COMBINATIONS: [&str; 6] = ["ansi", "oracle", "db2", "maxdb", "mssql", "postgresql"];
        let is = |name: &str| part.eq_ignore_ascii_case(name);
        let combination = COMBINATIONS.into_iter().any(is);
        self.ansi_quotes |= combination || is("ansi_quotes");
        self.ignore_space |= combination || is("ignore_space");
        self.no_backslash_escapes |= is("no_backslash_escapes");
    }
}

/// Character sets, grouped by what the lexer must know of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum LexCharset {
    /// utf8mb4, utf8mb3 and the EUC family: no byte of a multi-byte character is ASCII punctuation.
    #[default]
    AsciiSafe,
    /// latin1, cp1251, binary …: a byte above 127 may be a letter, a space, or nothing the grammar knows.
    SingleByte,
    /// gbk
    Gbk,
    /// gb18030
    Gb18030,
    /// big5
    Big5,
    /// sjis
    Sjis,
    /// cp932
    Cp932,
    /// swe7: seven bits, with letters in the place of `^ { } ~`.
    Swe7,
}

impl LexCharset {
    /// The group of a character set's name, as `character_set_client` gives it. An unknown name is taken
    /// for a single-byte set, whose rules trust the fewest bytes.
    pub fn from_name(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "utf8mb4" | "utf8mb3" | "utf8" | "ujis" | "eucjpms" | "euckr" | "gb2312" => {
                Self::AsciiSafe
            }
            "gbk" => Self::Gbk,
            "gb18030" => Self::Gb18030,
            "big5" => Self::Big5,
            "sjis" => Self::Sjis,
            "cp932" => Self::Cp932,
            "swe7" => Self::Swe7,
            _ => Self::SingleByte,
        }
    }

    /// The group of the character set that a collation id belongs to, as the handshake carries it
    /// (`information_schema.COLLATIONS.ID`). MariaDB's no-pad and UCA-1400 collations are included.
    pub fn from_collation_id(id: u16) -> Self {
        match id {
            28 | 87 | 1052 | 1111 => Self::Gbk,
            248..=250 => Self::Gb18030,
            1 | 84 | 1025 | 1108 => Self::Big5,
            13 | 88 | 1037 | 1112 => Self::Sjis,
            95 | 96 | 1119 | 1120 => Self::Cp932,
            10 | 82 | 1034 | 1106 => Self::Swe7,
            33 | 45 | 46 | 76 | 83 | 192..=247 | 255 | 305..=323 => Self::AsciiSafe,
            12 | 91 | 97 | 98 | 19 | 85 | 24 | 86 => Self::AsciiSafe,
            576..=1023 | 1057 | 1069 | 1070 | 1107 | 1216..=1271 | 2048..=2559 => Self::AsciiSafe,
            _ => Self::SingleByte,
        }
    }

    /// Bytes of the character that starts `bytes`: 1 unless it is a whole, valid multi-byte character of
    /// one of the sets whose later bytes can be ASCII. Servers skip a character only when it is valid.
    #[inline]
    pub(super) fn char_len(self, bytes: &[u8]) -> usize {
        let (Some(&lead), Some(&trail)) = (bytes.first(), bytes.get(1)) else { return 1 };
        if lead < 0x80 {
            return 1;
        }
        let two = match self {
            Self::AsciiSafe | Self::SingleByte | Self::Swe7 => return 1,
            Self::Gbk => lead != 0x80 && lead != 0xff && is_gb_trail(trail),
            Self::Gb18030 => return gb18030_len(lead, bytes),
            Self::Big5 => (0xa1..=0xf9).contains(&lead) && is_big5_trail(trail),
            Self::Sjis | Self::Cp932 => is_sjis_lead(lead) && is_sjis_trail(trail),
        };
        1 + usize::from(two)
    }

    /// Whether bytes above 127 form characters by [`LexCharset::char_len`].
    pub(super) fn is_multi_byte(self) -> bool {
        !matches!(self, Self::AsciiSafe | Self::SingleByte | Self::Swe7)
    }
}

fn is_gb_trail(byte: u8) -> bool {
    matches!(byte, 0x40..=0x7e | 0x80..=0xfe)
}

fn is_big5_trail(byte: u8) -> bool {
    matches!(byte, 0x40..=0x7e | 0xa1..=0xfe)
}

fn is_sjis_lead(byte: u8) -> bool {
    matches!(byte, 0x81..=0x9f | 0xe0..=0xfc)
}

fn is_sjis_trail(byte: u8) -> bool {
    matches!(byte, 0x40..=0x7e | 0x80..=0xfc)
}

fn gb18030_len(lead: u8, bytes: &[u8]) -> usize {
    if !(0x81..=0xfe).contains(&lead) {
        return 1;
    }
    match bytes {
        [_, b'0'..=b'9', 0x81..=0xfe, b'0'..=b'9', ..] => 4,
        [_, trail, ..] if is_gb_trail(*trail) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_mode_lists_are_read() {
        let mode = LexMode::new("STRICT_TRANS_TABLES, ansi,NO_BACKSLASH_ESCAPES", LexCharset::Gbk);
        assert!(mode.ansi_quotes && mode.no_backslash_escapes && mode.ignore_space);
        assert!(!LexMode::new("ANSI_QUOTES", LexCharset::Gbk).ignore_space);
        assert_eq!(LexMode::new("", LexCharset::AsciiSafe), LexMode::default());
    }

    #[test]
    fn a_character_is_skipped_only_when_valid() {
        assert_eq!(LexCharset::Gbk.char_len(b"\xbf\x5c"), 2);
        assert_eq!(LexCharset::Gbk.char_len(b"\xbf\x27"), 1, "a quote is no second byte");
        assert_eq!(LexCharset::Gb18030.char_len(b"\x81\x30\x81\x30"), 4);
        assert_eq!(LexCharset::Sjis.char_len(b"\xb1\x5c"), 1, "half-width katakana");
        assert_eq!(LexCharset::AsciiSafe.char_len(b"\xe4\x5c"), 1);
    }
}

//! `sql_mode` as a set of bits.
//!
//! Numbers are those of `SET sql_mode = <number>`; names are listed in the order of their bits, and a
//! combination (ANSI, TRADITIONAL) stays in the list beside the modes that it switches on.

/// The modes that are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SqlMode(pub u64);

/// Name, own bit, and all bits that it switches on; in order of the bits.
const NAMES: [(&str, u64, SqlMode); 21] = [
    ("REAL_AS_FLOAT", 1, SqlMode::REAL_AS_FLOAT),
    ("PIPES_AS_CONCAT", 2, SqlMode::PIPES_AS_CONCAT),
    ("ANSI_QUOTES", 4, SqlMode::ANSI_QUOTES),
    ("IGNORE_SPACE", 8, SqlMode::IGNORE_SPACE),
    ("ONLY_FULL_GROUP_BY", 32, SqlMode::ONLY_FULL_GROUP_BY),
    ("NO_UNSIGNED_SUBTRACTION", 64, SqlMode::NO_UNSIGNED_SUBTRACTION),
    ("NO_DIR_IN_CREATE", 128, SqlMode::NO_DIR_IN_CREATE),
    ("ANSI", 1 << 18, SqlMode::ANSI),
    ("NO_AUTO_VALUE_ON_ZERO", 1 << 19, SqlMode::NO_AUTO_VALUE_ON_ZERO),
    ("NO_BACKSLASH_ESCAPES", 1 << 20, SqlMode::NO_BACKSLASH_ESCAPES),
    ("STRICT_TRANS_TABLES", 1 << 21, SqlMode::STRICT_TRANS_TABLES),
    ("STRICT_ALL_TABLES", 1 << 22, SqlMode::STRICT_ALL_TABLES),
    ("NO_ZERO_IN_DATE", 1 << 23, SqlMode::NO_ZERO_IN_DATE),
    ("NO_ZERO_DATE", 1 << 24, SqlMode::NO_ZERO_DATE),
    ("ALLOW_INVALID_DATES", 1 << 25, SqlMode::ALLOW_INVALID_DATES),
    ("ERROR_FOR_DIVISION_BY_ZERO", 1 << 26, SqlMode::ERROR_FOR_DIVISION_BY_ZERO),
    ("TRADITIONAL", 1 << 27, SqlMode::TRADITIONAL),
    ("HIGH_NOT_PRECEDENCE", 1 << 29, SqlMode::HIGH_NOT_PRECEDENCE),
    ("NO_ENGINE_SUBSTITUTION", 1 << 30, SqlMode::NO_ENGINE_SUBSTITUTION),
    ("PAD_CHAR_TO_FULL_LENGTH", 1 << 31, SqlMode::PAD_CHAR_TO_FULL_LENGTH),
    ("TIME_TRUNCATE_FRACTIONAL", 1 << 32, SqlMode::TIME_TRUNCATE_FRACTIONAL),
];

#[allow(missing_docs)]
impl SqlMode {
    pub const REAL_AS_FLOAT: Self = Self(1);
    pub const PIPES_AS_CONCAT: Self = Self(2);
    pub const ANSI_QUOTES: Self = Self(4);
    pub const IGNORE_SPACE: Self = Self(8);
    pub const ONLY_FULL_GROUP_BY: Self = Self(32);
    pub const NO_UNSIGNED_SUBTRACTION: Self = Self(64);
    pub const NO_DIR_IN_CREATE: Self = Self(128);
    pub const ANSI: Self = Self(1 << 18 | 1 | 2 | 4 | 8 | 32);
    pub const NO_AUTO_VALUE_ON_ZERO: Self = Self(1 << 19);
    pub const NO_BACKSLASH_ESCAPES: Self = Self(1 << 20);
    pub const STRICT_TRANS_TABLES: Self = Self(1 << 21);
    pub const STRICT_ALL_TABLES: Self = Self(1 << 22);
    pub const NO_ZERO_IN_DATE: Self = Self(1 << 23);
    pub const NO_ZERO_DATE: Self = Self(1 << 24);
    pub const ALLOW_INVALID_DATES: Self = Self(1 << 25);
    pub const ERROR_FOR_DIVISION_BY_ZERO: Self = Self(1 << 26);
    pub const TRADITIONAL: Self =
        Self(1 << 27 | 1 << 21 | 1 << 22 | 1 << 23 | 1 << 24 | 1 << 26 | 1 << 30);
    pub const HIGH_NOT_PRECEDENCE: Self = Self(1 << 29);
    pub const NO_ENGINE_SUBSTITUTION: Self = Self(1 << 30);
    pub const PAD_CHAR_TO_FULL_LENGTH: Self = Self(1 << 31);
    pub const TIME_TRUNCATE_FRACTIONAL: Self = Self(1 << 32);
}

impl Default for SqlMode {
    /// MySQL 8's.
    fn default() -> Self {
        Self(
            Self::ONLY_FULL_GROUP_BY.0
                | Self::STRICT_TRANS_TABLES.0
                | Self::NO_ZERO_IN_DATE.0
                | Self::NO_ZERO_DATE.0
                | Self::ERROR_FOR_DIVISION_BY_ZERO.0
                | Self::NO_ENGINE_SUBSTITUTION.0,
        )
    }
}

impl SqlMode {
    /// Whether all of these are on.
    pub fn has(self, modes: Self) -> bool {
        self.0 & modes.0 == modes.0
    }

    /// STRICT_TRANS_TABLES or STRICT_ALL_TABLES.
    pub fn is_strict(self) -> bool {
        self.0 & (Self::STRICT_TRANS_TABLES.0 | Self::STRICT_ALL_TABLES.0) != 0
    }

    /// Strict without the modes about dates and division, or those without strict: warning 3135.
    pub fn has_split_strictness(self) -> bool {
        let companions =
            Self::NO_ZERO_DATE.0 | Self::NO_ZERO_IN_DATE.0 | Self::ERROR_FOR_DIVISION_BY_ZERO.0;
        let on = self.0 & companions;
        if self.is_strict() { on != companions } else { on != 0 }
    }

    /// The modes with these numbers; `None` if one is no mode.
    pub fn from_bits(bits: u64) -> Option<Self> {
        let known = NAMES.iter().fold(0, |known, (_, own, _)| known | own);
        if bits & !known != 0 {
            return None;
        }
        let on = NAMES.iter().filter(|(_, own, _)| bits & own != 0);
        Some(Self(on.fold(0, |all, (_, _, mode)| all | mode.0)))
    }

    /// A list as `SET sql_mode` takes it, without blanks; on an unknown name that name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut bits = 0;
        for name in text.split(',').filter(|name| !name.is_empty()) {
            bits |= Self::by_name(name).ok_or_else(|| name.to_owned())?.0;
        }
        Ok(Self(bits))
    }

    fn by_name(name: &str) -> Option<Self> {
        let mut all = NAMES.iter();
        all.find(|(known, ..)| known.eq_ignore_ascii_case(name)).map(|(_, _, mode)| *mode)
    }
}

impl std::fmt::Display for SqlMode {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut comma = "";
        for (name, own, _) in NAMES {
            if self.0 & own != 0 {
                write!(out, "{comma}{name}")?;
                comma = ",";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::SqlMode;

    #[test]
    fn default_is_mysql_8s() {
        let text = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
                    ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";
        assert_eq!(SqlMode::default().to_string(), text);
        assert_eq!(SqlMode::parse(text), Ok(SqlMode::default()));
        assert_eq!(SqlMode::parse("strict_all_tables,x"), Err("x".to_owned()));
    }

    /// As a MySQL server printed them.
    #[test]
    fn combinations_print_as_the_server_prints_them() {
        let printed = |text| SqlMode::parse(text).map(|mode| mode.to_string());
        let ansi = "REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ONLY_FULL_GROUP_BY,ANSI";
        assert_eq!(printed(",ansi"), Ok(ansi.to_owned()));
        let traditional = "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
                           ERROR_FOR_DIVISION_BY_ZERO,TRADITIONAL,NO_ENGINE_SUBSTITUTION";
        assert_eq!(printed("TRADITIONAL"), Ok(traditional.to_owned()));
    }

    #[test]
    fn numbers_switch_modes_on() {
        let printed = |bits| SqlMode::from_bits(bits).map(|mode| mode.to_string());
        assert_eq!(printed(4).as_deref(), Some("ANSI_QUOTES"));
        assert_eq!(printed(1 << 40), None);
    }
}

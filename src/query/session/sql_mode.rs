//! `sql_mode` as a set of bits, with MySQL's names and numbers (`sql/query_options.h`, `system_variables.h`).

/// The modes that are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SqlMode(pub u64);

/// Names in the order in which `@@sql_mode` lists them.
const NAMES: [(&str, SqlMode); 16] = [
    ("REAL_AS_FLOAT", SqlMode::REAL_AS_FLOAT),
    ("PIPES_AS_CONCAT", SqlMode::PIPES_AS_CONCAT),
    ("ANSI_QUOTES", SqlMode::ANSI_QUOTES),
    ("IGNORE_SPACE", SqlMode::IGNORE_SPACE),
    ("ONLY_FULL_GROUP_BY", SqlMode::ONLY_FULL_GROUP_BY),
    ("NO_UNSIGNED_SUBTRACTION", SqlMode::NO_UNSIGNED_SUBTRACTION),
    ("NO_DIR_IN_CREATE", SqlMode::NO_DIR_IN_CREATE),
    ("NO_AUTO_VALUE_ON_ZERO", SqlMode::NO_AUTO_VALUE_ON_ZERO),
    ("NO_BACKSLASH_ESCAPES", SqlMode::NO_BACKSLASH_ESCAPES),
    ("STRICT_TRANS_TABLES", SqlMode::STRICT_TRANS_TABLES),
    ("STRICT_ALL_TABLES", SqlMode::STRICT_ALL_TABLES),
    ("NO_ZERO_IN_DATE", SqlMode::NO_ZERO_IN_DATE),
    ("NO_ZERO_DATE", SqlMode::NO_ZERO_DATE),
    ("ALLOW_INVALID_DATES", SqlMode::ALLOW_INVALID_DATES),
    ("ERROR_FOR_DIVISION_BY_ZERO", SqlMode::ERROR_FOR_DIVISION_BY_ZERO),
    ("NO_ENGINE_SUBSTITUTION", SqlMode::NO_ENGINE_SUBSTITUTION),
];

/// Names of modes that stand for others or come last.
const MORE_NAMES: [(&str, SqlMode); 5] = [
    ("HIGH_NOT_PRECEDENCE", SqlMode::HIGH_NOT_PRECEDENCE),
    ("PAD_CHAR_TO_FULL_LENGTH", SqlMode::PAD_CHAR_TO_FULL_LENGTH),
    ("TIME_TRUNCATE_FRACTIONAL", SqlMode::TIME_TRUNCATE_FRACTIONAL),
    ("ANSI", SqlMode::ANSI),
    ("TRADITIONAL", SqlMode::TRADITIONAL),
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
    pub const ANSI: Self = Self(0x40000 | 1 | 2 | 4 | 8 | 32);
    pub const NO_AUTO_VALUE_ON_ZERO: Self = Self(0x8_0000);
    pub const NO_BACKSLASH_ESCAPES: Self = Self(0x10_0000);
    pub const STRICT_TRANS_TABLES: Self = Self(0x20_0000);
    pub const STRICT_ALL_TABLES: Self = Self(0x40_0000);
    pub const NO_ZERO_IN_DATE: Self = Self(0x80_0000);
    pub const NO_ZERO_DATE: Self = Self(0x100_0000);
    pub const ALLOW_INVALID_DATES: Self = Self(0x200_0000);
    pub const ERROR_FOR_DIVISION_BY_ZERO: Self = Self(0x400_0000);
    pub const TRADITIONAL: Self = Self(
        0x800_0000 | 0x20_0000 | 0x40_0000 | 0x80_0000 | 0x100_0000 | 0x400_0000 | 0x4000_0000,
    );
    pub const HIGH_NOT_PRECEDENCE: Self = Self(0x2000_0000);
    pub const NO_ENGINE_SUBSTITUTION: Self = Self(0x4000_0000);
    pub const PAD_CHAR_TO_FULL_LENGTH: Self = Self(0x8000_0000);
    pub const TIME_TRUNCATE_FRACTIONAL: Self = Self(0x1_0000_0000);
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

    /// A list as `SET sql_mode` takes it; on an unknown name that name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut bits = 0;
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            bits |= Self::by_name(name).ok_or_else(|| name.to_owned())?.0;
        }
        Ok(Self(bits))
    }

    fn by_name(name: &str) -> Option<Self> {
        let mut all = NAMES.iter().chain(&MORE_NAMES);
        all.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, mode)| *mode)
    }
}

impl std::fmt::Display for SqlMode {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let combined = |name: &str| matches!(name, "ANSI" | "TRADITIONAL");
        let mut first = true;
        for (name, mode) in NAMES.iter().chain(&MORE_NAMES) {
            let own = mode.0;
            if (combined(name) && !self.has(*mode)) || self.0 & own != own {
                continue;
            }
            out.write_str(if first { "" } else { "," })?;
            out.write_str(name)?;
            first = false;
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
}

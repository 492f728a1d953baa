//! Which kind of server answers, and which version of it.

use std::fmt;

/// The kind of a server: what it can be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// No server has answered yet.
    #[default]
    Unknown,
    /// MySQL, Percona Server and other builds of it.
    MySql,
    /// MariaDB.
    MariaDb,
    /// The bundled server; it is asked like MySQL.
    Anabranch,
}

impl Flavour {
    /// Tells the kind from `@@version` and `@@version_comment`.
    pub fn of(version: &str, comment: &str) -> Self {
        let names = |word: &str| {
            version.to_ascii_lowercase().contains(word)
                || comment.to_ascii_lowercase().contains(word)
        };
        if names("anabranch") {
            Self::Anabranch
        } else if names("mariadb") {
            Self::MariaDb
        } else {
            Self::MySql
        }
    }

    /// The metric label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::MySql => "mysql",
            Self::MariaDb => "mariadb",
            Self::Anabranch => "anabranch",
        }
    }
}

/// A version to compare with; pieces that are missing count as zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 10 of 10.11.19.
    pub major: u16,
    /// 11 of 10.11.19.
    pub minor: u16,
    /// 19 of 10.11.19.
    pub patch: u16,
}

impl Version {
    /// A version from its pieces.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// Reads `10.11.19-MariaDB-log`, and `5.5.5-10.11.19-MariaDB` as some servers say it.
    pub fn parse(text: &str) -> Self {
        let text = match text.strip_prefix("5.5.5-") {
            Some(rest) if rest.starts_with(|first: char| first.is_ascii_digit()) => rest,
            _ => text,
        };
        let digits = text.split(|other: char| !other.is_ascii_digit() && other != '.').next();
        let mut pieces = digits.unwrap_or_default().split('.').map(|piece| piece.parse());
        let mut next = || pieces.next().and_then(Result::ok).unwrap_or(0);
        Self { major: next(), minor: next(), patch: next() }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(Version::parse("10.11.19-MariaDB-log"), Version::new(10, 11, 19));
        assert_eq!(Version::parse("5.5.5-10.4.1-MariaDB"), Version::new(10, 4, 1));
        assert_eq!(Version::parse("5.5.5"), Version::new(5, 5, 5));
        assert_eq!(Version::parse("8.0.36"), Version::new(8, 0, 36));
        assert_eq!(Version::parse("9.7"), Version::new(9, 7, 0));
        assert_eq!(Version::parse("99999999999.x"), Version::default());
        assert_eq!(Version::parse(""), Version::default());
    }

    #[test]
    fn flavours_are_told_apart() {
        assert_eq!(Flavour::of("10.11.19-MariaDB", "Debian 12"), Flavour::MariaDb);
        assert_eq!(Flavour::of("8.0.36", "MySQL Community Server - GPL"), Flavour::MySql);
        assert_eq!(Flavour::of("8.0.36", "mariadb.org binary distribution"), Flavour::MariaDb);
        assert_eq!(Flavour::of("8.4.0-anabranch", "Anabranch"), Flavour::Anabranch);
    }
}

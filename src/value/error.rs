//! An error of SQL: MySQL's number, SQLSTATE and text.
//!
//! Numbers, states and texts are those of MySQL's error reference; clients act on the first two.

/// The SQLSTATE of errors that have no more fitting one.
pub const GENERAL: &[u8; 5] = b"HY000";

/// An error as the client will see it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("ERROR {code} ({}): {message}", String::from_utf8_lossy(sqlstate))]
pub struct SqlError {
    /// MySQL's error number.
    pub code: u16,
    /// Five letters or digits.
    pub sqlstate: [u8; 5],
    /// The text.
    pub message: String,
}

impl SqlError {
    /// An error with the given parts.
    pub fn new(code: u16, sqlstate: &[u8; 5], message: impl Into<String>) -> Self {
        Self { code, sqlstate: *sqlstate, message: message.into() }
    }

    /// 1235: a feature of MySQL that the bundled server does not have. `feature` opens the sentence.
    pub fn not_supported(feature: &str) -> Self {
        let message = format!("This version of Anabranch doesn't yet support '{feature}'");
        Self::new(1235, b"42000", message)
    }
}

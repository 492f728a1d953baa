//! What may go wrong with the log's files, and what a client is told of it.

use std::io;

use crate::binlog::bytes::EventError;
use crate::gtid::GtidSet;
use crate::value::SqlError;

/// Why the log cannot be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The disk gave an error. What could not be appended was taken back, unless [`LogError::Failed`]
    /// follows.
    #[error("{action} {file}: {source}")]
    Io {
        /// What was tried, as in "cannot open".
        action: &'static str,
        /// On which file.
        file: String,
        /// What the disk said.
        source: io::Error,
    },
    /// A file holds what was not written to it.
    #[error("{file} is damaged at byte {offset}: {what}")]
    Damaged {
        /// The file.
        file: String,
        /// Where the first event begins that is not sound.
        offset: u64,
        /// In what way.
        what: EventError,
    },
    /// The index and the files do not fit each other.
    #[error("the index of the binary log is wrong: {0}")]
    Index(String),
    /// A file that the index does not name.
    #[error("the binary log has no file {0}")]
    UnknownFile(String),
    /// Transactions that are asked for are in files that were removed.
    #[error("the binary log no longer holds {0}")]
    Purged(GtidSet),
    /// An earlier error left it unknown what is on the disk: nothing can be appended until a restart.
    #[error("the binary log stopped after an error; the server must be restarted")]
    Failed,
    /// An event that cannot be written.
    #[error(transparent)]
    Event(#[from] EventError),
}

impl LogError {
    /// Notes what was done with which file.
    pub(super) fn io(action: &'static str, file: &str) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io { action, file, source }
    }

    /// Whether it says that the disk is full, which may pass.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if crate::disk::is_full(source))
    }
}

impl From<&LogError> for SqlError {
    fn from(error: &LogError) -> Self {
        match error {
            LogError::Io { file, source, .. } if error.is_full() => {
                let message = format!("Disk full ({file}): {source}");
                Self::new(1021, b"HY000", message)
            }
            LogError::Io { file, source, .. } => {
                let number = source.raw_os_error().unwrap_or(0);
                let message = format!("Error writing file '{file}' (errno: {number} - {source})");
                Self::new(1026, b"HY000", message)
            }
            LogError::UnknownFile(_) => {
                Self::new(1373, b"HY000", "Target log not found in binlog index")
            }
            LogError::Purged(_) | LogError::Damaged { .. } => {
                Self::new(1236, b"HY000", error.to_string())
            }
            LogError::Index(_) | LogError::Failed | LogError::Event(_) => {
                Self::new(1105, b"HY000", error.to_string())
            }
        }
    }
}

//! Statements about following another server.

use std::fmt;

/// CHANGE REPLICATION SOURCE, START, STOP and RESET REPLICA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replication {
    /// CHANGE REPLICATION SOURCE TO, CHANGE MASTER TO.
    Change(ChangeSource),
    /// START REPLICA.
    Start(ReplicaThreads),
    /// STOP REPLICA.
    Stop(ReplicaThreads),
    /// RESET REPLICA.
    Reset {
        /// ALL.
        all: bool,
        /// FOR CHANNEL.
        channel: Option<String>,
    },
}

/// CHANGE REPLICATION SOURCE TO.
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeSource {
    /// Options in upper case, with SOURCE for MASTER, in the order of the text.
    pub options: Vec<(String, SourceValue)>,
    /// FOR CHANNEL.
    pub channel: Option<String>,
}

/// What an option is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceValue {
    /// A string.
    Text(String),
    /// A number or a word, as written.
    Bare(String),
    /// `(1, 2)`.
    List(Vec<u64>),
}

impl fmt::Debug for ChangeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A password shows nowhere.
        let options = self.options.iter().map(|(name, value)| match name.ends_with("PASSWORD") {
            true => format!("{name}=***"),
            false => format!("{name}={value:?}"),
        });
        f.debug_struct("ChangeSource")
            .field("options", &options.collect::<Vec<_>>())
            .field("channel", &self.channel)
            .finish()
    }
}

/// Where START REPLICA's applier ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// SQL_BEFORE_GTIDS: before the first of them.
    BeforeGtids(String),
    /// SQL_AFTER_GTIDS: when all of them are here.
    AfterGtids(String),
    /// SOURCE_LOG_FILE and SOURCE_LOG_POS.
    Position(Option<String>, Option<u64>),
    /// SQL_AFTER_MTS_GAPS.
    AfterGaps,
}

/// START and STOP REPLICA.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplicaThreads {
    /// IO_THREAD; neither means both.
    pub io: bool,
    /// SQL_THREAD.
    pub sql: bool,
    /// UNTIL, of START alone.
    pub until: Option<Until>,
    /// FOR CHANNEL.
    pub channel: Option<String>,
}

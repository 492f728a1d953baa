//! The five levels of consistency.

/// What a read may miss, from most to nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Level {
    /// Anything, within `max_lag_ms`.
    Eventual,
    /// What is younger than the given time.
    Bounded,
    /// What this session has not read yet.
    Monotonic,
    /// What this session has neither read nor written.
    #[default]
    Session,
    /// Nothing that was acknowledged to any client before the read began.
    Global,
}

impl Level {
    /// All levels, weakest first.
    pub const ALL: [Self; 5] =
        [Self::Eventual, Self::Bounded, Self::Monotonic, Self::Session, Self::Global];

    /// The word for it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Eventual => "eventual",
            Self::Bounded => "bounded",
            Self::Monotonic => "monotonic",
            Self::Session => "session",
            Self::Global => "global",
        }
    }

    /// The level that a word names, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.label().eq_ignore_ascii_case(word))
    }
}

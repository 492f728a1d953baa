//! Ways to hold a lock, and which of them go together.
//!
//! ```text
//!             Read  Write  Shared  Exclusive  Insert
//! Read         +     +       +         -         -
//! Write        +     +       -         -         -
//! Shared       +     -       +         -         -
//! Exclusive    -     -       -         -         -
//! Insert       -     -       -         -         -    and no range of another's over the key
//! ```

use std::fmt;

/// A way to hold a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// The thing is there and stays as it is defined: statements that read a table.
    Read,
    /// So, and its contents will change: statements that write to a table.
    Write,
    /// Nobody changes it: `FOR SHARE`, `LOCK TABLES … READ`. Ranges are always held so.
    Shared,
    /// Nobody else has it: `FOR UPDATE`, UPDATE, DELETE, DDL, user locks.
    Exclusive,
    /// Exclusive, on a key that comes to be: waits for those who hold a range over it.
    Insert,
}

impl Mode {
    /// Whether two owners cannot hold the same thing so.
    pub(super) fn conflicts(self, other: Self) -> bool {
        CONFLICTS.get(self as usize).is_some_and(|modes| modes.has(other))
    }

    /// Whether nothing goes together with it.
    pub(super) fn conflicts_with_all(self) -> bool {
        self >= Self::Exclusive
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Shared => "shared",
            Self::Exclusive => "exclusive",
            Self::Insert => "insert",
        })
    }
}

/// The modes in which one owner holds one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Modes(u8);

/// For each mode those that it conflicts with.
const CONFLICTS: [Modes; 5] =
    [Modes(0b11000), Modes(0b11100), Modes(0b11010), Modes(0b11111), Modes(0b11111)];

/// For each mode those that it makes needless, itself among them.
const COVERS: [Modes; 5] =
    [Modes(0b00001), Modes(0b00011), Modes(0b00101), Modes(0b01111), Modes(0b11111)];

impl Modes {
    pub(super) fn has(self, mode: Mode) -> bool {
        self.0 & (1 << mode as u8) != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn with(self, mode: Mode) -> Self {
        Self(self.0 | 1 << mode as u8)
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether another owner cannot have `mode` beside these.
    pub(super) fn conflict(self, mode: Mode) -> bool {
        CONFLICTS.get(mode as usize).is_some_and(|modes| modes.0 & self.0 != 0)
    }

    /// Whether these are as good as `mode`.
    pub(super) fn cover(self, mode: Mode) -> bool {
        self.iter().any(|held| COVERS.get(held as usize).is_some_and(|modes| modes.has(mode)))
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Mode> {
        use Mode::{Exclusive, Insert, Read, Shared, Write};
        [Read, Write, Shared, Exclusive, Insert].into_iter().filter(move |mode| self.has(*mode))
    }
}

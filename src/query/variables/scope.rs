//! Whose value of a system variable is meant.

/// Where a variable has values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One for the server.
    Global,
    /// One for the server, from which each session gets its own.
    Both,
    /// One for each session.
    Session,
}

/// Which of them a statement names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// `GLOBAL x`, `@@global.x`.
    Global,
    /// `SESSION x`, `LOCAL x`, `@@session.x`.
    Session,
    /// `x`, `@@x`: the session's where there is one. SET without a scope changes the session's only.
    Either,
}

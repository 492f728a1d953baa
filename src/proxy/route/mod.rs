//! Where a statement goes, and why. Pure: no socket, no clock, no shared state.
//!
//! ```text
//! statement class ─┐
//! session facts   ─┼─▶ plan ──▶ Route { target, reason } ──▶ pick ──▶ a server
//! catalog         ─┘               ▲                          ▲
//!                            rules, hints        view, load, position needed
//! ```
//!
//! [`plan`] decides between the primary and the replicas; [`pick`](pick::pick) chooses among
//! replicas, and [`share`] says how many reads the primary takes that they cannot serve.
//! Whatever is not proven to be a read goes to the primary. Every route carries a
//! [`Reason`] from a closed list, which is the metric's label and what `anabranch route` prints.

pub mod pick;
mod plan;
mod reason;
pub mod rules;
pub mod share;
#[cfg(test)]
mod tests;

pub use plan::{
    Facts, Hint, Pins, Transaction, hinted, is_proven_read, pin_reasons, plan,
    wants_variables_of_another_server,
};
pub use reason::{CLASS_LABELS, Reason, class_index, class_label};
pub use rules::{Rule, RuleSet};

use super::topology::ServerId;

/// Where a statement goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The server that takes writes; the statement waits for one if there is none.
    Primary,
    /// A replica that may serve it; the primary if there is none.
    Replica,
    /// The primary, or a replica while there is no primary: statements that only change what the
    /// session carries along.
    Any,
    /// The server that holds the state the statement needs.
    Held(ServerId),
}

/// Where statements went in the end, for metrics.
pub const TARGET_LABELS: [&str; 2] = ["primary", "replica"];

impl Target {
    /// Where the statement goes in a session that nothing holds.
    pub fn label(self) -> &'static str {
        match self {
            Self::Replica => "replica",
            Self::Primary | Self::Any | Self::Held(_) => "primary",
        }
    }
}

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where the statement goes.
    pub target: Target,
    /// Why.
    pub reason: Reason,
}

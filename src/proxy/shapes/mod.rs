//! Which statements came lately, by shape: how often, what they are, where they went and why. Never a literal.
//!
//! ```text
//! worker   statement ─▶ Recorder: a count for (class of the shape, user and schema, target, reason)
//!              ▲                                                        │
//!              └── "somebody asks" ──── Board ◀── HTTP /shapes ◀────────┘ shapes' texts from the class cache
//! ```
//!
//! A class is one allocation for each shape that is known, so counting compares a pointer, and allocates nothing
//! for a shape that is known. Texts are looked up only when somebody asks.

mod board;
mod recorder;
#[cfg(test)]
mod tests;

pub use board::Board;
pub use recorder::{Context, Recorder, Taken};

use serde::{Deserialize, Serialize};

/// The longest text of a shape that is told, in bytes; a longer one is cut.
pub const MAX_SHAPE_BYTES: usize = 2048;

/// One shape, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shape {
    /// The statement without literals.
    pub shape: String,
    /// It is longer than what is told.
    #[serde(default)]
    pub cut: bool,
    /// What of `sql_mode` changes how it is read.
    #[serde(default)]
    pub sql_mode: String,
    /// Who sent it.
    pub user: String,
    /// In which schema.
    pub schema: Option<String>,
    /// What it is: the metric's label.
    pub class: String,
    /// Where it went.
    pub target: String,
    /// Why.
    pub reason: String,
    /// How often.
    pub count: u64,
}

/// The answer of `/shapes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shapes {
    /// The most frequent first.
    pub shapes: Vec<Shape>,
}

impl Shapes {
    /// Of all workers; equal ones are added up.
    pub fn of(parts: impl IntoIterator<Item = Shape>) -> Self {
        let mut shapes: Vec<Shape> = parts.into_iter().collect();
        let key = |shape: &Shape| Shape { count: 0, ..shape.clone() };
        shapes.sort_by_cached_key(key);
        shapes.dedup_by(|next, kept| {
            let same = key(next) == key(kept);
            if same {
                kept.count = kept.count.saturating_add(next.count);
            }
            same
        });
        shapes.sort_by_key(|shape| std::cmp::Reverse(shape.count));
        Self { shapes }
    }
}

//! Texts of COM_QUERY that differ only in their values: parsed once, planned once.
//!
//! A text runs as it is the first time that its shape is met. The second time its shape is parsed with parameters
//! in the places of the values; from then on texts of that shape are executions of that statement.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::Session;
use crate::query;
use crate::sql::lift;
use crate::sql::statement::{Parsed, ParserMode};
use crate::value::Value;

/// How many shapes a session remembers; when there are more, all are forgotten.
const MAX_SHAPES: usize = 256;

/// The shapes that a session has met.
#[derive(Default)]
pub(super) struct Shapes {
    known: HashMap<Box<str>, Shape, RandomState>,
    /// How the texts were read.
    mode: Option<ParserMode>,
}

/// What is known of a shape.
enum Shape {
    /// It was met once.
    Seen,
    /// Texts of it run as this statement.
    Ready(Arc<str>, Arc<Parsed>),
    /// It means something else with parameters.
    Never,
}

/// A text as an execution of its shape.
pub(super) struct KnownShape {
    /// The shape.
    pub text: Arc<str>,
    /// The statement.
    pub parsed: Arc<Parsed>,
    /// The text's values.
    pub values: Vec<Value>,
}

impl Session {
    /// What a text is an execution of, if its shape is known.
    pub(super) fn known_shape(&mut self, text: &str) -> Option<KnownShape> {
        let lifted = lift(text)?;
        let mode = self.parser_mode();
        if self.shapes.mode != Some(mode) {
            self.shapes = Shapes { known: HashMap::default(), mode: Some(mode) };
        }
        match self.shapes.known.get(lifted.shape.as_str()) {
            Some(Shape::Ready(text, parsed)) => {
                let (text, parsed) = (text.clone(), parsed.clone());
                Some(KnownShape { text, parsed, values: lifted.values })
            }
            Some(Shape::Never) => None,
            Some(Shape::Seen) => self.learn_shape(&lifted.shape, lifted.values),
            None => {
                if self.shapes.known.len() >= MAX_SHAPES {
                    self.shapes.known.clear();
                }
                self.shapes.known.insert(lifted.shape.into(), Shape::Seen);
                None
            }
        }
    }

    /// What a text is an execution of, whose shape comes for the second time. A shape that cannot be compiled is
    /// left to its text, which says why.
    fn learn_shape(&mut self, shape: &str, values: Vec<Value>) -> Option<KnownShape> {
        let parsed = self.parse_one(shape).ok().filter(|parsed| parsed.parameters == values.len());
        let same = match &parsed {
            Some(parsed) => query::means_the_same(&mut self.query, parsed, &values).ok()?,
            None => false,
        };
        self.query.diagnostics.clear();
        let (text, parsed): (Arc<str>, _) = (shape.into(), parsed.filter(|_| same).map(Arc::new));
        let learnt = match &parsed {
            Some(parsed) => Shape::Ready(text.clone(), parsed.clone()),
            None => Shape::Never,
        };
        self.shapes.known.insert(shape.into(), learnt);
        parsed.map(|parsed| KnownShape { text, parsed, values })
    }
}

//! LIKE: `%` stands for any characters, `_` for one, and the escape character takes the next literally.
//!
//! Characters are compared one by one, never as runs: under `LIKE`, unlike `=`, trailing spaces count and
//! `ß` is not `ss`. The match goes back to the last `%` only, so its cost is at most text × pattern.

use super::Collation;

/// One step of a pattern.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Any,
    One,
    Literal(char),
}

/// What is left of a pattern.
#[derive(Clone)]
struct Pattern<'a> {
    rest: std::str::Chars<'a>,
    escape: Option<char>,
}

impl Iterator for Pattern<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let character = self.rest.next()?;
        Some(match character {
            // An escape at the very end stands for itself.
            _ if Some(character) == self.escape => {
                Step::Literal(self.rest.next().unwrap_or(character))
            }
            '%' => Step::Any,
            '_' => Step::One,
            _ => Step::Literal(character),
        })
    }
}

impl Collation {
    /// Whether `text` matches `pattern`. `escape` is `\` unless the statement says otherwise.
    pub fn like(&self, text: &str, pattern: &str, escape: Option<char>) -> bool {
        let mut text = text.chars();
        let mut steps = Pattern { rest: pattern.chars(), escape };
        // Where to go on when a literal does not fit: after the last `%`, one character later.
        let mut retry: Option<(std::str::Chars<'_>, Pattern<'_>)> = None;
        loop {
            let mut next = steps.clone();
            let step = next.next();
            if step == Some(Step::Any) {
                retry = Some((text.clone(), next.clone()));
                steps = next;
                continue;
            }
            let mut ahead = text.clone();
            let fits = match (step, ahead.next()) {
                (None, None) => return true,
                (Some(Step::One), Some(_)) => true,
                (Some(Step::Literal(wanted)), Some(found)) => self.same_character(wanted, found),
                _ => false,
            };
            if fits {
                (text, steps) = (ahead, next);
                continue;
            }
            let Some((from, after)) = &mut retry else { return false };
            if from.next().is_none() {
                return false;
            }
            (text, steps) = (from.clone(), after.clone());
        }
    }
}

/// The characters that every match of a pattern starts with, and whether nothing but `%` follows them.
/// With an index, `LIKE 'abc%'` is a range.
pub fn literal_prefix(pattern: &str, escape: Option<char>) -> (String, bool) {
    let mut steps = Pattern { rest: pattern.chars(), escape };
    let mut prefix = String::new();
    for step in steps.by_ref() {
        match step {
            Step::Literal(character) => prefix.push(character),
            Step::Any => return (prefix, steps.all(|step| step == Step::Any)),
            Step::One => return (prefix, false),
        }
    }
    (prefix, false)
}

//! A transaction that is run again: what comes next, and whether the answers are still the same.

use super::{Fate, Record, Step, Sum};

/// Errors that another server, or the same a moment later, may not give: it does not write (any more), it is shutting
/// down, or somebody else holds a lock, the lost transaction for one.
const PASSING: [u16; 6] = [1053, 1205, 1213, 1290, 1836, 1927];

/// Why a run did not get to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Another run may.
    Passing(Fate),
    /// The transaction cannot be brought back.
    Final(Fate),
}

/// Where a run stands.
#[derive(Debug, Default)]
pub struct Rerun {
    at: usize,
}

impl Rerun {
    /// The step to run now; `None` at the end.
    pub fn step<'a>(&self, record: &'a Record) -> Option<&'a Step> {
        record.steps().get(self.at)
    }

    /// It was answered, with an error or not: so much for that step, if the answer is the same.
    ///
    /// # Errors
    /// It is another one.
    pub fn answered(
        &mut self,
        record: &Record,
        sum: Sum,
        error: Option<u16>,
    ) -> Result<(), Trouble> {
        let same = self.step(record).is_some_and(|step| step.is_answered_by(sum));
        self.at += 1;
        match error {
            _ if same => Ok(()),
            Some(code) if PASSING.contains(&code) => Err(Trouble::Passing(Fate::AnswerDiffers)),
            _ => Err(Trouble::Final(Fate::AnswerDiffers)),
        }
    }
}

//! Which transactions of the relay log may be carried out beside each other: pure bookkeeping.
//!
//! ```text
//! keys of the rows that it changes ─▶ add ─▶ number, and after which it has to wait
//!                        submitted(n) ─▶ the numbers that waited for n alone
//! ```
//!
//! A transaction waits for the last earlier one that changed a row with one of its keys: a hash of table, index
//! and key, for the primary key and each unique one, before and after. Which transaction changed a key last is
//! kept for [`MAX_HISTORY`] keys, as MySQL's `binlog_transaction_dependency_history_size` has it; past that all is
//! forgotten, and what follows waits for everything before.
//!
//! Nothing rests on it but speed: commits are made in the log's order, rows are locked, and what the log says of
//! them is compared with what is there. Equal hashes of unlike keys make one wait that need not.

use std::collections::{BTreeMap, HashMap};

/// Keys of which it is known who changed them last.
const MAX_HISTORY: usize = 25_000;

/// The place of a transaction among those that were added, from 1.
pub type Number = u64;

/// Transactions that are not submitted yet.
#[derive(Debug)]
pub struct Schedule {
    /// Who changed a key last.
    history: HashMap<u64, Number, foldhash::fast::FixedState>,
    max_history: usize,
    /// Everything added later waits for this one.
    floor: Number,
    /// The last that was added, and the last that was submitted.
    added: Number,
    submitted: Number,
    /// Who waits for whom.
    held: BTreeMap<Number, Vec<Number>>,
}

impl Default for Schedule {
    fn default() -> Self {
        Self::new(MAX_HISTORY)
    }
}

impl Schedule {
    /// Without transactions.
    pub fn new(max_history: usize) -> Self {
        Self {
            history: HashMap::default(),
            max_history,
            floor: 0,
            added: 0,
            submitted: 0,
            held: BTreeMap::new(),
        }
    }

    /// The next transaction of the log, by the keys that it touches. Gives its number, and whether it may begin.
    pub fn add(&mut self, keys: &[u64]) -> (Number, bool) {
        self.added += 1;
        let number = self.added;
        let after = self.last_of(keys);
        self.note(number, keys);
        let begins = after <= self.submitted;
        if !begins {
            self.held.entry(after).or_default().push(number);
        }
        (number, begins)
    }

    fn last_of(&self, keys: &[u64]) -> Number {
        let known = keys.iter().filter_map(|key| self.history.get(key)).max();
        known.copied().unwrap_or(0).max(self.floor)
    }

    fn note(&mut self, number: Number, keys: &[u64]) {
        if self.history.len() + keys.len() > self.max_history {
            self.history.clear();
            self.floor = number;
        }
        if keys.len() <= self.max_history {
            self.history.extend(keys.iter().map(|key| (*key, number)));
        }
    }

    /// The next one is on its way into the log. Gives those that may begin now.
    pub fn submitted(&mut self) -> Vec<Number> {
        self.submitted += 1;
        self.held.remove(&self.submitted).unwrap_or_default()
    }

    /// What was added and not submitted is given up, and comes again.
    pub fn give_up(&mut self) {
        self.held.clear();
        self.history.clear();
        self.submitted = self.added;
        self.floor = self.added;
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::hash::BuildHasher;

    use goldenscript::{Command, Runner};

    use super::*;

    /// `history N`, `transaction KEY…`, `submitted`, `give-up`.
    struct Script(Schedule);

    fn list(numbers: &[Number]) -> String {
        let texts: Vec<String> = numbers.iter().map(Number::to_string).collect();
        if texts.is_empty() { "none".into() } else { texts.join(" ") }
    }

    impl Runner for Script {
        type Command = Command;

        fn run(
            &mut self,
            command: &Command,
            _: &goldenscript::Context,
        ) -> Result<String, Box<dyn Error>> {
            let mut consumer = command.consume_args();
            let words: Vec<&str> = std::iter::from_fn(|| consumer.next_pos()).collect();
            Ok(match command.name.as_str() {
                "history" => {
                    self.0 = Schedule::new(words[0].parse()?);
                    String::new()
                }
                "transaction" => {
                    let hasher = foldhash::fast::FixedState::default();
                    let keys: Vec<u64> = words.iter().map(|word| hasher.hash_one(word)).collect();
                    let (number, begins) = self.0.add(&keys);
                    let held = self.0.held.iter().find(|(_, who)| who.contains(&number));
                    match held {
                        Some((after, _)) => format!("{number} waits for {after}\n"),
                        None => {
                            assert!(begins, "who waits is held");
                            format!("{number} begins\n")
                        }
                    }
                }
                "submitted" => {
                    let next = self.0.submitted();
                    format!("submitted {}, begins: {}\n", self.0.submitted, list(&next))
                }
                "give-up" => {
                    self.0.give_up();
                    String::new()
                }
                other => return Err(format!("no command {other}").into()),
            })
        }
    }

    #[test]
    fn golden_scripts() {
        let folder =
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/replication/replica/applier/testscripts");
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty());
        for path in paths {
            goldenscript::run(&mut Script(Schedule::default()), &path).expect("the script");
        }
    }
}

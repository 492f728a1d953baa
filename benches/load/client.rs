//! One client: it writes to a row of its own and reads it back, so it knows what every answer must be.

use std::cell::RefCell;
use std::io;
use std::time::Instant;

use super::histogram::Histogram;
use super::wire::{Answer, Login, Wire};

/// What clients found.
pub struct Found {
    pub reads: Histogram,
    pub writes: Histogram,
    /// Answers that were another client's, or none that there ever was.
    pub wrong: u64,
    /// Reads that did not show the client's last write.
    pub stale: u64,
    /// Reads that showed less than an earlier one.
    pub backwards: u64,
    pub failed: u64,
    pub first_failure: Option<String>,
}

impl Found {
    pub fn new() -> Self {
        let (reads, writes) = (Histogram::new(), Histogram::new());
        Self { reads, writes, wrong: 0, stale: 0, backwards: 0, failed: 0, first_failure: None }
    }
}

/// Where a client's statements go, and what it has done.
pub struct Client {
    wire: Wire,
    row: u64,
    turn: u64,
    /// The last value that it wrote; later ones are larger, in later runs too.
    written: u64,
    seen: u64,
    wrote: bool,
}

impl Client {
    /// The client of this row; `begin` is more than any client of the row has written.
    pub async fn open(login: &Login, row: u64, begin: u64) -> io::Result<Self> {
        let wire = Wire::sign_in(login).await?;
        // From its row on, so that not all write at the same time.
        Ok(Self { wire, row, turn: row, written: begin, seen: 0, wrote: false })
    }

    /// Runs a statement without rows.
    pub async fn say(&mut self, statement: &str) -> io::Result<()> {
        match self.wire.query(statement, &mut Vec::new()).await? {
            Answer::Done { .. } => Ok(()),
            other => Err(io::Error::other(format!("{statement}: {other:?}"))),
        }
    }

    /// The next statement, its answer held against what it must be. One of `write_every` is a write, and the first.
    pub async fn step(&mut self, write_every: u64, found: &RefCell<Found>) -> io::Result<()> {
        self.turn += 1;
        let writes = !self.wrote || self.turn.is_multiple_of(write_every);
        let statement = match writes {
            true => self.next_write(),
            false => self.next_read(),
        };
        let mut buffer = Vec::with_capacity(256);
        let sent = Instant::now();
        let answer = self.wire.query(&statement, &mut buffer).await?;
        let took = sent.elapsed();
        let found = &mut *found.borrow_mut();
        match (writes, &answer) {
            (_, Answer::Error(error)) => return Err(io::Error::other(error.clone())),
            (true, Answer::Done { affected: 1 }) => found.writes.add(took),
            (false, Answer::Row(columns)) if let Some(value) = self.value(columns) => {
                found.reads.add(took);
                found.stale += u64::from(value < self.written);
                found.backwards += u64::from(value < self.seen);
                self.seen = self.seen.max(value);
            }
            _ => found.wrong += 1,
        }
        Ok(())
    }

    fn next_write(&mut self) -> String {
        self.wrote = true;
        self.written += 1;
        format!("UPDATE items SET v = {} WHERE id = {}", self.written, self.row)
    }

    fn next_read(&self) -> String {
        format!("SELECT {}, v FROM items WHERE id = {}", self.tag(), self.row)
    }

    /// A number that no other statement has.
    fn tag(&self) -> u64 {
        self.row << 32 | self.turn
    }

    /// The value in an answer that can be this client's.
    fn value(&self, columns: &[String]) -> Option<u64> {
        let [tag, value] = columns else { return None };
        let value = value.parse().ok().filter(|value| *value <= self.written)?;
        (*tag == self.tag().to_string()).then_some(value)
    }
}

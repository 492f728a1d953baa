//! Readers in threads of their own, which count who answered and keep every error.
//!
//! Every other reader uses a prepared statement, because a retry on another server has to prepare it there.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::marks::{self, WHO};
use crate::raw::{Raw, Trouble};
use crate::support::{cluster::SERVERS, wait_until};

/// A running load of autocommit reads. Dropping it ends it.
pub struct Load {
    shared: Arc<Shared>,
    readers: Vec<JoinHandle<()>>,
}

struct Shared {
    stop: AtomicBool,
    /// One counter per reader and server.
    answers: Vec<[AtomicU64; SERVERS]>,
    errors: Mutex<Vec<String>>,
}

impl Load {
    /// Starts `readers` sessions at `address` that read without a pause.
    pub fn start(address: SocketAddr, readers: usize) -> Self {
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            answers: (0..readers).map(|_| Default::default()).collect(),
            errors: Mutex::default(),
        });
        let readers = (0..readers)
            .map(|number| {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.run(address, number))
            })
            .collect();
        Self { shared, readers }
    }

    /// Reads that server `n` has answered so far.
    pub fn answered_by(&self, n: usize) -> u64 {
        self.shared.answers.iter().map(|each| each[n].load(Ordering::Relaxed)).sum()
    }

    /// Waits until server `n` answers `more` reads from now on.
    pub fn wait_answers_from(&self, n: usize, more: u64) {
        let goal = self.answered_by(n) + more;
        wait_until(&format!("{more} more reads answered by server {n}"), || {
            self.answered_by(n) >= goal || self.failed()
        });
        self.assert_no_error();
    }

    /// Waits until each reader has had `more` answers from now on, whoever gave them.
    pub fn wait_progress_of_all(&self, more: u64) {
        let goals: Vec<u64> = self.totals().into_iter().map(|total| total + more).collect();
        wait_until(&format!("{more} more reads of each client"), || {
            self.totals().iter().zip(&goals).all(|(total, goal)| total >= goal) || self.failed()
        });
        self.assert_no_error();
    }

    /// Ends the load; panics if any client saw an error.
    pub fn finish(mut self) {
        self.end();
        self.assert_no_error();
    }

    fn assert_no_error(&self) {
        let errors = self.shared.errors.lock().expect("no reader panics while it holds this");
        assert!(errors.is_empty(), "clients saw errors: {errors:#?}");
    }

    fn failed(&self) -> bool {
        self.shared.errors.lock().is_ok_and(|errors| !errors.is_empty())
    }

    fn totals(&self) -> Vec<u64> {
        self.shared
            .answers
            .iter()
            .map(|each| each.iter().map(|n| n.load(Ordering::Relaxed)).sum())
            .collect()
    }

    fn end(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn run(&self, address: SocketAddr, number: usize) {
        if let Err(trouble) = self.read_on(address, number) {
            let mut errors = self.errors.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            errors.push(format!("reader {number}: {trouble:?}"));
        }
    }

    fn read_on(&self, address: SocketAddr, number: usize) -> Result<(), Trouble> {
        let mut session = marks::try_app(address)?;
        let prepared = if number % 2 == 1 { Some(session.prepare(WHO)?) } else { None };
        while !self.stop.load(Ordering::Relaxed) {
            let server = match prepared {
                None => who(&mut session)?,
                Some(id) => prepared_who(&mut session, id)?,
            };
            self.answers[number][server].fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Which server answers this session's next read.
pub fn who(session: &mut Raw) -> Result<usize, Trouble> {
    let value = session.value(WHO)?;
    server_number(value.parse().ok())
}

/// Binary row: a zero, one byte of NULL bits, the INT.
fn prepared_who(session: &mut Raw, id: u32) -> Result<usize, Trouble> {
    let rows = session.execute(id)?;
    let number = rows.first().and_then(|row| row.get(2..6)).and_then(|int| int.try_into().ok());
    server_number(number.map(|int| u32::from_le_bytes(int) as usize))
}

fn server_number(number: Option<usize>) -> Result<usize, Trouble> {
    number
        .filter(|&n| n < SERVERS)
        .ok_or_else(|| std::io::Error::other("not a server's number").into())
}

//! The door to the primary for reads that are meant for replicas: a bounded number of them inside, the others in
//! line. One door for all workers, because there is one primary.
//!
//! ```text
//! enter ──▶ Pass                     while there is room and nobody waits
//! wait  ──▶ Turn ── granted ──▶ Pass    first come, first served
//! ```
//!
//! Who comes in at once touches atomics only. The lock is taken by those who wait, and by those who leave
//! while somebody waits. Dropping a pass or a turn gives it back, also when its session is cut off.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::proxy::route::share::Share;

use super::Load;

/// Reads that wait at most; the next one is refused.
const MAX_WAITING: usize = 65_536;

/// See the module's text.
#[derive(Debug)]
pub struct PrimaryReads {
    share: Share,
    /// Passes that are out.
    reads: AtomicU32,
    /// Turns that are out and not granted.
    waiting: AtomicU32,
    /// What the primary was last seen to run.
    in_flight: AtomicU32,
    line: Mutex<VecDeque<oneshot::Sender<()>>>,
}

/// The right to run one read on the primary.
#[derive(Debug)]
pub struct Pass(Arc<PrimaryReads>);

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// A place in the line.
#[derive(Debug)]
pub struct Turn {
    door: Arc<PrimaryReads>,
    granted: oneshot::Receiver<()>,
    /// It still counts as waiting.
    waits: bool,
}

impl Turn {
    /// Waits for the pass. May be asked again when it was cancelled; the place in the line stays.
    pub async fn granted(&mut self) -> Pass {
        if (&mut self.granted).await.is_err() {
            // The door is kept by the turn itself, so nobody has closed the line.
            std::future::pending::<()>().await;
        }
        self.waits = false;
        self.door.waiting.fetch_sub(1, SeqCst);
        Pass(self.door.clone())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.waits {
            return;
        }
        self.door.waiting.fetch_sub(1, SeqCst);
        self.granted.close();
        if self.granted.try_recv().is_ok() {
            self.door.leave();
        }
    }
}

impl PrimaryReads {
    /// A door that lets this share in.
    pub fn new(share: Share) -> Self {
        Self {
            share,
            reads: AtomicU32::new(0),
            waiting: AtomicU32::new(0),
            in_flight: AtomicU32::new(0),
            line: Mutex::default(),
        }
    }

    /// Comes in, if there is room and nobody waits.
    pub fn enter(self: &Arc<Self>, primary: &Load) -> Option<Pass> {
        self.in_flight.store(primary.in_flight(), Relaxed);
        (self.waiting.load(SeqCst) == 0 && self.take()).then(|| Pass(self.clone()))
    }

    /// Gets in line; `None` when the line is full.
    pub fn wait(self: &Arc<Self>) -> Option<Turn> {
        let (sender, granted) = oneshot::channel();
        let mut line = self.line();
        if line.len() >= MAX_WAITING {
            line.retain(|waiting| !waiting.is_closed());
        }
        if line.len() >= MAX_WAITING {
            return None;
        }
        line.push_back(sender);
        self.waiting.fetch_add(1, SeqCst);
        drop(line);
        // Somebody may have left since the look at the room.
        self.serve();
        Some(Turn { door: self.clone(), granted, waits: true })
    }

    /// Looks whether the primary's own work leaves more room by now.
    pub fn look(&self, primary: &Load) {
        self.in_flight.store(primary.in_flight(), Relaxed);
        self.serve();
    }

    /// Whether the primary has enough to do, by its own work or by these reads.
    pub fn is_crowded(&self, primary: &Load) -> bool {
        primary.is_crowded(self.share.capacity)
            || self.waiting.load(Relaxed) > 0
            || !self.share.admits(primary.in_flight(), self.reads.load(Relaxed))
    }

    /// Reads that are in, that wait, and that may be in at most.
    pub fn counts(&self) -> (u32, u32, u32) {
        (self.reads.load(Relaxed), self.waiting.load(Relaxed), self.share.limit())
    }

    fn take(&self) -> bool {
        let in_flight = self.in_flight.load(Relaxed);
        let one_more = |reads| self.share.admits(in_flight, reads).then_some(reads + 1);
        self.reads.fetch_update(SeqCst, SeqCst, one_more).is_ok()
    }

    fn leave(&self) {
        self.reads.fetch_sub(1, SeqCst);
        if self.waiting.load(SeqCst) > 0 {
            self.serve();
        }
    }

    /// Lets in the first in line while there is room.
    fn serve(&self) {
        let mut line = self.line();
        while !line.is_empty() && self.take() {
            let granted =
                std::iter::from_fn(|| line.pop_front()).any(|first| first.send(()).is_ok());
            if !granted {
                self.reads.fetch_sub(1, SeqCst);
            }
        }
    }

    fn line(&self) -> MutexGuard<'_, VecDeque<oneshot::Sender<()>>> {
        // What is in it is whole at every moment.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(capacity: u32, thousandths: u32) -> Arc<PrimaryReads> {
        Arc::new(PrimaryReads::new(Share { capacity, thousandths }))
    }

    fn is_granted(turn: &mut Turn) -> Option<Pass> {
        use std::future::Future;
        use std::task::{Context, Poll, Waker};
        let mut context = Context::from_waker(Waker::noop());
        match std::pin::pin!(turn.granted()).poll(&mut context) {
            Poll::Ready(pass) => Some(pass),
            Poll::Pending => None,
        }
    }

    #[test]
    fn the_first_in_line_gets_the_pass_that_is_given_back() {
        let (door, primary) = (door(10, 200), Load::default());
        let passes = [door.enter(&primary).unwrap(), door.enter(&primary).unwrap()];
        assert!(door.enter(&primary).is_none(), "a fifth of ten");
        let (mut first, mut second) = (door.wait().unwrap(), door.wait().unwrap());
        assert_eq!(door.counts(), (2, 2, 2));
        assert!(is_granted(&mut first).is_none());
        let [one, other] = passes;
        drop(one);
        assert!(is_granted(&mut second).is_none(), "not its turn");
        let pass = is_granted(&mut first).unwrap();
        assert!(door.enter(&primary).is_none(), "somebody waits");
        drop(other);
        let last = is_granted(&mut second).unwrap();
        drop((first, second, pass, last));
        assert_eq!(door.counts(), (0, 0, 2));
    }

    #[test]
    fn who_leaves_the_line_loses_no_pass() {
        let (door, primary) = (door(1, 1000), Load::default());
        let pass = door.enter(&primary).unwrap();
        let (gone, granted, mut last) =
            (door.wait().unwrap(), door.wait().unwrap(), door.wait().unwrap());
        drop(gone);
        drop(pass);
        drop(granted);
        assert!(is_granted(&mut last).is_some());
        drop(last);
        assert_eq!(door.counts(), (0, 0, 1));
        assert!(door.enter(&primary).is_some());
    }

    #[test]
    fn the_primary_s_own_work_comes_first() {
        let (door, primary) = (door(4, 1000), Load::default());
        let own: Vec<_> = (0..4).map(|_| primary.begin()).collect();
        let pass = door.enter(&primary).unwrap();
        assert!(door.is_crowded(&primary) && door.enter(&primary).is_none(), "one, always");
        let mut turn = door.wait().unwrap();
        drop(own);
        assert!(is_granted(&mut turn).is_none(), "nobody has looked");
        door.look(&primary);
        drop((is_granted(&mut turn).unwrap(), pass));
        assert!(!door.is_crowded(&primary));
    }
}

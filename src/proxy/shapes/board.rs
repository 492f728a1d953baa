//! Where somebody asks the workers for their shapes, and they answer.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::{Shape, Shapes};

/// How long the workers may take to answer; one that does not is left out.
const PATIENCE: Duration = Duration::from_secs(1);

/// Of all workers.
pub struct Board {
    round: watch::Sender<u64>,
    answers: Mutex<Answers>,
    answered: Notify,
    workers: usize,
    /// One question at a time.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Answers {
    round: u64,
    count: usize,
    shapes: Vec<Shape>,
}

impl Board {
    /// For so many workers.
    pub fn new(workers: usize) -> Self {
        Self {
            round: watch::channel(0).0,
            answers: Mutex::default(),
            answered: Notify::new(),
            workers,
            asking: tokio::sync::Mutex::new(()),
        }
    }

    /// Tells a worker when it is asked: the value is the number of the question.
    pub fn questions(&self) -> watch::Receiver<u64> {
        self.round.subscribe()
    }

    /// A worker's answer to a question.
    pub fn answer(&self, round: u64, shapes: Vec<Shape>) {
        let mut answers = self.answers();
        if answers.round == round {
            answers.count += 1;
            answers.shapes.extend(shapes);
        }
        drop(answers);
        self.answered.notify_one();
    }

    /// What all workers have counted.
    pub async fn ask(&self) -> Shapes {
        let _one = self.asking.lock().await;
        let round = *self.round.borrow() + 1;
        *self.answers() = Answers { round, ..Answers::default() };
        self.round.send_replace(round);
        let all = async {
            while self.answers().count < self.workers {
                self.answered.notified().await;
            }
        };
        // The answers that are there count.
        let _ = tokio::time::timeout(PATIENCE, all).await;
        Shapes::of(std::mem::take(&mut self.answers().shapes))
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

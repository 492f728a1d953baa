//! How long a session may be without a command, by one timer that is moved only when it runs out or must ring
//! earlier: starting one for each command would cost more than reading the command.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The timer of one session.
pub(super) struct IdleTimer {
    sleep: Option<Pin<Box<Sleep>>>,
    /// When the session has been idle for too long.
    until: Instant,
}

/// Nobody waits longer: a century, which the clock can still count.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

impl IdleTimer {
    /// A timer that is not used yet.
    pub fn new() -> Self {
        Self { sleep: None, until: Instant::now() }
    }

    /// The session is idle since that moment, and may be for so long.
    pub fn start(&mut self, since: std::time::Instant, limit: Duration) {
        self.until = Instant::from_std(since) + limit.min(LONGEST);
    }

    /// Ends when the session has been idle for too long.
    pub async fn ended(&mut self) {
        poll_fn(|context| self.poll_ended(context)).await;
    }

    fn poll_ended(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let until = self.until;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if sleep.deadline() > until {
            sleep.as_mut().reset(until);
        }
        loop {
            match sleep.as_mut().poll(context) {
                // It was set for an earlier command.
                Poll::Ready(()) if sleep.deadline() < until => sleep.as_mut().reset(until),
                outcome => return outcome,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn rings_when_the_last_command_is_long_enough_ago() {
        let mut timer = IdleTimer::new();
        let began = Instant::now();
        timer.start(began.into_std(), Duration::from_secs(10));
        // A command comes before it rings.
        tokio::select! {
            () = timer.ended() => panic!("too early"),
            () = tokio::time::sleep(Duration::from_secs(6)) => {}
        }
        timer.start(Instant::now().into_std(), Duration::from_secs(10));
        timer.ended().await;
        assert_eq!(began.elapsed().as_secs(), 16);
        // A shorter limit counts at once.
        timer.start(Instant::now().into_std(), Duration::from_secs(1_000));
        tokio::select! {
            () = timer.ended() => panic!("too early"),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
        timer.start(Instant::now().into_std(), Duration::from_secs(2));
        timer.ended().await;
        assert_eq!(began.elapsed().as_secs(), 19);
    }
}

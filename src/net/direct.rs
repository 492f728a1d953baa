//! Receiving from and sending to a plain TCP connection at once, where tokio's own way makes detours.
//!
//! A query of the proxy is two receives and two sends; around each, tokio's `AsyncRead` and `AsyncWrite` cost
//! as many instructions as all that the proxy does with the bytes. So the call is made as soon as the socket
//! is known to be ready, and tokio is asked to wait only when it is not. The calls go to the kernel without
//! libc, whose versions take note of the thread's cancellation around each.

use std::io;
use std::task::{Context, Poll, Waker, ready};

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::buffer::Buffer;

/// What is known of a connection's reading side between two reads.
#[derive(Debug, Default)]
pub struct Reading {
    /// The task that tokio wakes.
    waker: Option<Waker>,
    /// Tokio was asked to wake it, and nothing has been read since.
    asked: bool,
}

impl Reading {
    /// Reads what the connection has, at most as much as fits. `Ok(0)` is its end, or a full buffer.
    pub fn poll(
        &mut self,
        context: &mut Context<'_>,
        tcp: &TcpStream,
        buffer: &mut Buffer,
    ) -> Poll<io::Result<usize>> {
        // One task at a time waits for a connection, usually the same one.
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            self.waker = Some(context.waker().clone());
            self.asked = false;
        }
        loop {
            if !self.asked {
                ready!(self.ask(context, tcp))?;
            }
            match self.receive(tcp, buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome),
            }
            // Woken for nothing, or by somebody else: that may have used up what was asked. Tokio notes first that
            // bytes came and wakes later; who reads them in between and asks anew loses that to the late wake.
            self.asked = false;
        }
    }

    /// Asks tokio to wake the task when something arrives, unless it has.
    fn ask(&mut self, context: &mut Context<'_>, tcp: &TcpStream) -> Poll<io::Result<()>> {
        // A task that has used up its turn is not put down for an event, only woken once more.
        let asks = tokio::task::coop::has_budget_remaining();
        let arrived = tcp.poll_read_ready(context);
        self.asked = asks && arrived.is_pending();
        arrived
    }

    /// Reads what is there, if tokio knows that something is.
    fn receive(&mut self, tcp: &TcpStream, buffer: &mut Buffer) -> io::Result<usize> {
        let mut received = 0;
        let outcome = tcp.try_io(Interest::READABLE, || {
            self.asked = false;
            let room = buffer.free();
            let size = room.len();
            let outcome = rustix::io::retry_on_intr(|| {
                rustix::net::recv(tcp, &mut *room, RecvFlags::empty()).map(|(_, length)| length)
            });
            received = *outcome.as_ref().unwrap_or(&0);
            buffer.filled(received);
            match outcome {
                // That was all. Told so, tokio waits for the next event without trying once more.
                Ok(length @ 1..) if length < size => Err(Errno::WOULDBLOCK.into()),
                outcome => outcome.map(|_| ()).map_err(io::Error::from),
            }
        });
        match outcome {
            Err(error) if received == 0 => Err(error),
            _ => Ok(received),
        }
    }
}

/// Sends as many bytes as the connection takes now, maybe none.
pub fn send(tcp: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let sent = tcp.try_io(Interest::WRITABLE, || {
        rustix::io::retry_on_intr(|| rustix::net::send(tcp, bytes, SendFlags::NOSIGNAL))
            .map_err(io::Error::from)
    });
    match sent {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        sent => sent,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
    use std::task::Wake;
    use std::time::Duration;

    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, SeqCst);
        }
    }

    async fn until(what: impl Fn() -> bool) {
        let waiting = async {
            while !what() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("it happens");
    }

    #[tokio::test]
    async fn a_wake_for_nothing_is_not_the_last() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tcp, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (tcp, mut other) = (tcp.unwrap(), accepted.unwrap().0);
        let (mut reading, mut buffer) = (Reading::default(), Buffer::default());
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        let mut context = Context::from_waker(&waker);

        assert!(reading.poll(&mut context, &tcp, &mut buffer).is_pending());
        other.write_all(b"a").await.unwrap();
        until(|| woken.0.swap(false, SeqCst)).await;
        // what it was woken for is gone when it looks
        let mut taken = [0; 8];
        until(|| tcp.try_read(&mut taken.clone()).is_ok()).await;
        assert!(tcp.try_read(&mut taken).is_err());
        assert!(reading.poll(&mut context, &tcp, &mut buffer).is_pending());

        other.write_all(b"b").await.unwrap();
        until(|| woken.0.swap(false, SeqCst)).await;
        assert!(matches!(reading.poll(&mut context, &tcp, &mut buffer), Poll::Ready(Ok(1))));
        assert_eq!(buffer.unread(), b"b");
    }
}

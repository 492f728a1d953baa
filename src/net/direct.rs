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
    /// Tokio was asked to wake it, and nothing has arrived since.
    asked: bool,
    /// The last read filled all the room that there was: more may be there.
    goes_on: bool,
}

impl Reading {
    /// Reads what the connection has, at most as much as fits. `Ok(0)` is its end, or a full buffer.
    pub fn poll(
        &mut self,
        context: &mut Context<'_>,
        tcp: &TcpStream,
        buffer: &mut Buffer,
    ) -> Poll<io::Result<usize>> {
        if self.goes_on {
            // Otherwise the events have been looked at since; so no connection keeps a thread to itself.
            ready!(tokio::task::coop::poll_proceed(context)).made_progress();
        }
        loop {
            match self.receive(tcp, buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome),
            }
            ready!(self.poll_arrival(context, tcp))?;
        }
    }

    /// Waits for an event. One task at a time waits for a connection, usually the same one: it need not ask
    /// again before the event has come.
    fn poll_arrival(&mut self, context: &mut Context<'_>, tcp: &TcpStream) -> Poll<io::Result<()>> {
        let known = self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker()));
        if known && self.asked {
            return Poll::Pending;
        }
        // A task that has used up its turn is not put down for an event, only woken once more.
        let asks = tokio::task::coop::has_budget_remaining();
        let arrival = tcp.poll_read_ready(context);
        self.asked = asks && arrival.is_pending();
        if !known {
            self.waker = Some(context.waker().clone());
        }
        arrival
    }

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
            self.goes_on = received > 0 && received == size;
            match outcome {
                // That was all. Told so, tokio waits for the next event without trying once more.
                Ok(1..) if !self.goes_on => Err(Errno::WOULDBLOCK.into()),
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

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
            if self.asked {
                return Poll::Pending;
            }
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

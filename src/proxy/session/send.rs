//! The client's command on its way to a server, and the end of that when the server takes no more of it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use crate::proxy::backend::Connection;
use crate::proxy::topology::ServerId;
use crate::wire::error::ServerError;
use crate::wire::header::Header;

use super::client::{Arrived, Client};
use super::pulse::Pulse;
use super::relay::{Broken, pass_packets};
use super::{Ended, Flow, Session};

/// Sends the client's command. One that may run again stays in the client's buffer.
pub(super) async fn send_command(
    client: &mut Client,
    connection: &mut Connection,
    arrived: Arrived,
    rewritten: Option<&[u8]>,
    keep: bool,
    limit: u64,
) -> Result<(), Broken> {
    let lost = |_| Broken::Server { begun: false };
    if arrived.whole {
        let bytes = client.pipe.unread().get(..arrived.len).unwrap_or_default();
        let sent = connection.send(rewritten.unwrap_or(bytes)).await;
        if !keep {
            client.pipe.consume(arrived.len);
        }
        return sent.map_err(lost);
    }
    connection.send(&[]).await.map_err(lost)?;
    let is_last = |header: Header| !header.continues();
    pass_packets(&mut client.pipe, &mut connection.pipe, 0, limit, is_last).await
}

/// Waits for `sending`, unless the worker gives its server up: one that is stopped takes what fits into
/// its buffers, and then neither takes more nor fails. `begun` goes into the error.
pub(super) async fn unless_given_up<T>(
    pulse: &Pulse,
    begun: bool,
    sending: impl Future<Output = Result<T, Broken>>,
) -> Result<T, Broken> {
    let mut sending = pin!(sending);
    poll_fn(|context| match sending.as_mut().poll(context) {
        Poll::Pending if pulse.is_given_up(context) => Poll::Ready(Err(Broken::Server { begun })),
        sent => sent,
    })
    .await
}

impl Session {
    /// Passes on a command that has no answer.
    pub(super) async fn pass_silently(&mut self, arrived: Arrived, server: ServerId) -> Flow {
        let Self { client, connections, pulse, .. } = self;
        let Some(connection) = connections.iter_mut().find(|c| c.server == server) else {
            return self.skip(arrived).await;
        };
        let limit = self.local.limits().max_allowed_packet;
        pulse.sent(server, connection.thread_id, false);
        let sending = send_command(client, connection, arrived, None, false, limit);
        let sent = unless_given_up(pulse, false, sending).await;
        pulse.answered();
        match sent {
            Ok(()) => Ok(()),
            Err(Broken::Client) => Err(Ended::Client),
            Err(Broken::TooLarge) => self.client.give_up(&ServerError::packet_too_large()).await,
            Err(Broken::Server { .. } | Broken::State(_) | Broken::Said(_)) => {
                self.connection_lost(server);
                if arrived.whole { Ok(()) } else { Err(Ended::Client) }
            }
        }
    }
}

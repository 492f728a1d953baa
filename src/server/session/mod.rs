//! A client's session: signs in, reads commands, answers each.
//!
//! ```text
//! serve ─▶ sign_in ─▶ run: command ─▶ query | prepared | simple ─▶ statement (waits, runs again) ─▶ answer
//! ```

mod commands;
mod login;
mod sink;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::channel::{Channel, ReadError};
use super::processes::Listed;
use super::shared::Shared;
use crate::net::Accepted;
use crate::query;
use crate::wire::error::ServerError;
use crate::wire::{CapabilityFlags, StatusFlags};

/// Memory that the command buffer keeps between commands, in bytes.
const KEEP_COMMAND: usize = 16 * 1024;

/// Serves one connection from its first byte to its last.
pub async fn serve(shared: Arc<Shared>, accepted: Accepted, closing: CancellationToken) {
    let Some(mut session) = Box::pin(login::sign_in(shared, accepted, closing)).await else {
        return;
    };
    session.run().await;
}

/// One client's session.
struct Session {
    shared: Arc<Shared>,
    channel: Channel,
    client: Client,
    query: query::Session,
    listed: Listed,
    command: Vec<u8>,
}

/// What is known of the client.
struct Client {
    capabilities: CapabilityFlags,
    /// The salt that it remembers, for COM_CHANGE_USER.
    salt: [u8; crate::wire::greeting::SALT_LEN],
    user: String,
}

/// Whether the session goes on after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Command,
    End,
}

impl Session {
    /// Reads and answers commands until either side ends it.
    async fn run(&mut self) {
        while let Some(()) = self.next_command().await {
            let answered = self.answer().await;
            self.listed.process().idle();
            self.command.clear();
            self.command.shrink_to(KEEP_COMMAND);
            let flushed = self.channel.flush().await;
            if !matches!(answered, Ok(Next::Command)) || flushed.is_err() {
                break;
            }
        }
        self.channel.pipe_mut().shutdown().await;
    }

    /// Waits for a command. `None`: the session is over, and the client has been told why if it can hear.
    async fn next_command(&mut self) -> Option<()> {
        let max = usize::try_from(self.query.variables.max_allowed_packet).unwrap_or(usize::MAX);
        let process = self.listed.process().clone();
        let idle = std::time::Duration::from_secs(self.wait_timeout());
        let read = tokio::select! {
            read = self.channel.read_command(&mut self.command, max) => read,
            () = process.closing.cancelled() => {
                self.part(&closing_error(process.kill.is_connection_killed())).await;
                return None;
            }
            () = tokio::time::sleep(idle) => {
                self.part(&inactive()).await;
                return None;
            }
        };
        match read {
            Ok(()) => Some(()),
            Err(error) => {
                if let Some(error) = ReadError::to_client(&error) {
                    self.part(&error).await;
                }
                None
            }
        }
    }

    /// The last words.
    async fn part(&mut self, error: &ServerError) {
        self.channel.put_error(error);
        // Whether they arrive changes nothing: the connection ends.
        let _ = self.channel.flush().await;
    }

    /// Seconds without a command after which the session ends.
    fn wait_timeout(&self) -> u64 {
        28_800
    }

    /// The status flags that closing packets carry.
    fn status(&self) -> StatusFlags {
        let mut status = StatusFlags::empty();
        status.set(StatusFlags::SERVER_STATUS_AUTOCOMMIT, self.query.variables.autocommit);
        status
    }
}

/// The connection ends from our side: the server stops, or somebody killed it.
fn closing_error(killed: bool) -> ServerError {
    if killed {
        ServerError::new(1927, *b"70100", "Connection was killed")
    } else {
        ServerError::shutdown()
    }
}

fn inactive() -> ServerError {
    let message = "The client was disconnected by the server because of inactivity. See \
                   wait_timeout and interactive_timeout for configuring this behavior.";
    ServerError::new(4031, *b"HY000", message)
}

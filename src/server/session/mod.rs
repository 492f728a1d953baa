//! A client's session: signs in, reads commands, answers each.
//!
//! ```text
//! serve ─▶ sign_in ─▶ run: command ─▶ query | prepared | simple ─▶ statement (waits, runs again) ─▶ answer
//! ```
//! A [`Conversation`] is what packets need, a [`Session`] what statements need; so a statement's rows can go
//! into the one while it runs in the other.

mod ack;
mod admin;
mod answer;
mod changes;
mod commands;
mod control;
mod idle;
mod length;
mod local_file;
mod login;
mod prepared;
mod query;
mod raw_literals;
mod read_only;
mod replicas;
mod replication;
mod settings;
mod shapes;
mod sink;
mod statement;
mod table_locks;
mod text_prepared;
mod waits;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::channel::{Channel, ReadError};
use super::processes::Listed;
use super::shared::Shared;
use crate::net::Accepted;
use crate::query as query_room;
use crate::query::session::SqlMode;
use crate::replication::primary::Following;
use crate::value::types::CollationId;
use crate::wire::error::ServerError;
use crate::wire::{CapabilityFlags, StatusFlags};
use ack::Acks;
use changes::Changes;
use idle::IdleTimer;
use prepared::Statements;
use settings::KnownSettings;
use shapes::Shapes;
use text_prepared::TextStatements;

/// Memory that the command buffer keeps between commands, in bytes.
const KEEP_COMMAND: usize = 16 * 1024;

/// Serves one connection from its first byte to its last.
pub async fn serve(shared: Arc<Shared>, accepted: Accepted, closing: CancellationToken) {
    let Some(mut conversation) = Box::pin(login::sign_in(shared, accepted, closing)).await else {
        return;
    };
    conversation.run().await;
}

/// A client's commands and their answers.
struct Conversation {
    channel: Channel,
    session: Session,
    command: Vec<u8>,
    /// The text of the COM_QUERY that is answered.
    text: Option<Arc<str>>,
    statements: Statements,
    idle: IdleTimer,
    /// Ends when the session is to end.
    closing: Closing,
    /// A replica's place among those that follow.
    registered: Option<Following>,
}

/// A wait for a session's end, kept from command to command.
type Closing = Pin<Box<tokio_util::sync::WaitForCancellationFutureOwned>>;

/// What statements need of a session.
struct Session {
    shared: Arc<Shared>,
    client: Client,
    query: query_room::Session,
    listed: Listed,
    /// Prepared with PREPARE.
    text_statements: TextStatements,
    /// Texts that were parsed before, without their values.
    shapes: Shapes,
    /// What the next OK tells.
    changes: Changes,
    /// Variables that every command looks at.
    known_settings: KnownSettings,
    /// One text may hold several statements.
    multi_statements: bool,
    /// The statement shows the warnings of the one before, and has none of its own.
    shows_diagnostics: bool,
    /// LOCK TABLES holds: UNLOCK TABLES ends the transaction.
    tables_locked: bool,
    /// What LOCK TABLES has left; nothing else may be used then.
    locked_names: Option<Vec<table_locks::LockedName>>,
    /// What commits wait for.
    acks: Acks,
    /// COMMIT RELEASE: the connection ends after the answer.
    released: bool,
}

/// What is known of the client.
pub(super) struct Client {
    pub(super) capabilities: CapabilityFlags,
    /// The salt that it remembers, for COM_CHANGE_USER.
    salt: [u8; crate::wire::greeting::SALT_LEN],
    /// The account that was matched: `user@host`.
    pub(super) account: String,
    /// The name that was signed in with.
    pub(super) user: String,
    /// What it began with.
    collation: CollationId,
}

/// Whether the session goes on after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Command,
    End,
}

impl Conversation {
    /// Reads and answers commands until either side ends it.
    async fn run(&mut self) {
        while let Some(()) = self.next_command().await {
            let answered = self.answer().await;
            let since = self.session.listed.process().idle();
            let limit = Duration::from_secs(self.session.settings().wait_s);
            self.idle.start(since, limit);
            self.command.clear();
            self.command.shrink_to(KEEP_COMMAND);
            let flushed = self.channel.flush().await;
            if answered == Next::End || flushed.is_err() {
                break;
            }
        }
        self.channel.pipe_mut().shutdown().await;
        self.finish_commit().await;
    }

    /// Waits for a command. `None`: the session is over, and the client has been told why if it can hear.
    async fn next_command(&mut self) -> Option<()> {
        let max =
            usize::try_from(self.session.query.variables.max_allowed_packet).unwrap_or(usize::MAX);
        let read = tokio::select! {
            // a command that came after KILL is not run any more
            biased;
            () = &mut self.closing => None,
            read = self.channel.read_command(&mut self.command, max) => Some(read),
            () = self.idle.ended() => {
                self.part(&inactive()).await;
                return None;
            }
        };
        let Some(read) = read else {
            let killed = self.session.listed.process().kill.is_connection_killed();
            self.part(&closing_error(killed)).await;
            return None;
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
}

impl Session {
    /// The status flags that closing packets carry.
    fn status(&self) -> StatusFlags {
        let mut status = StatusFlags::empty();
        status.set(StatusFlags::SERVER_STATUS_AUTOCOMMIT, self.query.variables.autocommit);
        let open = self.query.in_transaction();
        status.set(StatusFlags::SERVER_STATUS_IN_TRANS, open);
        let read_only = open && self.query.is_read_only();
        status.set(StatusFlags::SERVER_STATUS_IN_TRANS_READONLY, read_only);
        let mode = self.query.variables.sql_mode;
        let escapes = mode.has(SqlMode::NO_BACKSLASH_ESCAPES);
        status.set(StatusFlags::SERVER_STATUS_NO_BACKSLASH_ESCAPES, escapes);
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

//! One command to its answer.

use std::io;

use super::{Next, Session};
use crate::wire::command;
use crate::wire::error::ServerError;
use crate::wire::ok::put_plain_ok;

impl Session {
    /// Answers the command that was read.
    pub(super) async fn answer(&mut self) -> io::Result<Next> {
        let Some((&kind, _)) = self.command.split_first() else {
            self.channel.put_error(&ServerError::malformed_packet());
            return Ok(Next::End);
        };
        match kind {
            command::QUIT => return Ok(Next::End),
            command::PING => self.put_done(),
            _ => self.channel.put_error(&ServerError::unknown_command()),
        }
        Ok(Next::Command)
    }

    /// An OK with nothing to tell.
    pub(super) fn put_done(&mut self) {
        let status = self.status();
        self.channel.put_with(|out| put_plain_ok(out, status));
    }
}

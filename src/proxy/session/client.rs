//! The client's side of a session: commands come in whole where they are short, and in pieces
//! where they are long; the proxy's own answers go out.

use std::sync::Arc;

use crate::net::Pipe;
use crate::wire::auth::Credentials;
use crate::wire::error::ServerError;
use crate::wire::greeting::SALT_LEN;
use crate::wire::header::{HEADER_LEN, Header, MAX_PAYLOAD};
use crate::wire::ok::put_plain_ok;
use crate::wire::{CapabilityFlags, MariadbCapabilities, StatusFlags};

use super::relay::packet;
use super::{Ended, Flow, Local};

/// The longest command that is held in memory as a whole, in bytes; it is the longest statement
/// that is classified. A longer one is passed on in pieces, to the primary.
pub const WHOLE_COMMAND: usize = crate::sql::MAX_STATEMENT_BYTES + 1024;

/// A client that has signed in.
pub struct Client {
    /// Its socket.
    pub pipe: Pipe,
    /// Negotiated flags.
    pub capabilities: CapabilityFlags,
    /// MariaDB's own flags.
    pub mariadb_capabilities: MariadbCapabilities,
    /// The id that it knows its connection by.
    pub id: u32,
    /// Who it is.
    pub user: Arc<str>,
    /// What it proved who it is with.
    pub credentials: Credentials,
    /// The collation it signed in with.
    pub collation: u8,
    /// What it says about itself.
    pub attributes: Vec<(String, String)>,
    /// The salt that it was sent last, for COM_CHANGE_USER.
    pub salt: [u8; SALT_LEN],
}

/// A command at the front of the client's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    /// The command byte.
    pub command: u8,
    /// Length of its (first) packet, header included.
    pub len: usize,
    /// All of it is in the buffer. If not, at least [`WHOLE_COMMAND`] bytes are.
    pub whole: bool,
}

impl Client {
    /// Waits for the next command.
    pub async fn next_command(&mut self, local: &Local) -> Result<Arrived, Ended> {
        while self.pipe.unread().len() < HEADER_LEN {
            self.pipe.fill().await.map_err(|_| Ended::Client)?;
        }
        let header = Header::peek(self.pipe.unread()).ok_or(Ended::Client)?;
        if header.seq != 0 && !self.right_number() {
            return self.give_up(&ServerError::packets_out_of_order()).await;
        }
        if header.len as u64 > local.limits().max_allowed_packet {
            return self.give_up(&ServerError::packet_too_large()).await;
        }
        let len = header.packet_len();
        let whole = len <= WHOLE_COMMAND;
        let wanted = len.min(WHOLE_COMMAND);
        if self.pipe.unread().len() < wanted {
            self.pipe.fill_to(wanted).await.map_err(|_| Ended::Client)?;
        }
        // An empty packet is COM_SLEEP, which no server serves.
        let command = self.pipe.unread().get(HEADER_LEN).copied().unwrap_or(0);
        let command = if header.len == 0 { 0 } else { command };
        Ok(Arrived { command, len, whole })
    }

    /// Corrects the number of a command that came compressed, where it may be anything.
    fn right_number(&mut self) -> bool {
        if self.pipe.stream().is_compressed()
            && let Some(number) = self.pipe.unread_mut().get_mut(HEADER_LEN - 1)
        {
            *number = 0;
            return true;
        }
        false
    }

    /// Tells the client why, and ends the session.
    pub async fn give_up<T>(&mut self, error: &ServerError) -> Result<T, Ended> {
        let _ = self.pipe.send(&packet(1, |out| error.put_payload(out, true))).await;
        Err(Ended::Client)
    }

    /// The payload of the command at hand, command byte included; for a long one, its beginning.
    pub fn payload(&self, arrived: Arrived) -> &[u8] {
        let unread = self.pipe.unread();
        unread.get(HEADER_LEN..arrived.len.min(unread.len())).unwrap_or_default()
    }

    /// The payload, to be changed in place.
    pub fn payload_mut(&mut self, arrived: Arrived) -> &mut [u8] {
        let unread = self.pipe.unread_mut();
        let end = arrived.len.min(unread.len());
        unread.get_mut(HEADER_LEN..end).unwrap_or_default()
    }

    /// Passes over the command at hand.
    pub async fn skip(&mut self, arrived: Arrived) -> Flow {
        let mut first = arrived.len - HEADER_LEN == MAX_PAYLOAD;
        self.skip_bytes(arrived.len).await?;
        while first {
            self.pipe.fill_to(HEADER_LEN).await.map_err(|_| Ended::Client)?;
            let header = Header::peek(self.pipe.unread()).ok_or(Ended::Client)?;
            first = header.continues();
            self.skip_bytes(header.packet_len()).await?;
        }
        Ok(())
    }

    async fn skip_bytes(&mut self, mut left: usize) -> Flow {
        while left > 0 {
            if self.pipe.unread().is_empty() {
                self.pipe.fill().await.map_err(|_| Ended::Client)?;
            }
            let n = left.min(self.pipe.unread().len());
            self.pipe.consume(n);
            left -= n;
        }
        Ok(())
    }

    /// Answers with an error.
    pub async fn tell_error(&mut self, error: &ServerError) -> Flow {
        self.tell(&packet(1, |out| error.put_payload(out, true))).await
    }

    /// Answers with a plain OK.
    pub async fn tell_ok(&mut self, sequence: u8, status: StatusFlags) -> Flow {
        self.tell(&packet(sequence, |out| put_plain_ok(out, status))).await
    }

    /// Sends bytes of the proxy's own.
    pub async fn tell(&mut self, bytes: &[u8]) -> Flow {
        self.pipe.send(bytes).await.map_err(|_| Ended::Client)
    }
}

//! LOAD DATA LOCAL: the file comes from the client, in the middle of the statement.
//!
//! ```text
//! server   fb | name of the file
//! client   the file in packets, then an empty packet
//! server   OK or error
//! ```
//! Source: MySQL source code documentation, "LOCAL INFILE Request".

use std::io::Cursor;

use super::Conversation;
use crate::query::dml::local_file;
use crate::server::channel::ReadError;
use crate::sql::statement::Statement;
use crate::wire::CapabilityFlags;
use crate::wire::error::ServerError;

/// The largest file, in bytes: it is held whole until its rows are stored.
const MAX_FILE: usize = 1 << 30;
/// The first byte of the request.
const REQUEST: u8 = 0xfb;

impl Conversation {
    /// Gets the file that a statement wants from the client.
    ///
    /// # Errors
    /// 3948 where either side has it turned off; 1153 for too large a file.
    pub(super) async fn fetch_local_file(
        &mut self,
        statement: &Statement,
    ) -> Result<(), ServerError> {
        let Some(name) = local_file(statement) else { return Ok(()) };
        let offered = self.session.client.capabilities;
        let allowed = self.session.variable_text("local_infile").as_deref() == Some("ON");
        if !allowed || !offered.contains(CapabilityFlags::CLIENT_LOCAL_FILES) {
            let message = "Loading local data is disabled; this must be enabled on both the \
                           client and server sides";
            return Err(ServerError::new(3948, *b"42000", message));
        }
        self.channel.put_with(|out| {
            out.push(REQUEST);
            out.extend_from_slice(name.as_bytes());
        });
        let gone = |_| ServerError::read_interrupted();
        self.channel.flush().await.map_err(gone)?;
        let mut file = Vec::new();
        let mut piece = Vec::new();
        let mut too_long = false;
        loop {
            match self.channel.read_message(&mut piece, MAX_FILE).await {
                Ok(()) if piece.is_empty() => break,
                // What is too long is read to its end: the client hears an error only then.
                Ok(()) if file.len() + piece.len() > MAX_FILE => too_long = true,
                Ok(()) => file.extend_from_slice(&piece),
                Err(ReadError::Io(_)) => return Err(ServerError::read_interrupted()),
                Err(error) => {
                    let error = error.to_client();
                    return Err(error.unwrap_or_else(ServerError::read_interrupted));
                }
            }
        }
        if too_long {
            return Err(ServerError::packet_too_large());
        }
        self.session.query.load_input = Some(Box::new(Cursor::new(file)));
        Ok(())
    }
}

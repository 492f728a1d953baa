//! SHOW SNAPSHOT FOR REPLICA: the whole database as bytes, for a server of our kind that begins to follow this one.

use std::io;

use super::Answer;
use super::rows::{Column, send_columns};
use crate::query::accounts::{Privilege, require};
use crate::query::{Outcome, ResultSink, Session};
use crate::value::{SqlError, Value};

/// Bytes in a row.
const CHUNK: usize = 256 << 10;

/// Streams it: bytes so far, about how many there are, and the bytes.
///
/// # Errors
/// 1227; the client's connection; 1317.
pub fn show(session: &Session, sink: &mut dyn ResultSink) -> Answer {
    require(session, Privilege::ReplicationReplica)?;
    let columns =
        [Column::Number("Done"), Column::Number("About"), Column::Binary("Data", CHUNK as u64)];
    send_columns(sink, &columns)?;
    let about = session.engine.database().tables.bytes() as u64;
    let mut rows = Rows { sink, about, done: 0, count: 0, pending: Vec::new(), failed: None };
    let stop = || session.kill.is_raised();
    let written = session.engine.write_copy(&mut rows, &stop).and_then(|()| rows.send());
    if let Some(error) = rows.failed {
        return Err(error.into());
    }
    written.map_err(|_| SqlError::new(1317, b"70100", "Query execution was interrupted"))?;
    Ok(Outcome::Rows { count: rows.count })
}

struct Rows<'a> {
    sink: &'a mut dyn ResultSink,
    about: u64,
    done: u64,
    count: u64,
    pending: Vec<u8>,
    failed: Option<SqlError>,
}

impl Rows<'_> {
    fn send(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.done += self.pending.len() as u64;
        self.count += 1;
        let data = Value::Bytes(std::mem::take(&mut self.pending).into());
        let row = [Value::UInt(self.done), Value::UInt(self.about), data];
        self.sink.row(&row).map_err(|error| {
            self.failed = Some(error);
            io::Error::other("the client is gone")
        })
    }
}

impl io::Write for Rows<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part = bytes.get(..CHUNK.min(bytes.len())).unwrap_or(bytes);
        self.pending.extend_from_slice(part);
        if self.pending.len() >= CHUNK {
            self.send()?;
        }
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

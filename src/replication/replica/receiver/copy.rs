//! The first copy: the whole database of a source of our kind, when its log no longer has what is missing here.
//!
//! ```text
//! 1236 ─▶ is all that is here there too? ─▶ applier idle ─▶ stream into a file ─▶ locks ─▶ adopt ─▶ ask again, by its GTIDs
//! ```
//! A cut leaves the file, which the next attempt writes anew; what is here stays until the copy is whole and checked.

use std::time::{Duration, Instant};

use super::connection::Connection;
use super::{Broken, Received, Receiver};
use crate::disk::DiskFile;
use crate::engine::Interrupt;
use crate::gtid::GtidSet;
use crate::replication::replica::status::IoRunning;
use crate::wire::Malformed;
use crate::wire::reader::Reader;

/// The file, while it is written.
const FILE: &str = "replica.copy";

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// How often it is looked whether the applier is idle.
const TICK: Duration = Duration::from_millis(50);

/// Silence that ends the stream.
const SILENCE: Duration = Duration::from_secs(60);

impl Receiver {
    /// Copies the source's data.
    pub(super) async fn copy(
        &self,
        connection: &mut Connection,
        received: &Received,
    ) -> Result<(), Broken> {
        self.own_is_theirs(connection).await?;
        self.applier_is_idle(received).await;
        let disk = self.engine.disk().ok_or_else(|| failed("there is no data folder"))?.clone();
        self.status.io(IoRunning::Connecting, "Copying the source's data");
        tracing::info!(source = %self.settings.host, "replication: the source's data are copied");
        if disk.exists(FILE).map_err(Broken::Relay)? {
            disk.remove(FILE).map_err(Broken::Relay)?;
        }
        let file = disk.create(FILE).map_err(Broken::Relay)?;
        self.stream(connection, &*file).await?;
        file.sync().map_err(Broken::Relay)?;
        self.status.io(IoRunning::Connecting, "Taking over the copy of the source's data");
        self.adopt().await?;
        disk.remove(FILE).map_err(Broken::Relay)?;
        tracing::info!(bytes = file.len(), "replication: the source's data are here");
        Ok(())
    }

    /// What the source lacks would be lost.
    async fn own_is_theirs(&self, connection: &mut Connection) -> Result<(), Broken> {
        let text = connection.value("SELECT @@GLOBAL.gtid_executed").await?.unwrap_or_default();
        let theirs: GtidSet = text.parse().map_err(|_| failed("the source's GTIDs are none"))?;
        let mut missing = GtidSet::clone(&self.engine.database().executed);
        missing.subtract(&theirs);
        if missing.is_empty() {
            return Ok(());
        }
        Err(failed(&format!("the source's log is purged, and it lacks {missing} of this server")))
    }

    /// What was received is applied first: a copy would have it, too, but not the other way round.
    async fn applier_is_idle(&self, received: &Received) {
        let has_all = || self.engine.database().executed.contains_all(&received.gtids);
        while !has_all() && self.status.now().sql {
            tokio::time::sleep(TICK).await;
        }
    }

    async fn stream(&self, connection: &mut Connection, file: &dyn DiskFile) -> Result<(), Broken> {
        let (began, mut told) = (Instant::now(), Instant::now());
        let mut packet = Vec::new();
        connection.query("SHOW SNAPSHOT FOR REPLICA").await?;
        loop {
            let row = tokio::time::timeout(SILENCE, connection.next_row(&mut packet)).await;
            if !row.map_err(|_| Broken::Lost("the copy does not go on".into()))?? {
                return Ok(());
            }
            let (done, about, data) = chunk(&packet)?;
            file.append(data).map_err(Broken::Relay)?;
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                let text = progress(done, about, began.elapsed());
                tracing::info!("replication: {text}");
                self.status.io(IoRunning::Connecting, text);
            }
        }
    }

    async fn adopt(&self) -> Result<(), Broken> {
        let owner = self.engine.new_owner();
        let locked = loop {
            match self.engine.lock_all_tables(owner) {
                Ok(()) => break Ok(()),
                Err(Interrupt::Wait(wait)) => drop(wait.await),
                Err(other) => break Err(other.into_error()),
            }
        };
        let adopted = locked.and_then(|()| self.engine.adopt_copy(FILE));
        self.engine.leave(owner);
        adopted.map_err(|error| Broken::Fatal(error.code, error.message))
    }
}

/// A row of the stream.
fn chunk(packet: &[u8]) -> Result<(u64, u64, &[u8]), Malformed> {
    let mut from = Reader::new(packet);
    let mut number = || -> Result<u64, Malformed> {
        let text = std::str::from_utf8(from.lenenc_bytes()?).unwrap_or_default();
        text.parse().map_err(|_| Malformed("a copy without its length"))
    };
    let (done, about) = (number()?, number()?);
    Ok((done, about, from.lenenc_bytes()?))
}

/// Rows in memory take more room than in a copy, so what is told of the end is a guess on the safe side.
fn progress(done: u64, about: u64, took: Duration) -> String {
    let about = about.max(done);
    let left = took.as_secs_f64() * (about - done) as f64 / done.max(1) as f64;
    let percent = done * 100 / about.max(1);
    format!(
        "Copying the source's data: {done} of at most {about} bytes ({percent} %), {left:.0} s left"
    )
}

fn failed(what: &str) -> Broken {
    Broken::Fatal(super::READ_ERROR, format!("Fatal error: {what}"))
}

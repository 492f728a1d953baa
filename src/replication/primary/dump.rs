//! Carries the log to one follower over its connection, and hears what comes back.
//!
//! Nothing is polled: the task wakes when the log grows, when the follower says something or goes away, when a
//! heartbeat is due, or when it is told to end. A follower that does not read holds one batch of packets and
//! nothing more; one that reads nothing for [`DumpLimits::write`] is given up.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::error::refused;
use super::sender::{Filled, Sender};
use super::{DumpError, Following};
use crate::binlog::log::{Log, Position, file_number};
use crate::net::Pipe;
use crate::wire::header::{HEADER_LEN, Header};
use crate::wire::ok::EofPacket;
use crate::wire::replication::{Acknowledgement, MAX_FILE_NAME};
use crate::wire::{StatusFlags, header};

/// Longest packet that a follower sends, in bytes.
const MAX_ANSWER: usize = MAX_FILE_NAME + 16;

/// A follower this far behind is read for on a thread that may block, in bytes.
const FAR_BEHIND: u64 = 1 << 20;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct DumpLimits {
    /// Between heartbeats; `None`: none are sent.
    pub heartbeat: Option<Duration>,
    /// Until a batch was taken by the follower (`net_write_timeout`).
    pub write: Duration,
}

/// Sends until the follower is gone, `closing` ends, or the end is reached and the follower does not wait.
///
/// # Errors
/// What the follower is to be told, with the number of its packet from [`Sender::sequence`].
pub async fn run(
    pipe: &mut Pipe,
    log: &Arc<Log>,
    sender: &mut Sender,
    following: &Following,
    non_blocking: bool,
    limits: DumpLimits,
) -> Result<(), DumpError> {
    let mut grown = log.subscribe();
    let mut out = Vec::new();
    loop {
        let revealed = *grown.borrow_and_update();
        if sender.position() > revealed {
            // RESET BINARY LOGS
            return Err(refused("could not find next log; the log has begun anew"));
        }
        let filled = fill(log, sender, &mut out)?;
        send(pipe, &mut out, limits.write).await?;
        following.sent(sender.position());
        hear(pipe, following)?;
        if following.is_superseded() {
            return Err(DumpError::Superseded);
        }
        if filled == Filled::More {
            // others on this thread get their turn
            tokio::task::yield_now().await;
            continue;
        }
        if non_blocking {
            return end(pipe, sender, limits.write).await;
        }
        let heartbeat_at = limits.heartbeat.map(|period| Instant::now() + period);
        tokio::select! {
            changed = grown.changed() => changed.map_err(|_| io::Error::other("the log is closed"))?,
            read = pipe.fill() => { read?; }
            () = at(heartbeat_at) => sender.heartbeat(&mut out)?,
            () = following.superseded() => return Err(DumpError::Superseded),
        }
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Reading files that are not in memory any more may take a while.
fn fill(log: &Log, sender: &mut Sender, out: &mut Vec<u8>) -> Result<Filled, DumpError> {
    let (here, end) = (sender.position(), log.revealed());
    let far = here.file != end.file || end.offset.saturating_sub(here.offset) > FAR_BEHIND;
    let may_block = || {
        let runtime = tokio::runtime::Handle::current();
        runtime.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread
    };
    if far && may_block() {
        return tokio::task::block_in_place(|| sender.fill(out));
    }
    sender.fill(out)
}

async fn send(pipe: &mut Pipe, out: &mut Vec<u8>, limit: Duration) -> Result<(), DumpError> {
    if out.is_empty() {
        return Ok(());
    }
    let sent = timeout(limit, pipe.send(out)).await;
    sent.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    out.clear();
    out.shrink_to(super::sender::BATCH);
    Ok(())
}

/// The EOF of a dump that does not wait.
async fn end(pipe: &mut Pipe, sender: &Sender, limit: Duration) -> Result<(), DumpError> {
    let (mut out, mut sequence) = (Vec::new(), sender.sequence());
    let eof = EofPacket { warnings: 0, status: StatusFlags::empty() };
    header::put_packet_with(&mut out, &mut sequence, |out| eof.put_payload(out));
    send(pipe, &mut out, limit).await
}

/// Takes the acknowledgements that have come.
fn hear(pipe: &mut Pipe, following: &Following) -> Result<(), DumpError> {
    while let Some(header) = Header::peek(pipe.unread()) {
        let len = header.len as usize;
        if len > MAX_ANSWER {
            return Err(invalid().into());
        }
        let Some(payload) = pipe.unread().get(HEADER_LEN..HEADER_LEN + len) else { break };
        take_answer(payload, following)?;
        pipe.consume(header.packet_len());
    }
    Ok(())
}

/// Takes an acknowledgement's payload.
pub(in crate::replication) fn take_answer(payload: &[u8], following: &Following) -> io::Result<()> {
    let heard = Acknowledgement::parse(payload).map_err(|_| invalid())?;
    let file = file_number(&heard.file).ok_or_else(invalid)?;
    following.heard(heard.kind, Position { file, offset: heard.position });
    Ok(())
}

/// A command, or what is nothing: either way it no longer follows.
fn invalid() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not an acknowledgement")
}

//! The console's listener and its limits.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use opensrv_mysql::AsyncMysqlIntermediary;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::Console;
use super::door::Door;
use crate::net;

/// Operators at once; more wait in the kernel's queue until one leaves.
const MAX_CONNECTIONS: usize = 16;

/// All that one connection may send: the protocol's library keeps a packet of any length whole in memory, and
/// an operator types less than this in a day.
const MAX_RECEIVED: u64 = 1 << 20;

/// A connection ends after this, whatever it does: clients open another by themselves.
const MAX_CONNECTION_TIME: Duration = Duration::from_secs(8 * 3_600);

/// Serves operators until `shutdown` is cancelled.
pub async fn serve(listener: TcpListener, console: Arc<Console>, shutdown: CancellationToken) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let accepting = async {
        while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => visit(stream, &console, permit, &shutdown),
                Err(error) => refused(&error).await,
            }
        }
    };
    shutdown.run_until_cancelled(accepting).await;
}

/// Too many open files, most likely: it passes, and trying at once would only spin.
async fn refused(error: &io::Error) {
    tracing::warn!(%error, "the console cannot accept a connection");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

fn visit(
    stream: TcpStream,
    console: &Arc<Console>,
    permit: OwnedSemaphorePermit,
    shutdown: &CancellationToken,
) {
    let door = Door::new(console.clone(), net::random_salt());
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        let (reader, writer) = stream.into_split();
        let talk = AsyncMysqlIntermediary::run_on(door, reader.take(MAX_RECEIVED), writer);
        let bounded = tokio::time::timeout(MAX_CONNECTION_TIME, talk);
        if let Some(Ok(Err(error))) = shutdown.run_until_cancelled(bounded).await {
            tracing::info!(kind = ?error.kind(), "a connection to the console ended");
        }
        drop(permit);
    });
}

//! A forwarder between a replica and the primary that can be frozen, one way or both, and cut.
//!
//! Frozen, connections stay open and bytes wait: neither side can know. Closed, they end and new ones end at once.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Bytes that are carried at once.
const BUFFER: usize = 64 << 10;

/// What the forwarder does with its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Open,
    /// What the primary sends does not arrive.
    NoEvents,
    /// What the replica sends does not arrive.
    NoAcks,
    /// Neither.
    Frozen,
    Closed,
}

impl Way {
    fn lets_acks_pass(self) -> bool {
        matches!(self, Self::Open | Self::NoEvents)
    }

    fn lets_events_pass(self) -> bool {
        matches!(self, Self::Open | Self::NoAcks)
    }
}

#[derive(Debug, Clone, Copy)]
struct State {
    way: Way,
    /// How often all connections were ended.
    cuts: u64,
}

/// One forwarder.
pub struct Link {
    port: u16,
    state: watch::Sender<State>,
}

impl Link {
    /// Listens on a port of its own and carries on to `target`.
    pub fn new(runtime: &Runtime, target: SocketAddr) -> Self {
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = watch::Sender::new(State { way: Way::Open, cuts: 0 });
        let states = state.subscribe();
        runtime.spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, target, states.clone()));
            }
        });
        Self { port, state }
    }

    /// Where the replica connects to.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn set(&self, way: Way) {
        self.state.send_modify(|state| {
            state.way = way;
            state.cuts += u64::from(way == Way::Closed);
        });
    }
}

async fn carry(near: TcpStream, target: SocketAddr, mut state: watch::Receiver<State>) {
    let State { way, cuts } = *state.borrow();
    if way == Way::Closed {
        return;
    }
    let Ok(far) = TcpStream::connect(target).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    let acks = pump(from_near, to_far, state.clone(), Way::lets_acks_pass);
    let events = pump(from_far, to_near, state.clone(), Way::lets_events_pass);
    tokio::select! {
        _ = acks => {}
        _ = events => {}
        _ = state.wait_for(|state| state.cuts > cuts) => {}
    }
}

/// Carries bytes, and the end of them, while the way lets them pass.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut state: watch::Receiver<State>,
    passes: fn(Way) -> bool,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = from.read(&mut buffer).await;
        let _ = state.wait_for(|state| passes(state.way)).await;
        match read? {
            0 => return Ok(()),
            read => to.write_all(&buffer[..read]).await?,
        }
    }
}

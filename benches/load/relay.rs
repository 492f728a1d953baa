//! Carries replication from a primary to its replicas, and holds it back.
//!
//! Each piece is sent so long after it came, in its order; what replicas send passes at once. Threads and not tasks,
//! as the system wakes a thread within some 50 µs and a runtime's timer counts in milliseconds.

use std::error::Error;
use std::io::{self, BufRead, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Bytes of one piece.
const PIECE: usize = 64 << 10;
/// Pieces that are held at most; the primary is not read from while there are so many.
const HELD: usize = 65_536;

/// Until stdin ends.
pub fn serve(port: &str, to: &str) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?))?;
    let to: u16 = to.parse()?;
    let delay = Arc::new(AtomicU64::new(0));
    let shared = delay.clone();
    std::thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let delay = shared.clone();
            std::thread::spawn(move || carry(near, to, delay));
        }
    });
    for line in io::stdin().lock().lines() {
        delay.store(line?.trim().parse()?, Relaxed);
        println!("{{}}");
    }
    Ok(())
}

fn carry(near: TcpStream, to: u16, delay: Arc<AtomicU64>) -> io::Result<()> {
    let far = TcpStream::connect(("127.0.0.1", to))?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (mut asks, mut asked) = (near.try_clone()?, far.try_clone()?);
    std::thread::spawn(move || {
        let _ = io::copy(&mut asks, &mut asked);
        let _ = asked.shutdown(Shutdown::Both);
    });
    let (held, due) = sync_channel(HELD);
    let end = near.try_clone()?;
    let sender = std::thread::spawn(move || send(near, &due));
    receive(far, &held, &delay)?;
    drop(held);
    let _ = sender.join();
    end.shutdown(Shutdown::Both)
}

type Piece = (Instant, Vec<u8>);

fn receive(mut far: TcpStream, held: &SyncSender<Piece>, delay: &AtomicU64) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        let count = far.read(&mut buffer)?;
        let due = Instant::now() + Duration::from_micros(delay.load(Relaxed));
        let piece = buffer.get(..count).unwrap_or_default().to_vec();
        if count == 0 || held.send((due, piece)).is_err() {
            return Ok(());
        }
    }
}

fn send(mut near: TcpStream, due: &Receiver<Piece>) -> io::Result<()> {
    for (at, piece) in due {
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        near.write_all(&piece)?;
    }
    Ok(())
}

//! Free TCP ports on loopback.
//!
//! Ports are looked for below the range that the kernel gives to outgoing connections, so that no client's
//! connection takes one between the look and the use; and never given out twice by one process.

use std::net::TcpListener;
use std::sync::Mutex;

/// Where the search goes round. `ANABRANCH_TEST_PORTS=23000-23999` narrows it.
const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

static NEXT: Mutex<Option<u16>> = Mutex::new(None);

/// The first of `count` neighbouring free ports.
pub fn free_ports(count: u16) -> u16 {
    let (first, last) = range();
    let mut next = NEXT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let span = last - first - count;
    let mut base =
        next.unwrap_or_else(|| first + (std::process::id() as u16).wrapping_mul(7) % span);
    for _ in first..last {
        if base + count > last {
            base = first;
        }
        if (base..base + count).all(is_free) {
            *next = Some(base + count);
            return base;
        }
        base += 1;
    }
    panic!("no {count} neighbouring free ports in {first}-{last}");
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

fn range() -> (u16, u16) {
    let Ok(text) = std::env::var("ANABRANCH_TEST_PORTS") else { return (FIRST, LAST) };
    let parsed = text.split_once('-').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    parsed.expect("ANABRANCH_TEST_PORTS looks like 23000-23999")
}

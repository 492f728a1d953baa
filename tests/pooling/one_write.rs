//! A statement on a connection that has another state is sent in one write with that state: a relay between the
//! proxy and its server looks at what arrives in one piece.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::{Proxy, alone, cluster, session};

/// A part of the statements' text, by which they are found.
const MARK: &str = "'one write'";
/// Bytes that are carried at once: more than any write of this test.
const BUFFER: usize = 64 << 10;

/// What the proxy has written, piece by piece, on all connections.
type Pieces = Arc<Mutex<Vec<Vec<u8>>>>;

/// Carries bytes to `server`, and keeps a copy of what is sent to it.
fn relay(server: SocketAddr) -> (SocketAddr, Pieces) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let pieces = Pieces::default();
    let kept = Arc::clone(&pieces);
    std::thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let Ok(far) = TcpStream::connect(server) else { continue };
            let _ = (near.set_nodelay(true), far.set_nodelay(true));
            let (Ok(near_again), Ok(far_again)) = (near.try_clone(), far.try_clone()) else {
                return;
            };
            let kept = Arc::clone(&kept);
            std::thread::spawn(move || {
                carry(near, far, |piece| {
                    kept.lock().expect("no panic").push(piece.to_vec());
                })
            });
            std::thread::spawn(move || carry(far_again, near_again, |_| ()));
        }
    });
    (address, pieces)
}

fn carry(mut from: TcpStream, mut to: TcpStream, mut see: impl FnMut(&[u8])) {
    let mut buffer = vec![0; BUFFER];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        see(&buffer[..len]);
        if to.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}

#[test]
fn a_statement_and_the_state_that_it_needs_are_one_write() {
    let _alone = alone();
    let (address, pieces) = relay(cluster().address(0));
    let proxy = Proxy::start(
        cluster(),
        &format!(
            "[proxy]\nworkers = 1\npooling = \"transaction\"\nmax_server_connections = 1\n\
             [backend.tls]\nmode = \"disabled\"\n\
             [[server]]\nname = \"db0\"\naddress = \"{address}\"\n"
        ),
    );
    let zones = ["+01:00", "-07:00"];
    let mut sessions = zones.map(|zone| {
        let mut session = session(proxy.address());
        session.query(&format!("SET time_zone = '{zone}'")).expect("sets");
        session
    });
    for _ in 0..3 {
        for (session, zone) in sessions.iter_mut().zip(zones) {
            let asked = format!("SELECT CONCAT(@@time_zone, {MARK})");
            assert_eq!(session.value(&asked).expect("reads"), format!("{zone}one write"));
        }
    }
    let pieces = pieces.lock().expect("no panic");
    let texts = pieces.iter().map(|piece| String::from_utf8_lossy(piece));
    let marked: Vec<_> = texts.filter(|text| text.contains(MARK)).collect();
    assert_eq!(marked.len(), 6, "{marked:?}");
    // The first session had the connection last but one: all statements found the other's state.
    for (text, zone) in marked.iter().zip(zones.iter().cycle()) {
        let state = text.find(zone).unwrap_or_else(|| panic!("{zone} is not in {text:?}"));
        assert!(state < text.find(MARK).expect("it is marked"), "{text:?}");
    }
}

//! Clients that our own `sign_in` would never be: old ones, broken ones, and noise.

use tokio::io::AsyncWriteExt;

use super::*;

/// Sends `packet` after the greeting; the error that comes back.
async fn answer_to(packet: Vec<u8>) -> ServerError {
    let (client, server) = UnixStream::pair().unwrap();
    let policy = policy(None);
    let mut client = Stream::Unix(client);
    let client = async move {
        let mut packets = Packets::new(&mut client, 0);
        packets.read().await.unwrap();
        client.write_all(&packet).await.unwrap();
        let answer = Packets::new(&mut client, 0).read_any(true).await.unwrap();
        ServerError::parse(&answer).unwrap()
    };
    let list = List::new();
    let hello = hello(&policy);
    let (login, error) = tokio::join!(accept_login(Stream::Unix(server), &hello, &list), client);
    assert!(login.is_err());
    error
}

#[tokio::test]
async fn what_is_not_a_login_is_refused() {
    let old = b"\x0e\0\0\x01\x85\x24\0\0\0old\0secret".to_vec();
    assert_eq!(answer_to(old).await.code, 1251);
    let short = b"\x04\0\0\x01\x8d\xa6\x0f\0".to_vec();
    assert_eq!(answer_to(short).await.code, 1043);
    let out_of_order = b"\x04\0\0\x05\x8d\xa6\x0f\0".to_vec();
    assert_eq!(answer_to(out_of_order).await.code, 1156);
    let long = b"\xff\xff\xff\x01".to_vec();
    assert_eq!(answer_to(long).await.code, 1043);
    let tls = [&b"\x20\0\0\x01\x00\x0a\0\0"[..], &[0; 28]].concat();
    assert_eq!(answer_to(tls).await.code, 1043);
}

/// A login of protocol 4.1 from before there were plugins; what the proxy answers.
async fn old_login(user: &str) -> Vec<u8> {
    let (client, server) = UnixStream::pair().unwrap();
    let policy = policy(None);
    let mut client = Stream::Unix(client);
    let client = async move {
        let mut packets = Packets::new(&mut client, 0);
        let greeting = Greeting::parse(&packets.read().await.unwrap()).unwrap();
        let proof = native::prove(&native::single(b"secret"), &greeting.salt);
        let flags = CapabilityFlags::CLIENT_PROTOCOL_41 | CapabilityFlags::CLIENT_SECURE_CONNECTION;
        let start = [&flags.bits().to_le_bytes()[..], &[0, 0, 0, 1, 8], &[0; 23]].concat();
        let login = [&start[..], user.as_bytes(), &[0, 20], &proof].concat();
        packets.send(&login).await.unwrap();
        packets.read().await.unwrap_or_default()
    };
    let (list, hello) = (List::new(), hello(&policy));
    let server = async {
        let mut login = accept_login(Stream::Unix(server), &hello, &list).await?;
        let mut packets = Packets::new(&mut login.stream, login.next_seq);
        packets.send_with(|out| put_plain_ok(out, StatusFlags::empty())).await?;
        Ok::<_, LoginError>(())
    };
    tokio::join!(server, client).1
}

#[tokio::test]
async fn clients_without_plugins() {
    assert_eq!(old_login("native").await[0], 0);
    assert_eq!(ServerError::parse(&old_login("sha2").await).unwrap().code, 1251);
    assert_eq!(ServerError::parse(&old_login("nobody").await).unwrap().code, 1045);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(100))]

    /// Whatever a client sends, alone or behind the start of a real login, ends in an error.
    #[test]
    fn noise_never_panics(
        real in proptest::bool::ANY,
        noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
    ) {
        let login = [&b"\x8d\xa6\x3f\0\0\0\0\x01\x2d"[..], &[0; 23]].concat();
        let payload = if real { [login, noise].concat() } else { noise };
        let packet = [&[payload.len() as u8, 0, 0, 1], &payload[..]].concat();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut client, server) = UnixStream::pair().unwrap();
            client.write_all(&packet).await.unwrap();
            client.shutdown().await.unwrap();
            let policy = LoginPolicy { timeout: Duration::from_secs(1), ..policy(None) };
            assert!(accept_login(Stream::Unix(server), &hello(&policy), &List::new()).await.is_err());
        });
    }
}

//! Against frames made by hand, against another implementation of the protocol, and against itself
//! in random pieces.

use std::future::poll_fn;
use std::time::Duration;

use bytes::BytesMut;
use mysql_common::proto::codec::PacketCodec;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::unpack::Step;
use super::*;
use crate::net::Pipe;

/// What no compressor makes smaller.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..len).map(|_| next()).collect()
}

fn header(len: usize, number: u8, inflated: usize) -> Vec<u8> {
    let (len, inflated) = (len.to_le_bytes(), inflated.to_le_bytes());
    [&len[..3], &[number], &inflated[..3]].concat()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    use flate2::{Compress, Compression, FlushCompress};
    let mut out = Vec::with_capacity(bytes.len() + 1024);
    Compress::new(Compression::best(), true)
        .compress_vec(bytes, &mut out, FlushCompress::Finish)
        .unwrap();
    out
}

fn deflated_frame(number: u8, bytes: &[u8]) -> Vec<u8> {
    let body = zlib(bytes);
    [header(body.len(), number, bytes.len()), body].concat()
}

fn plain_frame(number: u8, bytes: &[u8]) -> Vec<u8> {
    [header(bytes.len(), number, 0), bytes.to_vec()].concat()
}

fn packet(payload: &[u8]) -> Vec<u8> {
    [&payload.len().to_le_bytes()[..3], &[1], payload].concat()
}

fn packets_of_noise(lengths: &[usize]) -> Vec<u8> {
    let noise = noise(lengths.iter().sum());
    let mut rest = noise.as_slice();
    let mut payload = |len| rest.split_off(..len).unwrap();
    lengths.iter().flat_map(|len| packet(payload(*len))).collect()
}

fn pair() -> (UnixStream, Stream) {
    let (client, server) = UnixStream::pair().unwrap();
    (client, Stream::Unix(server).compressed())
}

/// Feeds all pieces to an unpacker that may give `room` bytes at a time.
fn unpack(pieces: &[&[u8]], room: usize) -> io::Result<Vec<u8>> {
    let (mut unpacker, mut number) = (Unpacker::default(), 0);
    let (mut pending, mut all, mut out) = (Vec::new(), Vec::new(), vec![0; room]);
    for piece in pieces {
        pending.extend_from_slice(piece);
        loop {
            let step = unpacker.step(&pending, &mut out, &mut number)?;
            pending.drain(..step.used);
            all.extend_from_slice(&out[..step.made]);
            assert!(all.len() < 1 << 24);
            if step.used == 0 && step.made == 0 {
                break;
            }
        }
    }
    assert!(unpacker.is_between() && pending.is_empty(), "all of it was used");
    Ok(all)
}

#[test]
fn short_or_dense_bytes_are_stored_others_deflated() {
    let packed = |plain: &[u8]| {
        let mut out = Buffer::default();
        pack::pack(7, plain, &mut out);
        let frame = out.unread();
        assert_eq!(frame[3], 7);
        assert!(frame.len() <= HEADER_LEN + plain.len());
        (frame.len(), u32::from_le_bytes([frame[4], frame[5], frame[6], 0]))
    };
    assert_eq!(packed(&[b'x'; 49]), (56, 0));
    let (len, inflated) = packed(&[b'x'; 50]);
    assert!(len < 30);
    assert_eq!(inflated, 50);
    let most = gather::MAX_GATHERED;
    assert_eq!(packed(&noise(most)), (most + HEADER_LEN, 0));
    assert_eq!(packed(&vec![0; most]).1 as usize, most);
}

/// The inflated lengths of the frames of these packets, with a flush after each piece of `piece`
/// bytes. All is checked to be the same in the end.
async fn frame_lengths(packets: &[usize], piece: usize) -> Vec<usize> {
    let (mut client, mut server) = pair();
    let all = packets_of_noise(packets);
    let sending = async {
        for piece in all.chunks(piece) {
            server.write_all(piece).await.unwrap();
            server.flush().await.unwrap();
        }
        server.shutdown().await.unwrap();
    };
    let mut frames = Vec::new();
    tokio::join!(sending, client.read_to_end(&mut frames)).1.unwrap();
    // Noise is not deflated.
    let (mut lengths, mut bytes, mut rest) = (Vec::new(), Vec::new(), frames.as_slice());
    while let [a, b, c, number, 0, 0, 0, more @ ..] = rest {
        let (body, next) = more.split_at(u32::from_le_bytes([*a, *b, *c, 0]) as usize);
        assert_eq!(usize::from(*number), lengths.len() % 256);
        lengths.push(body.len());
        bytes.extend_from_slice(body);
        rest = next;
    }
    assert!(rest.is_empty() && bytes == all);
    lengths
}

#[tokio::test]
async fn a_packet_lies_in_two_frames_at_most() {
    // Flushed with every byte: whole packets alone.
    assert_eq!(frame_lengths(&[1, 0, 30], 1).await, [5, 4, 34]);
    // Never flushed: all of them in one.
    assert_eq!(frame_lengths(&[1, 0, 30], 1000).await, [43]);
    // A flush sends no half packet.
    assert_eq!(frame_lengths(&[10, 40_000, 10], 16_384).await, [14, 40_004, 14]);
    // Too many for one frame.
    assert_eq!(frame_lengths(&[20_000, 10_000, 10_000], 100_000).await, [30_008, 10_004]);
    // The longest that is gathered, and one longer.
    let most = gather::MAX_GATHERED - 4;
    assert_eq!(frame_lengths(&[9, most, 9], 16_384).await, [13, most + 4, 13]);
    assert_eq!(frame_lengths(&[9, most + 1, 9], 13).await, [13, 4, most + 1, 13]);
    assert_eq!(frame_lengths(&[9, most + 1, 9], 1 << 20).await, [17, most + 1, 13]);
    // The longest that there is.
    let max = (1 << 24) - 1;
    assert_eq!(frame_lengths(&[max, 3], 16_384).await, [4, max, 7]);
}

#[test]
fn frames_may_be_cut_at_every_byte() {
    let long = noise(300).repeat(3);
    let frames = [
        plain_frame(0, b"one"),
        deflated_frame(1, &long),
        plain_frame(2, b""),
        deflated_frame(3, b"x"),
        plain_frame(0, b"a new command"),
    ]
    .concat();
    let expected = [b"one", long.as_slice(), b"x", b"a new command"].concat();
    for at in 0..frames.len() {
        let (left, right) = frames.split_at(at);
        assert_eq!(unpack(&[left, right], 1000).unwrap(), expected);
    }
    let bytes: Vec<&[u8]> = frames.chunks(1).collect();
    for room in [1, 2, 7, 4096] {
        assert_eq!(unpack(&bytes, room).unwrap(), expected);
    }
}

#[test]
fn hostile_frames_end_the_connection() {
    let text = b"0123456789".repeat(20);
    let body = zlib(&text);
    let with = |len: usize, inflated: usize, body: &[u8]| {
        let frame = [&header(len, 0, inflated), body].concat();
        unpack(&[&frame], 64).map_err(|error| error.to_string())
    };
    assert_eq!(with(body.len(), 200, &body), Ok(text.clone()));
    let complaint = |result: Result<_, String>| result.unwrap_err();
    assert!(complaint(with(body.len(), 199, &body)).contains("longer than it says"));
    assert!(complaint(with(body.len(), 201, &body)).contains("length it says"));
    assert!(complaint(with(body.len() - 1, 200, &body)).contains("cut off"));
    assert!(complaint(with(0, 200, &[])).contains("cut off"));
    let trailed = [body.as_slice(), b"more"].concat();
    assert!(complaint(with(trailed.len(), 200, &trailed)).contains("length it says"));
    let mut wrong = body.clone();
    *wrong.last_mut().unwrap() ^= 1;
    assert!(complaint(with(wrong.len(), 200, &wrong)).contains("not inflate"));
    assert!(complaint(with(4, 200, b"\xff\xff\xff\xff")).contains("not inflate"));
    let order = [plain_frame(0, b"a"), plain_frame(2, b"b")].concat();
    assert!(unpack(&[&order], 64).unwrap_err().to_string().contains("out of order"));
}

#[test]
fn a_bomb_gives_no_more_than_it_announces() {
    let body = zlib(&vec![0; (1 << 24) - 1]);
    let frame = [header(body.len(), 0, 1000), body.clone()].concat();
    let (mut unpacker, mut number, mut out) = (Unpacker::default(), 0, [0; 4096]);
    let first = unpacker.step(&frame, &mut out, &mut number).unwrap();
    assert_eq!(first, Step { used: HEADER_LEN, made: 0 });
    assert!(unpacker.step(&frame[HEADER_LEN..], &mut out, &mut number).is_err());
    // An honest one comes in pieces of the reader's size.
    let frame = [header(body.len(), 0, (1 << 24) - 1), body].concat();
    let all = unpack(&[&frame], 16 * 1024).unwrap();
    assert_eq!(all.len(), (1 << 24) - 1);
}

#[tokio::test]
async fn an_answer_goes_on_where_its_command_ended() {
    let (mut client, mut server) = pair();
    let mut got = [0; 4];
    for _ in 0..2 {
        client.write_all(&plain_frame(0, b"co")).await.unwrap();
        client.write_all(&plain_frame(1, b"mm")).await.unwrap();
        server.read_exact(&mut got).await.unwrap();
        server.write_all(&packet(b"answer")).await.unwrap();
        server.flush().await.unwrap();
        server.write_all(&packet(b"more")).await.unwrap();
        server.flush().await.unwrap();
        let mut frames = vec![0; 2 * (HEADER_LEN + 4) + 10];
        client.read_exact(&mut frames).await.unwrap();
        let expected = [plain_frame(2, &packet(b"answer")), plain_frame(3, &packet(b"more"))];
        assert_eq!(frames, expected.concat());
    }
}

#[tokio::test]
async fn a_command_sent_ahead_does_not_upset_the_numbers() {
    let (mut client, server) = pair();
    let mut pipe = Pipe::new(server);
    client.write_all(&plain_frame(0, b"first")).await.unwrap();
    client.write_all(&plain_frame(0, b"second")).await.unwrap();
    pipe.fill().await.unwrap();
    assert_eq!(pipe.unread(), b"first");
    pipe.consume(5);
    let watched = poll_fn(|context| Poll::Ready(pipe.poll_watch(context).is_pending())).await;
    assert!(watched, "the second is held back");
    pipe.send(&packet(b"answer")).await.unwrap();
    pipe.fill().await.unwrap();
    assert_eq!(pipe.unread(), b"second");
    pipe.send(&packet(b"answer")).await.unwrap();
    let mut frames = vec![0; 2 * (HEADER_LEN + 10)];
    client.read_exact(&mut frames).await.unwrap();
    assert_eq!(frames, plain_frame(1, &packet(b"answer")).repeat(2));
}

#[tokio::test]
async fn watching_notices_the_end() {
    for ahead in [Vec::new(), plain_frame(0, b"ahead"), vec![1, 2, 3]] {
        let (mut client, server) = pair();
        let mut pipe = Pipe::new(server);
        client.write_all(&ahead).await.unwrap();
        drop(client);
        let watching = poll_fn(|context| pipe.poll_watch(context));
        let end = tokio::time::timeout(Duration::from_secs(5), watching).await.unwrap();
        assert!(matches!(end, Ok(0) | Err(_)));
    }
}

#[tokio::test]
async fn an_end_within_a_frame_is_an_error() {
    let frame = deflated_frame(0, &[b'y'; 500]);
    for at in 0..=frame.len() {
        let (mut client, mut server) = pair();
        client.write_all(&frame[..at]).await.unwrap();
        drop(client);
        let mut all = Vec::new();
        let outcome = server.read_to_end(&mut all).await;
        assert_eq!(outcome.is_ok(), at == 0 || at == frame.len());
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_stops_the_writer() {
    let (mut client, mut server) = pair();
    let all = packets_of_noise(&[1000; 4000]);
    let mut taken = 0;
    while let Ok(n) =
        tokio::time::timeout(Duration::from_millis(50), server.write(&all[taken..])).await
    {
        taken += n.unwrap();
    }
    assert!(taken < 1 << 20, "{taken} bytes were taken by a socket and two frames");
    let (sent, got) = tokio::join!(
        async {
            server.write_all(&all[taken..]).await.unwrap();
            server.shutdown().await.unwrap();
        },
        async {
            let mut frames = Vec::new();
            client.read_to_end(&mut frames).await.unwrap();
            frames
        }
    );
    let () = sent;
    assert!(unpack(&[&got], 16 * 1024).unwrap() == all);
}

#[tokio::test]
async fn an_idle_connection_holds_no_buffers() {
    let (mut client, server) = UnixStream::pair().unwrap();
    let mut server = Compressed::new(Stream::Unix(server));
    client.write_all(&deflated_frame(0, &[b'z'; 9000])).await.unwrap();
    server.read_exact(&mut vec![0; 9000]).await.unwrap();
    server.write_all(&packet(&[b'z'; 40_000])).await.unwrap();
    server.write_all(&packet(&[b'z'; 10])).await.unwrap();
    server.flush().await.unwrap();
    let reading = tokio::time::timeout(Duration::from_millis(10), server.read_u8());
    assert!(reading.await.is_err());
    assert!(server.unpacker.is_between(), "no state for inflating");
    assert!(server.gatherer.is_released());
    assert!(server.arrived.is_released() && server.packed.is_released());
}

#[tokio::test]
async fn another_implementation_understands_it() {
    let (mut client, mut server) = pair();
    let mut codec = PacketCodec::default();
    codec.compress(flate2::Compression::default());
    for len in [1, 60, 20_000, 3_000_000] {
        let command = [noise(len / 2), vec![0; len.div_ceil(2)]].concat();
        // With room for all: the codec cuts off what does not fit.
        let mut frames = BytesMut::with_capacity(4 << 20);
        codec.reset_seq_id();
        codec.encode(&mut command.as_slice(), &mut frames).unwrap();
        let (sent, got) = tokio::join!(client.write_all(&frames), async {
            let mut packet = vec![0; len + 4];
            server.read_exact(&mut packet).await.unwrap();
            packet
        });
        sent.unwrap();
        assert!(got[4..] == command);
        // The command comes back as its answer.
        let answer = async {
            let mut answer = got.clone();
            answer[3] = 1;
            server.write_all(&answer).await.unwrap();
            server.flush().await.unwrap();
        };
        let read = async {
            let (mut bytes, mut packet) = (BytesMut::new(), Vec::new());
            while !codec.decode(&mut bytes, &mut packet).unwrap() {
                client.read_buf(&mut bytes).await.unwrap();
            }
            packet
        };
        assert!(tokio::join!(answer, read).1 == command);
    }
}

fn lengths() -> impl Strategy<Value = usize> {
    prop_oneof![0_usize..100, 0_usize..40_000, 250_000_usize..300_000]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_pieces_arrive_as_they_were(
        pieces in prop::collection::vec((lengths(), any::<bool>(), any::<bool>()), 1..12),
        write in 1_usize..20_000,
        read in 1_usize..20_000,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (left, right) = UnixStream::pair().unwrap();
            let mut sender = Stream::Unix(left).compressed();
            let mut receiver = Stream::Unix(right).compressed();
            let mut all = Vec::new();
            let bytes = |(len, dense, _): &(usize, bool, bool)| match dense {
                true => packet(&noise(*len)),
                false => packet(&vec![*len as u8; *len]),
            };
            pieces.iter().for_each(|piece| all.extend(bytes(piece)));
            let sending = async {
                for piece in &pieces {
                    for part in bytes(piece).chunks(write) {
                        sender.write_all(part).await.unwrap();
                        if piece.2 {
                            sender.flush().await.unwrap();
                        }
                    }
                }
                sender.shutdown().await.unwrap();
            };
            let receiving = async {
                let (mut got, mut chunk) = (Vec::new(), vec![0; read]);
                loop {
                    match receiver.read(&mut chunk).await.unwrap() {
                        0 => break got,
                        n => got.extend_from_slice(&chunk[..n]),
                    }
                }
            };
            assert!(tokio::join!(sending, receiving).1 == all);
        });
    }

    #[test]
    fn garbage_never_panics_or_outgrows_its_claims(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..40),
        honest in any::<bool>(),
    ) {
        let (mut unpacker, mut number, mut out) = (Unpacker::default(), 0, [0; 100]);
        let mut pending = match honest {
            true => deflated_frame(0, &[1; 100]),
            false => Vec::new(),
        };
        for piece in pieces {
            pending.extend(piece);
            loop {
                let Ok(step) = unpacker.step(&pending, &mut out, &mut number) else { return Ok(()) };
                prop_assert!(step.used <= pending.len() && step.made <= out.len());
                pending.drain(..step.used);
                if step == Step::default() {
                    break;
                }
            }
        }
    }
}

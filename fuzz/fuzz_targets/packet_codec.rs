//! Any bytes as any packet: no parser panics, and what a parser understood it can write and understand again
//! as the same.
//!
//! Input: one byte that chooses the packet, two that choose the connection's capabilities, then the payload.
#![no_main]

use anabranch::wire::auth::caching_sha2::StoredHash;
use anabranch::wire::auth::{AuthPacket, AuthSwitch};
use anabranch::wire::error::ServerError;
use anabranch::wire::greeting::Greeting;
use anabranch::wire::header::{HEADER_LEN, Header, put_packet};
use anabranch::wire::login::{ChangeUser, FirstPacket};
use anabranch::wire::ok::{EofPacket, OkPacket};
use anabranch::wire::prepared::{self, PrepareOk, Types};
use anabranch::wire::reader::Reader;
use anabranch::wire::replication::{
    Acknowledgement, BinlogDump, BinlogDumpGtid, RegisterReplica, StreamPacket, put_event,
};
use anabranch::wire::response::{Counts, Dialects, Expect, Next, Response};
use anabranch::wire::session_state::SessionChanges;
use anabranch::wire::{CapabilityFlags, Malformed, StatusFlags};
use libfuzzer_sys::fuzz_target;

/// Names up to this long are within every bound, also when bytes that are not UTF-8 were replaced by longer ones.
const SHORT: usize = 100;

fuzz_target!(|data: &[u8]| {
    let [selector, low, high, payload @ ..] = data else { return };
    let capabilities = capabilities_of(*low, *high);
    match selector % 13 {
        0 => header(payload),
        1 => greeting(payload),
        2 => first_packet(payload),
        3 => change_user(payload, capabilities),
        4 => ok(payload, capabilities),
        5 => eof(payload),
        6 => error(payload),
        7 => authentication(payload),
        8 => session_changes(payload),
        9 => response(payload, *low),
        10 => prepared(payload),
        11 => replication(payload),
        _ => reader(payload),
    }
});

/// Bits 8 to 23: from TRANSACTIONS to SESSION_TRACK, among them all that decide how a packet is read.
fn capabilities_of(low: u8, high: u8) -> CapabilityFlags {
    let bits = u32::from(u16::from_le_bytes([low, high])) << 8;
    CapabilityFlags::from_bits_retain(bits | CapabilityFlags::CLIENT_PROTOCOL_41.bits())
}

fn header(bytes: &[u8]) {
    let Some(header) = Header::peek(bytes) else { return };
    assert_eq!(header.to_bytes()[..], bytes[..HEADER_LEN]);
    let (mut out, mut sequence) = (Vec::new(), header.seq);
    put_packet(&mut out, &mut sequence, bytes);
    let written = Header::peek(&out).expect("a header was written");
    assert_eq!((written.packet_len(), written.seq), (out.len(), header.seq));
    assert_eq!(sequence, header.seq.wrapping_add(1));
}

/// Any bytes as any response: the machine ends, asks for more, or calls them malformed, and never claims
/// more than is there.
fn response(bytes: &[u8], kind: u8) {
    let expect =
        [Expect::Results, Expect::Prepare, Expect::Rows, Expect::Single][usize::from(kind & 3)];
    let dialects = Dialects {
        server_deprecates_eof: kind & 4 != 0,
        client_deprecates_eof: kind & 8 != 0,
    };
    let mut response = Response::new(expect, dialects);
    let mut rest = bytes.to_vec();
    // Every notable packet but an inserted EOF is taken out, so the steps are bounded by the bytes.
    for _ in 0..=2 * bytes.len() {
        let Ok(step) = response.step(&mut rest) else { return };
        assert!(step.plain <= rest.len());
        rest.drain(..step.plain);
        let Next::Packet { kind, len, translate } = step.next else { return };
        assert!(len <= rest.len());
        if translate != anabranch::wire::response::Translate::InsertEofBefore {
            let packet: Vec<u8> = rest.drain(..len).collect();
            let flags = packet.get(7..9).and_then(|flags| flags.try_into().ok());
            let status = StatusFlags::from_bits_retain(flags.map_or(0, u16::from_le_bytes));
            let counts = Some(Counts { columns: 1, parameters: u16::from(packet.len() as u8) });
            response.took_packet(kind, status, counts);
        } else {
            response.took_packet(kind, StatusFlags::empty(), None);
        }
    }
    panic!("a response without an end");
}

/// What replicas and primaries say to each other.
fn replication(payload: &[u8]) {
    if let Ok(packet) = RegisterReplica::parse(payload)
        && short(&packet.host, &Some(packet.user.clone()), &Some(packet.password.clone()))
    {
        let again = written(|out| packet.put_payload(out));
        assert_eq!(RegisterReplica::parse(&again), Ok(packet));
    }
    if let Ok(packet) = BinlogDump::parse(payload) {
        assert_eq!(written(|out| packet.put_payload(out)), payload);
    }
    if let Ok(packet) = BinlogDumpGtid::parse(payload) {
        let again = written(|out| packet.put_payload(out));
        assert_eq!(BinlogDumpGtid::parse(&again), Ok(packet));
    }
    if let Ok(packet) = Acknowledgement::parse(payload)
        && packet.file.len() <= SHORT
    {
        let again = written(|out| packet.put_payload(out));
        assert_eq!(Acknowledgement::parse(&again), Ok(packet));
    }
    for semi_sync in [false, true] {
        let Ok(StreamPacket::Event { needs_ack, event }) = StreamPacket::parse(payload, semi_sync)
        else {
            continue;
        };
        let again = written(|out| put_event(out, &mut 0, semi_sync.then_some(needs_ack), event));
        let event = StreamPacket::Event { needs_ack, event };
        assert_eq!(StreamPacket::parse(&again[HEADER_LEN..], semi_sync), Ok(event));
    }
}

fn prepared(payload: &[u8]) {
    let _ = PrepareOk::parse(payload);
    let _ = prepared::statement_id(payload);
    let parameters = u16::from(payload.first().copied().unwrap_or(0));
    match prepared::execute_types(payload, parameters) {
        Ok(Types::Here(range)) => assert!(range.end <= payload.len()),
        Ok(Types::Missing(flag)) => {
            let types = vec![3; 2 * usize::from(parameters)];
            let whole = prepared::with_types(payload, flag, &types);
            let found = prepared::execute_types(&whole, parameters);
            assert_eq!(found, Ok(Types::Here(flag + 1..flag + 1 + types.len())));
        }
        Ok(Types::None) | Err(_) => {}
    }
}

fn greeting(payload: &[u8]) {
    let Ok(greeting) = Greeting::parse(payload) else { return };
    let again = written(|out| greeting.put_payload(out));
    assert_eq!(Greeting::parse(&again).as_ref(), Ok(&greeting));
}

fn first_packet(payload: &[u8]) {
    match FirstPacket::parse(payload) {
        Ok(FirstPacket::TlsRequest(start)) => {
            let again = written(|out| start.put_payload(out));
            assert_eq!(FirstPacket::parse(&again), Ok(FirstPacket::TlsRequest(start)));
        }
        Ok(FirstPacket::Login(login))
            if short(&login.user, &login.database, &login.auth_plugin) =>
        {
            let again = written(|out| login.put_payload(out));
            let again = FirstPacket::parse(&again).expect("what was written is a login");
            let FirstPacket::Login(again) = again else { panic!("a login, not a TLS request") };
            assert_eq!(
                (&again.start, &again.user, &again.proof),
                (&login.start, &login.user, &login.proof)
            );
            assert_eq!(again.database.unwrap_or_default(), login.database.unwrap_or_default());
            assert_eq!(again.attributes, login.attributes);
        }
        Ok(FirstPacket::Login(_)) | Err(_) => {}
    }
}

fn change_user(body: &[u8], capabilities: CapabilityFlags) {
    let capabilities = capabilities | CapabilityFlags::CLIENT_SECURE_CONNECTION;
    let Ok(change) = ChangeUser::parse(body, capabilities) else { return };
    if short(&change.user, &change.database, &change.auth_plugin) {
        let again = written(|out| change.put_body(out, capabilities));
        let again =
            ChangeUser::parse(&again, capabilities).expect("what was written is a change of user");
        assert_eq!((again.user, again.proof), (change.user, change.proof));
        assert_eq!((again.database, again.collation), (change.database, change.collation));
    }
}

fn ok(payload: &[u8], capabilities: CapabilityFlags) {
    let Ok(ok) = OkPacket::parse(payload, capabilities) else { return };
    let all = written(|out| ok.put_payload(out, capabilities, |_| true));
    let parsed = OkPacket::parse(&all, capabilities).expect("what was written is an OK");
    assert_eq!(
        (parsed.affected_rows, parsed.last_insert_id),
        (ok.affected_rows, ok.last_insert_id)
    );
    let sound = |packet: &OkPacket<'_>| packet.changes().filter(Result::is_ok).count();
    if capabilities.contains(CapabilityFlags::CLIENT_SESSION_TRACK) {
        assert_eq!(sound(&parsed), sound(&ok), "every sound change is kept");
    }
    let none = written(|out| ok.put_payload(out, capabilities, |_| false));
    let parsed = OkPacket::parse(&none, capabilities).expect("what was written is an OK");
    assert_eq!(parsed.changes().count(), 0, "unwanted changes are gone");
}

fn eof(payload: &[u8]) {
    let Ok(eof) = EofPacket::parse(payload) else { return };
    let again = written(|out| eof.put_payload(out));
    assert_eq!(EofPacket::parse(&again), Ok(eof));
}

fn error(payload: &[u8]) {
    let Ok(error) = ServerError::parse(payload) else { return };
    let again = written(|out| error.put_payload(out, true));
    assert_eq!(ServerError::parse(&again), Ok(error));
}

fn authentication(payload: &[u8]) {
    let _ = StoredHash::parse(payload);
    if let Ok(AuthPacket::Switch(switch)) = AuthPacket::parse(payload) {
        let again = written(|out: &mut Vec<u8>| AuthSwitch::put_payload(&switch, out));
        assert_eq!(AuthPacket::parse(&again), Ok(AuthPacket::Switch(switch)));
    }
}

fn session_changes(block: &[u8]) {
    let mut again = Vec::new();
    let sound: Vec<_> = SessionChanges::new(block).map_while(Result::ok).collect();
    sound.iter().for_each(|change| change.put(&mut again));
    let reread: Result<Vec<_>, Malformed> = SessionChanges::new(&again).collect();
    assert_eq!(reread.as_deref(), Ok(&sound[..]));
}

/// Each way of reading in turn, as the bytes themselves say: none runs past the end or stands still for ever.
fn reader(payload: &[u8]) {
    let mut reader = Reader::new(payload);
    while let Ok(how) = reader.u8() {
        let before = reader.rest().len();
        let _ = match how % 6 {
            0 => reader.lenenc_int().map(|_| ()),
            1 => reader.lenenc_bytes().map(|_| ()),
            2 => reader.nul_bytes().map(|_| ()),
            3 => reader.bytes(usize::from(how)).map(|_| ()),
            4 => reader.u32().map(|_| ()),
            _ => reader.array::<8>().map(|_| ()),
        };
        assert!(reader.rest().len() <= before);
    }
    assert!(reader.is_empty());
}

fn short(user: &str, database: &Option<String>, plugin: &Option<String>) -> bool {
    let name = |name: &Option<String>| name.as_ref().map_or(0, String::len);
    user.len().max(name(database)).max(name(plugin)) <= SHORT
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

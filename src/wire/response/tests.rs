//! Responses written in one dialect, followed in pieces of every size, must come out as the same
//! response written in the other dialect.

use super::*;

const MORE: u16 = 0x0008;
const CURSOR: u16 = 0x0040;

/// Builds a response the way a server with or without CLIENT_DEPRECATE_EOF writes it.
struct Server {
    bytes: Vec<u8>,
    sequence: u8,
    deprecates_eof: bool,
}

impl Server {
    fn new(deprecates_eof: bool) -> Self {
        Self { bytes: Vec::new(), sequence: 1, deprecates_eof }
    }

    fn packet(mut self, payload: &[u8]) -> Self {
        self.bytes.extend_from_slice(&(payload.len() as u32).to_le_bytes()[..3]);
        self.bytes.push(self.sequence);
        self.bytes.extend_from_slice(payload);
        self.sequence = self.sequence.wrapping_add(1);
        self
    }

    fn eof(self, status: u16) -> Self {
        let [low, high] = status.to_le_bytes();
        self.packet(&[0xfe, 0, 0, low, high])
    }

    fn middle(self) -> Self {
        if self.deprecates_eof { self } else { self.eof(2) }
    }

    fn rows_end(self, status: u16) -> Self {
        let [low, high] = status.to_le_bytes();
        match self.deprecates_eof {
            true => self.packet(&[0xfe, 0, 0, low, high, 0, 0]),
            false => self.eof(status),
        }
    }

    fn columns(mut self, n: usize) -> Self {
        self = self.packet(&[n as u8]);
        self.definitions(n)
    }

    fn definitions(mut self, n: usize) -> Self {
        for i in 0..n {
            self = self.packet(&[b"\x03def", &[b'c'; 9][..i % 9]].concat());
        }
        self
    }

    fn ok(self, status: u16) -> Self {
        let [low, high] = status.to_le_bytes();
        self.packet(&[0, 1, 0, low, high, 0, 0])
    }
}

/// What the relay does with the steps; the model for `proxy::session::relay`.
fn relay(
    input: &[u8],
    expect: Expect,
    dialects: Dialects,
    chunk: usize,
) -> Result<Vec<u8>, Malformed> {
    let mut response = Response::new(expect, dialects);
    let (mut pending, mut out) = (Vec::new(), Vec::new());
    for piece in input.chunks(chunk) {
        assert!(!response.is_done(), "bytes after the end");
        pending.extend_from_slice(piece);
        loop {
            let step = response.step(&mut pending)?;
            out.extend(pending.drain(..step.plain));
            let Next::Packet { kind, len, translate } = step.next else { break };
            let sequence = pending[3].wrapping_add(response.shift());
            let status = status_of(&pending[HEADER..len], dialects);
            if translate == Translate::InsertEofBefore {
                out.extend([5, 0, 0, sequence, 0xfe, 0, 0, 2, 0]);
                response.took_packet(kind, StatusFlags::empty(), None);
                continue;
            }
            let packet: Vec<u8> = pending.drain(..len).collect();
            if translate == Translate::Rewrite && response.needs_middle(status) {
                out.extend([5, 0, 0, sequence, 0xfe, 0, 0, 2, 0]);
                out.extend([5, 0, 0, sequence.wrapping_add(1), 0xfe, 0, 0]);
                out.extend(status.bits().to_le_bytes());
            } else if translate == Translate::Rewrite {
                match dialects.client_deprecates_eof {
                    true => out.extend([7, 0, 0, sequence, 0xfe, 0, 0]),
                    false => out.extend([5, 0, 0, sequence, 0xfe, 0, 0]),
                }
                out.extend(status.bits().to_le_bytes());
                if dialects.client_deprecates_eof {
                    out.extend([0, 0]);
                }
            } else if translate == Translate::Keep {
                out.extend(&packet[..3]);
                out.push(sequence);
                out.extend(&packet[HEADER..]);
            }
            response.took_packet(kind, status, counts_of(kind, &packet));
        }
    }
    if let Some(sequence) = response.last_eof() {
        out.extend([5, 0, 0, sequence, 0xfe, 0, 0, 2, 0]);
    }
    assert!(response.is_done(), "the response never ended");
    assert!(pending.is_empty());
    Ok(out)
}

fn counts_of(kind: Notable, packet: &[u8]) -> Option<Counts> {
    (kind == Notable::Prepared).then(|| Counts {
        columns: u16::from_le_bytes([packet[9], packet[10]]),
        parameters: u16::from_le_bytes([packet[11], packet[12]]),
    })
}

fn status_of(payload: &[u8], dialects: Dialects) -> StatusFlags {
    let at = match payload[0] {
        0xfe if !dialects.server_deprecates_eof => 3,
        0xfe => 3,
        0x00 if payload.len() == 7 => 3,
        _ => return StatusFlags::empty(),
    };
    StatusFlags::from_bits_truncate(u16::from_le_bytes([payload[at], payload[at + 1]]))
}

fn each_way(expect: Expect, build: impl Fn(Server) -> Server) {
    for (from, to) in [(false, false), (false, true), (true, false), (true, true)] {
        let dialects = Dialects { server_deprecates_eof: from, client_deprecates_eof: to };
        let input = build(Server::new(from)).bytes;
        let wanted = build(Server::new(to)).bytes;
        for chunk in [1, 2, 3, 5, 7, 64, input.len()] {
            let got = relay(&input, expect, dialects, chunk).expect("well-formed");
            assert_eq!(got, wanted, "from {from} to {to} in pieces of {chunk}");
        }
    }
}

#[test]
fn a_result_set() {
    each_way(Expect::Results, |s| {
        s.columns(3).middle().packet(b"\x01a").packet(b"\xfb").rows_end(2)
    });
}

#[test]
fn an_empty_result_set() {
    each_way(Expect::Results, |s| s.columns(1).middle().rows_end(2));
}

#[test]
fn many_columns_have_a_longer_count() {
    each_way(Expect::Results, |s| {
        s.packet(&[0xfc, 0x2c, 0x01]).definitions(300).middle().packet(b"\x00").rows_end(2)
    });
}

#[test]
fn several_results_and_an_ok_at_the_end() {
    each_way(Expect::Results, |s| {
        s.columns(1)
            .middle()
            .packet(b"\x011")
            .rows_end(MORE)
            .ok(MORE)
            .columns(2)
            .middle()
            .rows_end(MORE)
            .ok(0)
    });
}

#[test]
fn an_error_in_the_middle_of_rows() {
    each_way(Expect::Results, |s| {
        s.columns(1).middle().packet(b"\x011").packet(b"\xff\x01\x02#HY000x")
    });
}

#[test]
fn a_cursor_has_one_eof() {
    each_way(Expect::Results, |s| s.columns(2).rows_end(CURSOR));
}

#[test]
fn fetched_rows() {
    each_way(Expect::Rows, |s| s.packet(b"\x00\x00a").packet(b"\x00\x00b").rows_end(CURSOR));
}

#[test]
fn prepared_statements() {
    let prepared =
        |columns: u8, parameters: u8| [0, 1, 0, 0, 0, columns, 0, parameters, 0, 0, 0, 0];
    each_way(Expect::Prepare, |s| s.packet(&prepared(0, 0)));
    each_way(Expect::Prepare, |s| s.packet(&prepared(2, 0)).definitions(2).middle());
    each_way(Expect::Prepare, |s| s.packet(&prepared(0, 1)).definitions(1).middle());
    each_way(Expect::Prepare, |s| {
        s.packet(&prepared(2, 3)).definitions(3).middle().definitions(2).middle()
    });
}

#[test]
fn a_row_longer_than_a_packet_is_not_mistaken_for_the_end() {
    let long = vec![0xfe; MAX_PAYLOAD];
    let build = |s: Server| s.columns(1).middle().packet(&long).packet(b"\xfe\x00").rows_end(2);
    for (from, to) in [(false, false), (true, true)] {
        let dialects = Dialects { server_deprecates_eof: from, client_deprecates_eof: to };
        let input = build(Server::new(from)).bytes;
        assert_eq!(relay(&input, Expect::Results, dialects, 16384), Ok(input.clone()));
    }
}

#[test]
fn one_packet_commands() {
    each_way(Expect::Single, |s| s.packet(b"Uptime: 1"));
    each_way(Expect::Single, |s| s.ok(2));
}

#[test]
fn nonsense_is_malformed() {
    let dialects = Dialects { server_deprecates_eof: true, client_deprecates_eof: true };
    for bad in
        [&[1, 0, 0, 1, 0xfd][..], &[0, 0, 0, 1][..], &[9, 0, 0, 1, 0xfc, 1, 2, 3, 4, 5, 6, 7, 8]]
    {
        assert_eq!(relay(bad, Expect::Results, dialects, 64), Err(Malformed));
    }
    assert_eq!(relay(&[1, 0, 0, 1, 0x05], Expect::Prepare, dialects, 64), Err(Malformed));
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(mut bytes: Vec<u8>, server: bool, client: bool) {
        let dialects = Dialects { server_deprecates_eof: server, client_deprecates_eof: client };
        for expect in [Expect::Results, Expect::Prepare, Expect::Rows, Expect::Single] {
            let mut response = Response::new(expect, dialects);
            if let Ok(step) = response.step(&mut bytes) {
                proptest::prop_assert!(step.plain <= bytes.len());
            }
        }
    }
}

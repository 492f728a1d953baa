//! A connection from a replica to its source over the simulated network: bytes arrive late, in order, or not at all,
//! and each side learns at its own time that the other is gone.

use std::collections::VecDeque;

use super::random::Random;
use crate::replication::primary::{Following, Sender};
use crate::wire::header::{HEADER_LEN, Header};

/// Packets on their way to the replica at most.
pub const MAX_ON_THE_WAY: usize = 60;

/// A connection.
pub struct Link {
    pub id: u64,
    pub source: usize,
    pub replica: usize,
    /// The source's side, while it has it open.
    pub sending: Option<(Sender, Following)>,
    /// The replica has it open.
    pub receiving: bool,
    /// Something was sent already.
    pub begun: bool,
    /// Packets for the replica, with when they arrive.
    pub down: Way,
    /// Acknowledgements for the source.
    pub up: Way,
    /// Nothing arrives before then.
    pub frozen_until: u64,
    /// It is broken: nothing arrives any more, and whoever has it open will learn of it.
    pub broken: bool,
}

/// Packets that follow one another.
#[derive(Default)]
pub struct Way(VecDeque<(u64, Vec<u8>)>);

impl Way {
    /// Puts a packet on its way, behind those before.
    pub fn put(&mut self, payload: Vec<u8>, now: u64, slow: u64, random: &mut Random) {
        let last = self.0.back().map_or(0, |(at, _)| *at);
        let at = now + random.within(0, slow + 1);
        self.0.push_back((at.max(last), payload));
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a packet has arrived.
    pub fn has(&self, now: u64) -> bool {
        self.0.front().is_some_and(|(at, _)| *at <= now)
    }

    pub fn take(&mut self) -> Option<Vec<u8>> {
        self.0.pop_front().map(|(_, payload)| payload)
    }
}

impl Link {
    /// Whether something can arrive.
    pub fn carries(&self, now: u64) -> bool {
        !self.broken && self.frozen_until <= now
    }

    /// Whether neither side has it any more.
    pub fn is_over(&self) -> bool {
        self.sending.is_none() && !self.receiving
    }
}

/// The payloads of packets that stand one behind the other.
pub fn payloads(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut payloads, mut rest) = (Vec::new(), bytes);
    while let Some(header) = Header::peek(rest) {
        let (packet, after) = rest.split_at(header.packet_len());
        payloads.push(packet[HEADER_LEN..].to_vec());
        rest = after;
    }
    payloads
}

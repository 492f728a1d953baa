//! The delay after repeated failures: guessing gets slow, a typing error does not.
//!
//! Counted per client address (an IPv6 /64 counts as one, as a single host has all of it). Pure:
//! time is passed in.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Most addresses that are remembered; the one that has been quiet longest makes room.
const MAX_ADDRESSES: usize = 10_000;

/// An address without a failure for so long is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(300);

/// The longest delay, as a multiple of the first one.
const MAX_FACTOR: u32 = 16;

/// How answers to failures are held back.
#[derive(Clone, Copy, Debug)]
pub struct FailureDelay {
    /// After the first failure that is not free; it doubles with each further one.
    pub first: Duration,
    /// Failures in a row that cost nothing.
    pub free: u32,
    /// No answer waits longer: the client is to hear it before its sign-in times out.
    pub longest: Duration,
}

impl FailureDelay {
    /// No delay.
    pub const NONE: Self = Self { first: Duration::ZERO, free: 0, longest: Duration::ZERO };
}

/// Who has failed, how often, and when last.
#[derive(Debug)]
pub struct Failures {
    delay: FailureDelay,
    addresses: HashMap<Option<IpAddr>, (u32, Instant)>,
}

impl Failures {
    /// Nobody has failed yet.
    pub fn new(delay: FailureDelay) -> Self {
        Self { delay, addresses: HashMap::new() }
    }

    /// Another delay holds from now on.
    pub fn set_delay(&mut self, delay: FailureDelay) {
        self.delay = delay;
    }

    /// Counts a failure; the answer should wait for so long. Nothing is asked of Unix sockets:
    /// who may open them is decided by file permissions.
    pub fn failed(&mut self, ip: Option<IpAddr>, now: Instant) -> Duration {
        let Some(ip) = ip else { return Duration::ZERO };
        let key = Some(block(ip));
        if self.addresses.len() >= MAX_ADDRESSES && !self.addresses.contains_key(&key) {
            self.make_room(now);
        }
        let (count, last) = self.addresses.entry(key).or_insert((0, now));
        if now.saturating_duration_since(*last) > FORGET_AFTER {
            *count = 0;
        }
        *count = count.saturating_add(1);
        *last = now;
        let FailureDelay { first, free, longest } = self.delay;
        let Some(more) = count.checked_sub(free + 1) else { return Duration::ZERO };
        let factor = 1u32.checked_shl(more).unwrap_or(MAX_FACTOR).clamp(1, MAX_FACTOR);
        (first * factor).min(longest)
    }

    /// Forgets an address's failures: whoever is there knows a password.
    pub fn succeeded(&mut self, ip: Option<IpAddr>) {
        if let Some(ip) = ip {
            self.addresses.remove(&Some(block(ip)));
        }
    }

    fn make_room(&mut self, now: Instant) {
        let young = |last: &Instant| now.saturating_duration_since(*last) <= FORGET_AFTER;
        self.addresses.retain(|_, (_, last)| young(last));
        if self.addresses.len() >= MAX_ADDRESSES {
            let oldest = self.addresses.iter().min_by_key(|(_, (_, last))| *last);
            if let Some(key) = oldest.map(|(key, _)| *key) {
                self.addresses.remove(&key);
            }
        }
    }
}

fn block(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from(u128::from(ip) & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST_DELAY: FailureDelay = FailureDelay {
        first: Duration::from_millis(100),
        free: 2,
        longest: Duration::from_secs(3600),
    };

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn delays_grow_to_a_limit_and_are_forgotten() {
        let mut failures = Failures::new(TEST_DELAY);
        let now = Instant::now();
        let delays: Vec<_> =
            (0..9).map(|_| failures.failed(ip("10.0.0.1"), now).as_millis()).collect();
        assert_eq!(delays, [0, 0, 100, 200, 400, 800, 1600, 1600, 1600]);
        assert_eq!(failures.failed(ip("10.0.0.2"), now), Duration::ZERO);
        failures.succeeded(ip("10.0.0.1"));
        assert_eq!(failures.failed(ip("10.0.0.1"), now), Duration::ZERO);
    }

    #[test]
    fn time_heals_and_sockets_are_free() {
        let mut failures = Failures::new(TEST_DELAY);
        let now = Instant::now();
        (0..9).for_each(|_| assert_eq!(failures.failed(None, now), Duration::ZERO));
        (0..9).for_each(|_| {
            failures.failed(ip("2001:db8::1"), now);
        });
        assert!(failures.failed(ip("2001:db8::2"), now) > Duration::ZERO, "the same /64");
        let later = now + FORGET_AFTER * 2;
        assert_eq!(failures.failed(ip("2001:db8::2"), later), Duration::ZERO);
    }

    #[test]
    fn the_table_is_bounded() {
        let mut failures = Failures::new(TEST_DELAY);
        let now = Instant::now();
        for at in 0..(MAX_ADDRESSES as u32 + 50) {
            failures.failed(Some(IpAddr::V4(at.into())), now + Duration::from_micros(at.into()));
        }
        assert_eq!(failures.addresses.len(), MAX_ADDRESSES);
        assert!(!failures.addresses.contains_key(&ip("0.0.0.1")));
    }
}

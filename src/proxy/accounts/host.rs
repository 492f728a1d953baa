//! Host patterns as MySQL matches and sorts them (manual: "Access Control, Stage 1: Connection
//! Verification").
//!
//! Two differences, both on purpose: names are never looked up in the DNS (as with
//! `skip_name_resolve`, which proxies' back-ends should have on), so a pattern that is a host name
//! other than `localhost` matches no TCP peer; and a loopback peer matches `localhost` only on a
//! Unix socket, again as with `skip_name_resolve`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

/// Where a client comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// A Unix socket: `localhost`.
    Local,
    /// A TCP connection.
    Ip(IpAddr),
}

impl From<Option<IpAddr>> for Peer {
    fn from(address: Option<IpAddr>) -> Self {
        address.map_or(Self::Local, Self::Ip)
    }
}

impl fmt::Display for Peer {
    /// As the server names it in error 1045.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("localhost"),
            Self::Ip(address) => address.to_canonical().fmt(f),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// `192.168.1.0/255.255.255.0` or `192.168.1.0/24`.
    Network { address: Ipv4Addr, mask: Ipv4Addr },
    /// Letters, and the wildcards `%` and `_`.
    Text,
}

/// A pattern such as `%`, `10.0.%`, `192.168.1.0/255.255.255.0` or `localhost`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    text: Box<str>,
    form: Form,
}

impl HostPattern {
    /// Reads a pattern. Every text is one; the empty text means `%`, as in old grant tables.
    pub fn new(text: &str) -> Self {
        let text = if text.is_empty() { "%" } else { text };
        let form = network(text).unwrap_or(Form::Text);
        Self { text: text.to_ascii_lowercase().into(), form }
    }

    /// The pattern's text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a client from `peer` matches.
    pub fn matches(&self, peer: Peer) -> bool {
        match (&self.form, peer) {
            (Form::Network { address, mask }, Peer::Ip(ip)) => match ip.to_canonical() {
                IpAddr::V4(ip) => u32::from(ip) & u32::from(*mask) == u32::from(*address),
                IpAddr::V6(_) => false,
            },
            (Form::Network { .. }, Peer::Local) => false,
            (Form::Text, peer) => like(self.text.as_bytes(), peer.to_string().as_bytes()),
        }
    }

    /// Sorts patterns: the most specific first. Without wildcards before networks before
    /// wildcards; among wildcards the one whose first stands later; `%` last.
    pub fn rank(&self) -> impl Ord + use<> {
        let (class, detail) = match &self.form {
            Form::Network { mask, .. } => (1, 32 - u32::from(*mask).count_ones() as usize),
            Form::Text => match self.text.find(['%', '_']) {
                None => (0, 0),
                Some(_) if &*self.text == "%" => (3, 0),
                Some(at) => (2, usize::MAX - at),
            },
        };
        (class, detail)
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Reads `address/mask` or `address/length`. An address with bits outside its mask can never
/// match, and is kept as it is for that reason.
fn network(text: &str) -> Option<Form> {
    let (address, mask) = text.split_once('/')?;
    let address = address.parse().ok()?;
    let mask = match mask.parse::<u32>() {
        Ok(length) if length <= 32 => u32::MAX.checked_shl(32 - length).unwrap_or(0).into(),
        Ok(_) => return None,
        Err(_) => mask.parse().ok()?,
    };
    Some(Form::Network { address, mask })
}

/// Matches `%` (any number of characters), `_` (one) and `\` (the next as it is). Both in lower
/// case. Backtracks to the last `%` only, so its time is bounded by the product of the lengths.
fn like(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut here) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while here < text.len() {
        let (literal, width) = match (pattern.get(at), pattern.get(at + 1)) {
            (Some(b'\\'), Some(escaped)) => (Some(escaped), 2),
            (other, _) => (other, 1),
        };
        if width == 1 && literal == Some(&b'%') {
            last = Some((at + 1, here));
            at += 1;
        } else if (width == 1 && literal == Some(&b'_')) || literal == text.get(here) {
            at += width;
            here += 1;
        } else if let Some((pattern_at, text_at)) = last {
            last = Some((pattern_at, text_at + 1));
            (at, here) = (pattern_at, text_at + 1);
        } else {
            return false;
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|rest| *rest == b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Peer {
        Peer::Ip(text.parse().expect("an address"))
    }

    fn matches(pattern: &str, peer: Peer) -> bool {
        HostPattern::new(pattern).matches(peer)
    }

    #[test]
    fn patterns_match_as_in_mysql() {
        assert!(
            matches("%", ip("10.0.0.1")) && matches("%", Peer::Local) && matches("", ip("::1"))
        );
        assert!(matches("localhost", Peer::Local) && matches("LocalHost", Peer::Local));
        assert!(!matches("localhost", ip("127.0.0.1")));
        assert!(matches("10.0.%", ip("10.0.3.4")) && !matches("10.0.%", ip("10.1.3.4")));
        assert!(matches("10.0.0._", ip("10.0.0.4")) && !matches("10.0.0._", ip("10.0.0.44")));
        assert!(matches("%.0.%.4", ip("10.0.3.4")) && !matches("%.0.%.5", ip("10.0.3.4")));
        assert!(matches("10.0.0.1", ip("::ffff:10.0.0.1")), "IPv4 inside IPv6");
        assert!(matches("2001:DB8::1", ip("2001:db8::1")));
        assert!(!matches("db1.example.com", ip("10.0.0.1")));
        assert!(!matches("10.0.0.\\_", ip("10.0.0.4")));
        assert!(!matches("", Peer::Local) || matches("%", Peer::Local));
    }

    #[test]
    fn networks_match() {
        for pattern in ["192.58.197.0/255.255.255.0", "192.58.197.0/24"] {
            assert!(
                matches(pattern, ip("192.58.197.200")) && !matches(pattern, ip("192.58.198.1"))
            );
            assert!(!matches(pattern, Peer::Local) && !matches(pattern, ip("::1")));
        }
        assert!(matches("0.0.0.0/0", ip("8.8.8.8")) && !matches("1.0.0.0/0", ip("8.8.8.8")));
        assert!(!matches("10.0.0.0/33", ip("10.0.0.0")));
    }

    #[test]
    fn the_most_specific_comes_first() {
        let mut patterns = ["%", "10.%", "10.0.0.0/16", "10.0.0.%", "10.0.0.1", "10.0.0.0/24"];
        patterns.sort_by_key(|text| HostPattern::new(text).rank());
        assert_eq!(patterns, ["10.0.0.1", "10.0.0.0/24", "10.0.0.0/16", "10.0.0.%", "10.%", "%"]);
    }

    #[test]
    fn wildcards_take_bounded_time() {
        let pattern = "%a".repeat(40) + "b";
        assert!(!like(pattern.as_bytes(), "a".repeat(200).as_bytes()));
    }
}

//! Host patterns as MySQL matches and sorts them (manual: "Access Control, Stage 1: Connection
//! Verification").
//!
//! Names are not looked up in the DNS, so a pattern that is a host name matches no TCP client. The
//! one exception is what every hosts file says: where the primary resolves names (it runs without
//! `skip_name_resolve`), a client from the loopback is `localhost` there, and so it is here.

use std::net::{IpAddr, Ipv4Addr};

/// Where a client comes from, in the terms that patterns are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its IP address; none on a Unix socket.
    pub ip: Option<IpAddr>,
    /// Whether its host name is `localhost`.
    pub localhost: bool,
}

impl Origin {
    /// An origin from an address (none on a Unix socket), and whether the primary resolves names.
    pub fn new(ip: Option<IpAddr>, resolves_names: bool) -> Self {
        let ip = ip.map(|ip| ip.to_canonical());
        let localhost = ip.is_none_or(|ip| resolves_names && ip.is_loopback());
        Self { ip, localhost }
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

    /// Whether a client from there matches, by its name or by its address.
    pub fn matches(&self, origin: Origin) -> bool {
        let by_address = origin.ip.is_some_and(|ip| self.matches_ip(ip));
        by_address || (origin.localhost && self.matches_text("localhost"))
    }

    fn matches_ip(&self, ip: IpAddr) -> bool {
        match (&self.form, ip) {
            (Form::Network { address, mask }, IpAddr::V4(ip)) => {
                u32::from(ip) & u32::from(*mask) == u32::from(*address)
            }
            (Form::Network { .. }, IpAddr::V6(_)) => false,
            (Form::Text, ip) => self.matches_text(&ip.to_string()),
        }
    }

    fn matches_text(&self, text: &str) -> bool {
        self.form == Form::Text && like(self.text.as_bytes(), text.as_bytes())
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
pub fn like(pattern: &[u8], text: &[u8]) -> bool {
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

    const SOCKET: Origin = Origin { ip: None, localhost: true };

    fn ip(text: &str) -> Origin {
        Origin::new(Some(text.parse().expect("an address")), false)
    }

    fn matches(pattern: &str, origin: Origin) -> bool {
        HostPattern::new(pattern).matches(origin)
    }

    #[test]
    fn the_loopback_has_a_name_where_names_are_resolved() {
        let loopback = |resolves| Origin::new("127.0.0.1".parse().ok(), resolves);
        assert!(matches("localhost", loopback(true)) && !matches("localhost", loopback(false)));
        assert!(matches("127.%", loopback(true)));
        assert!(!matches("localhost", Origin::new("10.0.0.1".parse().ok(), true)));
    }

    #[test]
    fn patterns_match_as_in_mysql() {
        assert!(matches("%", ip("10.0.0.1")) && matches("%", SOCKET) && matches("", ip("::1")));
        assert!(matches("localhost", SOCKET) && matches("LocalHost", SOCKET));
        assert!(!matches("localhost", ip("127.0.0.1")));
        assert!(matches("10.0.%", ip("10.0.3.4")) && !matches("10.0.%", ip("10.1.3.4")));
        assert!(matches("10.0.0._", ip("10.0.0.4")) && !matches("10.0.0._", ip("10.0.0.44")));
        assert!(matches("%.0.%.4", ip("10.0.3.4")) && !matches("%.0.%.5", ip("10.0.3.4")));
        assert!(matches("10.0.0.1", ip("::ffff:10.0.0.1")), "IPv4 inside IPv6");
        assert!(matches("2001:DB8::1", ip("2001:db8::1")));
        assert!(!matches("db1.example.com", ip("10.0.0.1")));
        assert!(!matches("10.0.0.\\_", ip("10.0.0.4")));
    }

    #[test]
    fn networks_match() {
        for pattern in ["192.58.197.0/255.255.255.0", "192.58.197.0/24"] {
            assert!(
                matches(pattern, ip("192.58.197.200")) && !matches(pattern, ip("192.58.198.1"))
            );
            assert!(!matches(pattern, SOCKET) && !matches(pattern, ip("::1")));
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

//! `[[server]]`: the MySQL and MariaDB servers behind the proxy.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::section::{Found, Section};

/// The most servers that can be configured: each one costs a monitor task and its gauges.
const MAX_SERVERS: usize = 64;

/// The longest server name in bytes; it is a metric label.
const MAX_NAME_BYTES: usize = 64;

/// The port that MySQL and MariaDB listen on unless told otherwise.
const MYSQL_PORT: u16 = 3306;

/// One server behind the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name in logs and metrics. Unique, never empty.
    pub name: String,
    /// Where it listens. Unique.
    pub address: Address,
    /// Its share of the reads compared with the others; 0 takes none while another can.
    pub weight: u32,
    /// Whether it wins when two servers are writable. True for one server at most.
    pub preferred_primary: bool,
    /// Where it is; the proxy prefers replicas of its own zone.
    pub zone: Option<String>,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// A host name or IP address (without brackets), and a port.
    Tcp {
        /// Host name or address.
        host: String,
        /// Port, never 0.
        port: u16,
    },
    /// A Unix socket's path.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Address {
    /// `host`, `host:port`, `[v6]:port` or `unix:/path`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("unix:") {
            return path.starts_with('/').then(|| Self::Unix(PathBuf::from(path)));
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                host.parse::<std::net::Ipv6Addr>().ok()?;
                (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
            }
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let port = port.map_or(Some(MYSQL_PORT), |port| port.parse().ok())?;
        let odd = |c: char| c.is_whitespace() || matches!(c, '/' | '@' | '?' | '#');
        let good = port > 0 && !host.is_empty() && !host.contains(odd);
        good.then(|| Self::Tcp { host: host.to_owned(), port })
    }
}

/// Reads every `[[server]]`.
pub(super) fn read(root: &Section) -> Vec<Server> {
    let sections = root.tables("server");
    if sections.is_empty() {
        let advice = "write `[[server]]` with `name = \"db1\"` and `address = \"127.0.0.1:3306\"`";
        root.missing_because("server", "no server is configured", advice);
    }
    if let Some(extra) = sections.get(MAX_SERVERS) {
        let advice = format!("keep at most {MAX_SERVERS} servers");
        root.wrong("server", extra.span(), "too many servers", advice);
    }
    let mut unique = Unique::default();
    sections.iter().filter_map(|section| read_one(section, &mut unique)).collect()
}

/// What may be there only once, with the key path of its first appearance.
#[derive(Default)]
struct Unique {
    names: BTreeMap<String, String>,
    addresses: BTreeMap<Address, String>,
    preferred: Option<String>,
}

fn read_one(section: &Section, unique: &mut Unique) -> Option<Server> {
    let name = section.required("name", "db1");
    let address = section.required("address", "127.0.0.1:3306");
    let weight = section.integer("weight", 0..=1_000_000, 100);
    let preferred_primary = section.boolean("preferred_primary", false);
    let zone = read_zone(section);
    section.finish();
    if preferred_primary {
        check_preferred(section, unique);
    }
    let name = name.and_then(|name| check_name(section, &name, unique));
    let address = address.and_then(|address| check_address(section, &address, unique));
    let weight = u32::try_from(weight).ok()?;
    Some(Server { name: name?, address: address?, weight, preferred_primary, zone })
}

fn check_preferred(section: &Section, unique: &mut Unique) {
    let key = section.key("preferred_primary");
    if let Some(first) = &unique.preferred {
        let advice = "keep `preferred_primary = true` on one server";
        let message = format!("{first} is true already");
        section.wrong("preferred_primary", &section.span_of("preferred_primary"), message, advice);
    } else {
        unique.preferred = Some(key);
    }
}

/// The zone of a server or of the proxy.
pub(super) fn read_zone(section: &Section) -> Option<String> {
    let zone = section.string("zone", "a")?;
    if is_plain(zone.value) {
        return Some(zone.value.to_owned());
    }
    let message = format!("{:?} is no zone", zone.value);
    section.wrong("zone", &zone.span, message, PLAIN);
    None
}

/// What names are made of.
const PLAIN: &str = "write 1 to 64 letters, digits, dots, dashes or underscores";

fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.chars().all(plain)
}

fn check_name(section: &Section, name: &Found<&str>, unique: &mut Unique) -> Option<String> {
    if !is_plain(name.value) {
        let message = format!("{:?} is no server name", name.value);
        section.wrong("name", &name.span, message, PLAIN);
        return None;
    }
    if let Some(first) = unique.names.get(name.value) {
        let message = format!("{first} has the name {:?} already", name.value);
        section.wrong("name", &name.span, message, "write another name: each stands once");
        return None;
    }
    unique.names.insert(name.value.to_owned(), section.key("name"));
    Some(name.value.to_owned())
}

fn check_address(section: &Section, found: &Found<&str>, unique: &mut Unique) -> Option<Address> {
    let Some(address) = Address::parse(found.value) else {
        let message = format!("{:?} is no address", found.value);
        let advice = "write `address = \"host:port\"` or `address = \"unix:/path/to/socket\"`";
        section.wrong("address", &found.span, message, advice);
        return None;
    };
    if let Some(first) = unique.addresses.get(&address) {
        let message = format!("{first} is {address} already");
        section.wrong("address", &found.span, message, "write each server once");
        return None;
    }
    unique.addresses.insert(address.clone(), section.key("address"));
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, shown) in [
            ("db1", "db1:3306"),
            ("db1:3307", "db1:3307"),
            ("[::1]:3307", "[::1]:3307"),
            ("[::1]", "[::1]:3306"),
            ("unix:/run/mysqld.sock", "unix:/run/mysqld.sock"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), shown);
        }
        for wrong in ["", ":1", "db:0", "db:x", "db:70000", "::1", "unix:x", "[db]:1", "a b", "u@h"]
        {
            assert_eq!(Address::parse(wrong), None, "{wrong}");
        }
    }
}

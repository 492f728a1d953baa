//! Which configured servers a replica's channels lead to.
//!
//! A replica names its source as it sees it, which need not be how the proxy does: other networks,
//! host names against addresses. So identity comes first: the source's UUID (MySQL), then the
//! address as configured here, then the `server_id` that the replica learned from it.

use super::{Address, Channel, Observation, ServerId};

/// A configured server as far as it can be recognised: its address, and what it said of itself.
pub type Known<'a> = (&'a Address, Option<&'a Observation>);

/// For each channel the configured server that it leads to.
pub fn sources(channels: &[Channel], servers: &[Known<'_>]) -> Vec<Option<ServerId>> {
    channels.iter().map(|channel| source(channel, servers)).collect()
}

fn source(channel: &Channel, servers: &[Known<'_>]) -> Option<ServerId> {
    let find = |fits: &dyn Fn(&Known<'_>) -> bool| servers.iter().position(fits);
    let by_uuid = || {
        let uuid = channel.source_uuid.as_deref().filter(|uuid| !uuid.is_empty())?;
        find(&|(_, seen)| {
            let own = seen.and_then(|seen| seen.server_uuid.as_deref());
            own.is_some_and(|own| own.eq_ignore_ascii_case(uuid))
        })
    };
    let by_address = || find(&|(address, _)| same_place(address, channel));
    let by_id = || {
        let id = Some(channel.source_id).filter(|id| *id != 0)?;
        find(&|(_, seen)| seen.is_some_and(|seen| seen.server_id == id))
    };
    let at = by_uuid().or_else(by_address).or_else(by_id)?;
    u16::try_from(at).ok().map(ServerId)
}

fn same_place(address: &Address, channel: &Channel) -> bool {
    match address {
        Address::Tcp { host, port } => {
            *port == channel.source_port && plain(host) == plain(&channel.source_host)
        }
        Address::Unix(_) => false,
    }
}

/// A host in the form that is compared: lower case, all names of the loopback as one.
fn plain(host: &str) -> String {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    match host.as_str() {
        "localhost" | "::1" => "127.0.0.1".to_owned(),
        _ => host,
    }
}

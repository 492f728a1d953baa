//! `[proxy]`, the part about what spares the primary: how many reads it takes, when late replicas are
//! used, and which zone the proxy is in.

use std::time::Duration;

use super::section::Section;
use super::servers::{Server, read_zone};

/// What spares the primary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    /// Statements that the primary is meant to run at once for this proxy; 0 for no bound.
    pub primary_capacity: u32,
    /// The share of it, in thousandths, that reads get which are meant for replicas.
    pub primary_read_share: u32,
    /// How long such a read waits for its turn.
    pub primary_read_wait: Duration,
    /// How long a read may wait for a replica while the primary is busy.
    pub causal_wait_busy: Duration,
    /// A replica that was too late takes reads again once its lag is not above this …
    pub max_lag_resume: Duration,
    /// … for so long.
    pub max_lag_hold: Duration,
    /// How late a replica may be that answers at `eventual` when the primary's share is used up.
    pub eventual_max_lag: Duration,
    /// Where the proxy is: it prefers replicas there.
    pub zone: Option<String>,
    /// Statements in flight on each replica of the proxy's zone, from which on others help.
    pub zone_overload: u32,
}

const LONGEST_LAG: u64 = 86_400_000;

pub(super) fn read(proxy: &Section, max_lag: Duration) -> Protection {
    let limit = u64::try_from(max_lag.as_millis()).unwrap_or(u64::MAX);
    let capacity = proxy.integer("primary_capacity", 0..=1_000_000, 200);
    let overload = proxy.integer("zone_overload", 1..=1_000_000, 64);
    let protection = Protection {
        primary_capacity: u32::try_from(capacity).unwrap_or(u32::MAX),
        primary_read_share: proxy.thousandths("primary_read_share", 500),
        primary_read_wait: proxy.milliseconds("primary_read_wait_ms", 0..=600_000, 5_000),
        causal_wait_busy: proxy.milliseconds("causal_wait_busy_ms", 0..=60_000, 100),
        max_lag_resume: proxy.milliseconds("max_lag_resume_ms", 0..=LONGEST_LAG, limit * 4 / 5),
        max_lag_hold: proxy.milliseconds("max_lag_hold_ms", 0..=3_600_000, 1_000),
        eventual_max_lag: proxy.milliseconds("eventual_max_lag_ms", 1..=LONGEST_LAG, limit),
        zone: read_zone(proxy),
        zone_overload: u32::try_from(overload).unwrap_or(u32::MAX),
    };
    check_lags(proxy, &protection, max_lag);
    protection
}

fn check_lags(proxy: &Section, protection: &Protection, max_lag: Duration) {
    let limit = max_lag.as_millis();
    if protection.max_lag_resume > max_lag {
        let span = proxy.span_of("max_lag_resume_ms");
        let advice = format!("write at most {limit}: replicas come back below the limit");
        proxy.wrong("max_lag_resume_ms", &span, "above max_lag_ms", advice);
    }
    if protection.eventual_max_lag < max_lag {
        let span = proxy.span_of("eventual_max_lag_ms");
        let advice = format!("write at least {limit}: it holds where max_lag_ms is not enough");
        proxy.wrong("eventual_max_lag_ms", &span, "below max_lag_ms", advice);
    }
}

/// The proxy's zone must be some server's.
pub(super) fn check_zone(proxy: &Section, protection: &Protection, servers: &[Server]) {
    let Some(zone) = &protection.zone else { return };
    if servers.iter().any(|server| server.zone.as_ref() == Some(zone)) {
        return;
    }
    let advice = format!("write `zone = \"{zone}\"` under each [[server]] that is near the proxy");
    proxy.wrong("zone", &proxy.span_of("zone"), "no server is in this zone", advice);
}

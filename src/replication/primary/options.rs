//! What a follower has set as user variables before it asks for the log.
//!
//! There is no other place for it in the protocol. Servers and tools use the words of before MySQL 8.0.26
//! (`master`, `slave`) or those since (`source`, `replica`); both are heard.

use std::time::Duration;

use crate::value::Value;

/// How a follower wants the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FollowerOptions {
    /// Each event is followed by its checksum.
    pub checksum: bool,
    /// How long nothing may come before a heartbeat does; `None`: no heartbeats.
    pub heartbeat: Option<Duration>,
    /// It acknowledges what it has received.
    pub semi_sync: bool,
    /// One of ours: it tells too what it has applied.
    pub own: bool,
    /// `server_uuid`; empty where it did not say.
    pub uuid: String,
    /// A MariaDB server: positions are told in another way.
    pub mariadb: bool,
    /// A MariaDB server that asks by MariaDB's GTIDs, which this log does not have.
    pub mariadb_gtid: bool,
}

/// Shortest heartbeat period that is kept to.
const MIN_HEARTBEAT: Duration = Duration::from_millis(1);

impl FollowerOptions {
    /// From the session's variables; `variable` gives one by its name in lower case.
    pub fn of(variable: impl Fn(&str) -> Option<Value>) -> Self {
        let either = |new: &str, old: &str| variable(new).or_else(|| variable(old));
        let is_set = |name: &str| variable(name).is_some_and(|value| number(&value) != Some(0));
        let checksum = either("source_binlog_checksum", "master_binlog_checksum");
        let period = either("source_heartbeat_period", "master_heartbeat_period");
        let nanoseconds = period.as_ref().and_then(number).filter(|period| *period > 0);
        let own = is_set("anabranch_replica");
        Self {
            checksum: checksum.is_some_and(|value| text(&value).eq_ignore_ascii_case("CRC32")),
            heartbeat: nanoseconds.map(|period| Duration::from_nanos(period).max(MIN_HEARTBEAT)),
            semi_sync: own || is_set("rpl_semi_sync_replica") || is_set("rpl_semi_sync_slave"),
            own,
            uuid: either("replica_uuid", "slave_uuid").map_or_else(String::new, |uuid| text(&uuid)),
            mariadb: variable("mariadb_slave_capability").is_some(),
            mariadb_gtid: variable("slave_connect_state").is_some(),
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        _ => String::new(),
    }
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::UInt(number) => Some(*number),
        Value::Null => Some(0),
        Value::Double(number) => Some(*number as u64),
        other => {
            let text = match other {
                Value::Decimal(number) => number.to_string(),
                other => text(other),
            };
            text.split('.').next().and_then(|whole| whole.trim().parse().ok())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, Value)]) -> FollowerOptions {
        FollowerOptions::of(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn both_vocabularies_are_heard() {
        for (heartbeat, checksum, semi) in [
            ("source_heartbeat_period", "source_binlog_checksum", "rpl_semi_sync_replica"),
            ("master_heartbeat_period", "master_binlog_checksum", "rpl_semi_sync_slave"),
        ] {
            let options = of(&[
                (heartbeat, Value::Int(30_000_001_024)),
                (checksum, Value::Text("CRC32".into())),
                (semi, Value::Int(1)),
            ]);
            assert_eq!(options.heartbeat, Some(Duration::from_nanos(30_000_001_024)));
            assert!(options.checksum && options.semi_sync && !options.own);
        }
    }

    #[test]
    fn nothing_said_is_no_checksum_and_no_heartbeat() {
        assert_eq!(of(&[]), FollowerOptions::default());
        assert_eq!(of(&[("master_heartbeat_period", Value::Int(0))]).heartbeat, None);
        let own = of(&[("anabranch_replica", Value::Int(1))]);
        assert!(own.own && own.semi_sync);
    }
}

//! The global system variables that the server computes or acts on.

use std::sync::Arc;

use super::acknowledgement;
use crate::config::ServerConfig;
use crate::engine::{Engine, SyncPolicy};
use crate::gtid::GtidSet;
use crate::query::variables::Surroundings;
use crate::replication::primary::Acknowledgement;
use crate::value::{SqlError, Value};

/// What this server knows of itself.
pub struct ServerSurroundings {
    engine: Arc<Engine>,
    acknowledgement: Arc<Acknowledgement>,
    fixed: Vec<(&'static str, Value)>,
}

impl ServerSurroundings {
    /// From the configuration, and the version that clients are told.
    pub fn new(
        engine: Arc<Engine>,
        acknowledgement: Arc<Acknowledgement>,
        config: &ServerConfig,
        version: &str,
    ) -> Self {
        let text = |text: &str| Value::Text(text.into());
        let port = config.listen.first().map_or(0, |address| i64::from(address.port()));
        let tls = if config.tls.is_some() { "YES" } else { "DISABLED" };
        let socket = config.socket.as_ref().map(|path| path.display().to_string());
        let fixed = vec![
            ("version", text(version)),
            ("version_comment", text("Anabranch")),
            ("hostname", text(&hostname())),
            ("port", Value::Int(port)),
            ("socket", text(&socket.unwrap_or_default())),
            ("server_id", Value::Int(i64::from(config.server_id))),
            ("datadir", text(&config.data.display().to_string())),
            ("max_connections", Value::Int(config.max_connections as i64)),
            ("have_ssl", text(tls)),
            ("have_openssl", text(tls)),
        ];
        Self { engine, acknowledgement, fixed }
    }
}

fn hostname() -> String {
    let name = std::env::var("HOSTNAME").ok();
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "localhost".to_owned())
}

impl ServerSurroundings {
    /// `SET GLOBAL gtid_purged`: counts transactions of other servers as executed here.
    fn grant(&self, value: &Value) -> Result<(), SqlError> {
        let Value::Text(text) = value else { return Ok(()) };
        let text = text.trim_start_matches('+');
        let set: GtidSet = text.parse().map_err(|_| {
            SqlError::new(1772, b"HY000", format!("Malformed GTID set specification '{text}'."))
        })?;
        self.engine.grant_gtids(&set)
    }
}

impl Surroundings for ServerSurroundings {
    fn value(&self, name: &str) -> Option<Value> {
        if let Some((_, value)) = self.fixed.iter().find(|(fixed, _)| *fixed == name) {
            return Some(value.clone());
        }
        let text = match name {
            "gtid_executed" => self.engine.database().executed.to_string(),
            "gtid_purged" => self.engine.purged_gtids().to_string(),
            "server_uuid" => self.engine.uuid().to_string(),
            _ => return acknowledgement::value(&self.acknowledgement.policy(), name),
        };
        Some(Value::Text(text.into()))
    }

    fn change(&self, name: &str, value: &Value) -> Result<(), SqlError> {
        if acknowledgement::change(&self.acknowledgement, name, value)? {
            return Ok(());
        }
        match name {
            "gtid_purged" => return self.grant(value),
            "sync_binlog" => {}
            _ => return Ok(()),
        }
        let groups = match value {
            Value::Int(groups) => u32::try_from(*groups).unwrap_or(u32::MAX),
            Value::UInt(groups) => u32::try_from(*groups).unwrap_or(u32::MAX),
            _ => return Ok(()),
        };
        let policy = if groups == 0 { SyncPolicy::Never } else { SyncPolicy::Groups(groups) };
        self.engine.set_sync(policy).map_err(|error| {
            SqlError::new(1026, b"HY000", format!("Error writing file 'binlog' ({error})"))
        })
    }
}

//! What a server says before anyone signs in, byte for byte, so that the proxy can say the same.
//!
//! mysql_async keeps neither the version's text nor the flags, and the text cannot be rebuilt from
//! `@@version`: MariaDB puts `5.5.5-` before it in some versions and not in others. So once per
//! version of a server the monitor signs in the way that sessions do, and keeps the greeting.

use super::{Address, Greeting, MonitorSettings};
use crate::net::{BackendTarget, Credentials, LoginRequest, SignInError, sign_in};
use crate::wire::{CapabilityFlags, MariadbCapabilities};

/// `utf8mb4_general_ci`, which all servers know.
const COLLATION: u8 = 45;

/// Reads a server's greeting.
pub async fn read(address: &Address, settings: &MonitorSettings) -> Result<Greeting, SignInError> {
    let target = BackendTarget {
        address: address.clone(),
        tls: settings.tls.settings.clone(),
        timeout: settings.timeout,
        request_public_key: true,
        keepalive: std::time::Duration::ZERO,
    };
    let request = LoginRequest {
        user: &settings.user,
        credentials: &Credentials::from_clear(settings.password.as_bytes()),
        database: None,
        capabilities: CapabilityFlags::empty(),
        mariadb_capabilities: MariadbCapabilities::empty(),
        collation: COLLATION,
        attributes: &[],
    };
    let said = sign_in(&target, &request).await?.greeting;
    Ok(Greeting {
        server_version: said.server_version,
        collation: said.collation,
        capabilities: Some(said.capabilities),
        mariadb_capabilities: said.mariadb_capabilities,
        sql_mode: String::new(),
    })
}

//! Status variables: their names, and who knows their values.
//!
//! A server answers for what it counts. The rest is listed with 0 (or empty, where it is text), because
//! monitoring programs look for the names and take a missing one for a broken server.

mod names;

/// Knows values of status variables: the server, which counts.
pub trait StatusProvider {
    /// The value of the variable with this name, globally or for the session that asks. `None`: not
    /// counted here.
    fn status(&self, name: &str, global: bool) -> Option<String>;
}

/// A provider that counts nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct NoStatus;

impl StatusProvider for NoStatus {
    fn status(&self, _: &str, _: bool) -> Option<String> {
        None
    }
}

/// Those that hold text.
const TEXT: [&str; 18] = [
    "Anabranch_high_watermark",
    "Caching_sha2_password_rsa_public_key",
    "Rsa_public_key",
    "Current_tls_",
    "Innodb_buffer_pool_dump_status",
    "Innodb_buffer_pool_load_status",
    "Innodb_buffer_pool_resize_status",
    "Innodb_redo_log_resize_status",
    "Innodb_redo_log_uuid",
    "Max_used_connections_time",
    "Ssl_cipher",
    "Ssl_cipher_list",
    "Ssl_server_not_",
    "Ssl_version",
    "Ssl_session_cache_mode",
    "Tls_library_version",
    "Tls_sni_server_name",
    "Last_query_cost_text",
];

/// Those that are switches.
const SWITCHES: [&str; 7] = [
    "Anabranch_ack_degraded",
    "Compression",
    "Innodb_redo_log_enabled",
    "Innodb_redo_log_read_only",
    "Rpl_semi_sync_master_status",
    "Rpl_semi_sync_source_status",
    "Innodb_redo_log_read_only_",
];

/// What SHOW STATUS shows of a variable that nobody counts.
fn nothing(name: &str) -> &'static str {
    if TEXT.iter().any(|text| name.starts_with(text)) {
        ""
    } else if SWITCHES.contains(&name) {
        "OFF"
    } else if name == "Last_query_cost" {
        "0.000000"
    } else {
        "0"
    }
}

/// What SHOW STATUS lists: names and values, in order.
pub fn show(provider: &dyn StatusProvider, global: bool) -> Vec<(&'static str, String)> {
    let value =
        |name: &str| provider.status(name, global).unwrap_or_else(|| nothing(name).to_owned());
    names::NAMES.iter().map(|name| (*name, value(name))).collect()
}

/// The names, in order.
pub fn names() -> &'static [&'static str] {
    names::NAMES
}

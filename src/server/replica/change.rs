//! CHANGE REPLICATION SOURCE TO: options into settings.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::config::ReplicationSource;
use crate::net::TlsMode;
use crate::replication::replica::{Password, SourcePosition, SourceSettings, new_epoch};
use crate::sql::statement::ast::{ChangeSource, SourceValue};
use crate::value::SqlError;

/// Longest host name.
const MAX_HOST: usize = 255;

/// Longest user name.
const MAX_USER: usize = 96;

/// Longest password.
const MAX_PASSWORD: usize = 32;

/// Most seconds between heartbeats.
const MAX_HEARTBEAT_S: f64 = 4_294_967.0;

/// Options that MySQL has and that change nothing here when they have this value.
const WITHOUT_EFFECT: [(&str, &[&str]); 12] = [
    ("SOURCE_BIND", &[""]),
    ("SOURCE_COMPRESSION_ALGORITHMS", &["uncompressed", "", "default"]),
    ("SOURCE_ZSTD_COMPRESSION_LEVEL", &["3"]),
    ("SOURCE_SSL_CAPATH", &[""]),
    ("SOURCE_SSL_CIPHER", &[""]),
    ("SOURCE_SSL_CRL", &[""]),
    ("SOURCE_SSL_CRLPATH", &[""]),
    ("SOURCE_TLS_VERSION", &["", "TLSv1.2,TLSv1.3", "TLSv1.3", "TLSv1.2"]),
    ("SOURCE_PUBLIC_KEY_PATH", &[""]),
    ("REQUIRE_ROW_FORMAT", &["0", "1"]),
    ("NETWORK_NAMESPACE", &[""]),
    ("SOURCE_CONNECTION_AUTO_FAILOVER", &["0"]),
];

/// What an option list asks for besides plain settings.
#[derive(Default)]
struct Asked {
    file: Option<String>,
    offset: Option<u64>,
    auto_position: Option<bool>,
    address: bool,
    ssl: Option<bool>,
    verify: Option<bool>,
}

/// Makes the settings that a statement asks for.
///
/// # Errors
/// 1776 for a position beside auto position; 1210 and 1235 for what cannot be.
pub fn apply(settings: &mut SourceSettings, change: &ChangeSource) -> Result<(), SqlError> {
    let mut asked = Asked::default();
    for (name, value) in &change.options {
        option(settings, &mut asked, name, value)?;
    }
    tls(settings, &asked);
    position(settings, asked)
}

fn option(
    settings: &mut SourceSettings,
    asked: &mut Asked,
    name: &str,
    value: &SourceValue,
) -> Result<(), SqlError> {
    let text = || text(name, value);
    let number = |max: u64| number(name, value, max);
    match name {
        "SOURCE_HOST" => {
            settings.host = limited(name, text()?, MAX_HOST)?;
            asked.address = true;
        }
        "SOURCE_PORT" => {
            settings.port = number(65_535)? as u16;
            asked.address = true;
        }
        "SOURCE_USER" => settings.user = limited(name, text()?, MAX_USER)?,
        "SOURCE_PASSWORD" => {
            let password = limited(name, text()?, MAX_PASSWORD)?;
            settings.password = Password(Zeroizing::new(password));
        }
        "SOURCE_LOG_FILE" => asked.file = Some(text()?),
        "SOURCE_LOG_POS" => asked.offset = Some(number(u64::MAX)?),
        "SOURCE_AUTO_POSITION" => asked.auto_position = Some(number(1)? == 1),
        "SOURCE_USE_GTID" => asked.auto_position = Some(use_gtid(value)?),
        "SOURCE_HEARTBEAT_PERIOD" => settings.heartbeat = heartbeat(value)?,
        "SOURCE_CONNECT_RETRY" => {
            settings.connect_retry = Duration::from_secs(number(u64::from(u32::MAX))?);
        }
        "SOURCE_RETRY_COUNT" => settings.retry_count = number(u64::MAX)?,
        "SOURCE_DELAY" => settings.delay = Duration::from_secs(number(0x7fff_ffff)?),
        "SOURCE_SSL" => asked.ssl = Some(number(1)? == 1),
        "SOURCE_SSL_VERIFY_SERVER_CERT" => asked.verify = Some(number(1)? == 1),
        "SOURCE_SSL_CA" => settings.tls_ca = text()?,
        "SOURCE_SSL_CERT" => settings.tls_cert = text()?,
        "SOURCE_SSL_KEY" => settings.tls_key = text()?,
        "GET_SOURCE_PUBLIC_KEY" | "GET_MASTER_PUBLIC_KEY" => {
            settings.get_public_key = number(1)? == 1;
        }
        other => return without_effect(other, value),
    }
    Ok(())
}

fn without_effect(name: &str, value: &SourceValue) -> Result<(), SqlError> {
    let given = match value {
        SourceValue::Text(text) | SourceValue::Bare(text) => text.clone(),
        SourceValue::List(list) if list.is_empty() => return Ok(()),
        SourceValue::List(_) => "(…)".to_owned(),
    };
    let known = WITHOUT_EFFECT.iter().find(|(known, _)| *known == name);
    if known.is_some_and(|(_, values)| values.iter().any(|one| one.eq_ignore_ascii_case(&given))) {
        return Ok(());
    }
    let no_effect = ["PRIVILEGE_CHECKS_USER", "SOURCE_TLS_CIPHERSUITES"];
    if no_effect.contains(&name) && given.eq_ignore_ascii_case("NULL") {
        return Ok(());
    }
    Err(SqlError::not_supported(&format!("{name} = {given}")))
}

fn tls(settings: &mut SourceSettings, asked: &Asked) {
    let on = asked.ssl.unwrap_or(settings.tls != TlsMode::Disabled);
    let verify = asked.verify.unwrap_or(settings.tls == TlsMode::VerifyIdentity);
    settings.tls = match (on, verify) {
        (false, _) => TlsMode::Disabled,
        (true, true) => TlsMode::VerifyIdentity,
        (true, false) if !settings.tls_ca.is_empty() => TlsMode::VerifyCa,
        (true, false) => TlsMode::Required,
    };
}

/// Another place to begin; a new address without one means the beginning.
fn position(settings: &mut SourceSettings, asked: Asked) -> Result<(), SqlError> {
    let places = asked.file.is_some() || asked.offset.is_some();
    settings.auto_position = asked.auto_position.unwrap_or(settings.auto_position);
    if places && settings.auto_position {
        let message = "Parameters SOURCE_LOG_FILE, SOURCE_LOG_POS, RELAY_LOG_FILE and RELAY_LOG_POS \
                       cannot be set when SOURCE_AUTO_POSITION is active.";
        return Err(SqlError::new(1776, b"HY000", message));
    }
    if places {
        let file = asked.file.unwrap_or_else(|| settings.start.file.clone());
        let offset = asked.offset.unwrap_or(4).max(4);
        settings.start = SourcePosition { file, offset, ..SourcePosition::default() };
    } else if asked.address && !settings.auto_position {
        settings.start = SourcePosition { offset: 4, ..SourcePosition::default() };
    }
    if places || asked.address || asked.auto_position.is_some() {
        settings.epoch = new_epoch();
    }
    Ok(())
}

fn text(name: &str, value: &SourceValue) -> Result<String, SqlError> {
    match value {
        SourceValue::Text(text) => Ok(text.clone()),
        _ => Err(wrong(name)),
    }
}

fn limited(name: &str, text: String, max: usize) -> Result<String, SqlError> {
    if text.len() <= max {
        return Ok(text);
    }
    let message = format!("String '{name}' is too long (should be no longer than {max})");
    Err(SqlError::new(1470, b"HY000", message))
}

fn number(name: &str, value: &SourceValue, max: u64) -> Result<u64, SqlError> {
    let SourceValue::Bare(text) = value else { return Err(wrong(name)) };
    text.parse().ok().filter(|number| *number <= max).ok_or_else(|| wrong(name))
}

fn heartbeat(value: &SourceValue) -> Result<Duration, SqlError> {
    let SourceValue::Bare(text) = value else { return Err(wrong("SOURCE_HEARTBEAT_PERIOD")) };
    let seconds = text.parse::<f64>().ok().filter(|s| (0.001..=MAX_HEARTBEAT_S).contains(s));
    let message = "The requested value for the heartbeat period is either negative or exceeds the \
                   maximum allowed (4294967 seconds).";
    let wrong = || SqlError::new(1624, b"HY000", message);
    seconds.map(Duration::from_secs_f64).ok_or_else(wrong)
}

/// MariaDB's MASTER_USE_GTID.
fn use_gtid(value: &SourceValue) -> Result<bool, SqlError> {
    match value {
        SourceValue::Bare(word) | SourceValue::Text(word) => match word.to_lowercase().as_str() {
            "no" => Ok(false),
            "slave_pos" | "replica_pos" | "current_pos" => Ok(true),
            _ => Err(wrong("MASTER_USE_GTID")),
        },
        SourceValue::List(_) => Err(wrong("MASTER_USE_GTID")),
    }
}

/// 1210.
fn wrong(name: &str) -> SqlError {
    SqlError::new(1210, b"HY000", format!("Incorrect arguments to {name}"))
}

/// What `[replication]` of the configuration says.
pub fn configured(settings: &mut SourceSettings, source: &ReplicationSource) {
    let same = settings.host == source.host && settings.port == source.port;
    if !same || settings.auto_position != source.auto_position {
        settings.epoch = new_epoch();
    }
    settings.host.clone_from(&source.host);
    settings.port = source.port;
    settings.user.clone_from(&source.user);
    let password = source.password.as_ref().and_then(|secret| secret.reveal_text());
    settings.password = Password(Zeroizing::new(password.unwrap_or_default().to_owned()));
    settings.auto_position = source.auto_position;
    settings.get_public_key = source.get_public_key;
    settings.heartbeat = source.heartbeat;
    settings.connect_retry = source.connect_retry;
    settings.delay = source.delay;
    settings.tls_ca =
        source.tls_ca.as_ref().map_or(String::new(), |path| path.display().to_string());
    settings.tls = match (source.tls, settings.tls_ca.is_empty()) {
        (false, _) => TlsMode::Disabled,
        (true, true) => TlsMode::Required,
        (true, false) => TlsMode::VerifyIdentity,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statement::{ParserMode, Statement, ast::Replication, parse_one};

    fn change(sql: &str, settings: &mut SourceSettings) -> Result<(), u16> {
        let parsed = parse_one(sql.as_bytes(), ParserMode::default()).unwrap();
        let Statement::Replication(statement) = parsed.statement else { panic!("{sql}") };
        let Replication::Change(change) = *statement else { panic!("{sql}") };
        apply(settings, &change).map_err(|error| error.code)
    }

    #[test]
    fn options_become_settings() {
        let mut settings = SourceSettings::default();
        let first = settings.epoch.clone();
        let sql = "CHANGE MASTER TO MASTER_HOST='h', MASTER_PORT=3307, MASTER_USER='u', \
                   MASTER_PASSWORD='p', MASTER_LOG_FILE='b.7', MASTER_LOG_POS=120, \
                   MASTER_HEARTBEAT_PERIOD=1.5, MASTER_SSL=1";
        assert_eq!(change(sql, &mut settings), Ok(()));
        assert_eq!((settings.host.as_str(), settings.port), ("h", 3307));
        assert_eq!((settings.start.file.as_str(), settings.start.offset), ("b.7", 120));
        assert_eq!(settings.heartbeat, Duration::from_millis(1500));
        assert_eq!(settings.tls, TlsMode::Required);
        assert_ne!(settings.epoch, first);
        let epoch = settings.epoch.clone();
        let sql = "CHANGE REPLICATION SOURCE TO SOURCE_CONNECT_RETRY=5, SOURCE_DELAY=3";
        assert_eq!(change(sql, &mut settings), Ok(()));
        assert_eq!((settings.connect_retry.as_secs(), settings.epoch), (5, epoch));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let mut settings = SourceSettings::default();
        let mut code = |options: &str| {
            let sql = format!("CHANGE REPLICATION SOURCE TO {options} FOR CHANNEL ''");
            change(&sql, &mut settings).unwrap_err()
        };
        assert_eq!(code("SOURCE_AUTO_POSITION=1, SOURCE_LOG_FILE='x'"), 1776);
        assert_eq!(code("SOURCE_COMPRESSION_ALGORITHMS='zstd'"), 1235);
        assert_eq!(code("SOURCE_HEARTBEAT_PERIOD=9999999999"), 1624);
        assert_eq!(code("SOURCE_PORT=70000"), 1210);
        assert_eq!(code("SOURCE_WISHES='many'"), 1235);
    }
}

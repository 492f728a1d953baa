//! The values that a connection's variables have before any session sets them: asked once, so that what one
//! session has set is undone for the next without a reset.

use std::rc::Rc;

use crate::proxy::pool::profile::assignment;
use crate::wire::command;

use super::{Connection, ExchangeError};

/// Settings of drivers and frameworks, and those that follow from how the client signed in: a reset of the
/// connection makes them what the server has for all.
const NAMES: [&str; 12] = [
    "autocommit",
    "character_set_client",
    "character_set_connection",
    "character_set_results",
    "collation_connection",
    "foreign_key_checks",
    "sql_mode",
    "sql_safe_updates",
    "sql_select_limit",
    "time_zone",
    "unique_checks",
    "wait_timeout",
];

/// Not in any of the values.
const SEPARATOR: char = '|';

/// Asks for them; none where the server does not know them all, so that every difference is a reset.
pub async fn ask(connection: &mut Connection) -> std::io::Result<Rc<[(Box<str>, Box<str>)]>> {
    let isolation = match connection.mariadb {
        true => ["tx_isolation", "tx_read_only"],
        false => ["transaction_isolation", "transaction_read_only"],
    };
    let names: Vec<&str> = NAMES.into_iter().chain(isolation).collect();
    let values: Vec<String> = names.iter().map(|name| format!("IFNULL(@@{name},'')")).collect();
    let sql = format!("SELECT CONCAT_WS('{SEPARATOR}',{})", values.join(","));
    let answer = match connection.ask(&[&[command::QUERY], sql.as_bytes()].concat()).await {
        Ok(answer) => answer,
        Err(ExchangeError::Refused(error)) => {
            tracing::debug!(code = error.code, "the server does not tell its first values");
            return Ok(Rc::default());
        }
        Err(ExchangeError::Io(error)) => return Err(error),
    };
    let values: Vec<&str> = answer.split(SEPARATOR).collect();
    if values.len() != names.len() {
        return Ok(Rc::default());
    }
    let pairs = names.into_iter().zip(values);
    Ok(pairs.filter_map(|(name, value)| Some((name.into(), assignment(name, value)?))).collect())
}

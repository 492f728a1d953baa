//! Error packets: what a server said, and what the proxy says itself.
//!
//! ```text
//! ff | code int<2> | '#' sqlstate[5] | message      protocol 4.1
//! ff | code int<2> | message                        before the client's capabilities are known
//! ```
//! The marker `#` tells the two apart when reading. The texts and SQLSTATEs below are MySQL's own
//! (its error reference), so that a client's handling of them does not change behind the proxy.

use super::Malformed;
use super::header::put_packet_with;
use super::reader::{Reader, text};

/// The SQLSTATE of errors that have no more fitting one.
pub const GENERAL: [u8; 5] = *b"HY000";
const CONNECTION: [u8; 5] = *b"08S01";
const REJECTED: [u8; 5] = *b"08004";
const SYNTAX_OR_ACCESS: [u8; 5] = *b"42000";

/// An error as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("ERROR {code} ({}): {message}", String::from_utf8_lossy(sqlstate))]
pub struct ServerError {
    /// MySQL's error number.
    pub code: u16,
    /// Five letters or digits; [`GENERAL`] when the packet had none.
    pub sqlstate: [u8; 5],
    /// The text.
    pub message: String,
}

impl ServerError {
    /// An error with the given parts.
    pub fn new(code: u16, sqlstate: [u8; 5], message: impl Into<String>) -> Self {
        Self { code, sqlstate, message: message.into() }
    }

    /// Reads an error packet's payload.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(payload);
        if reader.u8()? != 0xff {
            return Err(Malformed("an error starts with ff"));
        }
        let code = reader.u16()?;
        let sqlstate = match reader.rest() {
            [b'#', a, b, c, d, e, ..] => {
                let state = [*a, *b, *c, *d, *e];
                reader.bytes(6)?;
                state
            }
            _ => GENERAL,
        };
        Ok(Self::new(code, sqlstate, text(reader.rest())))
    }

    /// Appends the payload. `protocol_41`: the client is known to understand SQLSTATEs.
    pub fn put_payload(&self, out: &mut Vec<u8>, protocol_41: bool) {
        out.push(0xff);
        out.extend_from_slice(&self.code.to_le_bytes());
        if protocol_41 {
            out.push(b'#');
            out.extend_from_slice(&self.sqlstate);
        }
        out.extend_from_slice(self.message.as_bytes());
    }

    /// The whole packet for a client that speaks protocol 4.1.
    pub fn to_packet(&self, seq: u8) -> Vec<u8> {
        let mut out = Vec::with_capacity(13 + self.message.len());
        let mut seq = seq;
        put_packet_with(&mut out, &mut seq, |out| self.put_payload(out, true));
        out
    }

    /// The whole packet in place of a greeting: number 0, and without SQLSTATE, since nothing is known of the
    /// client yet. MySQL 9.7 and MariaDB 10.11 send 1040 like this.
    pub fn to_first_packet(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(7 + self.message.len());
        put_packet_with(&mut out, &mut 0, |out| self.put_payload(out, false));
        out
    }

    /// 1040: the connection limit is reached.
    pub fn too_many_connections() -> Self {
        Self::new(1040, REJECTED, "Too many connections")
    }

    /// 1040: the statement's turn for a shared server connection did not come in time. `whom` names
    /// the server without its address.
    pub fn pool_exhausted(whom: &str, waited: std::time::Duration) -> Self {
        let message = format!(
            "Too many connections: none to '{}' came free within {} ms (pool_wait_ms, \
             max_server_connections)",
            cut(whom, 64),
            waited.as_millis()
        );
        Self::new(1040, REJECTED, message)
    }

    /// 1040: no replica could serve the read, and the primary takes only `most` such reads at once.
    pub fn primary_share_used_up(most: u32, waited: std::time::Duration) -> Self {
        let message = format!(
            "Too many reads for the primary: no replica can serve this one, and none of the {most} places for \
             such reads came free within {} ms (primary_capacity, primary_read_share, primary_read_wait_ms)",
            waited.as_millis()
        );
        Self::new(1040, REJECTED, message)
    }

    /// 2013: the statement asks for what the last one left on a server connection that others have
    /// used since.
    pub fn left_behind_lost() -> Self {
        let message =
            "Lost what the last statement left: this server connection is not the one that knows";
        Self::new(2013, GENERAL, message)
    }

    /// 1043: the login packet is not one.
    pub fn bad_handshake() -> Self {
        Self::new(1043, CONNECTION, "Bad handshake")
    }

    /// 1045: unknown user or wrong password; the two read the same.
    pub fn access_denied(user: &str, host: &str, using_password: bool) -> Self {
        let (user, host) = (cut(user, 48), cut(host, 64));
        let using = if using_password { "YES" } else { "NO" };
        let message = format!("Access denied for user '{user}'@'{host}' (using password: {using})");
        Self::new(1045, *b"28000", message)
    }

    /// 1047: a command that the proxy does not offer.
    pub fn unknown_command() -> Self {
        Self::new(1047, CONNECTION, "Unknown command")
    }

    /// 1053: the proxy or the server it used is going away. Clients close the connection on it.
    pub fn shutdown() -> Self {
        Self::new(1053, CONNECTION, "Server shutdown in progress")
    }

    /// 1095: KILL of somebody else's connection.
    pub fn kill_denied(id: u64) -> Self {
        Self::new(1095, GENERAL, format!("You are not owner of thread {id}"))
    }

    /// 1105: the general error, for what has no number of its own.
    pub fn unknown(message: impl Into<String>) -> Self {
        Self::new(1105, GENERAL, message)
    }

    /// 1148: a rule of the proxy's configuration refuses the statement, in the operator's words. The number and its
    /// state are those of what a server is configured not to do; a client's connection goes on.
    pub fn refused_by_rule(message: &str) -> Self {
        Self::new(1148, SYNTAX_OR_ACCESS, message)
    }

    /// 1153: the connection ends after it, as with MySQL.
    pub fn packet_too_large() -> Self {
        Self::new(1153, CONNECTION, "Got a packet bigger than 'max_allowed_packet' bytes")
    }

    /// 1156
    pub fn packets_out_of_order() -> Self {
        Self::new(1156, CONNECTION, "Got packets out of order")
    }

    /// 1159
    pub fn read_interrupted() -> Self {
        Self::new(1159, CONNECTION, "Got timeout reading communication packets")
    }

    /// 1227
    pub fn privilege_missing(privilege: &str) -> Self {
        let message = format!(
            "Access denied; you need (at least one of) the {} privilege(s) for this operation",
            cut(privilege, 128)
        );
        Self::new(1227, SYNTAX_OR_ACCESS, message)
    }

    /// 1235: something the proxy cannot do.
    pub fn not_supported(what: &str) -> Self {
        let message = format!("This version of MySQL doesn't yet support '{what}'");
        Self::new(1235, SYNTAX_OR_ACCESS, message)
    }

    /// 1295: a statement that can only be sent as text.
    pub fn not_preparable() -> Self {
        let message = "This command is not supported in the prepared statement protocol yet";
        Self::new(1295, GENERAL, message)
    }

    /// 1243: `command` is the C function's name, such as `mysqld_stmt_execute` or `EXECUTE`.
    pub fn unknown_statement(handler: &str, command: &str) -> Self {
        let message = format!("Unknown prepared statement handler ({handler}) given to {command}");
        Self::new(1243, GENERAL, message)
    }

    /// 1251: the account needs a plugin that so old a client does not know.
    pub fn old_client() -> Self {
        let message = "Client does not support authentication protocol requested by server; \
                       consider upgrading MySQL client";
        Self::new(1251, REJECTED, message)
    }

    /// 1317: KILL QUERY.
    pub fn query_interrupted() -> Self {
        Self::new(1317, *b"70100", "Query execution was interrupted")
    }

    /// 1461: the bound on prepared statements is reached.
    pub fn too_many_statements(bound: usize) -> Self {
        let message = format!(
            "Can't create more than max_prepared_stmt_count statements (current value: {bound})"
        );
        Self::new(1461, SYNTAX_OR_ACCESS, message)
    }

    /// 1835
    pub fn malformed_packet() -> Self {
        Self::new(1835, GENERAL, "Malformed communication packet.")
    }

    /// 2013: the backend vanished while it was answering. The number is one that client libraries
    /// raise themselves, so pools and frameworks already treat it as a lost connection; MaxScale and
    /// ProxySQL send it in the same place.
    pub fn backend_lost() -> Self {
        Self::new(2013, GENERAL, "Lost connection to MySQL server during query")
    }

    /// 2003: no backend could be reached. `whom` names it without its address.
    pub fn backend_unreachable(whom: &str) -> Self {
        Self::new(2003, GENERAL, format!("Can't connect to MySQL server on '{}'", cut(whom, 64)))
    }

    /// 1290: no server takes writes. The number is the one that a replica refuses writes with,
    /// which is what all servers that are left would do.
    pub fn no_primary() -> Self {
        let message = "No server takes writes at the moment, so this statement cannot be executed";
        Self::new(1290, GENERAL, message)
    }

    /// 1053: no server is left at all.
    pub fn no_server() -> Self {
        Self::new(1053, CONNECTION, "No server is available at the moment")
    }

    /// 1105: user variables are on a server that the statement cannot run on.
    pub fn variables_elsewhere() -> Self {
        let message = "The user variables of this session were set on another server, in a \
                       read-only transaction or before a failover: set them again";
        Self::new(1105, GENERAL, message)
    }

    /// 1615: a statement means something else on another server; drivers prepare it again.
    pub fn needs_reprepare() -> Self {
        Self::new(1615, GENERAL, "Prepared statement needs to be re-prepared")
    }

    /// 1792; only MySQL ends it with a full stop.
    pub fn read_only_transaction(mariadb: bool) -> Self {
        let end = if mariadb { "" } else { "." };
        let message = format!("Cannot execute statement in a READ ONLY transaction{end}");
        Self::new(1792, *b"25006", message)
    }

    /// 3024: the statement was stopped because it took too long; MariaDB's number for it is 1969.
    pub fn took_too_long(mariadb: bool) -> Self {
        match mariadb {
            true => Self::new(
                1969,
                *b"70100",
                "Query execution was interrupted (max_statement_time exceeded)",
            ),
            false => Self::new(
                3024,
                GENERAL,
                "Query execution was interrupted, maximum statement execution time exceeded",
            ),
        }
    }

    /// 3118: the password was right, but the account is locked.
    pub fn account_locked(user: &str, host: &str) -> Self {
        let (user, host) = (cut(user, 48), cut(host, 64));
        let message = format!("Access denied for user '{user}'@'{host}'. Account is locked.");
        Self::new(3118, GENERAL, message)
    }

    /// Whether a server said that it takes no more connections for now: it is full, not dead.
    pub fn is_full(&self) -> bool {
        matches!(self.code, 1040 | 1203 | 1226)
    }

    /// 3159: the proxy demands TLS.
    pub fn tls_required() -> Self {
        let message = "Connections using insecure transport are prohibited while \
                       --require_secure_transport=ON.";
        Self::new(3159, GENERAL, message)
    }
}

/// At most `max` bytes of `text`, ending between characters: MySQL's `%-.48s`.
fn cut(text: &str, max: usize) -> &str {
    let ends = text.char_indices().map(|(start, letter)| start + letter.len_utf8());
    let end = ends.take_while(|end| *end <= max).last().unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// From MariaDB 10.11: a wrong password.
    const DENIED: &[u8] =
        b"\xff\x15\x04#28000Access denied for user 'app'@'localhost' (using password: YES)";

    #[test]
    fn reads_and_writes_what_servers_send() {
        let denied = ServerError::access_denied("app", "localhost", true);
        assert_eq!(ServerError::parse(DENIED), Ok(denied.clone()));
        assert_eq!(denied.to_packet(2)[4..], *DENIED);
        assert_eq!(denied.to_packet(2)[..4], [DENIED.len() as u8, 0, 0, 2]);
    }

    #[test]
    fn reads_an_error_before_the_greeting() {
        let packet = b"\x17\0\0\0\xff\x10\x04Too many connections";
        assert_eq!(ServerError::too_many_connections().to_first_packet(), packet);
        let error = ServerError::parse(&packet[4..]).unwrap();
        assert_eq!((error.code, error.sqlstate), (1040, GENERAL));
        assert_eq!(error.message, "Too many connections");
    }

    #[test]
    fn cuts_long_names_between_characters() {
        assert_eq!(cut("\u{e9}\u{e9}", 3), "\u{e9}");
        assert_eq!(cut("ab", 48), "ab");
    }

    proptest! {
        #[test]
        fn every_error_survives(code: u16, message in "\\PC{0,300}", state in "[0-9A-Z]{5}") {
            let error = ServerError::new(code, state.as_bytes().try_into().unwrap(), message);
            let mut out = Vec::new();
            error.put_payload(&mut out, true);
            prop_assert_eq!(ServerError::parse(&out), Ok(error));
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = ServerError::parse(&bytes);
        }
    }
}

//! The command bytes of the protocol.
//!
//! Source: MySQL source code documentation, "Command Phase"; MariaDB knowledge base, "Commands".

/// `mysql_close()`.
pub const QUIT: u8 = 0x01;
/// `USE`, without SQL.
pub const INIT_DB: u8 = 0x02;
/// A statement as text.
pub const QUERY: u8 = 0x03;
/// The columns of a table.
pub const FIELD_LIST: u8 = 0x04;
/// `FLUSH`, without SQL.
pub const REFRESH: u8 = 0x07;
/// Stops the server.
pub const SHUTDOWN: u8 = 0x08;
/// A line of server statistics.
pub const STATISTICS: u8 = 0x09;
/// `SHOW PROCESSLIST`, without SQL.
pub const PROCESS_INFO: u8 = 0x0a;
/// `KILL CONNECTION`, without SQL.
pub const PROCESS_KILL: u8 = 0x0c;
/// Makes the server write debug information to its log.
pub const DEBUG: u8 = 0x0d;
/// Asks for an OK.
pub const PING: u8 = 0x0e;
/// Signs in again, as somebody else.
pub const CHANGE_USER: u8 = 0x11;
/// Asks for binlog from a file and position.
pub const BINLOG_DUMP: u8 = 0x12;
/// A replica introduces itself.
pub const REGISTER_REPLICA: u8 = 0x15;
/// Prepares a statement.
pub const STMT_PREPARE: u8 = 0x16;
/// Executes a prepared statement.
pub const STMT_EXECUTE: u8 = 0x17;
/// Sends a parameter in pieces; has no answer.
pub const STMT_SEND_LONG_DATA: u8 = 0x18;
/// Forgets a prepared statement; has no answer.
pub const STMT_CLOSE: u8 = 0x19;
/// Forgets the parameters and the cursor of a prepared statement.
pub const STMT_RESET: u8 = 0x1a;
/// Turns multi-statements on or off.
pub const SET_OPTION: u8 = 0x1b;
/// More rows of a cursor.
pub const STMT_FETCH: u8 = 0x1c;
/// Asks for binlog after a set of GTIDs.
pub const BINLOG_DUMP_GTID: u8 = 0x1e;
/// Back to the state after signing in.
pub const RESET_CONNECTION: u8 = 0x1f;

/// The name of a command, for errors and logs.
pub fn name(command: u8) -> &'static str {
    match command {
        SHUTDOWN => "COM_SHUTDOWN",
        BINLOG_DUMP => "COM_BINLOG_DUMP",
        REGISTER_REPLICA => "COM_REGISTER_REPLICA",
        BINLOG_DUMP_GTID => "COM_BINLOG_DUMP_GTID",
        _ => "this command",
    }
}

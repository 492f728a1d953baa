//! A statement as the log holds it.

use super::super::bytes::{EventError, Reader, put_uint};
use super::{EventWriter, Origin, StatusVars, code};

/// Longest name of a schema, in bytes: 64 characters.
const MAX_SCHEMA: usize = 255;

/// A statement that is read from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query<'a> {
    /// The connection that ran it.
    pub thread_id: u32,
    /// Seconds that it took.
    pub execution_time: u32,
    /// The error that it ended with, 0 for none.
    pub error: u16,
    /// The default schema, empty for none.
    pub schema: &'a [u8],
    /// What it depends on.
    pub vars: StatusVars,
    /// The text, in the client's character set.
    pub sql: &'a [u8],
}

impl<'a> Query<'a> {
    /// Reads the body of a Query event.
    pub fn parse(body: &'a [u8]) -> Result<Self, EventError> {
        let mut from = Reader::new(body, "a statement");
        let (thread_id, execution_time) = (from.u32()?, from.u32()?);
        let schema_len = from.u8()?;
        let (error, vars_len) = (from.u16()?, from.u16()?);
        let vars = StatusVars::parse(from.bytes(usize::from(vars_len))?)?;
        let schema = from.bytes(usize::from(schema_len))?;
        if from.u8()? != 0 {
            return Err(EventError::Malformed("a schema's name does not end where it should"));
        }
        Ok(Self { thread_id, execution_time, error, schema, vars, sql: from.rest() })
    }

    /// Whether it opens a transaction.
    pub fn is_begin(&self) -> bool {
        self.is(b"BEGIN")
    }

    /// Whether it ends one, either way.
    pub fn is_end(&self) -> bool {
        self.is(b"COMMIT") || self.is(b"ROLLBACK")
    }

    fn is(&self, word: &[u8]) -> bool {
        self.sql.eq_ignore_ascii_case(word)
    }
}

/// The session that a transaction or statement comes from, as its events tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryContext {
    /// Its connection.
    pub thread_id: u32,
    /// Seconds since 1970 when the statement began.
    pub timestamp: u32,
    /// The session's settings; a DDL statement's `ddl_xid` is one of them.
    pub vars: StatusVars,
}

/// Appends a statement. `schema` is the default schema, empty for none.
pub(in super::super) fn put_query(
    out: &mut Vec<u8>,
    context: &QueryContext,
    schema: &str,
    sql: &[u8],
    origin: Origin,
    flags: u16,
) -> Result<(), EventError> {
    if schema.len() > MAX_SCHEMA {
        return Err(EventError::Malformed("a schema's name is too long"));
    }
    let mut vars = Vec::with_capacity(64);
    context.vars.put(&mut vars);
    let mut event = EventWriter::begin(out);
    let body = event.body();
    put_uint(body, u64::from(context.thread_id), 4);
    put_uint(body, 0, 4);
    body.push(schema.len() as u8);
    put_uint(body, 0, 2);
    put_uint(body, vars.len() as u64, 2);
    body.extend_from_slice(&vars);
    body.extend_from_slice(schema.as_bytes());
    body.push(0);
    body.extend_from_slice(sql);
    event.end(code::QUERY, origin, flags)
}

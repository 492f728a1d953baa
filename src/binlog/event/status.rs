//! Status variables of a Query event: what a statement depends on besides its text.
//!
//! A list of code and value. A code that is not known ends the list: its length is unknown too (MySQL and
//! MariaDB add theirs at the end, in that expectation).

use super::super::bytes::{EventError, Reader, put_uint};

/// Codes of the variables, as MySQL names them (`Q_…_CODE`).
mod key {
    pub const FLAGS2: u8 = 0;
    pub const SQL_MODE: u8 = 1;
    pub const CATALOG: u8 = 2;
    pub const AUTO_INCREMENT: u8 = 3;
    pub const CHARSET: u8 = 4;
    pub const TIME_ZONE: u8 = 5;
    pub const CATALOG_NZ: u8 = 6;
    pub const LC_TIME_NAMES: u8 = 7;
    pub const CHARSET_DATABASE: u8 = 8;
    pub const TABLE_MAP_FOR_UPDATE: u8 = 9;
    pub const MASTER_DATA_WRITTEN: u8 = 10;
    pub const INVOKER: u8 = 11;
    pub const UPDATED_DB_NAMES: u8 = 12;
    pub const MICROSECONDS: u8 = 13;
    pub const EXPLICIT_DEFAULTS: u8 = 16;
    pub const DDL_XID: u8 = 17;
    pub const DEFAULT_COLLATION_UTF8MB4: u8 = 18;
    pub const REQUIRE_PRIMARY_KEY: u8 = 19;
    pub const TABLE_ENCRYPTION: u8 = 20;
    pub const MARIADB_MICROSECONDS: u8 = 128;
}

/// The only catalog that there is.
const CATALOG: &[u8] = b"std";

/// Longest time zone's name.
const MAX_TIME_ZONE: usize = 64;

/// What a statement depends on. What is `None` was not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusVars {
    /// Session options: [`NO_FOREIGN_KEY_CHECKS`] and others.
    pub flags2: Option<u32>,
    /// `sql_mode` as its bits.
    pub sql_mode: Option<u64>,
    /// `auto_increment_increment` and `auto_increment_offset`.
    pub auto_increment: Option<(u16, u16)>,
    /// Collations: the client's, the connection's, the server's.
    pub charset: Option<[u16; 3]>,
    /// `time_zone`.
    pub time_zone: Option<String>,
    /// Microseconds of the statement's time, whose seconds the header has.
    pub microseconds: Option<u32>,
    /// `explicit_defaults_for_timestamp`.
    pub explicit_defaults: Option<bool>,
    /// The number that ties a DDL statement to the storage engine.
    pub ddl_xid: Option<u64>,
    /// `default_collation_for_utf8mb4`.
    pub default_collation: Option<u16>,
}

/// In `flags2`: `foreign_key_checks` is off.
pub const NO_FOREIGN_KEY_CHECKS: u32 = 1 << 26;

/// In `flags2`: `unique_checks` is off.
pub const RELAXED_UNIQUE_CHECKS: u32 = 1 << 27;

impl StatusVars {
    /// Appends them in MySQL's order.
    pub fn put(&self, out: &mut Vec<u8>) {
        put(out, key::FLAGS2, self.flags2.map(u64::from), 4);
        put(out, key::SQL_MODE, self.sql_mode, 8);
        out.extend_from_slice(&[key::CATALOG_NZ, CATALOG.len() as u8]);
        out.extend_from_slice(CATALOG);
        let pair = self.auto_increment.filter(|pair| *pair != (1, 1));
        let pair = pair.map(|(step, offset)| u64::from(offset) << 16 | u64::from(step));
        put(out, key::AUTO_INCREMENT, pair, 4);
        let charset = self.charset.map(|[client, connection, server]| {
            u64::from(server) << 32 | u64::from(connection) << 16 | u64::from(client)
        });
        put(out, key::CHARSET, charset, 6);
        if let Some(zone) = self.time_zone.as_ref().filter(|zone| zone.len() <= MAX_TIME_ZONE) {
            out.extend_from_slice(&[key::TIME_ZONE, zone.len() as u8]);
            out.extend_from_slice(zone.as_bytes());
        }
        put(out, key::MICROSECONDS, self.microseconds.map(u64::from), 3);
        put(out, key::EXPLICIT_DEFAULTS, self.explicit_defaults.map(u64::from), 1);
        put(out, key::DDL_XID, self.ddl_xid, 8);
        put(out, key::DEFAULT_COLLATION_UTF8MB4, self.default_collation.map(u64::from), 2);
    }

    /// Reads as many as are understood.
    pub fn parse(bytes: &[u8]) -> Result<Self, EventError> {
        let mut vars = Self::default();
        let mut from = Reader::new(bytes, "the variables of a statement");
        while !from.is_empty() && vars.parse_next(&mut from)? {}
        Ok(vars)
    }

    /// Reads one; false after a code that is not known.
    fn parse_next(&mut self, from: &mut Reader<'_>) -> Result<bool, EventError> {
        match from.u8()? {
            key::FLAGS2 => self.flags2 = Some(from.u32()?),
            key::SQL_MODE => self.sql_mode = Some(from.u64()?),
            key::AUTO_INCREMENT => self.auto_increment = Some((from.u16()?, from.u16()?)),
            key::CHARSET => self.charset = Some([from.u16()?, from.u16()?, from.u16()?]),
            key::TIME_ZONE => {
                let zone = from.short_bytes()?;
                self.time_zone = Some(String::from_utf8_lossy(zone).into_owned());
            }
            key::MICROSECONDS | key::MARIADB_MICROSECONDS => {
                self.microseconds = Some(from.uint(3)? as u32);
            }
            key::EXPLICIT_DEFAULTS => self.explicit_defaults = Some(from.u8()? != 0),
            key::DDL_XID => self.ddl_xid = Some(from.u64()?),
            key::DEFAULT_COLLATION_UTF8MB4 => self.default_collation = Some(from.u16()?),
            other => return skip(other, from),
        }
        Ok(true)
    }
}

fn put(out: &mut Vec<u8>, key: u8, value: Option<u64>, bytes: usize) {
    if let Some(value) = value {
        out.push(key);
        put_uint(out, value, bytes);
    }
}

/// Steps over a variable that nothing here depends on; false if its length is not known.
fn skip(key: u8, from: &mut Reader<'_>) -> Result<bool, EventError> {
    match key {
        key::CATALOG => {
            from.short_bytes()?;
            from.u8()?;
        }
        key::CATALOG_NZ => drop(from.short_bytes()?),
        key::LC_TIME_NAMES | key::CHARSET_DATABASE => drop(from.bytes(2)?),
        key::TABLE_MAP_FOR_UPDATE => drop(from.bytes(8)?),
        key::MASTER_DATA_WRITTEN => drop(from.bytes(4)?),
        key::INVOKER => {
            from.short_bytes()?;
            from.short_bytes()?;
        }
        key::UPDATED_DB_NAMES => skip_names(from)?,
        key::REQUIRE_PRIMARY_KEY | key::TABLE_ENCRYPTION => drop(from.u8()?),
        _ => return Ok(false),
    }
    Ok(true)
}

/// Names of schemas; 254 stands for too many of them.
fn skip_names(from: &mut Reader<'_>) -> Result<(), EventError> {
    let count = from.u8()?;
    if count < 254 {
        for _ in 0..count {
            from.nul_bytes()?;
        }
    }
    Ok(())
}

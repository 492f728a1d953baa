//! The client's login packets: TLS request, handshake response, COM_CHANGE_USER; read and written.
//!
//! ```text
//! SSLRequest            capabilities int<4> | max packet int<4> | collation | reserved[19] | MariaDB int<4>
//! HandshakeResponse41   the same 32 bytes | user NUL | proof | database NUL | plugin NUL | attributes
//! COM_CHANGE_USER       11 | user NUL | proof | database NUL | collation int<2> | plugin NUL | attributes
//! ```
//! Which of the later fields are there, and how the proof's length is written, depends on capabilities.

use crate::wire::greeting::extended_capabilities;
use crate::wire::reader::{Reader, put_lenenc_bytes, put_nul_bytes, text};
use crate::wire::{CapabilityFlags, Malformed, MariadbCapabilities};

/// The longest user name, in bytes: MariaDB's 128 characters of four bytes.
pub const MAX_USER_LEN: usize = 512;
/// The longest database name, in bytes: 64 characters of four bytes, and some for the server to refuse.
pub const MAX_DATABASE_LEN: usize = 512;
/// The longest plugin name, in bytes.
pub const MAX_PLUGIN_LEN: usize = 128;
/// The longest block of connection attributes, in bytes (MySQL's own bound).
pub const MAX_ATTRIBUTES_LEN: usize = 64 * 1024;

/// The 32 bytes that open both packets of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginStart {
    /// What the client can do; not yet cut to what the server offered.
    pub capabilities: CapabilityFlags,
    /// Empty unless `capabilities` lacks `CLIENT_LONG_PASSWORD`.
    pub mariadb_capabilities: MariadbCapabilities,
    /// The longest packet the client takes, in bytes; informative only.
    pub max_packet: u32,
    /// The low byte of the collation that the connection starts with.
    pub collation: u8,
}

/// A login.
#[derive(Clone, PartialEq, Eq)]
pub struct HandshakeResponse {
    /// The fixed part.
    pub start: LoginStart,
    /// The account's name.
    pub user: String,
    /// The proof that the client knows the password; empty for none.
    pub proof: Vec<u8>,
    /// The database to start in.
    pub database: Option<String>,
    /// The plugin that the proof is for.
    pub auth_plugin: Option<String>,
    /// Connection attributes in the client's order.
    pub attributes: Vec<(String, String)>,
}

/// A client's first packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstPacket {
    /// TLS is to start now; the login follows inside it.
    TlsRequest(LoginStart),
    /// The login itself.
    Login(HandshakeResponse),
}

/// Why a first packet was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginPacketError {
    /// A client older than protocol 4.1.
    #[error("the client is older than protocol 4.1")]
    TooOld,
    /// Not a login packet.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl FirstPacket {
    /// Reads a first packet's payload.
    pub fn parse(payload: &[u8]) -> Result<Self, LoginPacketError> {
        let mut reader = Reader::new(payload);
        // The old HandshakeResponse320 has two bytes of capabilities and lacks the 4.1 flag in them.
        if !has_protocol_41(payload) {
            return Err(LoginPacketError::TooOld);
        }
        let start = LoginStart::read(&mut reader)?;
        if reader.is_empty() && start.capabilities.contains(CapabilityFlags::CLIENT_SSL) {
            return Ok(Self::TlsRequest(start));
        }
        Ok(Self::Login(HandshakeResponse::read(start, &mut reader)?))
    }
}

fn has_protocol_41(payload: &[u8]) -> bool {
    let low = payload.first_chunk::<2>().map_or(0, |bytes| u16::from_le_bytes(*bytes));
    u32::from(low) & CapabilityFlags::CLIENT_PROTOCOL_41.bits() != 0
}

impl LoginStart {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let capabilities = CapabilityFlags::from_bits_retain(reader.u32()?);
        let max_packet = reader.u32()?;
        let collation = reader.u8()?;
        reader.bytes(19)?;
        let mariadb_capabilities = extended_capabilities(capabilities, reader.u32()?);
        Ok(Self { capabilities, mariadb_capabilities, max_packet, collation })
    }

    /// Appends the 32 bytes: the whole payload of a TLS request.
    pub fn put_payload(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.capabilities.bits().to_le_bytes());
        out.extend_from_slice(&self.max_packet.to_le_bytes());
        out.push(self.collation);
        out.extend_from_slice(&[0; 19]);
        let extended = extended_capabilities(self.capabilities, self.mariadb_capabilities.bits());
        out.extend_from_slice(&extended.bits().to_le_bytes());
    }
}

impl HandshakeResponse {
    fn read(start: LoginStart, reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let capabilities = start.capabilities;
        let user = bounded(reader.nul_bytes()?, MAX_USER_LEN)?;
        let proof = read_proof(reader, capabilities)?;
        let database = match capabilities.contains(CapabilityFlags::CLIENT_CONNECT_WITH_DB) {
            true => read_database(reader)?,
            false => None,
        };
        let auth_plugin = read_plugin(reader, capabilities)?;
        let attributes = read_attributes(reader, capabilities)?;
        Ok(Self { start, user, proof, database, auth_plugin, attributes })
    }

    /// Appends the payload. The fields follow the capabilities in `start`: a database, plugin or
    /// attributes without their flag are left out.
    pub fn put_payload(&self, out: &mut Vec<u8>) {
        let has = |flag| self.start.capabilities.contains(flag);
        self.start.put_payload(out);
        put_nul_bytes(out, self.user.as_bytes());
        put_proof(out, &self.proof, self.start.capabilities);
        if has(CapabilityFlags::CLIENT_CONNECT_WITH_DB) {
            put_nul_bytes(out, self.database.as_deref().unwrap_or_default().as_bytes());
        }
        if has(CapabilityFlags::CLIENT_PLUGIN_AUTH) {
            put_nul_bytes(out, self.auth_plugin.as_deref().unwrap_or_default().as_bytes());
        }
        if has(CapabilityFlags::CLIENT_CONNECT_ATTRS) {
            put_attributes(out, &self.attributes);
        }
    }
}

impl std::fmt::Debug for HandshakeResponse {
    /// Without the proof: with the salt, it is all that guessing the password takes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandshakeResponse")
            .field("start", &self.start)
            .field("user", &self.user)
            .field("database", &self.database)
            .field("auth_plugin", &self.auth_plugin)
            .finish_non_exhaustive()
    }
}

/// COM_CHANGE_USER without its command byte.
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeUser {
    /// The new account's name.
    pub user: String,
    /// The proof, made from the salt that was last sent to this client.
    pub proof: Vec<u8>,
    /// The database to continue in; none means none, not the current one.
    pub database: Option<String>,
    /// The collation; absent from old clients.
    pub collation: Option<u16>,
    /// The plugin that the proof is for.
    pub auth_plugin: Option<String>,
    /// Connection attributes in the client's order.
    pub attributes: Vec<(String, String)>,
}

impl ChangeUser {
    /// Reads what follows the command byte `11`. `capabilities` are those of the connection.
    pub fn parse(body: &[u8], capabilities: CapabilityFlags) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        let user = bounded(reader.nul_bytes()?, MAX_USER_LEN)?;
        // Unlike in a login, the length is one byte here whatever PLUGIN_AUTH_LENENC says.
        let proof = match capabilities.contains(CapabilityFlags::CLIENT_SECURE_CONNECTION) {
            true => {
                let len = usize::from(reader.u8()?);
                reader.bytes(len)?
            }
            false => reader.nul_bytes()?,
        };
        let database = read_database(&mut reader)?;
        let collation = match reader.rest().len() {
            0 | 1 => None,
            _ => Some(reader.u16()?),
        };
        let auth_plugin = read_plugin(&mut reader, capabilities)?;
        let attributes = read_attributes(&mut reader, capabilities)?;
        Ok(Self { user, proof: proof.to_vec(), database, collation, auth_plugin, attributes })
    }

    /// Appends the body, without the command byte.
    pub fn put_body(&self, out: &mut Vec<u8>, capabilities: CapabilityFlags) {
        put_nul_bytes(out, self.user.as_bytes());
        let proof = self.proof.get(..255).unwrap_or(&self.proof);
        out.push(proof.len() as u8);
        out.extend_from_slice(proof);
        put_nul_bytes(out, self.database.as_deref().unwrap_or_default().as_bytes());
        let Some(collation) = self.collation else { return };
        out.extend_from_slice(&collation.to_le_bytes());
        if capabilities.contains(CapabilityFlags::CLIENT_PLUGIN_AUTH) {
            put_nul_bytes(out, self.auth_plugin.as_deref().unwrap_or_default().as_bytes());
        }
        if capabilities.contains(CapabilityFlags::CLIENT_CONNECT_ATTRS) {
            put_attributes(out, &self.attributes);
        }
    }
}

impl std::fmt::Debug for ChangeUser {
    /// Without the proof, as with [`HandshakeResponse`].
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeUser")
            .field("user", &self.user)
            .field("database", &self.database)
            .field("auth_plugin", &self.auth_plugin)
            .finish_non_exhaustive()
    }
}

fn bounded(bytes: &[u8], max: usize) -> Result<String, Malformed> {
    match bytes.len() <= max {
        true => Ok(text(bytes)),
        false => Err(Malformed("a name is too long")),
    }
}

fn read_proof(
    reader: &mut Reader<'_>,
    capabilities: CapabilityFlags,
) -> Result<Vec<u8>, Malformed> {
    let proof = if capabilities.contains(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA) {
        reader.lenenc_bytes()?
    } else if capabilities.contains(CapabilityFlags::CLIENT_SECURE_CONNECTION) {
        let len = usize::from(reader.u8()?);
        reader.bytes(len)?
    } else {
        reader.nul_bytes()?
    };
    Ok(proof.to_vec())
}

fn put_proof(out: &mut Vec<u8>, proof: &[u8], capabilities: CapabilityFlags) {
    if capabilities.contains(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA) {
        put_lenenc_bytes(out, proof);
    } else if capabilities.contains(CapabilityFlags::CLIENT_SECURE_CONNECTION) {
        let proof = proof.get(..255).unwrap_or(proof);
        out.push(proof.len() as u8);
        out.extend_from_slice(proof);
    } else {
        put_nul_bytes(out, proof);
    }
}

fn read_database(reader: &mut Reader<'_>) -> Result<Option<String>, Malformed> {
    let database = bounded(reader.nul_or_rest(), MAX_DATABASE_LEN)?;
    Ok(Some(database).filter(|database| !database.is_empty()))
}

fn read_plugin(
    reader: &mut Reader<'_>,
    capabilities: CapabilityFlags,
) -> Result<Option<String>, Malformed> {
    if !capabilities.contains(CapabilityFlags::CLIENT_PLUGIN_AUTH) {
        return Ok(None);
    }
    let plugin = bounded(reader.nul_or_rest(), MAX_PLUGIN_LEN)?;
    Ok(Some(plugin).filter(|plugin| !plugin.is_empty()))
}

fn read_attributes(
    reader: &mut Reader<'_>,
    capabilities: CapabilityFlags,
) -> Result<Vec<(String, String)>, Malformed> {
    let mut attributes = Vec::new();
    if !capabilities.contains(CapabilityFlags::CLIENT_CONNECT_ATTRS) || reader.is_empty() {
        return Ok(attributes);
    }
    let block = reader.lenenc_bytes()?;
    if block.len() > MAX_ATTRIBUTES_LEN {
        return Err(Malformed("connection attributes are too long"));
    }
    let mut block = Reader::new(block);
    while !block.is_empty() {
        attributes.push((text(block.lenenc_bytes()?), text(block.lenenc_bytes()?)));
    }
    Ok(attributes)
}

fn put_attributes(out: &mut Vec<u8>, attributes: &[(String, String)]) {
    let mut block = Vec::new();
    for (name, value) in attributes {
        put_lenenc_bytes(&mut block, name.as_bytes());
        put_lenenc_bytes(&mut block, value.as_bytes());
    }
    put_lenenc_bytes(out, &block);
}

#[cfg(test)]
mod tests;

//! The login itself: a first proof, and answers until the server is content.

use zeroize::Zeroizing;

use super::types::{LoginRequest, SignInError};
use crate::net::packets::Packets;
use crate::net::rsa;
use crate::wire::auth::packets::{FAST_OK, FULL_NEEDED, REQUEST_PUBLIC_KEY};
use crate::wire::auth::{AuthPacket, AuthPlugin, AuthSwitch, Credentials};
use crate::wire::greeting::{Greeting, SALT_LEN};
use crate::wire::login::{HandshakeResponse, LoginStart};

/// The most packets that a server may send between login and OK. Two plugins take at most seven.
const MAX_AUTH_PACKETS: usize = 12;

/// The login's packets to and fro.
pub(super) struct Exchange<'a> {
    pub packets: Packets<'a>,
    pub credentials: &'a Credentials,
    pub request_public_key: bool,
    /// The plugin that was last proved with, and the salt it was for.
    pub plugin: AuthPlugin,
    pub salt: [u8; SALT_LEN],
}

impl Exchange<'_> {
    /// Sends the login with a first proof.
    pub async fn log_in(
        &mut self,
        greeting: &Greeting,
        start: LoginStart,
        request: &LoginRequest<'_>,
    ) -> Result<(), SignInError> {
        let (plugin, proof) = self.first_proof(&greeting.auth_plugin);
        self.plugin = plugin;
        let login = HandshakeResponse {
            start,
            user: request.user.to_owned(),
            proof,
            database: request.database.map(str::to_owned),
            auth_plugin: Some(plugin.name().to_owned()),
            attributes: request.attributes.to_vec(),
        };
        self.packets.send_with(|out| login.put_payload(out)).await?;
        Ok(())
    }

    /// With the server's default plugin if it and the digest for it are known, else with the other: the server
    /// switches if the account has another one.
    fn first_proof(&self, server_default: &str) -> (AuthPlugin, Vec<u8>) {
        let default = AuthPlugin::from_name(server_default).unwrap_or(AuthPlugin::Native);
        let other = match default {
            AuthPlugin::Native => AuthPlugin::CachingSha2,
            AuthPlugin::CachingSha2 => AuthPlugin::Native,
        };
        for plugin in [default, other] {
            if let Some(proof) = self.proof(plugin) {
                return (plugin, proof);
            }
        }
        (default, Vec::new())
    }

    fn proof(&self, plugin: AuthPlugin) -> Option<Vec<u8>> {
        match plugin {
            AuthPlugin::Native => self.credentials.native_proof(&self.salt),
            AuthPlugin::CachingSha2 => self.credentials.sha2_proof(&self.salt),
        }
    }

    /// Answers until the server is content; its OK.
    pub async fn authenticate(&mut self) -> Result<Vec<u8>, SignInError> {
        for _ in 0..MAX_AUTH_PACKETS {
            let payload = self.packets.read().await?;
            match AuthPacket::parse(&payload)? {
                AuthPacket::Ok(ok) => return Ok(ok.to_vec()),
                AuthPacket::Error(error) => return Err(SignInError::Refused(error)),
                AuthPacket::Switch(to) => self.switch(&to).await?,
                AuthPacket::More(&[FAST_OK]) => {}
                AuthPacket::More(&[FULL_NEEDED]) => self.send_clear_text().await?,
                AuthPacket::More(_) => return Err(SignInError::Protocol("unexpected plugin data")),
            }
        }
        Err(SignInError::Protocol("an authentication without end"))
    }

    async fn switch(&mut self, to: &AuthSwitch) -> Result<(), SignInError> {
        let Some(plugin) = AuthPlugin::from_name(&to.plugin) else {
            return Err(SignInError::UnknownPlugin(to.plugin.clone()));
        };
        (self.plugin, self.salt) = (plugin, to.salt);
        let proof = self.proof(plugin).ok_or(SignInError::CannotProve(plugin))?;
        self.packets.send(&proof).await?;
        Ok(())
    }

    /// Only caching_sha2_password asks for it, and only over a connection that keeps it from listeners.
    async fn send_clear_text(&mut self) -> Result<(), SignInError> {
        if self.plugin != AuthPlugin::CachingSha2 {
            return Err(SignInError::Protocol("a plugin without clear text asks for it"));
        }
        let clear = self.credentials.clear_text().ok_or(SignInError::NeedsClearText)?;
        if self.packets.stream().is_secure() {
            let password = Zeroizing::new([clear, &[0]].concat());
            self.packets.send(&password).await?;
            return Ok(());
        }
        if !self.request_public_key {
            return Err(SignInError::NeedsClearText);
        }
        self.packets.send(&[REQUEST_PUBLIC_KEY]).await?;
        let payload = self.packets.read().await?;
        let encrypted = match AuthPacket::parse(&payload)? {
            AuthPacket::More(pem) => rsa::encrypt(clear, pem, &self.salt),
            AuthPacket::Error(error) => return Err(SignInError::Refused(error)),
            _ => None,
        };
        let encrypted = encrypted.ok_or(SignInError::Protocol("not a public key"))?;
        self.packets.send(&encrypted).await?;
        Ok(())
    }
}

//! The proof: asked for with the account's plugin, checked against what the account list knows.
//!
//! A user that does not exist gets the same packets as one with a wrong password, and nearly the same work:
//! its account is a decoy that no proof fits.

use zeroize::Zeroizing;

use super::types::{Account, Accounts, LoginError, LoginPolicy, Secret};
use super::{random_salt, unnamed_plugin};
use crate::net::packets::Packets;
use crate::net::rsa::MAX_PASSWORD_LEN;
use crate::net::stream::Peer;
use crate::wire::auth::caching_sha2::{self, StoredHash};
use crate::wire::auth::packets::{FAST_OK, FULL_NEEDED, REQUEST_PUBLIC_KEY, put_more};
use crate::wire::auth::{AuthPlugin, AuthSwitch, Credentials, native};
use crate::wire::greeting::SALT_LEN;

/// What a client brought.
pub(super) struct Attempt<'a> {
    pub user: &'a str,
    pub proof: &'a [u8],
    pub plugin: Option<&'a str>,
    pub salt: [u8; SALT_LEN],
    /// The client understands a switch of plugins.
    pub can_switch: bool,
    /// A proof that does not fit may have been made from another salt: ask once with a new one.
    pub retry_with_new_salt: bool,
}

/// Where it is brought to.
pub(super) struct Scene<'a, A> {
    pub accounts: &'a A,
    pub policy: &'a LoginPolicy,
    pub peer: Peer,
}

/// A proof that was right.
pub(super) struct Proved {
    pub credentials: Credentials,
    pub salt: [u8; SALT_LEN],
}

/// A proof as it stands: of which plugin, made from which salt.
struct Proof {
    plugin: AuthPlugin,
    bytes: Zeroizing<Vec<u8>>,
    salt: [u8; SALT_LEN],
}

impl Proof {
    /// Clients without a password send nothing, or a NUL alone.
    fn is_empty(&self) -> bool {
        matches!(self.bytes.as_slice(), [] | [0])
    }
}

/// Authenticates; the errors are for the caller to send.
pub(super) async fn authenticate<A: Accounts>(
    packets: &mut Packets<'_>,
    attempt: &Attempt<'_>,
    scene: &Scene<'_, A>,
) -> Result<Proved, LoginError> {
    let found = scene.accounts.find(attempt.user, scene.peer).await;
    let account = found.unwrap_or_else(|| decoy(attempt.user, scene));
    let greeted = scene.policy.default_plugin;
    let mut proof = first_proof(packets, attempt, account.plugin, greeted).await?;
    let mut proved = check(packets, attempt, scene, &account, &proof).await?;
    let stale = attempt.retry_with_new_salt
        && proof.plugin == AuthPlugin::Native
        && proof.salt == attempt.salt
        && !proof.is_empty();
    if proved.is_none() && stale {
        proof = switch(packets, account.plugin).await?;
        proved = check(packets, attempt, scene, &account, &proof).await?;
    }
    let Some((credentials, account)) = proved else {
        scene.accounts.failed(attempt.user, scene.peer).await;
        return Err(denied(attempt, scene, !proof.is_empty()));
    };
    if account.tls_required && !packets.stream().is_tls() {
        return Err(denied(attempt, scene, !proof.is_empty()));
    }
    if account.locked {
        let (user, host) = (attempt.user.to_owned(), scene.peer.host());
        return Err(LoginError::Locked { user, host });
    }
    scene.accounts.succeeded(attempt.user, scene.peer);
    Ok(Proved { credentials: account.credentials.unwrap_or(credentials), salt: proof.salt })
}

fn denied<A>(attempt: &Attempt<'_>, scene: &Scene<'_, A>, using_password: bool) -> LoginError {
    let (user, host) = (attempt.user.to_owned(), scene.peer.host());
    LoginError::Denied { user, host, using_password }
}

fn decoy<A: Accounts>(user: &str, scene: &Scene<'_, A>) -> Account {
    let plugin = scene.accounts.decoy_plugin(user).unwrap_or(scene.policy.default_plugin);
    Account {
        plugin,
        secret: no_secret(plugin),
        tls_required: false,
        locked: false,
        credentials: None,
    }
}

/// A secret that no proof fits and that takes as long to check as a real one.
fn no_secret(plugin: AuthPlugin) -> Secret {
    match plugin {
        AuthPlugin::Native => Secret::Native([0; native::LEN]),
        AuthPlugin::CachingSha2 => {
            Secret::CachingSha2 { stored: Some(StoredHash::decoy()), cached: None }
        }
    }
}

/// The proof that came with the login if it is of the account's plugin, or else one that is asked for.
async fn first_proof(
    packets: &mut Packets<'_>,
    attempt: &Attempt<'_>,
    plugin: AuthPlugin,
    greeted: AuthPlugin,
) -> Result<Proof, LoginError> {
    let sent = attempt.plugin.map_or(Some(unnamed_plugin()), AuthPlugin::from_name);
    // A client set to a plugin other than the greeting's has no salt for it yet and sends nothing.
    let waits = attempt.proof.is_empty() && plugin != greeted && attempt.can_switch;
    if sent == Some(plugin) && !waits {
        return Ok(Proof {
            plugin,
            bytes: Zeroizing::new(attempt.proof.to_vec()),
            salt: attempt.salt,
        });
    }
    match attempt.can_switch {
        true => switch(packets, plugin).await,
        false => Err(LoginError::OldClient),
    }
}

/// Asks for a proof of `plugin`, made from a new salt.
async fn switch(packets: &mut Packets<'_>, plugin: AuthPlugin) -> Result<Proof, LoginError> {
    let salt = random_salt();
    let request = AuthSwitch { plugin: plugin.name().to_owned(), salt };
    packets.send_with(|out| request.put_payload(out)).await?;
    let bytes = Zeroizing::new(packets.read().await?);
    Ok(Proof { plugin, bytes, salt })
}

type Fit = Option<(Credentials, Account)>;

/// Checks a proof against the account, and if it does not fit against what the account has become.
async fn check<A: Accounts>(
    packets: &mut Packets<'_>,
    attempt: &Attempt<'_>,
    scene: &Scene<'_, A>,
    account: &Account,
    proof: &Proof,
) -> Result<Fit, LoginError> {
    let evidence = match proof.plugin {
        _ if proof.is_empty() => Evidence::NoPassword,
        AuthPlugin::Native => Evidence::Native(proof),
        AuthPlugin::CachingSha2 => match fast(account, proof) {
            Some(credentials) => {
                packets.send_with(|out| put_more(out, &[FAST_OK])).await?;
                return Ok(Some((credentials, account.clone())));
            }
            None => Evidence::ClearText(full(packets, scene, &proof.salt).await?),
        },
    };
    if let Some(credentials) = evidence.fits(account, attempt, scene).await {
        return Ok(Some((credentials, account.clone())));
    }
    let Some(newer) = scene.accounts.find_newer(attempt.user, scene.peer).await else {
        return Ok(None);
    };
    let fitting = evidence.fits(&newer, attempt, scene).await;
    Ok(fitting.map(|credentials| (credentials, newer)))
}

fn fast(account: &Account, proof: &Proof) -> Option<Credentials> {
    let Secret::CachingSha2 { cached: Some(cached), .. } = &account.secret else { return None };
    caching_sha2::verify(&proof.bytes, &proof.salt, cached).map(Credentials::from_sha256)
}

/// Asks for the password itself, over a secure connection or encrypted for our RSA key. `None` when the client
/// sent nothing that could be one.
async fn full<A>(
    packets: &mut Packets<'_>,
    scene: &Scene<'_, A>,
    salt: &[u8; SALT_LEN],
) -> Result<Option<Zeroizing<Vec<u8>>>, LoginError> {
    packets.send_with(|out| put_more(out, &[FULL_NEEDED])).await?;
    let mut sent = Zeroizing::new(packets.read().await?);
    if packets.stream().is_secure() {
        let password = sent.strip_suffix(&[0]).unwrap_or(&sent);
        return Ok(
            Some(Zeroizing::new(password.to_vec())).filter(|sent| sent.len() < MAX_PASSWORD_LEN)
        );
    }
    let Some(keys) = scene.policy.rsa.clone() else { return Ok(None) };
    if sent.as_slice() == [REQUEST_PUBLIC_KEY] {
        let making = std::sync::Arc::clone(&keys);
        // Making the pair and using it take long enough to be felt by others on this thread.
        let pem = blocking(move || making.public_pem().map(str::to_owned)).await.flatten();
        let Some(pem) = pem else { return Ok(None) };
        packets.send_with(|out| put_more(out, pem.as_bytes())).await?;
        sent = Zeroizing::new(packets.read().await?);
    }
    let salt = *salt;
    let clear = blocking(move || keys.decrypt(&sent, &salt)).await.flatten();
    Ok(clear.filter(|clear| clear.len() < MAX_PASSWORD_LEN))
}

/// What a client has shown.
enum Evidence<'a> {
    NoPassword,
    Native(&'a Proof),
    ClearText(Option<Zeroizing<Vec<u8>>>),
}

impl Evidence<'_> {
    async fn fits<A: Accounts>(
        &self,
        account: &Account,
        attempt: &Attempt<'_>,
        scene: &Scene<'_, A>,
    ) -> Option<Credentials> {
        match (self, &account.secret) {
            (Self::NoPassword, Secret::Empty) => Some(Credentials::empty()),
            (Self::NoPassword, _) => None,
            (Self::Native(proof), Secret::Native(stored)) => {
                native::verify(&proof.bytes, &proof.salt, stored).map(Credentials::from_sha1)
            }
            (Self::Native(_), _) => None,
            (Self::ClearText(clear), secret) => {
                let clear = clear.as_ref()?;
                let stored = clear_text_fits(clear, secret).await?;
                let credentials = Credentials::from_clear(clear);
                if let (Some(stored), Some(cached)) = (stored, credentials.sha2_cached()) {
                    scene.accounts.remember(attempt.user, scene.peer, &stored, cached);
                }
                Some(credentials)
            }
        }
    }
}

/// `Some` if the password is right, with the stored hash if it was that which said so.
async fn clear_text_fits(
    clear: &Zeroizing<Vec<u8>>,
    secret: &Secret,
) -> Option<Option<StoredHash>> {
    if let Secret::CachingSha2 { stored: None, cached: Some(cached) } = secret {
        let found = caching_sha2::cached(&caching_sha2::single(clear));
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(&found, cached);
        return same.is_ok().then_some(None);
    }
    let stored = match secret {
        Secret::CachingSha2 { stored: Some(stored), .. } => stored.clone(),
        _ => StoredHash::decoy(),
    };
    let clear = clear.clone();
    let (fits, stored) = blocking(move || (stored.verify(&clear), stored)).await?;
    fits.then_some(Some(stored))
}

/// Runs `work` where it holds up nobody; its queue is bounded by the number of connections.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

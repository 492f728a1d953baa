//! The door to sockets: streams, TLS, listeners and both handshakes.
//!
//! ```text
//! listener -> accept_login -> a client that has proved who it is
//! sign_in  -> a backend connection that accepted the proxy as that user
//! ```
//! Settings are passed in as values; nothing here reads files, the environment or the configuration.

pub mod accept;
pub mod accounts;
mod buffer;
mod compress;
mod direct;
pub mod listener;
pub mod packets;
pub mod pipe;
pub mod rsa;
pub mod sign_in;
pub mod stream;
pub mod tls;

pub use crate::wire::auth::Credentials;
pub use accept::{
    Account, Accounts, ChangeUserContext, ClientLogin, Hello, LoginError, LoginPolicy, Secret,
    UserChanged, accept_login, change_user, random_salt, turn_away,
};
pub use listener::{Accepted, Listener};
pub use pipe::Pipe;
pub use rsa::RsaKeys;
pub use sign_in::{Address, BackendLogin, BackendTarget, LoginRequest, SignInError, sign_in};
pub use stream::{Peer, Stream};
pub use tls::{TlsClientSettings, TlsMode, TlsServerSettings, TlsSettingsError};

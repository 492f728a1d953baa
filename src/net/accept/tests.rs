//! Logins over real sockets.

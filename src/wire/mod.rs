//! The MySQL protocol as values and step machines; no sockets.

pub mod response;

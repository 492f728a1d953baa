//! The proxy: sessions, routing, backends and topology.

pub mod accounts;
pub mod topology;

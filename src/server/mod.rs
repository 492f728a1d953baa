//! The bundled MySQL server: sessions and commands on top of the query room.

pub mod channel;
pub mod processes;
pub mod protocol;

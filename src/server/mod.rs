//! The bundled MySQL server: sessions and commands on top of the query room.

pub mod channel;
pub mod doors;
pub mod processes;
pub mod protocol;
pub mod shared;

//! The bundled MySQL server: sessions and commands on top of the query room.

pub mod channel;
pub mod doors;
pub mod frontend;
pub mod processes;
pub mod protocol;
mod session;
pub mod shared;

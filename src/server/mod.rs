//! The bundled MySQL server: sessions and commands on top of the query room.

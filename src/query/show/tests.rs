//! SHOW on a schema with some tables.

//! Global transaction identifiers and sets of them, for MySQL and MariaDB.

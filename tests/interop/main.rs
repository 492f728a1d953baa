//! Replication with other kinds of servers and programs, both ways, with checksums of every column on both sides:
//! every type, NULLs, 500 columns, big values, definitions between, and one big transaction.
//!
//! | from | to | file |
//! | --- | --- | --- |
//! | ours | MariaDB 10.11 by file and position, semi-sync | `servers.rs` |
//! | MariaDB 10.11 | ours, by GTID | `servers.rs` |
//! | ours | MySQL by GTIDs, semi-sync | `servers.rs` |
//! | MySQL | ours, by GTIDs | `servers.rs` |
//! | ours | python-mysql-replication, live | `readers.rs` |
//! | ours | `mariadb-binlog --read-from-remote-server`, live | `readers.rs` |
//!
//! and what CHANGE REPLICATION SOURCE and START REPLICA can do, `control.rs`.
//!
//! MySQL is the one that `ANABRANCH_TEST_MYSQL` names (`host:port`, root without a password, `gtid_mode=ON`); without
//! it those two are passed over. The big transaction has `ANABRANCH_INTEROP_MB` megabytes, 8 where that is not set.

#[path = "../server_apps/install.rs"]
#[allow(dead_code)]
mod install;
#[path = "../support/mod.rs"]
mod support;

mod control;
mod corpus;
mod readers;
mod servers;
mod sides;

//! What replicas and primaries say to each other: registration, requests for the log, the log's packets,
//! acknowledgements. Both directions, as both roles exist here.
//!
//! ```text
//! replica                                   primary
//! SET @source_binlog_checksum=…, …  ─────▶
//! COM_REGISTER_REPLICA              ─────▶  OK
//! COM_BINLOG_DUMP[_GTID]            ─────▶
//!                                   ◀─────  00 [ef flag] event, …          until either side ends it
//! ef position file                  ─────▶                                 semi-sync: received
//! ee kind position file             ─────▶                                 ours: applied
//! ```
//!
//! Sources: MySQL source code documentation, "Replication Protocol"; MariaDB knowledge base, "Replication
//! Protocol" and "Semisynchronous Replication Protocol"; what MySQL 9.7 and MariaDB 10.11 send.

mod acknowledge;
mod dump;
mod register;
mod stream;
#[cfg(test)]
mod tests;

pub use acknowledge::{ACK, Acknowledgement, REPORT, ReportKind};
pub use dump::{BinlogDump, BinlogDumpGtid, DumpFlags};
pub use register::RegisterReplica;
pub use stream::{StreamPacket, packet_overhead, put_event, sequence_after_need_ack};

/// Longest name of a log file in a packet, in bytes (MySQL's `FN_REFLEN`).
pub const MAX_FILE_NAME: usize = 512;

//! MVCC rows as immutable values: tables, indexes, write sets, scans; and the locks of those who write.

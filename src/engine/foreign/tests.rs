//! Transactions of another server on an engine in memory.

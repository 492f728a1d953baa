//! Store and log as one database: catalog, transactions, ordered commit, checkpoints, recovery.

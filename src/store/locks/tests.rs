//! Golden scripts for the lock table.

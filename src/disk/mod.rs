//! The only door to files: an append-only file, a whole file replaced at once, a lock on a directory.

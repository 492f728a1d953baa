//! The configuration file: the only reader of files and environment.

//! The side that others follow: registration, the dump of the log, acknowledgements.

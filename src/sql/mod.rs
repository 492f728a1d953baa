//! SQL as far as routing needs it: lexer, fingerprint, dialect and statement classes.

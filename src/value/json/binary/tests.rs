//! Tests of the binary form.

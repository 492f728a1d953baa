//! Tests of storing.

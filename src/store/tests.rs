//! Golden scripts and properties of the store.

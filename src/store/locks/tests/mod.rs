//! Golden scripts, random walks and real waits for the lock table.

mod future;
mod random;
mod script;

//! Events: files that MySQL and MariaDB wrote are understood and written alike; ours come back.

mod captured;
mod own;

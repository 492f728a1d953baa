//! The engine as a whole: isolation as golden scripts, commits, DDL, checkpoints, crashes.

mod commits;
mod crashes;
mod ddl;
pub(super) mod fixture;
mod isolation;
mod log_events;
mod restarts;
mod speed;

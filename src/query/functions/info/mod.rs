//! Functions about the server and the session, and about user locks.

pub(super) mod locks;
pub(super) mod misc;
pub(super) mod session;

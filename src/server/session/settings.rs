//! The variables that every command looks at, read once and kept until somebody sets some variable.
//!
//! System variables are found by name and shown as text, which is no work for once and too much for each command.

use super::Session;
use crate::wire::CapabilityFlags;

/// `wait_timeout`'s default, in seconds.
const DEFAULT_WAIT_S: u64 = 28_800;

/// What `session_track_gtids` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrackedGtids {
    /// OFF.
    None,
    /// OWN_GTID.
    Own,
    /// ALL_GTIDS.
    All,
}

/// Values of some system variables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// `wait_timeout`, or `interactive_timeout` for those clients: seconds without a command after which the
    /// session ends.
    pub wait_s: u64,
    /// `sql_log_bin=0`.
    pub unlogged: bool,
    /// `session_track_gtids`.
    pub gtids: TrackedGtids,
    /// `read_only`.
    pub read_only: bool,
    /// `super_read_only`.
    pub super_read_only: bool,
}

/// Settings, and the version of the global variables that they are of; nothing where they have to be read.
#[derive(Debug, Default)]
pub(super) struct KnownSettings(Option<(u64, Settings)>);

impl Session {
    /// The settings as they are now.
    pub(super) fn settings(&mut self) -> Settings {
        let version = self.query.globals.version();
        match self.known_settings.0 {
            Some((known, settings)) if known == version => settings,
            _ => {
                let settings = self.read_settings();
                self.known_settings.0 = Some((version, settings));
                settings
            }
        }
    }

    /// A variable of the session may be another now.
    pub(super) fn forget_settings(&mut self) {
        self.known_settings.0 = None;
    }

    fn read_settings(&self) -> Settings {
        let is = |name: &str, value: &str| self.variable_text(name).as_deref() == Some(value);
        let interactive = self.client.capabilities.contains(CapabilityFlags::CLIENT_INTERACTIVE);
        let wait = if interactive { "interactive_timeout" } else { "wait_timeout" };
        let wait_s = self.variable_text(wait).and_then(|text| text.parse().ok());
        let gtids = match self.variable_text("session_track_gtids").as_deref() {
            Some("OWN_GTID") => TrackedGtids::Own,
            Some("ALL_GTIDS") => TrackedGtids::All,
            _ => TrackedGtids::None,
        };
        Settings {
            wait_s: wait_s.unwrap_or(DEFAULT_WAIT_S),
            unlogged: is("sql_log_bin", "OFF"),
            gtids,
            read_only: is("read_only", "ON"),
            super_read_only: is("super_read_only", "ON"),
        }
    }
}
